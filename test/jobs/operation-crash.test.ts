// Operations whose process dies: at every call to a site, before it arrived and after it was acted on, and between states. The next process
// ends what was begun, and the site is changed as if nothing had happened.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId } from '../../core/ids.js';
import { createLog } from '../../core/log.js';
import { performOperation } from '../../jobs/operation-run.js';
import type { FleetContext } from '../../origin/extensions/situation.js';
import { createSiteClient } from '../../origin/site-client.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { allItems, claimOperation, releaseOperation } from '../../store/extension-items.js';
import { cancelOperation, findOperationRow } from '../../store/extension-operations.js';
import type { Store } from '../../store/store.js';
import { beginOperation } from '../testkit/operations.js';
import { startDirectory, type TestDirectory } from '../testkit/plugin-zips.js';
import { openTestStore } from '../testkit/store.js';
import { startFleetSite, type FleetSite } from './fleet-kit.js';

let store: Store;
let client: SiteClient;
let directory: TestDirectory;
const sites: FleetSite[] = [];

beforeAll(async () => {
  store = await openTestStore();
  client = createSiteClient({ store, log: createLog('silent'), allowPrivateOrigins: true });
  directory = await startDirectory();
}, 120_000);
afterAll(async () => {
  for (const site of sites) await site.double.close();
  await client.close();
  await directory.close();
});

type When = 'before' | 'after';

/** A client that answers until the call of that number (from 1), which never does; `died` is when. */
function dyingClient(number: number, when: When): { client: SiteClient; died: Promise<void>; calls(): number } {
  let calls = 0;
  let die = (): void => undefined;
  const died = new Promise<void>((resolve) => (die = resolve));
  const wrap = <Arguments extends readonly unknown[], Answer>(call: (...args: Arguments) => Promise<Answer>) => async (...args: Arguments): Promise<Answer> => {
    calls += 1;
    if (calls !== number) return call(...args);
    if (when === 'after') await call(...args);
    die();
    return new Promise<Answer>(() => undefined);
  };
  return { client: { ...client, rest: wrap(client.rest), xmlRpc: wrap(client.xmlRpc), page: wrap(client.page), download: wrap(client.download) }, died, calls: () => calls };
}

const fleetOf = (one: SiteClient): FleetContext => ({
  store, client: one, log: createLog('silent'), directory: { downloadsUrl: directory.url }, times: { callMs: 500, graceMs: 200, pauseMs: 20, pageMs: 20_000 }, now: () => new Date(),
});

/** Carries an operation on as a process does; resolves when it ended, never when the client died. */
async function carryOn(id: string, one: SiteClient, holder: string): Promise<void> {
  const operation = await claimOperation(store.database, id, holder, 600);
  if (!operation) throw new Error('the operation is free to be claimed');
  await performOperation(fleetOf(one), operation, holder, new AbortController().signal);
}

async function newSite(breaks = false): Promise<FleetSite> {
  const site = await startFleetSite(store, { breaks });
  sites.push(site);
  return site;
}

async function ending(id: string): Promise<unknown[]> {
  return (await allItems(store.database, id)).map(({ state, reason, recovery, finishedAt }) => [state, reason, recovery, finishedAt !== null]);
}

describe.each([{ name: 'an update', breaks: false }, { name: 'an update that breaks the page', breaks: true }])('$name whose process dies', ({ breaks }) => {
  it('is carried to its end by the next process, whichever call it died at, and is called once', { timeout: 300_000 }, async () => {
    const whole = await newSite(breaks);
    const id = await beginOperation(store, 'UPDATE', [{ siteId: whole.siteId, slug: 'tideline' }]);
    const counting = dyingClient(0, 'before');
    await carryOn(id, counting.client, 'whole');
    const wanted = breaks ? ['ROLLED_BACK', 'PAGE_BROKEN', 'VERSION_RESTORED', true] : ['SUCCEEDED', null, null, true];
    expect(await ending(id)).toEqual([wanted]);
    expect(counting.calls()).toBeGreaterThan(breaks ? 9 : 4);

    for (let number = 1; number <= counting.calls(); number += 1) {
      for (const when of ['before', 'after'] as const) {
        const site = await newSite(breaks);
        const one = await beginOperation(store, 'UPDATE', [{ siteId: site.siteId, slug: 'tideline' }]);
        const dying = dyingClient(number, when);
        void carryOn(one, dying.client, 'dead').catch(() => undefined);
        await dying.died;
        const [left] = await allItems(store.database, one);
        await releaseOperation(store.database, one, 'dead');
        await carryOn(one, client, 'next');
        const updates = site.touches().filter((touch) => touch.includes('/update/')).length;
        const told = [`${left?.state} at call ${number}, ${when}`, ...(await ending(one)), updates, site.version()];
        // Died with the call that never arrived: it is not made again.
        const isLost = left?.state === 'CALLING' && updates === 0;
        expect(told).toEqual(isLost ? [told[0], ['FAILED', 'NOT_DONE', null, true], 0, '1.0'] : [told[0], wanted, 1, breaks ? '1.0' : '2.0']);
      }
    }
  });
});

describe('an operation that is cancelled', () => {
  it('ends what a process that died was only looking at', { timeout: 120_000 }, async () => {
    const [first, second] = [await newSite(), await newSite()];
    const id = await beginOperation(store, 'UPDATE', [{ siteId: first.siteId, slug: 'tideline' }, { siteId: second.siteId, slug: 'tideline' }], { concurrency: 1 });
    const dying = dyingClient(1, 'before');
    void carryOn(id, dying.client, 'dead').catch(() => undefined);
    await dying.died;
    expect((await allItems(store.database, id)).map(({ state }) => state)).toEqual(['PREPARING', 'PENDING']);
    await cancelOperation(store.database, id, new Date());
    await releaseOperation(store.database, id, 'dead');
    await carryOn(id, client, 'next');
    expect(await ending(id)).toEqual([['CANCELLED', 'CANCELLED', null, true], ['CANCELLED', 'CANCELLED', null, true]]);
    expect((await findOperationRow(store.database, id))?.state).toBe('CANCELLED');
    expect([first.version(), second.version()]).toEqual(['1.0', '1.0']);
  });

  it('lets what is at work go on to its end, and begins nothing more, in every state of an item', { timeout: 300_000 }, async () => {
    for (const number of [3, 4, 5, 6, 7, 9]) {
      const [first, second] = [await newSite(true), await newSite()];
      const id = await beginOperation(store, 'UPDATE', [{ siteId: first.siteId, slug: 'tideline' }, { siteId: second.siteId, slug: 'tideline' }], { concurrency: 1 });
      const dying = dyingClient(number, 'after');
      void carryOn(id, dying.client, 'dead').catch(() => undefined);
      await dying.died;
      const [left] = await allItems(store.database, id);
      await cancelOperation(store.database, id, new Date());
      await releaseOperation(store.database, id, 'dead');
      await carryOn(id, client, 'next');
      expect([left?.state, ...(await ending(id)), first.version(), second.touches()]).toEqual([left?.state, ['ROLLED_BACK', 'PAGE_BROKEN', 'VERSION_RESTORED', true], ['CANCELLED', 'CANCELLED', null, true], '1.0', []]);
    }
  });

  it('ends the canary that was only looked at and all others when its process died', { timeout: 120_000 }, async () => {
    const [canary, other] = [await newSite(true), await newSite()];
    const id = await beginOperation(store, 'UPDATE', [{ siteId: other.siteId, slug: 'tideline' }, { siteId: canary.siteId, slug: 'tideline' }], { safety: { canarySiteIds: [encodeSiteId(canary.siteId)] } });
    const dying = dyingClient(6, 'after');
    void carryOn(id, dying.client, 'dead').catch(() => undefined);
    await dying.died;
    expect((await findOperationRow(store.database, id))?.state).toBe('PAUSED');
    await releaseOperation(store.database, id, 'dead');
    await carryOn(id, client, 'next');
    expect(await ending(id)).toEqual([['ROLLED_BACK', 'PAGE_BROKEN', 'VERSION_RESTORED', true], ['CANCELLED', 'CANARY_FAILED', null, true]]);
    expect(other.touches()).toEqual([]);
  });
});
