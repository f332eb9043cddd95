// What real clients ask (test/fixtures/operations.graphql), through the gateway over HTTP in both deployments: each answers
// without errors and alike, with few statements, and with no more of them for a long list than for a short one.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../core/ids.js';
import { followSite } from '../../store/reader.js';
import { addSite } from '../../store/sites.js';
import type { Store } from '../../store/store.js';
import { plantMeta, plantPosts } from '../subgraphs/content/kit.js';
import { OPERATOR, person } from '../testkit/ask.js';
import { DEPLOYMENTS, readOperations, startGraph, type GraphAnswer, type TestGraph } from '../testkit/graph.js';
import { loadRecordedSite } from '../testkit/recorded.js';
import { nextSiteId, openTestStore } from '../testkit/store.js';

const MAX_STATEMENTS = 12;
const SHORT = 5;
const LONG = 100;
const FIRST_PLANTED = 100_001;

const operations = readOperations();
const accountId = randomUUID();
let store: Store;
let siteId: SiteId;
let graphs: ReadonlyMap<string, TestGraph>;
let variables: Readonly<Record<string, Record<string, unknown>>>;

beforeAll(async () => {
  store = await openTestStore();
  siteId = await loadRecordedSite(store, ['1-incremental', '2-full-sync', '3-full-sync-woocommerce']);
  await plantLongLists();
  const [order] = await store.database.query<{ id: number }>(`SELECT id FROM shop_order WHERE site_id = $1 AND alive AND order_type = 'shop_order' ORDER BY id DESC LIMIT 1`, [siteId]);
  const site = encodeSiteId(siteId);
  variables = {
    MobilePosts: { siteId: site },
    MobileDelta: { siteIds: [site] },
    EditorOpen: { id: encodeGlobalId(siteId, 'Post', FIRST_PLANTED) },
    MenuEditor: { siteId: site },
    FleetPlugins: {},
    ReaderFeed: {},
    OrderScreen: { id: encodeGlobalId(siteId, 'Order', order?.id ?? 0) },
    SiteSettingsScreen: { id: site },
    AuditScreen: { id: site },
  };
  const viewers = { operator: OPERATOR, admin: person([{ siteId, userId: 1 }], accountId) };
  graphs = new Map(await Promise.all(DEPLOYMENTS.map(async (deployment) => [deployment, await startGraph(store, deployment, viewers)] as const)));
}, 240_000);
afterAll(async () => {
  for (const graph of graphs.values()) await graph.close();
});

/** A hundred posts with pictures, a hundred sites with a plugin that can be updated, and a reader who follows twenty of them. */
async function plantLongLists(): Promise<void> {
  const [picture] = await store.database.query<{ id: number }>(`SELECT id FROM post WHERE site_id = $1 AND type = 'attachment' AND alive ORDER BY id LIMIT 1`, [siteId]);
  const ids = Array.from({ length: LONG }, (_, index) => FIRST_PLANTED + index);
  await plantPosts(store, siteId, ids.map((id) => ({ id, title: `Planted ${id}`, content: '<!-- wp:paragraph -->\n<p>Text</p>\n<!-- /wp:paragraph -->', permalink: `http://planted.example/${id}/` })));
  await plantMeta(store, siteId, ids.map((id) => ({ metaId: 900_000 + id, postId: id, key: '_thumbnail_id', value: String(picture?.id) })));
  await followSite(store.database, accountId, siteId);
  for (let index = 0; index < LONG; index += 1) {
    const other = nextSiteId();
    await addSite(store, { id: other, url: `http://fleet-${other}.example`, blogToken: `k${other}.s${other}`, userTokens: [] });
    await store.database.query(
      `INSERT INTO plugin (site_id, file, slug, name, version, active, network_active, auto_update, update_version, details)
       VALUES ($1, 'fleet/fleet.php', 'fleet', 'Fleet', '1.0', true, false, false, '2.0', $2)`,
      [other, JSON.stringify({ headers: { Name: 'Fleet' }, update: { requires: '', packageAvailable: true }, activationKnown: true, autoUpdateKnown: true })],
    );
    if (index >= 20) continue;
    await store.database.query(
      `INSERT INTO setting (site_id, setting_kind, name, value, redacted, alive, rev)
       SELECT $1, setting_kind, name, value, redacted, alive, rev FROM setting WHERE site_id = $2 AND setting_kind = 'CALLABLE' AND name IN ('post_types', 'roles', 'taxonomies')`,
      [other, siteId],
    );
    await plantPosts(store, other, [1, 2, 3].map((id) => ({ id, title: `Other ${id}`, permalink: `http://fleet-${other}.example/${id}/` })));
    await followSite(store.database, accountId, other);
  }
}

function run(deployment: string, name: string, first: number): Promise<GraphAnswer> {
  const query = operations.get(name) ?? '';
  const paged = query.includes('$first') ? { first } : {};
  return (graphs.get(deployment) as TestGraph).ask(query, { ...variables[name], ...paged }, name === 'FleetPlugins' ? 'operator' : 'admin');
}

/** Items of the longest list in an answer. */
function longestList(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Math.max(0, ...Object.values(value).map(longestList));
  return Array.isArray(value) ? Math.max(value.length, inner) : inner;
}

/** Without what time alone changes. */
function timeless(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data, (key, value: unknown) => (key === 'lagMs' ? null : value)));
}

/** Items of the longest list in the long answer. */
const LENGTHS: Readonly<Record<string, number>> = { MobilePosts: LONG, FleetPlugins: LONG, ReaderFeed: LONG };

describe('the operations of real clients', () => {
  it('are the ones that the fixture names', () => {
    expect([...operations.keys()]).toEqual(Object.keys(variables));
  });

  it.each([...operations.keys()])('%s answers alike in both deployments, without errors', async (name) => {
    const [near, far] = [await run('in-process', name, LONG), await run('http', name, LONG)];
    expect([near.status, near.codes]).toEqual([200, []]);
    expect([far.status, far.codes]).toEqual([200, []]);
    expect(Object.values(near.data ?? {})).not.toContain(null);
    expect(timeless(far.data)).toEqual(timeless(near.data));
    const length = longestList(near.data);
    expect(length).toBe(LENGTHS[name] ?? length);
  });

  it.each([...operations.keys()].flatMap((name) => DEPLOYMENTS.map((deployment) => [name, deployment] as const)))(
    `%s takes at most ${MAX_STATEMENTS} statements, whatever the length of its list (%s)`,
    async (name, deployment) => {
      const short = await run(deployment, name, SHORT);
      const long = await run(deployment, name, LONG);
      expect(long.statements.length).toBeGreaterThan(0);
      expect(Math.max(short.statements.length, long.statements.length), sent(long)).toBeLessThanOrEqual(MAX_STATEMENTS);
      // A longer piece of the change log names more types of nodes, each read with its own statements.
      if (name !== 'MobileDelta') expect(long.statements.length, sent(long)).toBeLessThanOrEqual(short.statements.length);
    },
  );
});

const sent = (answer: GraphAnswer): string => answer.statements.map(({ text }) => text.replace(/\s+/g, ' ').trim().slice(0, 120)).join('\n');
