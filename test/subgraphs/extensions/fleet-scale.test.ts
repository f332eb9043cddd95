// 10,000 plugins over 500 sites: a page costs at most six statements, for the operator and for a person of every site, and none
// of them goes through all plugins to make a page.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '../../../auth/viewer.js';
import type { SiteId } from '../../../core/ids.js';
import { replaceVulnerabilities } from '../../../store/vulnerabilities.js';
import { createExtensionsSubgraph } from '../../../subgraphs/extensions/index.js';
import { ask, OPERATOR, person } from '../../testkit/ask.js';
import { countStatements, type CountedStore } from '../../testkit/statements.js';
import { openPrivateStore } from '../../testkit/store.js';

const SITES = 500;
const PLUGINS_A_SITE = 20;
const MAX_STATEMENTS = 6;

let counted: CountedStore;
const everywhere: Viewer = person(Array.from({ length: SITES }, (_, index) => ({ siteId: (index + 1) as SiteId, userId: 1 })));

beforeAll(async () => {
  const store = await openPrivateStore();
  const { database } = store;
  await database.query(`INSERT INTO site (id, url, home_url) SELECT n, 'http://s' || n || '.example', 'http://s' || n || '.example' FROM generate_series(1, $1::int) n`, [SITES]);
  const roles = { administrator: { name: 'Administrator', capabilities: { activate_plugins: true } } };
  await database.query(
    `INSERT INTO setting (site_id, setting_kind, name, value, redacted, alive, rev)
     SELECT n, kind, name, value, false, true, 1 FROM generate_series(1, $1::int) n CROSS JOIN jsonb_to_recordset($2::jsonb) AS x(kind text, name text, value jsonb)`,
    [SITES, JSON.stringify([{ kind: 'CALLABLE', name: 'roles', value: roles }, { kind: 'CALLABLE', name: 'wp_version', value: '7.1' }, { kind: 'CONSTANT', name: 'PHP_VERSION', value: '8.3.1' }])],
  );
  // On the last site user 1 may not manage plugins.
  await database.query(`INSERT INTO site_user (site_id, id, login, roles, caps, alive, rev) SELECT n, 1, 'a', ARRAY[]::text[], jsonb_build_object(CASE WHEN n < $1 THEN 'administrator' ELSE 'subscriber' END, true), true, 1 FROM generate_series(1, $1::int) n`, [SITES]);
  await database.query(
    `INSERT INTO plugin (site_id, file, slug, name, version, active, network_active, auto_update, update_version, details)
     SELECT n, slug || '/' || slug || '.php', slug, initcap(slug), '1.' || (n % 4), n % 3 > 0, false, false, CASE WHEN n % 5 = 0 THEN '2.0' END,
       jsonb_build_object('headers', jsonb_build_object('Description', repeat('words about it ', 60)), 'update', jsonb_build_object('requires', '7.0', 'packageAvailable', true), 'activationKnown', true)
     FROM generate_series(1, $1::int) n CROSS JOIN generate_series(1, $2::int) k CROSS JOIN LATERAL (SELECT 'plugin-' || lpad(((k * 37 + n * 7) % 400)::text, 3, '0') AS slug) s
     ON CONFLICT DO NOTHING`,
    [SITES, PLUGINS_A_SITE],
  );
  await database.query(`INSERT INTO update_offer SELECT site_id, 'plugin', file, update_version, now() FROM plugin WHERE update_version IS NOT NULL`);
  const flaw = (index: number) => ({ id: `f${index}`, title: 'Flaw', severity: 'high', cvss: 5, kind: 'plugin' as const, slug: `${index % 3 === 0 ? 'plugin' : 'other'}-${String(index % 6_000).padStart(3, '0')}`, affected: [{ from: null, fromInclusive: true, to: '1.2', toInclusive: false }], fixedIn: '1.2', source: null });
  await replaceVulnerabilities(database, { entries: Array.from({ length: 20_000 }, (_, index) => flaw(index)), digest: 'x', error: null }, new Date());
  await database.query('ANALYZE');
  counted = countStatements(store);
}, 240_000);

interface PageData { nodes: { slug: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null }; totalCount: number }

async function page(viewer: Viewer, source: string, variables: object = {}): Promise<{ found: PageData; statements: number; ms: number }> {
  counted.reset();
  const began = performance.now();
  const { data, errors } = await ask<{ fleet: { list: PageData } }>(createExtensionsSubgraph(counted.store), viewer, source, { ...variables });
  expect(errors).toEqual([]);
  return { found: data.fleet.list, statements: counted.statements.length, ms: Math.round(performance.now() - began) };
}

const GROUPED = `query($after: String, $filter: ExtensionFilter) { fleet { sitesWithUpdates securityFixes vulnerabilityFeed { configured } list: plugins(first: 100, after: $after, filter: $filter) {
  nodes { slug name siteCount activeCount outdatedCount vulnerableCount versions { version siteCount vulnerable } } pageInfo { hasNextPage endCursor } totalCount } } }`;
const INSTALLS = `query($after: String, $filter: ExtensionFilter) { fleet { list: installs(first: 100, after: $after, filter: $filter) {
  nodes { slug installedVersion activation site { id } restrictions { action } vulnerabilities { id } update { version compatible securityFix firstSeenAt } freshness { lagMs } } pageInfo { hasNextPage endCursor } totalCount } } }`;
const OPENED = `{ fleet { list: plugins(first: 20) { nodes { slug installs(first: 20) { nodes { installedVersion update { version securityFix } } totalCount } } pageInfo { hasNextPage endCursor } totalCount } } }`;

const FILTERS = [{}, { search: 'PLUGIN-01' }, { hasUpdate: true }, { vulnerable: true }, { status: ['ACTIVE'] }, { search: 'no such', status: ['INACTIVE'], vulnerable: false }];

describe('the fleet of 500 sites with 10,000 plugins', () => {
  it.each([['the operator', OPERATOR], ['a person of every site', everywhere]] as const)('costs %s at most six statements a page, whatever the filter', async (_who, viewer) => {
    for (const source of [GROUPED, INSTALLS]) {
      for (const filter of FILTERS) {
        const { statements } = await page(viewer, source, { filter });
        expect(statements, JSON.stringify(filter)).toBeLessThanOrEqual(MAX_STATEMENTS);
        expect(statements).toBeGreaterThan(1);
      }
    }
    expect((await page(viewer, OPENED)).statements).toBeLessThanOrEqual(MAX_STATEMENTS);
  }, 240_000);

  it('is paged through whole, every installation once, without those that the viewer may not see', async () => {
    const rows = await counted.store.database.query<{ count: number }>('SELECT count(*) AS count FROM plugin WHERE site_id < $1', [SITES]);
    const seen = new Set<string>();
    let after: string | null = null;
    let total = 0;
    for (;;) {
      const { found }: { found: PageData } = await page(everywhere, '{ fleet { list: installs(first: 100) { nodes { id slug } pageInfo { hasNextPage endCursor } totalCount } } }'.replace('(first: 100', `(first: 100${after === null ? '' : `, after: "${after}"`}`));
      for (const node of found.nodes as unknown as { id: string }[]) seen.add(node.id);
      total = found.totalCount;
      after = found.pageInfo.endCursor;
      if (!found.pageInfo.hasNextPage) break;
    }
    expect(seen.size).toBe(rows[0]?.count);
    expect(total).toBe(rows[0]?.count);
  }, 240_000);

  it('agrees with what is counted by hand', async () => {
    const { found } = await page(everywhere, GROUPED, { filter: { search: 'plugin-014' } });
    const [wanted] = await counted.store.database.query<Record<string, number>>(
      `SELECT count(*) AS "siteCount", count(*) FILTER (WHERE active) AS "activeCount", count(*) FILTER (WHERE update_version IS NOT NULL) AS "outdatedCount" FROM plugin WHERE slug = 'plugin-014' AND site_id < $1`, [SITES]);
    expect(found.nodes).toMatchObject([{ slug: 'plugin-014', ...wanted }]);
    expect(found.totalCount).toBe(1);
  });

  it.each([['the operator', OPERATOR], ['a person of every site', everywhere]] as const)('makes no page for %s by going through all plugins', async (_who, viewer) => {
    for (const source of [GROUPED, INSTALLS, OPENED]) {
      await page(viewer, source);
      const paged = counted.statements.filter(({ text }) => /FROM plugin p/.test(text) && /LIMIT/.test(text));
      expect(paged.length).toBeGreaterThan(0);
      for (const { text, values } of paged) {
        const plan = (await counted.store.database.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values)).map((row) => row['QUERY PLAN']).join('\n');
        expect(plan).toContain('plugin');
        expect(plan).not.toMatch(/Seq Scan on (plugin|setting|update_offer|vulnerable_range|vulnerability)\b/);
      }
    }
  }, 240_000);
});
