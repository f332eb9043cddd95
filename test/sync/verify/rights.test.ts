// What people may do and the dates of orders: hashed of what is kept as a form alone, so a sum that differs is looked into first.
import { beforeAll, describe, expect, it } from 'vitest';
import type { ChecksumTable } from '../../../store/read/checksum-tables.js';
import type { Store } from '../../../store/store.js';
import { runVerification, type VerificationReport } from '../../../sync/verify/run.js';
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
  site.double.addOrders(8);
  await mirror(store, site);
  return site;
}

const run = (site: ConnectedSite, table: ChecksumTable, mode: 'VERIFY' | 'REPAIR' = 'VERIFY'): Promise<VerificationReport> =>
  runVerification({ store, client: site.client, siteId: site.siteId, mode, quietMs: 200, tables: [table] });
const found = (report: VerificationReport): string[] => report.tables.flatMap((table) => [...table.differences].map(([key, kind]) => `${key} ${kind}`)).sort();
const sql = (text: string, site: ConnectedSite, ...values: (string | number)[]) => store.database.query(text, [site.siteId, ...values]);

describe('what people may do', () => {
  it('is the same as the site\'s of everybody above level 0, connected or not, without asking for anyone', async () => {
    const report = await run(await startSite(), 'usermeta');
    expect(report).toMatchObject({ verdict: 'in_sync', objects: 0 });
    expect(report.tables[0]?.rows).toBeGreaterThanOrEqual(3);
  });

  it('is found to differ and brought back: a role changed in the database, capabilities, a language, somebody who was linked', async () => {
    const site = await startSite();
    const { tables, connection } = site.double;
    tables.users.get(2)!.roles = ['author'];
    connection.userTokens.set(3, 'key3.secret3.3');
    tables.users.get(3)!.locale = 'pt_PT';
    await sql(`UPDATE site_user SET all_caps = array_remove(all_caps, 'edit_users') WHERE site_id = $1 AND id = 1`, site);
    expect(found(await run(site, 'usermeta'))).toEqual(['1 different', '2 different', '3 different']);
    expect((await run(site, 'usermeta', 'REPAIR')).verdict).toBe('in_sync');
    expect(found(await run(site, 'usermeta'))).toEqual([]);
    expect(await sql('SELECT roles, is_connected AS linked, locale FROM site_user WHERE site_id = $1 AND id IN (2, 3) ORDER BY id', site)).toMatchObject([
      { roles: ['author'], linked: false }, { linked: true, locale: 'pt_PT' },
    ]);
  });

  it('is no difference where only the stored form is not known, which is learned', async () => {
    const site = await startSite();
    await sql(`DELETE FROM opaque_meta_checksum WHERE site_id = $1 AND object_type = 'usermeta'`, site);
    const first = await run(site, 'usermeta');
    expect(found(first)).toEqual([]);
    expect(first).toMatchObject({ verdict: 'in_sync', objects: 1 });
    expect((await run(site, 'usermeta')).objects).toBe(0);
  });

  it('is left alone on a site that does not compute it, which is in step all the same', async () => {
    const site = await startSite();
    // The first two questions are about the table users: its ends and its sums.
    let asked = 0;
    site.double.failNext((call) => call.route.endsWith('sync/data-histogram') && (asked += 1) > 2, { kind: 'status', status: 500 }, 20);
    const report = await runVerification({ store, client: site.client, siteId: site.siteId, mode: 'VERIFY', quietMs: 200, tables: ['users', 'usermeta'] });
    expect(report.verdict).toBe('in_sync');
    expect(report.tables.map((table) => table.refusal === null)).toEqual([true, false]);
  });
});

describe('the dates and keys of orders', () => {
  it('are compared without the key being kept, and brought back', async () => {
    const site = await startSite();
    const ids = site.double.tables.orders.ids();
    const [paid = 0, completed = 0, refund = 0] = ids;
    expect(await run(site, 'wc_order_operational_data')).toMatchObject({ verdict: 'in_sync', objects: 0 });
    await sql(`UPDATE shop_order SET paid_at = '2020-01-01T00:00:00Z' WHERE site_id = $1 AND id = $2`, site, paid);
    site.double.tables.orders.get(completed)!.date_completed_gmt = '2026-03-01 10:00:00';
    // Of a refund no key is told: its row is neither the same nor different.
    await sql(`DELETE FROM opaque_meta_checksum WHERE site_id = $1 AND object_type = 'wc_order_operational_data' AND owner_id = $2`, site, refund);
    const report = await run(site, 'wc_order_operational_data');
    expect(found(report)).toEqual([`${paid} different`, `${completed} different`].sort());
    expect((await run(site, 'wc_order_operational_data', 'REPAIR')).objects).toBe(2);
    expect(found(await run(site, 'wc_order_operational_data'))).toEqual([]);
    const kept = await sql('SELECT * FROM opaque_meta_checksum WHERE site_id = $1', site);
    const key = site.double.tables.orders.get(paid)!.order_key;
    expect(key).toMatch(/^wc_order_/);
    expect(JSON.stringify(kept)).not.toContain(key);
  });
});
