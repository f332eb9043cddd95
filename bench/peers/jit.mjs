// graphql-jit, for the one schema that is compiled.
export { compileQuery } from 'graphql-jit';
