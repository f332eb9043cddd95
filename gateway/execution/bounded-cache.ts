// A map that forgets what was used longest ago once it is full. For compiled documents, which clients can make any number of.

export interface BoundedCache<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
}

/** Creates a cache of at most `max` values. */
export function createBoundedCache<Value>(max: number): BoundedCache<Value> {
  // A Map keeps the order of insertion; what is used is inserted anew.
  const values = new Map<string, Value>();
  return {
    get(key) {
      const value = values.get(key);
      if (value === undefined) return undefined;
      values.delete(key);
      values.set(key, value);
      return value;
    },
    delete: (key) => void values.delete(key),
    set(key, value) {
      values.delete(key);
      values.set(key, value);
      if (values.size <= max) return;
      for (const oldest of values.keys()) {
        values.delete(oldest);
        return;
      }
    },
  };
}
