// Where an answer goes: the objects at a plan's path, and, when an error must be placed, their paths in the client's answer.
import { AppError } from '../../core/errors.js';
import { isAnswerObject, reader, type AnswerObject } from './answer-data.js';

/** A path of the client's answer. */
export type AnswerPath = readonly (string | number)[];

export interface Targets {
  /** The objects at the path, in the order of the answer; nulls are left out. */
  find(root: AnswerObject): AnswerObject[];
  /** The paths of the same objects, in the same order. */
  findPaths(root: AnswerObject): AnswerPath[];
}

type Step = { readonly kind: 'list' } | { readonly kind: 'key'; readonly key: string; readonly read: (from: AnswerObject) => unknown };

/** Compiles a plan's path: response keys, and `@` for the items of a list. */
export function compileTargets(path: readonly (string | number)[]): Targets {
  const steps = path.map((element): Step => {
    if (typeof element !== 'string') throw new AppError('INTERNAL', `a query plan has the path element ${String(element)}; expected a key or @`);
    return element === '@' ? { kind: 'list' } : { kind: 'key', key: element, read: reader(element) };
  });
  return {
    find(root) {
      const found: AnswerObject[] = [];
      collect(root, steps, 0, found);
      return found;
    },
    findPaths(root) {
      const found: AnswerPath[] = [];
      collectPaths(root, steps, 0, [], found);
      return found;
    },
  };
}

function collect(value: unknown, steps: readonly Step[], at: number, found: AnswerObject[]): void {
  if (Array.isArray(value)) {
    const next = steps[at]?.kind === 'list' ? at + 1 : at;
    for (const item of value) collect(item, steps, next, found);
    return;
  }
  if (!isAnswerObject(value)) return;
  const step = steps[at];
  if (step === undefined) found.push(value);
  else if (step.kind === 'key') collect(step.read(value), steps, at + 1, found);
}

function collectPaths(value: unknown, steps: readonly Step[], at: number, path: AnswerPath, found: AnswerPath[]): void {
  if (Array.isArray(value)) {
    const next = steps[at]?.kind === 'list' ? at + 1 : at;
    value.forEach((item, index) => collectPaths(item, steps, next, [...path, index], found));
    return;
  }
  if (!isAnswerObject(value)) return;
  const step = steps[at];
  if (step === undefined) found.push(path);
  else if (step.kind === 'key') collectPaths(step.read(value), steps, at + 1, [...path, step.key], found);
}
