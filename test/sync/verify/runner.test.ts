// Runs of verification in the words of jobs/: how they end, what they note, and what they ask for next.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SyncRunRow } from '../../../store/sync-runs.js';
import { createVerifyRunner } from '../../../sync/verify/runner.js';
import { openTestStore } from '../../testkit/store.js';
import { mirror, startConnected } from './kit.js';

describe('a run of verification', () => {
  it('ends done, notes every table, and asks once a day for the full sync that brings what cannot be fetched', async () => {
    const store = await openTestStore();
    const site = await startConnected(store, { commerce: true });
    try {
      site.double.addPosts(10);
      site.double.addOrders(4);
      await mirror(store, site);
      const run = { siteId: site.siteId, id: randomUUID(), kind: 'REPAIR', modules: null, requestedBy: 'command line' } as unknown as SyncRunRow;
      const noted: string[][] = [];
      const note = (progress: Readonly<Record<string, { finished: boolean }>>) => {
        noted.push(Object.entries(progress).filter(([, table]) => table.finished).map(([name]) => name));
        return Promise.resolve();
      };
      const runner = createVerifyRunner({ store, client: site.client }, 'REPAIR');
      const context = { run, note, signal: new AbortController().signal };
      expect(await runner(context)).toEqual({ state: 'DONE' });
      expect(noted.at(-1)).toHaveLength(13);
      await store.database.query(`DELETE FROM order_item_meta WHERE site_id = $1 AND meta_key = '_line_total'`, [site.siteId]);
      const asked = () => store.database.query(`SELECT kind, modules, requested_by AS by FROM sync_run WHERE site_id = $1`, [site.siteId]);
      await runner(context);
      await runner(context);
      expect(await asked()).toEqual([{ kind: 'FULL', modules: ['woocommerce'], by: 'repair' }]);
      const aborted = new AbortController();
      aborted.abort(new Error('the process stops'));
      await expect(runner({ ...context, signal: aborted.signal })).rejects.toThrow('the process stops');
    } finally {
      await site.close();
    }
  }, 120_000);
});
