// The real graph as a client reaches it: the five subgraphs over a store whose statements are counted, behind the gateway
// over HTTP, with the subgraphs in its process or each as a server of its own. Tokens are names of viewers.
import { readFileSync } from 'node:fs';
import Fastify, { type FastifyInstance } from 'fastify';
import { parse, print, type OperationDefinitionNode } from 'graphql';
import { ANONYMOUS, type Viewer } from '../../auth/viewer.js';
import { createLiveSource } from '../../bin/live.js';
import { createAllSubgraphs } from '../../bin/subgraphs.js';
import { AppError } from '../../core/errors.js';
import { createLog } from '../../core/log.js';
import { packagePath } from '../../core/package-root.js';
import { createGateway } from '../../gateway/gateway.js';
import { createKeptAnswers, type KeptAnswers } from '../../gateway/kept-answers.js';
import { registerGraphql } from '../../gateway/server.js';
import { registerSubgraph } from '../../gateway/subgraph-server.js';
import type { SiteClient } from '../../origin/site-calls.js';
import type { Store } from '../../store/store.js';
import { SUBGRAPH_NAMES, type Subgraph, type SubgraphName } from '../../subgraphs/shared/context.js';
import { countStatements, type Statement } from './statements.js';

export type Deployment = 'in-process' | 'http';
export const DEPLOYMENTS: readonly Deployment[] = ['in-process', 'http'];

export interface GraphAnswer {
  readonly status: number;
  readonly data: Record<string, unknown> | null;
  readonly codes: readonly unknown[];
  /** What the answer took. */
  readonly statements: readonly Statement[];
}

export interface TestGraph {
  readonly url: string;
  ask(query: string, variables?: Record<string, unknown>, token?: string): Promise<GraphAnswer>;
  close(): Promise<void>;
}

const VIEWER_KEY = 'a key of the tests that has at least 32 bytes';

/** What a test adds to the graph: addresses of its own beside /graphql. */
export interface GraphAdditions {
  readonly maxUploadBytes?: number;
  /** Where answers are kept; in some megabytes of their own unless told. */
  readonly kept?: KeptAnswers;
  register?(fastify: FastifyInstance): Promise<void>;
}

/** Starts the graph; one question at a time, as the statements of two would mix. With a client it writes to sites. */
export async function startGraph(
  store: Store, deployment: Deployment, viewers: Readonly<Record<string, Viewer>>, client: SiteClient | null = null, additions: GraphAdditions = {},
): Promise<TestGraph> {
  let address: string | null = null;
  const place = { publicUrl: () => address, maxUploadBytes: additions.maxUploadBytes ?? 256 * 1024 * 1024 };
  const counted = countStatements(store);
  const log = createLog('silent');
  const subgraphs = await createAllSubgraphs(counted.store, client && { store: counted.store, client, log }, place);
  const servers: FastifyInstance[] = [];
  const places: Partial<Record<SubgraphName, Subgraph | string>> = { ...subgraphs };
  if (deployment === 'http') {
    for (const name of SUBGRAPH_NAMES) {
      const server = Fastify();
      servers.push(server);
      await registerSubgraph(server, subgraphs[name], { viewerKey: VIEWER_KEY, log });
      places[name] = `${await server.listen({ port: 0, host: '127.0.0.1' })}/graphql`;
    }
  }
  // A test may be busy for long between two questions; the client would use a connection that the server just closed.
  const fastify = Fastify({ keepAliveTimeout: 600_000 });
  await registerGraphql(fastify, {
    gateway: createGateway({ subgraphs: places, viewerKey: VIEWER_KEY, log }),
    log,
    live: createLiveSource(store),
    liveLimits: { perAccount: 3, paceMs: 0 },
    kept: additions.kept ?? createKeptAnswers(8 * 1024 * 1024),
    async authenticate(request) {
      const token = request.headers.authorization?.replace(/^Bearer /, '');
      if (token === undefined) return ANONYMOUS;
      const viewer = viewers[token];
      if (!viewer) throw new AppError('UNAUTHENTICATED', 'no viewer of the test has this name');
      return viewer;
    },
  });
  await additions.register?.(fastify);
  address = await fastify.listen({ port: 0, host: '127.0.0.1' });
  const url = `${address}/graphql`;
  return {
    url,
    async ask(query, variables = {}, token) {
      counted.reset();
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        body: JSON.stringify({ query, variables }),
      });
      const body = (await response.json()) as { data?: Record<string, unknown> | null; errors?: { message: string; extensions?: Record<string, unknown> }[] };
      const codes = (body.errors ?? []).map((error) => error.extensions?.['code'] ?? error.message);
      return { status: response.status, data: body.data ?? null, codes, statements: [...counted.statements] };
    },
    async close() {
      await fastify.close();
      for (const server of servers) await server.close();
    },
  };
}

/** The operations of test/fixtures/operations.graphql, each as a text of its own, by name. */
export function readOperations(): ReadonlyMap<string, string> {
  const document = parse(readFileSync(packagePath('test', 'fixtures', 'operations.graphql'), 'utf8'));
  const operations = document.definitions as readonly OperationDefinitionNode[];
  return new Map(operations.map((operation) => [operation.name?.value ?? '', print(operation)]));
}
