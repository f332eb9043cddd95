// The error of a field that the viewer may not see. Resolvers of every subgraph throw it; the field answers null.
import { GraphQLError } from 'graphql';

/** Makes a FORBIDDEN error; the message names what would be needed, never what is hidden. */
export function forbidden(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN' } });
}
