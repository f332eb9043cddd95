// Lists under many parents: parents asked together with equal arguments share one statement. Used by the loaders of
// subgraphs; made once a request, they also keep what was read.
import DataLoader from 'dataloader';
import { canonicalText } from './pages.js';

/** A parent's key as text: what tells one parent from another. */
type TextOf<Parent> = (parent: Parent) => string;

/** Rows by parent, in the order in which they are read. */
export function createGroupLoader<Parent, Arguments, Row>(
  read: (parents: readonly Parent[], args: Arguments) => Promise<readonly Row[]>,
  textOfParent: TextOf<Parent>,
  parentOfRow: (row: Row) => Parent,
): (parent: Parent, args: Arguments) => Promise<readonly Row[]> {
  return createValueLoader<Parent, Arguments, readonly Row[]>(
    async (parents, args) => {
      const groups = new Map<string, Row[]>();
      for (const row of await read(parents, args)) {
        const key = textOfParent(parentOfRow(row));
        const group = groups.get(key);
        if (group) group.push(row);
        else groups.set(key, [row]);
      }
      return groups;
    },
    textOfParent,
    [],
  );
}

/** One value by parent; `missing` for parents that the batch does not find. */
export function createValueLoader<Parent, Arguments, Value>(
  read: (parents: readonly Parent[], args: Arguments) => Promise<ReadonlyMap<string, Value>>,
  textOfParent: TextOf<Parent>,
  missing: Value,
): (parent: Parent, args: Arguments) => Promise<Value> {
  const loaders = new Map<string, DataLoader<Parent, Value, string>>();
  return (parent, args) => {
    const key = canonicalText(args);
    let loader = loaders.get(key);
    if (!loader) {
      loader = new DataLoader<Parent, Value, string>(
        async (parents) => {
          const found = await read(parents, args);
          return parents.map((one) => found.get(textOfParent(one)) ?? missing);
        },
        { cacheKeyFn: textOfParent },
      );
      loaders.set(key, loader);
    }
    return loader.load(parent);
  };
}
