// What a full sync leaves out and no checksum counts: spam, people without a level, the addresses of custom menu links. Over real HTTP.
import { beforeAll, describe, expect, it } from 'vitest';
import { findingsOfSite } from '../../../store/site-findings.js';
import type { Store } from '../../../store/store.js';
import { runVerification, type VerificationReport } from '../../../sync/verify/run.js';
import { addComment, addMeta, addPost, addUser } from '../../testkit/site-double/tables.js';
import { openTestStore } from '../../testkit/store.js';
import { closedAfterEach, mirror, startConnected, type ConnectedSite } from './kit.js';

let store: Store;
const open = closedAfterEach();

beforeAll(async () => {
  store = await openTestStore();
});

/** After a full sync alone, of a site that was there for long. */
async function startSite(spam: number): Promise<ConnectedSite & { readonly spam: readonly number[]; readonly link: number; readonly readers: readonly number[] }> {
  const site = await startConnected(store);
  open.push(site);
  const { double } = site;
  const { tables } = double;
  const [post] = double.addPosts(5, { comments: 2 });
  const before = Date.now() - 86_400_000;
  const ids = Array.from({ length: spam }, (_, index) => addComment(tables, post!.ID, before + index * 1000, { comment_approved: 'spam', comment_content: `Cheap rope ${index}` }).comment_ID);
  const readers = ['rita', 'otto'].map((login) => addUser(tables, login, ['subscriber'], before).ID);
  const link = addPost(tables, double.url, before, { post_type: 'nav_menu_item', post_title: 'Tide tables' });
  for (const [key, value] of [['_menu_item_type', 'custom'], ['_menu_item_url', 'https://tides.example/'], ['_menu_item_target', '_blank']] as const) addMeta(tables, 'postmeta', link.ID, key, value);
  await mirror(store, site);
  return { ...site, spam: ids, link: link.ID, readers };
}

const run = (site: ConnectedSite, mode: 'VERIFY' | 'REPAIR'): Promise<VerificationReport> => runVerification({ store, client: site.client, siteId: site.siteId, mode, quietMs: 200 });
const found = (report: VerificationReport): Record<string, string[]> => Object.fromEntries((report.shallow?.unseen ?? []).map((result) => [result.table, [...result.differences].map(([key, kind]) => `${key} ${kind}`)]));
const sql = <T extends Record<string, unknown>>(text: string, site: ConnectedSite, ...values: (string | number)[]) => store.database.query<T>(text, [site.siteId, ...values]);
const findings = async (site: ConnectedSite) => (await findingsOfSite(store.database, site.siteId, 10)).filter((finding) => finding.resolvedAt === null).map((finding) => finding.code);

describe('what neither a full sync nor a checksum tells', () => {
  it('is found by a verification, which fetches none of it, and brought by a repair', async () => {
    const site = await startSite(3);
    const verified = await run(site, 'VERIFY');
    const missing = {
      'rest:spam': [...site.spam].reverse().map((id) => `${id} missing`), 'rest:people': [...site.readers].reverse().map((id) => `${id} missing`).concat('4 missing'),
      'rest:menu-links': [`${site.link}-_menu_item_url missing`],
    };
    expect(found(verified)).toEqual(missing);
    expect(verified).toMatchObject({ objects: 0, verdict: 'in_sync' });
    expect(await findings(site)).toEqual(['differs-from-rest']);
    const drifted = await sql<{ name: string; drifted: number }>(
      `SELECT object_type AS name, drifted_rows AS drifted FROM checksum_result WHERE site_id = $1 AND drifted_rows > 0 ORDER BY 1`, site);
    expect(drifted).toEqual([{ name: 'rest:menu-links', drifted: 1 }, { name: 'rest:people', drifted: 3 }, { name: 'rest:spam', drifted: 3 }]);

    const repaired = await run(site, 'REPAIR');
    expect(found(repaired)).toEqual(missing);
    expect(repaired.objects).toBe(7);
    expect(repaired.shallow?.unseen.map((result) => result.repaired)).toEqual([3, 3, 1]);
    expect(await sql(`SELECT count(*)::int AS spam FROM comment WHERE site_id = $1 AND alive AND status = 'spam'`, site)).toEqual([{ spam: 3 }]);
    expect(await sql('SELECT login FROM site_user WHERE site_id = $1 AND alive AND id = $2', site, site.readers[0] ?? 0)).toEqual([{ login: 'rita' }]);
    expect(await sql(`SELECT meta_key AS key, value FROM post_meta WHERE site_id = $1 AND alive AND post_id = $2 AND meta_key = '_menu_item_url'`, site, site.link)).toEqual([{ key: '_menu_item_url', value: 'https://tides.example/' }]);
    expect(repaired.shallow?.differences).toEqual([]);
    expect(await findings(site)).toEqual([]);
    expect(found(await run(site, 'VERIFY'))).toEqual({ 'rest:spam': [], 'rest:people': [] });
  }, 120_000);

  it('is followed afterwards: spam that was emptied or approved in the database, an e-mail address that made no event', async () => {
    const site = await startSite(3);
    await run(site, 'REPAIR');
    const { tables } = site.double;
    const [emptied = 0, approved = 0] = site.spam;
    tables.comments.remove(emptied);
    tables.comments.get(approved)!.comment_approved = '1';
    tables.users.get(2)!.user_email = 'new@people.example';
    const report = await run(site, 'REPAIR');
    expect(found(report)['rest:spam']).toEqual([`${emptied} extra`]);
    // The tables come first, and have them: an approved comment and a contributor's address are counted by checksums.
    expect(report.tables.flatMap((table) => [...table.differences.keys()].map((key) => `${table.table} ${key}`))).toEqual([`comments ${approved}`, 'users 2']);
    expect(await sql('SELECT alive FROM comment WHERE site_id = $1 AND id = $2', site, emptied)).toEqual([{ alive: false }]);
    tables.users.get(site.readers[0] ?? 0)!.user_email = 'rita.new@people.example';
    expect(found(await run(site, 'REPAIR'))['rest:people']).toEqual([`${site.readers[0]} different`]);
    expect(await sql('SELECT email FROM site_user WHERE site_id = $1 AND id = $2', site, site.readers[0] ?? 0)).toEqual([{ email: 'rita.new@people.example' }]);
  }, 120_000);

  it('is read in pages to a bound, and below it nothing is taken for gone', async () => {
    const site = await startSite(2150);
    const first = await run(site, 'REPAIR');
    expect(found(first)['rest:spam']).toHaveLength(2000);
    const pages = site.double.calls.filter((call) => call.route === 'wp/v2/comments' && call.params['status'] === 'spam');
    expect(pages).toHaveLength(20);
    expect(pages.every((call) => call.as === 1 && call.params['_fields'] === 'id,type')).toBe(true);
    await sql(`UPDATE comment SET status = 'spam', alive = true WHERE site_id = $1 AND id = $2`, site, site.spam[0] ?? 0);
    expect(found(await run(site, 'VERIFY'))['rest:spam']).toEqual([]);
  }, 240_000);

  it('is left alone where the owner may not look, or nobody is linked', async () => {
    const site = await startSite(1);
    site.double.tables.users.get(1)!.roles = ['subscriber'];
    expect((await run(site, 'REPAIR')).shallow?.unseen.map((result) => result.table)).toEqual(['rest:menu-links']);
    await sql('UPDATE site SET owner_user_id = NULL WHERE id = $1', site);
    expect((await run(site, 'REPAIR')).shallow).toEqual({ looked: 0, differences: [], unseen: [] });
  }, 120_000);
});
