// A plan's rewrites of what is sent to a subgraph and of what it answers: a key that collides is fetched under another name and
// renamed, and an interface object is told by the interface's name where the subgraph knows no other.
import type { FetchDataRewrite } from '@apollo/query-planner';
import { isAnswerObject, put, type AnswerObject } from './answer-data.js';
import type { TypeConditions } from './type-conditions.js';

export type Rewrite = (value: unknown) => void;

const FRAGMENT = '... on ';

/** Compiles the rewrites of one fetch; undefined when there are none. */
export function compileRewrites(rewrites: readonly FetchDataRewrite[] | undefined, conditions: TypeConditions): Rewrite | undefined {
  if (rewrites === undefined || rewrites.length === 0) return undefined;
  const compiled = rewrites.map((rewrite) => compileRewrite(rewrite, conditions));
  return (value) => {
    for (const rewrite of compiled) rewrite(value);
  };
}

function compileRewrite(rewrite: FetchDataRewrite, conditions: TypeConditions): Rewrite {
  const last = rewrite.path.at(-1);
  if (last === undefined) return () => undefined;
  const change = rewrite.kind === 'ValueSetter' ? setter(last, rewrite.setValueTo) : renamer(last, rewrite.renameKeyTo);
  let next: Rewrite = (value) => {
    for (const item of Array.isArray(value) ? value : [value]) if (isAnswerObject(item)) change(item);
  };
  for (const element of rewrite.path.slice(0, -1).reverse()) next = element.startsWith(FRAGMENT) ? narrow(conditions.namesOf(element.slice(FRAGMENT.length)), next) : descend(element, next);
  return next;
}

const setter = (key: string, value: unknown) => (target: AnswerObject): void => put(target, key, value);

const renamer = (from: string, to: string) => (target: AnswerObject): void => {
  const value = Object.hasOwn(target, from) ? target[from] : undefined;
  if (value === undefined) return;
  put(target, to, value);
  put(target, from, undefined);
};

function descend(key: string, next: Rewrite): Rewrite {
  const visit: Rewrite = (value) => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (isAnswerObject(value) && Object.hasOwn(value, key)) next(value[key]);
  };
  return visit;
}

/** An object without a type name is taken for one of the type: it was asked for where nothing else can be. */
function narrow(names: ReadonlySet<string>, next: Rewrite): Rewrite {
  const visit: Rewrite = (value) => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (isAnswerObject(value)) {
      const typename = value['__typename'];
      if (typeof typename !== 'string' || names.has(typename)) next(value);
    }
  };
  return visit;
}
