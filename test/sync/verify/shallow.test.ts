// The looks from afar: what checksums do not count, seen through the REST API as the owner.
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../core/changes.js';
import type { RestCall, SiteClient } from '../../../origin/site-calls.js';
import { findingsOfSite } from '../../../store/site-findings.js';
import { createMeter, DEFAULT_BUDGET } from '../../../sync/verify/meter.js';
import { lookFromAfar, SHALLOW_FINDING } from '../../../sync/verify/shallow.js';
import { loadRecordedSite, siteAnswer } from '../../testkit/recorded.js';
import { openTestStore } from '../../testkit/store.js';

interface Listed {
  readonly id: number;
  readonly modified_gmt?: string;
}

/** The recorded site's own answers, as its REST API pages them; what was not recorded is refused. */
function recordedClient(change: (route: string, rows: Listed[]) => Listed[] = (_route, rows) => rows): { client: SiteClient; calls: RestCall[] } {
  const calls: RestCall[] = [];
  const lists: Readonly<Record<string, string>> = { 'wp/v2/posts': 'posts', 'wp/v2/pages': 'pages', 'wp/v2/media': 'media', 'wp/v2/users': 'users' };
  const client = {
    async rest(_siteId: number, call: RestCall) {
      calls.push(call);
      const name = lists[call.route];
      if (name === undefined) return { kind: 'answer', status: 404, headers: {}, body: null, error: { code: 'rest_no_route', message: '' } };
      const all = change(call.route, [...siteAnswer<Listed[]>(name)].filter((row) => (row as { status?: string }).status !== 'trash'));
      if (call.query?.['orderby'] === 'modified') all.sort((a, b) => String(b.modified_gmt).localeCompare(String(a.modified_gmt)));
      return Promise.resolve({ kind: 'answer', status: 200, headers: { 'x-wp-total': String(all.length) }, body: all.slice(0, Number(call.query?.['per_page'])) as unknown as Json, error: null });
    },
  } as unknown as SiteClient;
  return { client, calls };
}

async function look(change?: (route: string, rows: Listed[]) => Listed[]) {
  const store = await openTestStore();
  const siteId = await loadRecordedSite(store);
  await store.database.query('UPDATE site SET owner_user_id = 1 WHERE id = $1', [siteId]);
  const { client, calls } = recordedClient(change);
  const site = { client, siteId, meter: createMeter(DEFAULT_BUDGET, undefined), newestEventMs: () => Promise.resolve(0) };
  const result = await lookFromAfar(store, site, false);
  return { result, calls, findings: (await findingsOfSite(store.database, siteId, 10)).map((finding) => finding.code) };
}

describe('a look from afar', () => {
  it('finds the recorded site as it says itself that it is, asking as its owner and for single rows', async () => {
    const { result, calls, findings } = await look();
    expect(result.differences).toEqual([]);
    expect(result.looked).toBe(4);
    expect(findings).toEqual([]);
    expect(calls.every((call) => call.as.kind === 'user' && call.as.userId === 1 && call.method === 'GET')).toBe(true);
    expect(calls.filter((call) => call.query?.['_fields'] === undefined).every((call) => call.query?.['per_page'] === 1)).toBe(true);
  }, 240_000);

  it('says what differs, and writes a finding', async () => {
    const { result, findings } = await look((route, rows) => {
      if (route === 'wp/v2/pages') return rows.slice(1);
      return route === 'wp/v2/users' ? rows.map((row) => (row.id === 2 ? { ...row, email: 'new@people.example' } : row)) : rows;
    });
    expect(result.differences.some((line) => /^pages: the site has \d+, here are \d+$/.test(line))).toBe(true);
    expect(result.differences).toContain('people: 1 differ or are missing here');
    expect(findings).toEqual([SHALLOW_FINDING]);
  }, 240_000);
});
