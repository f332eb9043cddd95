// The same behaviour with the subgraphs in the gateway's process and behind HTTP, and with either executor.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EXECUTORS, type ExecutorKind } from '../../gateway/gateway.js';
import { smallFindings, startSmallGraph, type Answer, type Deployment, type SmallServer } from './small-graph.js';

const codes = (answer: Answer): unknown[] => (answer.errors ?? []).map((error) => error.extensions['code']);
const paths = (answer: Answer): unknown[] => (answer.errors ?? []).map((error) => error.path?.join('.'));

const WAYS = (['in-process', 'http'] as const).flatMap((deployment) => EXECUTORS.map((executor): [Deployment, ExecutorKind] => [deployment, executor]));

describe.each(WAYS)('the graph with its subgraphs %s and the executor %s', (deployment, executor) => {
  let graph: SmallServer;
  beforeAll(async () => {
    graph = await startSmallGraph(deployment, { deadlineMs: 1500, executor });
  });
  afterAll(() => graph.close());
  beforeEach(() => {
    graph.notes.touched.length = 0;
    graph.notes.userBatches.length = 0;
    graph.lines.length = 0;
  });

  it('is composed without findings', () => {
    expect(smallFindings).toEqual([]);
  });

  it('joins entities of several subgraphs and batches each kind once', async () => {
    const answer = await graph.ask('{ site(id: "a") { name posts(first: 3) { nodes { title author { name } } } } }');
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toEqual({
      site: {
        name: 'Site a',
        posts: { nodes: [0, 1, 2].map((n) => ({ title: `Title of post-a-${n}`, author: { name: `User u${n}` } })) },
      },
    });
    expect(graph.notes.userBatches).toEqual([['u0', 'u1', 'u2']]);
  });

  it('hands the viewer on to the subgraphs', async () => {
    expect((await graph.ask('{ hello }')).data).toEqual({ hello: 'hello anonymous' });
    expect((await graph.ask('{ hello }', { token: 'none' })).data).toEqual({ hello: 'hello operator' });
  });

  describe('authorization', () => {
    it('answers a denied leaf with null and one error, and never runs its resolver', async () => {
      const answer = await graph.ask('{ site(id: "a") { name secret } }');
      expect(answer.status).toBe(200);
      expect(answer.data).toEqual({ site: { name: 'Site a', secret: null } });
      expect(codes(answer)).toEqual(['FORBIDDEN']);
      expect(paths(answer)).toEqual(['site.secret']);
      expect(answer.errors?.[0]?.extensions['requestId']).toBe(answer.headers.get('x-request-id'));
      expect(graph.notes.touched).toEqual([]);
    });

    it('grants by any of the sets of scopes, each held whole', async () => {
      const ask = (token: string): Promise<Answer> => graph.ask('{ site(id: "a") { secret } }', { token });
      expect((await ask('settings:read')).data).toEqual({ site: { secret: 'secret value' } });
      expect((await ask('admin:a+admin:b')).data).toEqual({ site: { secret: 'secret value' } });
      expect(codes(await ask('admin:a'))).toEqual(['FORBIDDEN']);
      expect((await ask('*')).data).toEqual({ site: { secret: 'secret value' } });
    });

    it('never serves one viewer from what was cached for another', async () => {
      const query = '{ site(id: "cached") { secret } }';
      for (const round of [1, 2]) {
        expect([round, (await graph.ask(query)).data]).toEqual([round, { site: { secret: null } }]);
        expect((await graph.ask(query, { token: 'settings:read' })).data).toEqual({ site: { secret: 'secret value' } });
        expect((await graph.ask(query, { token: 'content:read' })).data).toEqual({ site: { secret: null } });
      }
    });

    it('says UNAUTHENTICATED only when signing in would be enough', async () => {
      const query = '{ sites { nodes { id } } site(id: "a") { posts(first: 1) { nodes { liked raw } } } }';
      const anonymous = await graph.ask(query);
      expect(anonymous.data).toEqual({ sites: null, site: { posts: { nodes: [{ liked: null, raw: null }] } } });
      expect(codes(anonymous).sort()).toEqual(['FORBIDDEN', 'UNAUTHENTICATED', 'UNAUTHENTICATED']);
      const signedIn = await graph.ask(query, { token: 'none' });
      expect(signedIn.data).toEqual({ sites: { nodes: [{ id: 'a' }, { id: 'b' }] }, site: { posts: { nodes: [{ liked: true, raw: null }] } } });
      expect(codes(signedIn)).toEqual(['FORBIDDEN']);
    });

    it('answers a denied object with null and drops the variables that only it used', async () => {
      const answer = await graph.ask('query Q($id: ID!, $mask: Boolean) { site(id: $id) { settings { title email(mask: $mask) } name } }', {
        variables: { id: 'a', mask: true },
      });
      expect(answer.data).toEqual({ site: { settings: null, name: 'Site a' } });
      expect(codes(answer)).toEqual(['FORBIDDEN']);
    });

    it('answers when everything asked for is denied, at the root and below', async () => {
      expect((await graph.ask('{ sites { nodes { id } } }')).data).toEqual({ sites: null });
      expect((await graph.ask('{ site(id: "a") { secret } }')).data).toEqual({ site: { secret: null } });
    });

    it('refuses a denied mutation without running it, and runs the ones beside it', async () => {
      const answer = await graph.ask('mutation { ping rename(id: "a", name: "b") { id } }');
      expect(answer.data).toEqual({ ping: 'pong', rename: null });
      expect(codes(answer)).toEqual(['FORBIDDEN']);
      expect(graph.notes.touched).toEqual([]);
      expect((await graph.ask('mutation { rename(id: "a", name: "b") { id } }', { token: 'settings:write' })).data).toEqual({ rename: { id: 'a' } });
    });

    it('sees through aliases, fragments and inline fragments', async () => {
      const answer = await graph.ask(`
        query { a: site(id: "a") { x: secret ...F } b: site(id: "b") { ... on Site { y: secret } ...G } }
        fragment F on Site { z: secret ...G }
        fragment G on Site { name }
      `);
      expect(answer.data).toEqual({ a: { x: null, z: null, name: 'Site a' }, b: { y: null, name: 'Site b' } });
      expect(paths(answer).sort()).toEqual(['a.x', 'a.z', 'b.y']);
    });

    it('drops a fragment that only denied fields used', async () => {
      const answer = await graph.ask('{ site(id: "a") { name settings { ...S } } } fragment S on SiteSettings { title }');
      expect(answer.data).toEqual({ site: { name: 'Site a', settings: null } });
    });

    it('places a null in each item of a list and one error at the first', async () => {
      const answer = await graph.ask('{ site(id: "a") { posts(first: 3) { nodes { id raw } } } }');
      expect(answer.data).toEqual({ site: { posts: { nodes: [0, 1, 2].map((n) => ({ id: `post-a-${n}`, raw: null })) } } });
      expect(paths(answer)).toEqual(['site.posts.nodes.0.raw']);
    });

    it('denies an interface field when one implementation is protected, and answers the open one by its own type', async () => {
      const plain = await graph.ask('{ site(id: "a") { items { title note } } }');
      expect(plain.data).toEqual({ site: { items: [{ title: 'Title of post-a-0', note: null }, { title: 'Title of page-a', note: null }] } });
      expect(codes(plain)).toEqual(['FORBIDDEN']);
      const narrow = await graph.ask('{ site(id: "a") { items { ... on Post { note } ... on Page { note } } } }');
      expect(narrow.data).toEqual({ site: { items: [{ note: null }, { note: 'page note' }] } });
      const mixed = await graph.ask('{ site(id: "a") { items { note ... on Page { note } } } }');
      expect(mixed.data).toEqual({ site: { items: [{ note: null }, { note: 'page note' }] } });
      const granted = await graph.ask('{ site(id: "a") { items { note } } }', { token: 'content:read' });
      expect(granted.data).toEqual({ site: { items: [{ note: 'post note' }, { note: 'page note' }] } });
    });

    it('denies a field of an entity that another subgraph resolves', async () => {
      const answer = await graph.ask('{ site(id: "a") { posts(first: 1) { nodes { author { name email } } } } }');
      expect(answer.data).toEqual({ site: { posts: { nodes: [{ author: { name: 'User u0', email: null } }] } } });
      expect(graph.notes.touched).toEqual([]);
    });

    it('follows @skip and @include of a denied field', async () => {
      const query = 'query($on: Boolean!) { site(id: "a") { name secret @include(if: $on) } }';
      expect(await graph.ask(query, { variables: { on: false } })).toMatchObject({ data: { site: { name: 'Site a' } } });
      expect((await graph.ask(query, { variables: { on: false } })).errors).toBeUndefined();
      expect((await graph.ask(query, { variables: { on: true } })).data).toEqual({ site: { name: 'Site a', secret: null } });
    });

    it('chooses the operation by name before it filters', async () => {
      const query = 'query A { hello } query B { site(id: "a") { secret } }';
      expect((await graph.ask(query, { operationName: 'B' })).data).toEqual({ site: { secret: null } });
      expect((await graph.ask(query, { operationName: 'A' })).data).toEqual({ hello: 'hello anonymous' });
      const unnamed = await graph.ask(query);
      expect([unnamed.status, codes(unnamed)]).toEqual([400, ['BAD_REQUEST']]);
    });

    it('denies through node(id)', async () => {
      const answer = await graph.ask('{ node(id: "a") { id ... on Site { name secret } } }');
      expect(answer.data).toEqual({ node: { id: 'a', name: 'Site a', secret: null } });
    });
  });

  describe('errors', () => {
    it('masks a fault, names its place and the request, and logs it once', async () => {
      const answer = await graph.ask('{ hello boom }');
      expect(answer.data).toEqual({ hello: 'hello anonymous', boom: null });
      const requestId = answer.headers.get('x-request-id');
      expect(answer.errors).toEqual([
        { message: `Something went wrong; quote request id ${requestId}`, path: ['boom'], extensions: { code: 'INTERNAL', requestId } },
      ]);
      expect(graph.lines.filter((line) => line['level'] === 'error')).toHaveLength(1);
      expect(graph.lines[0]).toMatchObject({ requestId, subgraph: 'settings', path: 'boom' });
    });

    it('masks a fault behind an entity and places it in the client’s own answer', async () => {
      const answer = await graph.ask('{ site(id: "a") { posts(first: 2) { nodes { author { explode } } } } }');
      expect(paths(answer)).toEqual(['site.posts.nodes.0.author.explode', 'site.posts.nodes.1.author.explode']);
      expect(codes(answer)).toEqual(['INTERNAL', 'INTERNAL']);
      expect(JSON.stringify(answer)).not.toContain('internal detail');
    });

    it('hands an expected error on with its code and retry time', async () => {
      const answer = await graph.ask('{ teapot }');
      expect(answer.errors?.[0]).toMatchObject({ message: 'Slow down', extensions: { code: 'RATE_LIMITED', retryAfterMs: 1500 } });
      expect(graph.lines).toEqual([]);
    });

    it('names a scalar that cannot be read, as a literal and as a variable', async () => {
      const literal = await graph.ask('{ echo(at: "yesterday") }');
      expect(codes(literal)).toEqual(['BAD_USER_INPUT']);
      expect(literal.errors?.[0]?.message).toContain('ISO 8601');
      const variable = await graph.ask('query($at: DateTime) { echo(at: $at) }', { variables: { at: 'yesterday' } });
      expect(codes(variable)).toEqual(['BAD_USER_INPUT']);
      expect((await graph.ask('{ echo(at: "2026-11-24T10:00:00+02:00") }')).data).toEqual({ echo: '2026-11-24T08:00:00.000Z' });
      expect(graph.lines).toEqual([]);
    });

    it('keeps the well-known codes of parsing and validation', async () => {
      expect(codes(await graph.ask('{'))).toEqual(['GRAPHQL_PARSE_FAILED']);
      const unknown = await graph.ask('{ nothing }');
      expect([unknown.status, codes(unknown)]).toEqual([200, ['GRAPHQL_VALIDATION_FAILED']]);
      const missing = await graph.ask('query($id: ID!) { site(id: $id) { id } }');
      expect([missing.status, codes(missing)]).toEqual([200, ['BAD_USER_INPUT']]);
    });

    it('reports a null where none is allowed as a fault', async () => {
      const answer = await graph.ask('{ brokenPromise { name } }');
      expect(answer.data).toEqual({ brokenPromise: null });
      expect(codes(answer)).toEqual(['INTERNAL']);
    });

    it('answers TIMEOUT at the deadline', async () => {
      const answer = await graph.ask('{ slow }');
      expect(codes(answer)).toEqual(['TIMEOUT']);
      expect(answer.data?.['slow'] ?? null).toBeNull();
    });
  });
});
