// Rules of the graph that composition does not hold. Each finding is one sentence that names the coordinate.
import { getNamedType, isInterfaceType, isListType, isNonNullType, isObjectType, isCompositeType } from 'graphql';
import { AUTHORIZATION_DIRECTIVES } from './sdl.mjs';
import { forEachField, ownDemand } from './tables.mjs';

/**
 * A denial nulls only the field itself, so a protected field is nullable; protection stands on fields only, because the
 * gateway enforces coordinates; what an interface's field demands, its implementations demand.
 */
export function lintProtection(document, schema, services) {
  const findings = [];
  forEachField(document, (type, field) => {
    const coordinate = `${type}.${field.name.value}`;
    if (!ownDemand(field)) return;
    if (field.type.kind === 'NonNullType') findings.push(`${coordinate} is protected and must be nullable: a denial answers null`);
  });
  for (const { name, typeDefs } of services) {
    for (const definition of typeDefs.definitions) {
      findings.push(...lintInterface(definition, document, schema));
      for (const directive of definition.directives ?? []) {
        if (!AUTHORIZATION_DIRECTIVES.includes(directive.name.value) || !definition.name) continue;
        findings.push(`${definition.name.value} in ${name} carries @${directive.name.value}: put it on fields`);
      }
    }
  }
  return findings;
}

/** What a subgraph protects on an interface's field, every implementation protects: composition carries it up, never down. */
function lintInterface(definition, document, schema) {
  const type = schema.getType(definition.name?.value ?? '');
  if (!isInterfaceType(type)) return [];
  const findings = [];
  const implementations = new Set(schema.getPossibleTypes(type).map((object) => object.name));
  const isProtected = new Set(definition.fields?.filter((field) => ownDemand(field)).map((field) => field.name.value));
  forEachField(document, (name, field) => {
    if (!implementations.has(name) || !isProtected.has(field.name.value) || ownDemand(field)) return;
    findings.push(`${name}.${field.name.value} must be protected as ${type.name}.${field.name.value} is`);
  });
  return findings;
}

/** The shape of a type as the rule of overlapping fields compares it; composite types are compared field by field. */
function shape(type) {
  if (isNonNullType(type)) return `${shape(type.ofType)}!`;
  if (isListType(type)) return `[${shape(type.ofType)}]`;
  return isCompositeType(type) ? '{}' : type.name;
}

/** Two Node types never give one field name two shapes, or `node(id)` and `changes` could not select both plainly. */
export function lintMergeSafety(schema) {
  const node = schema.getType('Node');
  if (!isInterfaceType(node)) return [];
  const findings = new Set();
  compareFields(schema.getPossibleTypes(node), findings, new Set());
  return [...findings];
}

function compareFields(types, findings, seen) {
  const key = types.map((type) => type.name).sort().join(' ');
  if (types.length < 2 || seen.has(key)) return;
  seen.add(key);
  const byName = new Map();
  for (const type of types) {
    for (const field of Object.values(type.getFields())) {
      byName.set(field.name, [...(byName.get(field.name) ?? []), { type, field }]);
    }
  }
  for (const [name, uses] of byName) {
    const first = uses[0];
    const other = uses.find((use) => shape(use.field.type) !== shape(first.field.type));
    if (other) {
      findings.add(
        `${first.type.name}.${name} is ${first.field.type} and ${other.type.name}.${name} is ${other.field.type}: ` +
          'one field name has one shape among Node types',
      );
      continue;
    }
    const targets = new Set(uses.map((use) => getNamedType(use.field.type)).filter((type) => isObjectType(type) || isInterfaceType(type)));
    compareFields([...targets], findings, seen);
  }
}
