// The shape that the loaders of this folder share: a DataLoader whose keys are plain objects, told apart by a text.
import DataLoader from 'dataloader';

/** Creates a loader over object keys; equal texts are one key. `read` answers at the place of each key. */
export function createBatchLoader<Key, Value>(textOf: (key: Key) => string, read: (keys: readonly Key[]) => Promise<readonly Value[]>): DataLoader<Key, Value, string> {
  return new DataLoader<Key, Value, string>(read, { cacheKeyFn: textOf });
}
