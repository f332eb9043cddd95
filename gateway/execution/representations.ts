// What an entity is fetched by: the key fields and required fields of an object that is known already, as the plan's `requires` says.
import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import { isAnswerObject, merge, put, reader, type AnswerObject } from './answer-data.js';
import type { TypeConditions } from './type-conditions.js';

/** Makes an object's representation; null when something that it needs is not there, and it cannot be fetched. */
export type Represent = (entity: AnswerObject) => AnswerObject | null;

/** Compiles the `requires` of a fetch. */
export function compileRepresentation(requires: readonly QueryPlanSelectionNode[], conditions: TypeConditions): Represent {
  const select = compileSelections(requires, conditions);
  return (entity) => {
    const representation = select(entity);
    return representation !== null && typeof representation['__typename'] === 'string' ? representation : null;
  };
}

type Select = (source: AnswerObject, target: AnswerObject) => boolean;

/** Each returns false when a field is not there, which makes the whole selection nothing. */
function compileSelections(selections: readonly QueryPlanSelectionNode[], conditions: TypeConditions): (source: AnswerObject) => AnswerObject | null {
  const parts = selections.map((selection): Select => {
    if (selection.kind === 'Field') return compileField(selection.alias ?? selection.name, selection.selections, conditions);
    if (selection.typeCondition === undefined) return () => true;
    const names = conditions.namesOf(selection.typeCondition);
    const inner = compileSelections(selection.selections, conditions);
    return (source, target) => {
      const typename = source['__typename'];
      const selected = typeof typename === 'string' && names.has(typename) ? inner(source) : null;
      if (selected) merge(target, selected);
      return true;
    };
  });
  return (source) => {
    const target: AnswerObject = {};
    for (const part of parts) if (!part(source, target)) return null;
    return target;
  };
}

function compileField(key: string, selections: readonly QueryPlanSelectionNode[] | undefined, conditions: TypeConditions): Select {
  const read = reader(key);
  const inner = selections && selections.length > 0 ? compileSelections(selections, conditions) : undefined;
  const copy = (value: unknown): unknown => {
    if (inner === undefined) return value;
    if (Array.isArray(value)) return value.map(copy);
    return isAnswerObject(value) ? inner(value) : null;
  };
  return (source, target) => {
    const value = read(source);
    if (value === undefined) return false;
    put(target, key, copy(value));
    return true;
  };
}
