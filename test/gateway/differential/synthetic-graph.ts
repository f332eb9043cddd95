// A graph that has what is hard for a plan's executor: interfaces and unions over several subgraphs, an interface object, @requires with
// nested selections, @provides, shareable values, compound keys, and data that fails: nulls where none may be, errors with and without a
// code, references that lead nowhere. What fails is decided by the thing and the field, so that it fails again when asked again.
import { readFileSync } from 'node:fs';
import { GraphQLError, parse, type DocumentNode } from 'graphql';
import { composeSupergraph } from '../../../codegen/compose.mjs';
import { AppError } from '../../../core/errors.js';
import { packagePath } from '../../../core/package-root.js';
import type { Supergraph } from '../../../gateway/gateway.js';
import type { Subgraph } from '../../../subgraphs/shared/context.js';
import { createSubgraph } from '../../../subgraphs/shared/subgraph.js';
import { hashOf } from './random.js';

const SDL = {
  content: `
    type Query {
      things(first: Int = 4): [Thing!]
      thing(id: ID!): Thing
      anything: [Anything]
      shelf(id: ID!): Shelf
      books: [Book]!
      person(id: ID!): Person
      grid: [[Thing]!]
    }
    type Mutation { touch(id: ID!): Thing note(text: String!): Note! fail: String }
    interface Thing @key(fields: "id") { id: ID! label: String weight: Int! owner: Person }
    type Book implements Thing @key(fields: "id") {
      id: ID! label: String weight: Int! owner: Person
      pages: Int! size: Size related(first: Int = 2): [Thing!] shelf: Shelf!
    }
    type Film implements Thing @key(fields: "id") {
      id: ID! label: String weight: Int! owner: Person
      minutes: Int director: Person! @provides(fields: "name") scenes: [Scene!]!
    }
    type Note { text: String! about: Thing mood: Mood }
    type Scene { title: String! with: [Person] }
    union Anything = Book | Film | Note
    type Size @shareable { width: Int! height: Int depth: Deep! }
    type Deep @shareable { value: Int! unit: String }
    type Person @key(fields: "id") { id: ID! name: String @external }
    type Shelf @key(fields: "id") @key(fields: "room row") { id: ID! room: String! row: Int! books: [Book!]! }
    enum Mood { CALM LOUD }
  `,
  users: `
    type Query { people: [Person!]! me: Person }
    type Person @key(fields: "id") {
      id: ID! name: String @shareable mail: String! mood: Mood friends(first: Int = 2): [Person!]!
      favorite: Favorite owns: [Thing!]
    }
    union Favorite = Book | Film
    interface Thing { id: ID! }
    type Book implements Thing @key(fields: "id", resolvable: false) { id: ID! }
    type Film implements Thing @key(fields: "id", resolvable: false) { id: ID! }
    enum Mood { CALM LOUD }
  `,
  settings: `
    type Query { cheapest: Book reviews: [Review!] }
    type Book @key(fields: "id") {
      id: ID! pages: Int! @external size: Size @external
      cost: Int @requires(fields: "pages") volume: Int! @requires(fields: "size { width height depth { value } }") price: String!
      reviews(first: Int = 2): [Review!]!
    }
    type Film @key(fields: "id") { id: ID! minutes: Int @external pace: String @requires(fields: "minutes") reviews(first: Int = 2): [Review] }
    type Review { id: ID! stars: Int! by: Person of: Book text: String size: Size }
    type Size @shareable { width: Int! height: Int depth: Deep! }
    type Deep @shareable { value: Int! unit: String }
    type Person @key(fields: "id", resolvable: false) { id: ID! }
    type Shelf @key(fields: "room row") { room: String! row: Int! capacity: Int! keeper: Person }
  `,
  extensions: `
    type Query { bestRated: [Thing!] }
    type Thing @key(fields: "id") @interfaceObject { id: ID! rating: Int tagline: String! critic: Person }
    type Person @key(fields: "id") { id: ID! badges: [String!] rank: Int! }
  `,
} as const;

type SyntheticName = keyof typeof SDL;
export const SYNTHETIC_NAMES = Object.keys(SDL) as readonly SyntheticName[];

function typeDefs(name: SyntheticName): DocumentNode {
  const common = readFileSync(packagePath('subgraphs', 'shared', 'common.graphql'), 'utf8').replace('"@key"', '"@key" "@interfaceObject"');
  return parse(`${common}\n${SDL[name]}`);
}

/** Composes the graph, or a part of it. */
export function composeSynthetic(names: readonly SyntheticName[] = SYNTHETIC_NAMES): Supergraph {
  const composed = composeSupergraph(names.map((name) => ({ name, url: `http://${name}.invalid/`, typeDefs: typeDefs(name) })));
  return { authority: composed.supergraph, executable: composed.executable, protectedFields: {} };
}

interface Model { readonly id: string; readonly __typename?: string; readonly [field: string]: unknown }

export const THING_IDS = ['book-1', 'book-2', 'film-1', 'book-3', 'film-2', 'film-3', 'book-4', 'none-1'] as const;
export const PERSON_IDS = ['p1', 'p2', 'p3', 'p4'] as const;

const typeOf = (id: string): string => (id.startsWith('book') ? 'Book' : 'Film');
const thing = (id: string): Model | null => (id.startsWith('none') ? null : { __typename: typeOf(id), id });
const pickId = <T>(ids: readonly T[], text: string): T => ids[hashOf(text) % ids.length] as T;

/** Fails a field now and then: one in `rarity` answers null, another throws. */
function mishap(field: string, model: { readonly id?: unknown }, rarity: number): 'null' | 'throw' | undefined {
  const lot = hashOf(`${field} ${String(model.id)}`) % rarity;
  return lot === 0 ? 'null' : lot === 1 ? 'throw' : undefined;
}

function fail(field: string): never {
  const lot = hashOf(field) % 3;
  if (lot === 0) throw new AppError('NOT_FOUND', `${field} is gone`);
  if (lot === 1) throw new GraphQLError(`${field} is not for you`, { extensions: { code: 'FORBIDDEN' } });
  throw new Error(`${field} broke`);
}

type Resolver = (model: Model, args: Record<string, unknown>) => unknown;
const async_ = (value: unknown): unknown => (hashOf(JSON.stringify(value) ?? '') % 2 === 0 ? Promise.resolve(value) : value);

/** Wraps resolvers of a type so that they fail at times. */
function failing(type: string, resolvers: Readonly<Record<string, Resolver>>, rarity = 19): Record<string, Resolver> {
  return Object.fromEntries(
    Object.entries(resolvers).map(([field, resolve]) => [
      field,
      (model: Model, args: Record<string, unknown>) => {
        const lot = field === '__resolveReference' ? mishap(`${type}.${field}`, model, 23) : mishap(`${type}.${field}`, model ?? {}, rarity);
        if (lot === 'throw') return fail(`${type}.${field}`);
        return lot === 'null' ? null : async_(resolve(model, args));
      },
    ]),
  );
}

const size = (id: string) => ({ width: hashOf(id) % 9, height: hashOf(id) % 4 === 0 ? null : 3, depth: { value: 2, unit: 'cm' } });
const count = (args: Record<string, unknown>, fallback: number): number => (typeof args['first'] === 'number' ? args['first'] : fallback);
const things = (from: string, many: number): unknown[] => Array.from({ length: many }, (_, index) => thing(pickId(THING_IDS.slice(0, 7), `${from} ${index}`)));
const people = (from: string, many: number): Model[] => Array.from({ length: many }, (_, index) => ({ id: pickId(PERSON_IDS, `${from} ${index}`) }));
const shelfOf = (id: string) => ({ id: `shelf-${hashOf(id) % 2}`, room: 'hall', row: hashOf(id) % 2 });
const review = (id: string): Model => ({ id: `r-${id}` });

const common = { label: ({ id }: Model) => `label ${id}`, weight: ({ id }: Model) => hashOf(id) % 50, owner: ({ id }: Model) => ({ id: pickId(PERSON_IDS, id) }) };

/** The resolvers of each subgraph. */
const resolvers: Readonly<Record<SyntheticName, Record<string, object>>> = {
  content: {
    Query: {
      things: (_: unknown, args: Record<string, unknown>) => THING_IDS.slice(0, count(args, 4)).map(thing).filter(Boolean),
      thing: (_: unknown, { id }: Model) => thing(id),
      anything: () => [thing('book-1'), { __typename: 'Note', id: 'n1' }, null, thing('film-2'), thing('book-4')],
      shelf: (_: unknown, { id }: Model) => shelfOf(id),
      books: () => [thing('book-1'), null, thing('book-2'), thing('book-3'), thing('book-1')],
      person: (_: unknown, { id }: Model) => ({ id }),
      grid: () => [[thing('book-1'), thing('film-1')], [null, thing('film-3')], []],
    },
    Mutation: { touch: (_: unknown, { id }: Model) => thing(id), note: (_: unknown, { text }: Model) => ({ id: 'n2', text }), fail: () => fail('Mutation.fail') },
    Thing: { __resolveReference: ({ id }: Model) => thing(id) },
    Book: failing('Book', { __resolveReference: ({ id }) => thing(id), ...common, pages: ({ id }) => 100 + (hashOf(id) % 90), size: ({ id }) => size(id), related: ({ id }, args) => things(id, count(args, 2)), shelf: ({ id }) => shelfOf(id) }),
    Film: failing('Film', { __resolveReference: ({ id }) => thing(id), ...common, minutes: ({ id }) => hashOf(id) % 200, director: ({ id }) => ({ id: pickId(PERSON_IDS, id), name: `name of ${pickId(PERSON_IDS, id)}` }), scenes: ({ id }) => [{ id: `${id}/1` }, { id: `${id}/2` }] }),
    Note: failing('Note', { text: ({ id, text }) => text ?? `text of ${id}`, about: ({ id }) => thing(pickId(THING_IDS, id)), mood: () => 'LOUD' }),
    Scene: failing('Scene', { title: ({ id }) => `title ${id}`, with: ({ id }) => people(id, 2) }, 11),
    Shelf: failing('Shelf', { __resolveReference: (model) => (model['id'] === undefined ? shelfOf(String(model['row'])) : shelfOf(model.id)), books: ({ id }) => [thing(`book-${(hashOf(id) % 3) + 1}`), thing('book-4')] }, 29),
  },
  users: {
    Query: { people: () => PERSON_IDS.map((id) => ({ id })), me: () => ({ id: 'p2' }) },
    Person: failing('Person', {
      __resolveReference: ({ id }) => ({ id }), name: ({ id }) => `name of ${id}`, mail: ({ id }) => `${id}@example.org`, mood: ({ id }) => (hashOf(id) % 2 === 0 ? 'CALM' : 'LOUD'),
      friends: ({ id }, args) => people(id, count(args, 2)), favorite: ({ id }) => thing(pickId(THING_IDS, `fav ${id}`)), owns: ({ id }) => things(`owns ${id}`, 2),
    }),
  },
  settings: {
    Query: { cheapest: () => thing('book-2'), reviews: () => [review('x'), review('y')] },
    Book: failing('settings Book', {
      __resolveReference: (reference) => reference, cost: (model) => Number(model['pages']) * 2,
      volume: (model) => { const held = model['size'] as ReturnType<typeof size> | null | undefined; return held ? held.width * (held.height ?? 1) * held.depth.value : 0; },
      price: ({ id }) => `${hashOf(id) % 30}.00`, reviews: ({ id }, args) => Array.from({ length: count(args, 2) }, (_, index) => review(`${id}-${index}`)),
    }),
    Film: failing('settings Film', { __resolveReference: (reference) => reference, pace: (model) => `${String(model['minutes'])} a scene`, reviews: ({ id }) => [review(id), null] }),
    Review: failing('Review', { stars: ({ id }) => hashOf(id) % 5, by: ({ id }) => ({ id: pickId(PERSON_IDS, id) }), of: ({ id }) => thing(pickId(['book-1', 'book-2', 'book-3'], id)), text: ({ id }) => `text ${id}`, size: ({ id }) => size(id) }),
    Shelf: failing('settings Shelf', { __resolveReference: (reference) => reference, capacity: (model) => Number(model['row']) + 10, keeper: (model) => ({ id: pickId(PERSON_IDS, String(model['row'])) }) }),
  },
  extensions: {
    Query: { bestRated: () => [{ id: 'film-1' }, { id: 'book-2' }, { id: 'film-3' }] },
    Thing: failing('extensions Thing', { __resolveReference: ({ id }) => ({ id }), rating: ({ id }) => hashOf(id) % 6, tagline: ({ id }) => `tagline ${id}`, critic: ({ id }) => ({ id: pickId(PERSON_IDS, id) }) }),
    Person: failing('extensions Person', { __resolveReference: ({ id }) => ({ id }), badges: ({ id }) => [id, 'star'], rank: ({ id }) => hashOf(id) % 8 }),
  },
};

/** Creates the subgraphs. */
export function createSyntheticSubgraphs(): Record<SyntheticName, Subgraph> {
  const make = (name: SyntheticName): [SyntheticName, Subgraph] => [name, createSubgraph({ name, typeDefs: typeDefs(name), resolvers: resolvers[name] as never, createContext: () => ({}) })];
  return Object.fromEntries(SYNTHETIC_NAMES.map(make)) as Record<SyntheticName, Subgraph>;
}
