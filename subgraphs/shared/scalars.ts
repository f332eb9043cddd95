// The graph's own scalars. Every subgraph serves the same ones; createSubgraph adds them to its resolvers.
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

function refuse(scalar: string, expected: string, value: unknown): never {
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : typeof value;
  throw new GraphQLError(`${scalar} must be ${expected}; got ${shown}`, { extensions: { code: 'BAD_USER_INPUT' } });
}

function stringScalar(name: string, description: string, expected: string, accepts: (text: string) => boolean): GraphQLScalarType<string, string> {
  const parse = (value: unknown): string => (typeof value === 'string' && accepts(value) ? value : refuse(name, expected, value));
  return new GraphQLScalarType({
    name,
    description,
    serialize: (value) => (typeof value === 'string' ? value : refuse(name, 'a string', value)),
    parseValue: parse,
    parseLiteral: (node: ValueNode) => parse(node.kind === Kind.STRING ? node.value : node.kind),
  });
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

function parseInstant(value: unknown): Date {
  const date = typeof value === 'string' && INSTANT.test(value) ? new Date(value) : null;
  if (date === null || Number.isNaN(date.getTime())) return refuse('DateTime', 'an ISO 8601 instant with an offset', value);
  return date;
}

/** An instant. Read with any offset, written in UTC with milliseconds: `2026-11-24T08:30:00.000Z`. */
export const DateTimeScalar = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'An instant in ISO 8601, in UTC with milliseconds: 2026-11-24T08:30:00.000Z.',
  serialize(value) {
    const date = value instanceof Date ? value : parseInstant(value);
    if (Number.isNaN(date.getTime())) return refuse('DateTime', 'a valid date', value);
    return date.toISOString();
  },
  parseValue: parseInstant,
  parseLiteral: (node) => parseInstant(node.kind === Kind.STRING ? node.value : node.kind),
});

function literalJson(node: ValueNode, variables: Readonly<Record<string, unknown>> | null | undefined): unknown {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.NULL:
      return null;
    case Kind.LIST:
      return node.values.map((item) => literalJson(item, variables));
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map((field) => [field.name.value, literalJson(field.value, variables)]));
    case Kind.VARIABLE:
      return variables?.[node.name.value];
  }
}

/** Any JSON value. */
export const JsonScalar = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: literalJson,
});

const anything = (): boolean => true;

/** The scalars' resolvers by name. */
export const scalars = {
  DateTime: DateTimeScalar,
  JSON: JsonScalar,
  URL: stringScalar('URL', 'An absolute URL.', 'an absolute http or https URL', (text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
  }),
  HTML: stringScalar('HTML', 'HTML as the site would show it; it is not safe to show without a sanitizer.', 'a string', anything),
  Decimal: stringScalar('Decimal', 'A decimal number as text, so that no digit is lost: "12.50".', 'a decimal number as text', (text) =>
    /^-?\d{1,30}(\.\d{1,30})?$/.test(text),
  ),
  Version: stringScalar('Version', 'What a thing was when it was read; opaque.', 'a version that was read before', (text) => text.length <= 256),
  ChangeCursor: stringScalar('ChangeCursor', 'A place in the change log; opaque.', 'a cursor that was read before', (text) => text.length <= 4096),
} as const;
