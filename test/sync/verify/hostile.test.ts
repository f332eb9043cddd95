// A site that turns hostile while it is verified and repaired, over real HTTP: whatever it answers, each way has a code of its own, nothing
// of ours changes, and memory stays bounded.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findingsOfSite } from '../../../store/site-findings.js';
import type { Store } from '../../../store/store.js';
import { runVerification, type VerificationReport } from '../../../sync/verify/run.js';
import type { Fault } from '../../testkit/site-double/faults.js';
import { openTestStore } from '../../testkit/store.js';
import { mirror, startConnected, type ConnectedSite } from './kit.js';

let store: Store;
let site: ConnectedSite;

beforeAll(async () => {
  store = await openTestStore();
});
afterEach(() => site.close());

const GIGABYTE = 1024 ** 3;
const MEBIBYTE = 1024 ** 2;
/** What is read of one answer at most is 32 MiB; it is text twice over while it is read. */
const MAX_GROWTH = 256 * MEBIBYTE;

async function startDrifted(): Promise<void> {
  site = await startConnected(store);
  site.double.addPosts(30, { comments: 1 });
  await mirror(store, site);
  await store.database.query(`UPDATE post SET title = 'Drifted' WHERE site_id = $1 AND id % 3 = 0`, [site.siteId]);
}

const TABLES = ['post', 'post_meta', 'comment', 'term', 'term_relation', 'site_user'];
/** Everything that a verification could change of the site's data. */
async function ours(): Promise<string> {
  const rows = await Promise.all(TABLES.map((table) => store.database.query(`SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS sum FROM ${table} t WHERE site_id = $1`, [site.siteId])));
  return JSON.stringify(rows);
}
const repair = (maxCalls = 400): Promise<VerificationReport> => runVerification({ store, client: site.client, siteId: site.siteId, mode: 'REPAIR', quietMs: 200, tables: ['posts'], budget: { maxCalls } });
const open = async (): Promise<string[]> => (await findingsOfSite(store.database, site.siteId, 20)).filter((finding) => finding.resolvedAt === null).map((finding) => finding.code);

const FAULTS: readonly [string, Fault, string, readonly string[]][] = [
  ['with a page in place of JSON', { kind: 'garbage' }, 'not-wordpress', ['not-wordpress']],
  ['with a gigabyte', { kind: 'huge', bytes: GIGABYTE }, 'too-large', ['too-large']],
  ['with a redirect to a private address', { kind: 'status', status: 307, headers: { location: 'http://169.254.169.254/latest/meta-data' } }, 'redirect', ['redirect']],
  ['with JSON of another shape', { kind: 'status', status: 200, body: '{"histogram":{"1-9":["x"]},"objects":7}' }, 'unexpected-answer', []],
];

describe('a site that is verified and answers', () => {
  it.each(FAULTS)('%s when it is asked for sums changes nothing', async (_what, fault, code, findings) => {
    await startDrifted();
    const before = await ours();
    site.double.failNext('jetpack/v4/sync/data-histogram', fault, 100);
    const rss = process.memoryUsage().rss;
    const report = await repair();
    expect(process.memoryUsage().rss - rss).toBeLessThan(MAX_GROWTH);
    expect(report).toMatchObject({ verdict: 'not-verified', objects: 0 });
    expect(report.tables.map((table) => table.refusal?.code)).toEqual([code]);
    expect(await open()).toEqual(findings);
    expect(await ours()).toBe(before);
  }, 120_000);

  it.each(FAULTS)('%s when it is asked for objects changes nothing', async (_what, fault, code, findings) => {
    await startDrifted();
    const before = await ours();
    site.double.failNext('jetpack/v4/sync/object', fault, 100);
    const rss = process.memoryUsage().rss;
    const report = await repair();
    expect(process.memoryUsage().rss - rss).toBeLessThan(MAX_GROWTH);
    expect(report.verdict).toBe('out_of_sync');
    expect(report.tables.map((table) => [table.refusal?.code, table.repaired])).toEqual([[code, 0]]);
    // The verdict is told to the site afterwards; a call that works resolves what was found.
    expect(await open()).toEqual([]);
    expect((await findingsOfSite(store.database, site.siteId, 20)).map((finding) => finding.code).sort()).toEqual(findings);
    expect(await ours()).toBe(before);
  }, 120_000);

  it('with a table that has no end is left within the budget', async () => {
    await startDrifted();
    const before = await ours();
    // Every sum differs, in buckets that pretend to hold a thousand times what they hold.
    const histogram = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`${index * 1000 + 1}-${(index + 1) * 1000}`, String(index + 1)]));
    site.double.failNext((call) => call.route.endsWith('sync/data-histogram'), { kind: 'status', status: 200, body: JSON.stringify({ histogram: { min_range: '1', max_range: '99999999999', item_count: '99999999999', ...histogram }, type: 'sum' }) }, 100_000);
    const report = await repair(100);
    expect(report).toMatchObject({ verdict: 'not-verified', objects: 0 });
    expect(report.calls).toBeLessThanOrEqual(101);
    expect(report.tables.map((table) => table.refusal === null)).toEqual([false]);
    expect(await ours()).toBe(before);
  }, 120_000);
});
