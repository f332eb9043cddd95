// A small graph of three subgraphs with what the real one has: entities across subgraphs, an interface, protected fields
// of every shape, pages with costs. Built with the same helper and composed by the same code as the real subgraphs.
import { readFileSync } from 'node:fs';
import DataLoader from 'dataloader';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { parse, type DocumentNode } from 'graphql';
import { ANONYMOUS, type Viewer } from '../../auth/viewer.js';
import { composeSupergraph } from '../../codegen/compose.mjs';
import { AppError } from '../../core/errors.js';
import { createLog, type Log } from '../../core/log.js';
import { packagePath } from '../../core/package-root.js';
import { createGateway, type GatewayOptions, type SubgraphPlaces, type Supergraph } from '../../gateway/gateway.js';
import { registerGraphql, type GraphqlOptions } from '../../gateway/server.js';
import { registerSubgraph } from '../../gateway/subgraph-server.js';
import type { RequestContext, Subgraph, SubgraphName } from '../../subgraphs/shared/context.js';
import { createSubgraph } from '../../subgraphs/shared/subgraph.js';

const SDL = {
  settings: `
    type Query {
      site(id: ID!): Site
      sites(first: Int = 20): SiteConnection @authenticated @listSize(slicingArguments: ["first"], sizedFields: ["nodes"])
      node(id: ID!): Node
      hello: String!
      slow: String
      boom: String
      teapot: String
      echo(at: DateTime, text: String = "none"): String
      brokenPromise: Site
    }
    type Mutation {
      rename(id: ID!, name: String!): Site @requiresScopes(scopes: [["settings:write"]])
      ping: String!
    }
    type SiteConnection { nodes: [Site!]! }
    type Site implements Node @key(fields: "id") {
      id: ID!
      name: String!
      secret: String @requiresScopes(scopes: [["settings:read"], ["admin:a", "admin:b"]])
      settings: SiteSettings @requiresScopes(scopes: [["settings:read"]])
    }
    type SiteSettings { title: String! email(mask: Boolean): String }
  `,
  content: `
    type Site @key(fields: "id") {
      id: ID!
      posts(first: Int = 20): PostConnection! @listSize(slicingArguments: ["first"], sizedFields: ["nodes"])
      items: [Item!]!
    }
    type PostConnection { nodes: [Post!]! }
    interface Item { id: ID! title: String! note: String }
    type Post implements Node & Item @key(fields: "id") {
      id: ID!
      title: String!
      note: String @requiresScopes(scopes: [["content:read"]])
      raw(length: Int): String @requiresScopes(scopes: [["content:read"]])
      liked: Boolean @authenticated
      author: User
      comments(first: Int = 20): CommentConnection! @listSize(slicingArguments: ["first"], sizedFields: ["nodes"])
    }
    type Page implements Node & Item @key(fields: "id") { id: ID! title: String! note: String }
    type CommentConnection { nodes: [Comment!]! }
    type Comment { text: String! post: Post! }
    type User @key(fields: "id", resolvable: false) { id: ID! }
  `,
  users: `
    type User implements Node @key(fields: "id") {
      id: ID!
      name: String!
      email: String @requiresScopes(scopes: [["users:pii"]])
      explode: String
    }
  `,
} as const;

type SmallName = keyof typeof SDL;
const NAMES: readonly SmallName[] = ['settings', 'content', 'users'];

function typeDefs(name: SmallName): DocumentNode {
  return parse(`${readFileSync(packagePath('subgraphs', 'shared', 'common.graphql'), 'utf8')}\n${SDL[name]}`);
}

const composed = composeSupergraph(NAMES.map((name) => ({ name, url: `http://${name}.invalid/`, typeDefs: typeDefs(name) })));
export const smallSupergraph: Supergraph = {
  authority: composed.supergraph,
  executable: composed.executable,
  protectedFields: composed.protectedFields,
};
export const smallFindings = composed.findings;

/** What the subgraphs noticed: batches of users that were loaded, and resolvers of protected fields that ran. */
export interface Notes {
  readonly userBatches: (readonly string[])[];
  readonly touched: string[];
}

interface Model { readonly id: string; readonly __typename?: string }
interface SmallContext { readonly request: RequestContext; readonly users: DataLoader<string, { id: string; name: string }> }

const post = (site: string, n: number): Model => ({ __typename: 'Post', id: `post-${site}-${n}` });

export function createSmallSubgraphs(notes: Notes): Record<SmallName, Subgraph> {
  const createContext = (request: RequestContext): SmallContext => ({
    request,
    users: new DataLoader(async (ids: readonly string[]) => {
      notes.userBatches.push([...ids]);
      return ids.map((id) => ({ id, name: `User ${id}` }));
    }),
  });
  const touch = (name: string, value: unknown) => () => {
    notes.touched.push(name);
    return value;
  };
  const resolvers: Record<SmallName, Record<string, object>> = {
    settings: {
      Query: {
        site: (_: unknown, { id }: Model) => ({ id }),
        sites: touch('Query.sites', { nodes: [{ id: 'a' }, { id: 'b' }] }),
        node: (_: unknown, { id }: Model) => ({ __typename: 'Site', id }),
        hello: (_: unknown, _args: unknown, context: SmallContext) => `hello ${context.request.viewer.kind}`,
        slow: () => new Promise((resolve) => setTimeout(() => resolve('late'), 2000)),
        boom: () => { throw new Error('password=hunter2 at /srv/secret.ts'); },
        teapot: () => { throw new AppError('RATE_LIMITED', 'Slow down', { retryAfterMs: 1500 }); },
        echo: (_: unknown, { at, text }: { at?: Date; text?: string }) => at?.toISOString() ?? text,
        brokenPromise: () => ({ id: 'a', name: null }),
      },
      Mutation: { rename: touch('Mutation.rename', { id: 'a' }), ping: () => 'pong' },
      Site: {
        __resolveReference: ({ id }: Model) => ({ id }),
        name: (site: Model & { name?: unknown }) => ('name' in site ? site.name : `Site ${site.id}`),
        secret: touch('Site.secret', 'secret value'),
        settings: touch('Site.settings', { title: 'Title', email: 'a@example.org' }),
      },
    },
    content: {
      Site: {
        __resolveReference: ({ id }: Model) => ({ id }),
        posts: (site: Model, { first }: { first: number }) => ({ nodes: Array.from({ length: Math.min(first, 3) }, (_, n) => post(site.id, n)) }),
        items: (site: Model) => [post(site.id, 0), { __typename: 'Page', id: `page-${site.id}` }],
      },
      Post: {
        __resolveReference: ({ id }: Model) => ({ id }),
        title: (model: Model) => `Title of ${model.id}`,
        note: touch('Post.note', 'post note'),
        raw: touch('Post.raw', 'raw text'),
        liked: touch('Post.liked', true),
        author: (model: Model) => ({ id: `u${model.id.slice(-1)}` }),
        comments: (model: Model) => ({ nodes: [{ text: 'first', post: model }] }),
      },
      Page: { title: (model: Model) => `Title of ${model.id}`, note: () => 'page note' },
    },
    users: {
      User: {
        __resolveReference: ({ id }: Model, context: SmallContext) => context.users.load(id),
        email: touch('User.email', 'u@example.org'),
        explode: () => { throw new Error('internal detail'); },
      },
    },
  };
  const make = (name: SmallName): Subgraph => createSubgraph({ name, typeDefs: typeDefs(name), resolvers: resolvers[name], createContext });
  return { settings: make('settings'), content: make('content'), users: make('users') };
}

export const VIEWER_KEY = 'a key of the tests that has at least 32 bytes';

/** Tokens are the scopes themselves: `Bearer content:read+users:pii`; `Bearer bad` is refused. */
export async function authenticateTest(request: FastifyRequest): Promise<Viewer> {
  const header = request.headers.authorization;
  if (header === undefined) return ANONYMOUS;
  const token = header.replace(/^Bearer /, '');
  if (token === 'bad') throw new AppError('UNAUTHENTICATED', 'The token is unknown');
  return { kind: 'operator', accountId: 'tester', scopes: token.split('+').filter((scope) => scope !== 'none') };
}

/** A log whose lines can be read back. */
export function createTestLog(): { readonly log: Log; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const log = createLog('silent');
  const record = (level: string) => (fields: Record<string, unknown>, message: string) => void lines.push({ level, message, ...fields });
  return { log: Object.assign(Object.create(log) as Log, { error: record('error'), warn: record('warn') }), lines };
}

export interface SmallServer {
  readonly url: string;
  readonly notes: Notes;
  readonly lines: Record<string, unknown>[];
  ask(query: string, options?: { token?: string; variables?: Record<string, unknown>; operationName?: string }): Promise<Answer>;
  close(): Promise<void>;
}
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { message: string; path?: readonly (string | number)[]; extensions: Record<string, unknown> }[];
}
export type Deployment = 'in-process' | 'http';

/** Starts the small graph with its subgraphs in the same process or each as a server of its own. */
export async function startSmallGraph(
  deployment: Deployment,
  options: Partial<Pick<GraphqlOptions, 'limits' | 'deadlineMs'>> & Pick<GatewayOptions, 'enforce' | 'executor'> = {},
): Promise<SmallServer> {
  const notes: Notes = { userBatches: [], touched: [] };
  const { log, lines } = createTestLog();
  const subgraphs = createSmallSubgraphs(notes);
  const servers: FastifyInstance[] = [];
  const places: Partial<Record<SubgraphName, Subgraph | string>> = {};
  for (const name of NAMES) {
    if (deployment === 'in-process') {
      places[name] = subgraphs[name];
      continue;
    }
    const server = Fastify();
    servers.push(server);
    await registerSubgraph(server, subgraphs[name], { viewerKey: VIEWER_KEY, log });
    places[name] = `${await server.listen({ port: 0, host: '127.0.0.1' })}/graphql`;
  }
  const { enforce, executor, ...rest } = options;
  const gateway = createGateway({
    subgraphs: places as SubgraphPlaces,
    supergraph: smallSupergraph,
    viewerKey: VIEWER_KEY,
    log,
    ...(enforce ? { enforce } : {}),
    ...(executor ? { executor } : {}),
  });
  const fastify = Fastify();
  await registerGraphql(fastify, { gateway, log, authenticate: authenticateTest, fieldCosts: composed.fieldCosts, ...rest });
  const url = `${await fastify.listen({ port: 0, host: '127.0.0.1' })}/graphql`;
  return {
    url,
    notes,
    lines,
    async ask(query, { token, variables, operationName } = {}) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        body: JSON.stringify({ query, variables, operationName }),
      });
      return { status: response.status, headers: response.headers, ...((await response.json()) as object) };
    },
    async close() {
      await fastify.close();
      for (const server of servers) await server.close();
    },
  };
}
