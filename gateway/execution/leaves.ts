// Whether a leaf that a subgraph answered is one of its type. The client's schema decides, so a value of an enum that only subgraphs
// know is not told.
import { isEnumType, type GraphQLEnumType, type GraphQLScalarType } from 'graphql';

const isWhole = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value);

const BUILT_IN: Readonly<Record<string, (value: unknown) => boolean>> = {
  String: (value) => typeof value === 'string',
  ID: (value) => typeof value === 'string' || isWhole(value),
  Int: isWhole,
  Float: (value) => typeof value === 'number' && Number.isFinite(value),
  Boolean: (value) => typeof value === 'boolean',
};

/** The test of a type's values; every value is one of a scalar of our own, which its subgraph has serialized. */
export function leafTest(type: GraphQLScalarType | GraphQLEnumType): (value: unknown) => boolean {
  if (!isEnumType(type)) return BUILT_IN[type.name] ?? (() => true);
  const names = new Set<unknown>(type.getValues().map((value) => value.name));
  return (value) => names.has(value);
}
