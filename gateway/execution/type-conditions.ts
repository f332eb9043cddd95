// Which types of the supergraph a type condition holds for; asked of __typename at run time, so it is looked up, not computed.
import { isAbstractType, isInterfaceType, type GraphQLSchema } from 'graphql';

export interface TypeConditions {
  /** The names of the types that a condition holds for; itself, and for an abstract one what implements it or belongs to it. */
  namesOf(condition: string): ReadonlySet<string>;
  /** Tells whether a __typename is that of an interface or union, which no thing is by itself. */
  isAbstract(typename: unknown): boolean;
}

/** Creates the conditions of a schema. */
export function createTypeConditions(schema: GraphQLSchema): TypeConditions {
  const known = new Map<string, ReadonlySet<string>>();
  return {
    isAbstract: (typename) => typeof typename === 'string' && isAbstractType(schema.getType(typename)),
    namesOf(condition) {
      let names = known.get(condition);
      if (!names) known.set(condition, (names = findNames(schema, condition)));
      return names;
    },
  };
}

function findNames(schema: GraphQLSchema, condition: string): ReadonlySet<string> {
  const type = schema.getType(condition);
  const below = isAbstractType(type) ? schema.getPossibleTypes(type) : [];
  const interfaces = isInterfaceType(type) ? schema.getImplementations(type).interfaces : [];
  return new Set([condition, ...below.map((one) => one.name), ...interfaces.map((one) => one.name)]);
}
