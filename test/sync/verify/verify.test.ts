// Verification and repair against a site over real HTTP: what differs is found key by key, fetched and brought back.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../../store/store.js';
import { runVerification, type VerificationReport } from '../../../sync/verify/run.js';
import { addComment, addMeta, addPost, addTerm, setMeta, setTerms } from '../../testkit/site-double/tables.js';
import { openTestStore } from '../../testkit/store.js';
import { closedAfterEach, mirror, startConnected, type ConnectedSite } from './kit.js';

let store: Store;
const open = closedAfterEach();

beforeAll(async () => {
  store = await openTestStore();
});

async function startSite(): Promise<ConnectedSite> {
  const site = await startConnected(store, { commerce: true });
  open.push(site);
  const { double } = site;
  double.addPosts(60, { comments: 1 });
  double.addOrders(8);
  return site;
}

const run = (site: ConnectedSite, mode: 'VERIFY' | 'REPAIR' = 'VERIFY', more: Partial<Parameters<typeof runVerification>[0]> = {}): Promise<VerificationReport> =>
  runVerification({ store, client: site.client, siteId: site.siteId, mode, quietMs: 200, ...more });

function found(report: VerificationReport): Record<string, string[]> {
  const tables = report.tables.filter((table) => table.differences.size > 0);
  return Object.fromEntries(tables.map((table) => [table.table, [...table.differences].map(([key, kind]) => `${key} ${kind}`).sort()]));
}

const sql = (text: string, site: ConnectedSite, ...values: (string | number)[]) => store.database.query(text, [site.siteId, ...values]);

describe('a verification', () => {
  it('finds nothing where nothing differs, in every table, and tells the site so', async () => {
    const site = await startSite();
    await mirror(store, site);
    const report = await run(site);
    expect(found(report)).toEqual({});
    expect(report).toMatchObject({ verdict: 'in_sync', message: null });
    expect(report.tables.map((table) => [table.table, table.rows > 0])).toEqual([
      ['posts', true], ['postmeta', true], ['comments', true], ['commentmeta', true], ['terms', true], ['term_taxonomy', true], ['term_relationships', true],
      ['users', true], ['usermeta', true], ['woocommerce_order_items', true], ['woocommerce_order_itemmeta', true], ['wc_orders', true], ['wc_order_operational_data', true],
    ]);
    expect(report.objects).toBe(0);
    expect(site.double.state.health.status).toBe('in_sync');
  });

  it('compares a Jetpack of 2023, which hashes no columns but its own, by those', async () => {
    const site = await startConnected(store, { syncVersion: '1.55' });
    open.push(site);
    site.double.addPosts(60, { comments: 1 });
    await mirror(store, site);
    const [altered = 0] = site.double.tables.posts.ids();
    await sql(`UPDATE post SET modified_gmt = modified_gmt + interval '1 second' WHERE site_id = $1 AND id = $2`, site, altered);
    expect(found(await run(site))).toEqual({ posts: [`${altered} different`] });
    expect((await run(site, 'REPAIR')).verdict).toBe('in_sync');
    expect(found(await run(site))).toEqual({});
  });

  it('names every row that differs, in both directions, and a repair brings back those alone', async () => {
    const site = await startSite();
    const { double } = site;
    const { tables } = double;
    await mirror(store, site);
    const ids = tables.posts.ids();
    const [lost = 0, altered = 0, edited = 0, removed = 0] = [ids[3], ids[10], ids[20], ids[30]];
    // Ours alone.
    await sql('DELETE FROM post WHERE site_id = $1 AND id = $2', site, lost);
    await sql(`UPDATE post SET content = 'not what the site says' WHERE site_id = $1 AND id = $2`, site, altered);
    await sql(`INSERT INTO post (site_id, id, type, status, title, content, excerpt, slug, parent_id, menu_order, modified_gmt, alive, rev, author_id) VALUES ($1, 9000, 'post', 'publish', 'Ghost', '', '', 'ghost', 0, 0, now(), true, 1, 1)`, site);
    await sql(`UPDATE post_meta SET value = '"77777"' WHERE site_id = $1 AND post_id = $2 AND meta_key = '_thumbnail_id'`, site, altered);
    await sql(`UPDATE site_user SET email = 'other@people.example' WHERE site_id = $1 AND id = 2`, site);
    await sql(`UPDATE shop_order SET total = '1.00' WHERE site_id = $1 AND id = $2`, site, tables.orders.ids()[0] ?? 0);
    await sql(`DELETE FROM order_item WHERE site_id = $1 AND id = $2`, site, tables.orderItems.ids()[2] ?? 0);
    // The site's alone, unseen by its sync.
    tables.posts.get(edited)!.post_title = 'Edited in the database';
    for (const meta of tables.postmeta.ownedBy(removed)) tables.postmeta.remove(meta.metaId);
    for (const relation of tables.relations.ownedBy(removed)) tables.relations.remove(relation.id);
    for (const comment of tables.comments.ownedBy(removed)) tables.comments.remove(comment.comment_ID);
    tables.posts.remove(removed);
    const fresh = addPost(tables, double.url, Date.now(), { post_title: 'Restored' });
    addMeta(tables, 'postmeta', fresh.ID, '_wp_page_template', 'wide');
    setMeta(tables, 'postmeta', edited, '_wpas_options', { version: 3, skip: { b: true } });
    const term = addTerm(tables, 'category', 'Knots &amp; Splices');
    setTerms(tables, fresh.ID, 'category', [term.term_taxonomy_id]);
    const comment = addComment(tables, fresh.ID, Date.now(), { comment_approved: 'trash' });
    const [firstComment] = tables.comments.all();
    firstComment!.comment_content = 'Edited without a trace';

    const report = await run(site);
    const lostTerms = tables.relations.ownedBy(removed);
    expect(lostTerms).toEqual([]);
    const orderItem = tables.orderItems.ids()[2] ?? 0;
    const differing = found(report);
    expect(differing).toMatchObject({
      posts: [`${altered} different`, `${edited} different`, `${fresh.ID} missing`, `${lost} missing`, `${removed} extra`, '9000 extra'].sort(),
      comments: expect.arrayContaining([`${comment.comment_ID} missing`, `${firstComment!.comment_ID} different`]) as unknown,
      terms: [`${term.term_id} missing`], term_taxonomy: [`${term.term_taxonomy_id} missing`], users: ['2 different'],
      woocommerce_order_items: [`${orderItem} missing`], wc_orders: [`${tables.orders.ids()[0]} different`],
    });
    expect(differing['postmeta']).toEqual(expect.arrayContaining([`${altered}-_thumbnail_id different`, `${fresh.ID}-_wp_page_template missing`]));
    expect(differing['postmeta']?.some((line) => line.startsWith(`${edited}-_wpas_options`))).toBe(true);
    expect(differing['term_relationships']).toEqual(expect.arrayContaining([`${fresh.ID} missing`, `${removed} extra`]));
    expect(report.verdict).toBe('out_of_sync');
    expect(double.state.health.status).toBe('out_of_sync');
    const [row] = await store.database.query<{ drifted_rows: number; details: { keys: string[][] } }>(
      `SELECT drifted_rows, details FROM checksum_result WHERE site_id = $1 AND run_id = $2::uuid AND object_type = 'posts'`, [site.siteId, report.runId]);
    expect(row?.drifted_rows).toBe(6);
    expect(row?.details.keys.map((pair) => pair.join(' ')).sort()).toEqual(differing['posts']);

    const repair = await run(site, 'REPAIR');
    const drifted = repair.tables.reduce((sum, table) => sum + table.differences.size, 0);
    expect(repair.objects).toBeLessThanOrEqual(2 * drifted);
    const after = await run(site);
    expect(found(after)).toEqual({});
    expect(after.verdict).toBe('in_sync');
    const [title] = await store.database.query('SELECT title FROM post WHERE site_id = $1 AND id = $2', [site.siteId, edited]);
    expect(title).toEqual({ title: 'Edited in the database' });
    const [ghost] = await store.database.query('SELECT alive FROM post WHERE site_id = $1 AND id = 9000', [site.siteId]);
    expect(ghost).toEqual({ alive: false });
  }, 240_000);

  it('concludes nothing while the site still has events to send', async () => {
    const site = await startSite();
    await mirror(store, site);
    await sql('DELETE FROM post WHERE site_id = $1', site);
    site.double.edit.savePost({ post_title: 'On its way' });
    const report = await run(site, 'REPAIR');
    expect(report).toMatchObject({ verdict: 'not-verified', tables: [], objects: 0 });
    expect(report.message).toMatch(/^not verified: \d+ events still wait on the site/);
  });

  it('learns the stored form of values that are the same, and asks for them once', async () => {
    const site = await startSite();
    await mirror(store, site);
    const [forms] = await sql(`SELECT count(*) AS n FROM opaque_meta_checksum WHERE site_id = $1 AND object_type = 'postmeta'`, site);
    await sql(`DELETE FROM opaque_meta_checksum WHERE site_id = $1 AND object_type = 'postmeta' AND owner_id % 2 = 0`, site);
    await sql(`UPDATE opaque_meta_checksum SET crc = 1 WHERE site_id = $1 AND object_type = 'postmeta'`, site);
    const first = await run(site);
    expect(found(first)).toEqual({});
    expect(first.verdict).toBe('in_sync');
    expect(first.objects).toBe(forms?.['n']);
    expect(first.objects).toBeGreaterThan(3);
    expect((await run(site)).objects).toBe(0);
  });

  it('says that checksums are switched off, and concludes nothing', async () => {
    const site = await startSite();
    await mirror(store, site);
    site.double.state.settings.change({ checksum_disable: 1 });
    const report = await run(site);
    expect(report.verdict).toBe('not-verified');
    expect(report.tables.map((table) => table.refusal?.code)).toEqual(Array.from({ length: 13 }, () => 'checksum_disabled'));
  });

  it('stops when its budget is spent, and says so', async () => {
    const site = await startSite();
    await mirror(store, site);
    const report = await run(site, 'VERIFY', { budget: { maxCalls: 6 } });
    expect(report).toMatchObject({ verdict: 'not-verified', message: 'the budget of 6 calls is used up', calls: 7 });
    expect(report.tables.at(-1)?.refusal?.code).toBe('budget-spent');
  });

  it('never asks for tables that crash the site, nor for metas that are not synced', async () => {
    const site = await startSite();
    const { tables } = site.double;
    await mirror(store, site);
    addMeta(tables, 'postmeta', tables.posts.ids()[0] ?? 0, '_wp_page_template', 'x');
    addMeta(tables, 'postmeta', tables.posts.ids()[0] ?? 0, 'session_tokens', 'secret');
    await run(site, 'REPAIR');
    const bodies = site.double.calls.filter((call) => /sync\/(data-histogram|object)$/.test(call.route)).map((call) => call.params);
    const asked = new Set(bodies.map((body) => body['object_type']));
    expect(bodies.length).toBeGreaterThan(20);
    expect(['options', 'links', 'termmeta', 'wc_order_addresses'].filter((name) => asked.has(name))).toEqual([]);
    expect(JSON.stringify(bodies)).not.toContain('session_tokens');
    const keys = bodies.flatMap((body) => (body['module_name'] === 'meta' ? (body['object_ids'] as { meta_key: string }[]).map((id) => id.meta_key) : []));
    expect([...new Set(keys)]).toEqual(['_wp_page_template']);
  });
});
