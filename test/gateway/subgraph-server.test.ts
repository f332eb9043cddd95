import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANONYMOUS, signViewer, type Viewer } from '../../auth/viewer.js';
import { createGatewayContext, type GatewayContext } from '../../gateway/context.js';
import { createHttpDataSource, VIEWER_HEADER } from '../../gateway/data-sources/http.js';
import { registerSubgraph } from '../../gateway/subgraph-server.js';
import { createSmallSubgraphs, createTestLog, VIEWER_KEY } from './small-graph.js';

const grant = { requestId: 'request-1', expiresAt: 10_000 };

describe('a subgraph behind HTTP', () => {
  let server: FastifyInstance;
  const { log, lines } = createTestLog();
  beforeAll(async () => {
    server = Fastify();
    await registerSubgraph(server, createSmallSubgraphs({ userBatches: [], touched: [] }).settings, { viewerKey: VIEWER_KEY, log, now: () => 9_999 });
  });
  afterAll(() => server.close());

  const ask = (header: string | undefined, payload: unknown = { query: '{ hello }' }): Promise<LightMyRequestResponse> =>
    server.inject({ method: 'POST', url: '/graphql', headers: header === undefined ? {} : { [VIEWER_HEADER]: header }, payload: payload as object });

  it('answers a request that carries a signed viewer', async () => {
    const response = await ask(signViewer(ANONYMOUS, grant, VIEWER_KEY));
    expect([response.statusCode, response.json()]).toEqual([200, { data: { hello: 'hello anonymous' } }]);
  });

  it.each([
    ['without a viewer', undefined],
    ['with a viewer that is not signed', Buffer.from(JSON.stringify({ viewer: { kind: 'anonymous' }, ...grant })).toString('base64url')],
    ['with a viewer signed by another key', signViewer(ANONYMOUS, grant, 'another key that also has at least 32 bytes')],
    ['with a viewer that is expired', signViewer(ANONYMOUS, { ...grant, expiresAt: 9_999 }, VIEWER_KEY)],
  ])('refuses a request %s with 401, and tells only the log why', async (_name, header) => {
    lines.length = 0;
    const response = await ask(header);
    expect(response.statusCode).toBe(401);
    expect(response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(response.json()).not.toHaveProperty('data');
    expect(lines).toHaveLength(1);
  });

  it('refuses a body that is no fetch with 400', async () => {
    const header = signViewer(ANONYMOUS, grant, VIEWER_KEY);
    for (const payload of [{}, { query: 1 }, []]) {
      const response = await ask(header, payload);
      expect([response.statusCode, response.json().errors[0].extensions.code]).toEqual([400, 'BAD_REQUEST']);
    }
  });
});

describe('the HTTP data source', () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close().closeAllConnections();
  });

  async function serve(answer: (write: (text: string, status?: number) => void) => void): Promise<string> {
    const server = createServer((_request, response) => answer((text, status = 200) => response.writeHead(status).end(text)));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  }

  async function fetchFrom(url: string, options: { answerBytes?: number; remainingMs?: number } = {}): Promise<unknown> {
    const { remainingMs = 5000, ...rest } = options;
    const source = createHttpDataSource({ name: 'content', url, viewerKey: VIEWER_KEY, ...rest });
    const context = createGatewayContext(ANONYMOUS, 'request-1', Date.now() + remainingMs);
    const options_ = { request: { query: '{ hello }' }, context } as unknown as Parameters<typeof source.process>[0];
    try {
      return await source.process(options_);
    } finally {
      source.close();
    }
  }

  it('hands on what the subgraph answers', async () => {
    expect(await fetchFrom(await serve((write) => write('{"data":{"hello":"x"}}')))).toEqual({ data: { hello: 'x' } });
  });

  it('stops reading an answer that is too large', async () => {
    const url = await serve((write) => write(JSON.stringify({ data: 'x'.repeat(5000) })));
    await expect(fetchFrom(url, { answerBytes: 1000 })).rejects.toMatchObject({ code: 'INTERNAL', message: 'subgraph content answered more than 1000 bytes' });
  });

  it('does not take an answer that is no GraphQL answer for one', async () => {
    await expect(fetchFrom(await serve((write) => write('<html>', 502)))).rejects.toMatchObject({ code: 'INTERNAL', message: 'subgraph content answered 502 without JSON' });
    await expect(fetchFrom(await serve((write) => write('[]')))).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('says TIMEOUT when the deadline passes, also before it starts', async () => {
    const silent = await serve(() => undefined);
    await expect(fetchFrom(silent, { remainingMs: 100 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(fetchFrom(silent, { remainingMs: -1 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('says OVERLOADED with a time to retry when the subgraph is not there', async () => {
    await expect(fetchFrom('http://127.0.0.1:1/graphql')).rejects.toMatchObject({ code: 'OVERLOADED', retryAfterMs: 1000 });
  });

  /** A server whose answers wait to be let go; each tells how many questions came so far. */
  async function serveHeld(answer: (count: number) => string = (count) => `{"data":{"count":${count}}}`) {
    const held: (() => void)[] = [];
    const asked: (() => void)[] = [];
    let count = 0;
    const url = await serve((write) => {
      const text = answer((count += 1));
      held.push(() => write(text));
      for (const tell of asked.splice(0)) tell();
    });
    const source = createHttpDataSource({ name: 'content', url, viewerKey: VIEWER_KEY });
    return {
      source,
      count: () => count,
      letGo: () => held.splice(0).forEach((go) => go()),
      nextQuestion: () => new Promise<void>((resolve) => asked.push(resolve)),
      ask: (context: GatewayContext, query = '{ count }') => source.process({ request: { query }, context } as unknown as Parameters<typeof source.process>[0]),
    };
  }
  const contextOf = (viewer: Viewer = ANONYMOUS): GatewayContext => createGatewayContext(viewer, 'request-1', Date.now() + 60_000);

  it('sends equal queries of one viewer once while one is under way, and gives each an answer of its own', async () => {
    const { source, ask, count, letGo, nextQuestion } = await serveHeld();
    const contexts = [contextOf(), contextOf()] as const;
    const asked = nextQuestion();
    const answers = contexts.map((context) => ask(context));
    await asked;
    letGo();
    const [one, other] = await Promise.all(answers);
    expect([one, other, count()]).toEqual([{ data: { count: 1 } }, { data: { count: 1 } }, 1]);
    expect(one).not.toBe(other);
    source.close();
  });

  it('does not answer a request with what was asked before it came', async () => {
    const { source, ask, count, letGo, nextQuestion } = await serveHeld();
    const asked = nextQuestion();
    const first = ask(contextOf());
    await asked;
    const askedAgain = nextQuestion();
    const later = ask(contextOf());
    await askedAgain;
    letGo();
    expect([await first, await later, count()]).toEqual([{ data: { count: 1 } }, { data: { count: 2 } }, 2]);
    source.close();
  });

  it('sends every mutation, and asks apart for each viewer and after an error', async () => {
    const { source, ask, count, letGo, nextQuestion } = await serveHeld((n) => (n === 1 ? '{"data":null,"errors":[{"message":"gone"}]}' : `{"data":{"count":${n}}}`));
    const contexts = [contextOf(), contextOf()] as const;
    const asked = nextQuestion();
    const answers = contexts.map((context) => ask(context));
    await asked;
    const askedAgain = nextQuestion();
    letGo();
    await askedAgain;
    letGo();
    expect(await Promise.all(answers)).toEqual([{ data: null, errors: [{ message: 'gone' }] }, { data: { count: 2 } }]);
    const operator: Viewer = { kind: 'operator', accountId: 'a', scopes: [] };
    const all = [contextOf(), contextOf(operator)] as const;
    const apart = [ask(all[0]), ask(all[1]), ask(all[0], 'mutation { count }'), ask(all[0], 'mutation { count }')];
    while (count() < 6) await nextQuestion();
    letGo();
    expect((await Promise.all(apart)).map((answer) => (answer as { data: { count: number } }).data.count).sort()).toEqual([3, 4, 5, 6]);
    source.close();
  });
});
