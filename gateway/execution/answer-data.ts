// The data that fetches bring together before it is shaped for the client: reading a key, and merging one answer into another.
// Keys are a client's aliases, so they may be called like something that every object inherits.

/** An object of an answer. */
export type AnswerObject = Record<string, unknown>;

/** Tells objects from lists, leaves and nothing. */
export function isAnswerObject(value: unknown): value is AnswerObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A function that reads one key; own properties only, which costs where the name is an inherited one. */
export function reader(key: string): (from: AnswerObject) => unknown {
  if (key in Object.prototype) return (from) => (Object.hasOwn(from, key) ? from[key] : undefined);
  return (from) => from[key];
}

/** Sets a key as an own property, whatever it is called. */
export function put(target: AnswerObject, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, configurable: true, enumerable: true, writable: true });
  else target[key] = value;
}

/** Merges an answer into what is known: objects by key, lists of equal length by index, anything else replaces. */
export function merge(target: AnswerObject, source: AnswerObject): void {
  if (target === source) return;
  for (const key of Object.keys(source)) {
    const incoming = source[key];
    if (incoming === undefined) continue;
    const known = Object.hasOwn(target, key) ? target[key] : undefined;
    if (isAnswerObject(known) && isAnswerObject(incoming)) merge(known, incoming);
    else if (Array.isArray(known) && Array.isArray(incoming) && known.length === incoming.length) mergeLists(known, incoming);
    else put(target, key, incoming);
  }
}

function mergeLists(target: unknown[], source: readonly unknown[]): void {
  if (target === source) return;
  for (let index = 0; index < source.length; index += 1) {
    const known = target[index];
    const incoming = source[index];
    if (isAnswerObject(known) && isAnswerObject(incoming)) merge(known, incoming);
    else if (Array.isArray(known) && Array.isArray(incoming) && known.length === incoming.length) mergeLists(known, incoming);
    else target[index] = incoming;
  }
}
