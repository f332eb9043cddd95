import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { administer } from '../../bin/administration.js';
import { createAuthenticate } from '../../bin/authenticate.js';
import { auditHash, type ChainedEvent } from '../../core/audit-chain.js';
import { encodeSiteId, type SiteId } from '../../core/ids.js';
import { createLog } from '../../core/log.js';
import { registerAuditExport } from '../../gateway/audit-export.js';
import type { AuditPage } from '../../store/read/audit-export.js';
import type { Store } from '../../store/store.js';
import { createToken } from '../../store/tokens.js';
import { createAuditExport } from '../../subgraphs/users/audit-export.js';
import { addSiteWithLog } from '../subgraphs/users/chain.js';
import { openTestStore } from '../testkit/store.js';

/** More than two pages. */
const EVENTS = 450;

let store: Store;
let siteId: SiteId;
let fastify: FastifyInstance;
let base: string;
let operator: string;

beforeAll(async () => {
  store = await openTestStore();
  siteId = await addSiteWithLog(store, EVENTS);
  await store.database.query(
    `INSERT INTO setting (site_id, setting_kind, name, value, alive, rev) VALUES ($1, 'CALLABLE', 'roles', $2::jsonb, true, 1)`,
    [siteId, JSON.stringify({ administrator: { name: 'Administrator', capabilities: { manage_options: true } }, editor: { name: 'Editor', capabilities: { edit_posts: true } } })]);
  await store.database.query(`INSERT INTO site_user (site_id, id, login, roles, alive, rev) VALUES ($1, 1, 'ann', '{administrator}', true, 1), ($1, 2, 'ed', '{editor}', true, 1)`, [siteId]);
  operator = await tokenOf({ kind: 'operator' }, ['audit:read']);
  fastify = Fastify();
  registerAuditExport(fastify, { log: createLog('silent'), authenticate: createAuthenticate(store, null), exportAudit: createAuditExport(store) });
  base = await fastify.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => fastify.close());

async function tokenOf(subject: Parameters<typeof createToken>[1]['subject'], scopes: string[]): Promise<string> {
  return (await createToken(store, { subject, scopes, expiresAt: null, label: 'export' })).token;
}

function get(query: string, token?: string): Promise<Response> {
  return fetch(`${base}/export/audit.ndjson?${query}`, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
}

async function codeOf(response: Response): Promise<unknown> {
  const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
  expect(errors).toHaveLength(1);
  return errors[0]?.extensions.code;
}

type Line = Omit<ChainedEvent, 'at'> & { readonly at: string; readonly hash: string; readonly previousHash: string };
const linesOf = (text: string): Line[] => text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
const isChained = (lines: readonly Line[]): boolean =>
  lines.every((line, index) => auditHash(line.previousHash, { ...line, at: new Date(line.at) }) === line.hash && (index === 0 || line.previousHash === lines[index - 1]?.hash));

describe('the export of the audit log', () => {
  it('tells the whole log in order as lines of JSON, whose chain of hashes can be recomputed', async () => {
    const response = await get(`site=${siteId}`, operator);
    expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([200, 'application/x-ndjson; charset=utf-8', 'no-store']);
    const lines = linesOf(await response.text());
    expect(lines.map((line) => line.sequence)).toEqual(Array.from({ length: EVENTS }, (_value, index) => index + 1));
    expect(isChained(lines)).toBe(true);
    expect(isChained(lines.map((line, index) => (index === 200 ? { ...line, summary: 'Something else' } : line)))).toBe(false);
    expect(isChained(lines.filter((_line, index) => index !== 200))).toBe(false);
  });

  it('goes on after an event, and finds the site by its global id and its address', async () => {
    for (const site of [encodeSiteId(siteId), encodeURIComponent(`http://chain-${siteId}.example`)]) {
      const lines = linesOf(await (await get(`site=${site}&after=447`, operator)).text());
      expect(lines.map((line) => line.sequence)).toEqual([448, 449, 450]);
    }
    expect(await (await get(`site=${siteId}&after=450`, operator)).text()).toBe('');
  });

  it('is for tokens with the scope whose person manages the site, as Site.auditLog is', async () => {
    expect((await get(`site=${siteId}`, await tokenOf({ kind: 'person', siteId, userId: 1 }, ['audit:read']))).status).toBe(200);
    const refusals = [
      [undefined, 401, 'UNAUTHENTICATED'], ['nonsense', 401, 'UNAUTHENTICATED'],
      [await tokenOf({ kind: 'person', siteId, userId: 1 }, ['users:read']), 403, 'FORBIDDEN'],
      [await tokenOf({ kind: 'person', siteId, userId: 2 }, ['audit:read']), 403, 'FORBIDDEN'],
    ] as const;
    for (const [token, status, code] of refusals) {
      const response = await get(`site=${siteId}`, token);
      expect([response.status, await codeOf(response)]).toEqual([status, code]);
    }
  });

  it('refuses what is no site and no sequence', async () => {
    for (const query of ['', 'site=', 'site=1&site=2', `site=${siteId}&after=-1`, `site=${siteId}&after=x`]) expect([query, await codeOf(await get(query, operator))]).toEqual([query, 'BAD_USER_INPUT']);
    for (const site of ['999999999', 'nowhere', encodeURIComponent('http://nowhere.example')]) expect(await codeOf(await get(`site=${site}`, operator))).toBe('NOT_FOUND');
  });

  it('comes a page at a time to the command line', async () => {
    const page = async (after: number) => (await administer(store, {} as Parameters<typeof administer>[1], { name: 'audit.page', site: String(siteId), after })).result as AuditPage;
    const first = await page(0);
    expect([first.lines.length, first.next]).toEqual([200, 200]);
    const last = await page(400);
    expect([last.lines.length, last.next]).toEqual([50, null]);
  });
});
