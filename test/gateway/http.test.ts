// GraphQL over HTTP: the audits of the specification, statuses, limits of the body, browsers.
import { get } from 'node:http';
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSmallGraph, type SmallServer } from './small-graph.js';

let graph: SmallServer;
beforeAll(async () => {
  graph = await startSmallGraph('in-process', { limits: { bodyBytes: 20_000 } });
});
afterAll(() => graph.close());

const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(graph.url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
const codeOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code;

describe('the endpoint', () => {
  for (const audit of serverAudits({ url: () => graph.url, fetchFn: fetch })) {
    it(`meets audit ${audit.id}: ${audit.name}`, async () => {
      const result = await audit.fn();
      expect('reason' in result ? result.reason : 'ok').toBe('ok');
    });
  }

  it('answers a query by GET and refuses a mutation by GET with 405', async () => {
    const query = await fetch(`${graph.url}?query=${encodeURIComponent('{ hello }')}`);
    expect([query.status, await query.json()]).toEqual([200, { data: { hello: 'hello anonymous' } }]);
    const mutation = await fetch(`${graph.url}?query=${encodeURIComponent('mutation { ping }')}`);
    expect([mutation.status, mutation.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('refuses other methods with 405', async () => {
    const response = await fetch(graph.url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"query":"{ hello }"}' });
    expect(response.status).toBe(405);
  });

  it('refuses a token that is not valid with 401 before anything runs', async () => {
    const response = await post('{"query":"{ hello }"}', { authorization: 'Bearer bad' });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    const body = (await response.json()) as { errors: { extensions: Record<string, unknown> }[] };
    expect(body).toEqual({ errors: [{ message: 'The token is unknown', extensions: { code: 'UNAUTHENTICATED', requestId: response.headers.get('x-request-id') } }] });
  });

  it('takes a harmless request id from the client and replaces any other', async () => {
    const given = await post('{"query":"{ hello }"}', { 'x-request-id': 'client-chosen-1' });
    expect(given.headers.get('x-request-id')).toBe('client-chosen-1');
    const replaced = await post('{"query":"{ hello }"}', { 'x-request-id': 'a b' });
    expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('refuses a body over the limit with 413, one that is no JSON with 400, and other types with 415', async () => {
    const large = await post(JSON.stringify({ query: `{ hello } #${'x'.repeat(21_000)}` }));
    expect([large.status, await codeOf(large)]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    const broken = await post('{"query":');
    expect([broken.status, await codeOf(broken)]).toEqual([400, 'BAD_REQUEST']);
    const form = await fetch(graph.url, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'query={hello}' });
    expect(form.status).toBe(415);
    const text = await fetch(graph.url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{"query":"{ hello }"}' });
    expect(text.status).toBe(415);
  });

  it('refuses what another site’s page makes a browser send blindly', async () => {
    // fetch sets these headers itself, so the request is made below it.
    const status = await new Promise((resolve, reject) => {
      const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
      get(`${graph.url}?query={hello}`, { headers }, (response) => resolve(response.resume().statusCode)).on('error', reject);
    });
    expect(status).toBe(403);
  });

  it('answers introspection of the standard depth and refuses deeper nesting of it', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    const standard = await post(JSON.stringify({ query: getIntrospectionQuery() }));
    expect(standard.status).toBe(200);
    expect(((await standard.json()) as { errors?: unknown }).errors).toBeUndefined();
    const nested = await post(JSON.stringify({ query: '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }' }));
    expect(await codeOf(nested)).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it('gives browsers a page without inline script under a strict policy', async () => {
    const response = await fetch(graph.url, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self';");
    const html = await response.text();
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|https?:\/\/| on\w+=/);
  });

  it('serves only the page’s own files', async () => {
    for (const path of ['/ui/..%2f..%2fpackage.json', '/ui/../../package.json', '/ui/nothing.js']) {
      expect((await fetch(graph.url + path)).status).toBe(404);
    }
  });
});

describe('limits', () => {
  const refused = async (query: string, variables?: Record<string, unknown>): Promise<unknown> => {
    const response = await post(JSON.stringify({ query, variables }));
    const body = (await response.json()) as { errors?: { extensions: Record<string, unknown> }[] };
    const extensions = body.errors?.[0]?.extensions;
    return extensions?.['code'] === 'LIMIT_EXCEEDED' ? [response.status, extensions['limit'], extensions['maximum'], extensions['value']] : (extensions ?? 'allowed');
  };

  it('lets 20 aliased root fields with nested pages of 100 pass', async () => {
    const aliases = Array.from({ length: 20 }, (_, n) => `a${n}: site(id: "${n}") { posts(first: 100) { nodes { id comments(first: 100) { nodes { text } } } } }`);
    expect(await refused(`{ ${aliases.join(' ')} }`)).toBe('allowed');
  });

  it('names the limit and the value of what it refuses', async () => {
    const roots = Array.from({ length: 21 }, (_, n) => `a${n}: hello`).join(' ');
    expect(await refused(`{ ${roots} }`)).toEqual([400, 'rootFields', 20, 21]);
    const aliases = Array.from({ length: 61 }, (_, n) => `a${n}: name`).join(' ');
    expect(await refused(`{ site(id: "a") { ${aliases} } }`)).toEqual([400, 'aliases', 60, 61]);
  });

  it('counts aliases through fragments', async () => {
    const fragment = `fragment F on Site { ${Array.from({ length: 31 }, (_, n) => `a${n}: name`).join(' ')} }`;
    expect(await refused(`{ site(id: "a") { ...F } } ${fragment}`)).toBe('allowed');
    expect(await refused(`{ x: site(id: "a") { ...F } y: site(id: "b") { ...F } } ${fragment}`)).toEqual([400, 'aliases', 60, 64]);
  });

  it('bounds depth', async () => {
    const deep = (levels: number): string => `{ site(id: "a") { posts { nodes { ${'comments { nodes { post { '.repeat(levels)} id ${'} } } '.repeat(levels)} } } } }`;
    expect(await refused(deep(3))).toBe('allowed');
    expect(await refused(deep(4))).toEqual([400, 'depth', 15, 16]);
  });

  it('bounds what pages can hold, with variables, defaults and fragments', async () => {
    const query = `query($n: Int = 100) { site(id: "a") { posts(first: $n) { nodes { comments(first: $n) { ...C } } } } }
      fragment C on CommentConnection { nodes { post { comments(first: 100) { nodes { text } } } } }`;
    expect(await refused(query)).toEqual([400, 'nodes', 250_000, 1_010_100]);
    expect(await refused(query, { n: 10 })).toBe('allowed');
    expect(await refused(query, { n: 100 })).toEqual([400, 'nodes', 250_000, 1_010_100]);
    expect(await refused(query)).toEqual([400, 'nodes', 250_000, 1_010_100]);
    expect(await refused(query, { n: 10 })).toBe('allowed');
  });

  it('bounds tokens before it parses', async () => {
    const graphOfTokens = await startSmallGraph('in-process');
    try {
      const answer = await graphOfTokens.ask(`{ ${'hello\n'.repeat(6001)} }`);
      expect([answer.status, answer.errors?.[0]?.extensions]).toMatchObject([400, { code: 'LIMIT_EXCEEDED', limit: 'tokens', maximum: 6000, value: 6001 }]);
    } finally {
      await graphOfTokens.close();
    }
  });
});
