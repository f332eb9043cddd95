// Draws tables from the full supergraph: what each protected coordinate demands, and what lists and costly fields weigh.
import { isInterfaceType } from 'graphql';

/** Calls `each(typeName, fieldNode)` for every field of every object and interface of the supergraph. */
export function forEachField(document, each) {
  for (const definition of document.definitions) {
    if (definition.kind !== 'ObjectTypeDefinition' && definition.kind !== 'InterfaceTypeDefinition') continue;
    for (const field of definition.fields ?? []) each(definition.name.value, field);
  }
}

const directive = (node, name) => node.directives?.find((candidate) => candidate.name.value === name);
const argument = (node, name) => node?.arguments?.find((candidate) => candidate.name.value === name)?.value;
const strings = (value) => (value?.kind === 'ListValue' ? value.values.map((item) => item.value) : value ? [value.value] : []);

/** What one field demands by itself: null, or `{ anyOf }`, a list of sets of scopes; an empty set means sign-in only. */
export function ownDemand(field) {
  const scopes = directive(field, 'requiresScopes');
  if (scopes) return { anyOf: argument(scopes, 'scopes').values.map(strings) };
  return directive(field, 'authenticated') ? { anyOf: [[]] } : null;
}

/** The demand that is met only when both are met. */
function both(left, right) {
  if (!left || !right) return left ?? right;
  const sets = left.anyOf.flatMap((a) => right.anyOf.map((b) => [...new Set([...a, ...b])].sort()));
  const unique = [...new Map(sets.map((set) => [set.join(' '), set])).values()];
  return { anyOf: unique.filter((set) => !unique.some((other) => other !== set && other.every((scope) => set.includes(scope)))) };
}

/**
 * The demands by coordinate (`Type.field`), sorted. A field of an interface demands what it and the same field of every
 * implementation demand together, since a selection on the interface may reach any of them.
 */
export function protectionTable(document, schema) {
  const own = new Map();
  forEachField(document, (type, field) => own.set(`${type}.${field.name.value}`, ownDemand(field)));
  const table = {};
  for (const [coordinate, demand] of own) {
    const [typeName, fieldName] = coordinate.split('.');
    const type = schema.getType(typeName);
    const implementations = isInterfaceType(type) ? schema.getPossibleTypes(type) : [];
    const total = implementations.reduce((sum, object) => both(sum, own.get(`${object.name}.${fieldName}`)), demand);
    if (total) table[coordinate] = total.anyOf.map((set) => [...set].sort());
  }
  return Object.fromEntries(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Weights and list sizes by coordinate, as @cost and @listSize say them. */
export function costTable(document) {
  const table = {};
  forEachField(document, (type, field) => {
    const cost = directive(field, 'cost');
    const list = directive(field, 'listSize');
    if (!cost && !list) return;
    const entry = {};
    if (cost) entry.weight = Number(argument(cost, 'weight').value);
    if (list) {
      const assumed = argument(list, 'assumedSize');
      if (assumed) entry.assumedSize = Number(assumed.value);
      const slicing = strings(argument(list, 'slicingArguments'));
      if (slicing.length) {
        entry.slicingArguments = slicing;
        for (const name of slicing) {
          const fallback = field.arguments?.find((candidate) => candidate.name.value === name)?.defaultValue;
          if (fallback?.kind === 'IntValue') entry.defaultSize = Number(fallback.value);
        }
      }
      const sized = strings(argument(list, 'sizedFields'));
      if (sized.length) entry.sizedFields = sized;
    }
    table[`${type}.${field.name.value}`] = entry;
  });
  return Object.fromEntries(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1)));
}
