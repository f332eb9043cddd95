// The fault table: each fault at each call of a mutation, at its reading back and at the settling of what stayed open. Whatever goes wrong, the
// site does it once at most, nobody is told that it is done when it is not, and one pass over a site that answers again settles it.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SiteClient } from '../../../../origin/site-calls.js';
import { settleOpenWrites } from '../../../../origin/writes/settle.js';
import { callWith, EMPTY_FAULTS, expectedCode, READ_FAULTS, WRITE_FAULTS, type CallKind, type FaultName } from './fault-list.js';
import { openWorld, type Scene, type Subject, type World } from './world.js';

/** So much later nothing of the first request is at work on the site. */
const LATER_MS = 400_000;

/** Where a fault is: at one call, or at every reading back after the first writing call was done or was lost. */
type Place = { readonly words: string; readonly faults: readonly FaultName[] } & ({ readonly at: number; readonly kind: CallKind } | { readonly at: 'the reading back'; readonly wasDone: boolean });

function placesOf({ calls }: Subject): Place[] {
  const reads = Object.keys(READ_FAULTS) as FaultName[];
  const writes = Object.keys(WRITE_FAULTS) as FaultName[];
  return [
    ...calls.map((kind, at): Place => ({ words: `call ${at + 1}, which ${kind === 'besides' ? 'asks besides' : kind === 'more' ? 'changes more' : kind},`, at, kind, faults: kind === 'writes' || kind === 'more' ? writes : reads })),
    { words: 'the reading back of what was done', at: 'the reading back', wasDone: true, faults: reads },
    { words: 'the reading back of what was not done', at: 'the reading back', wasDone: false, faults: EMPTY_FAULTS },
  ];
}

/** A client that meets the fault at its place. */
function faulty(world: World, client: SiteClient, place: Place, fault: FaultName, firstWrite: number): SiteClient {
  let made = 0;
  return {
    ...client,
    rest(siteId, call) {
      const at = made;
      made += 1;
      const isFault = place.at === 'the reading back' ? at > firstWrite : at === place.at;
      if (isFault) return callWith(world.site.double, client, siteId, call, fault);
      if (place.at === 'the reading back' && at === firstWrite) return callWith(world.site.double, client, siteId, call, place.wasDone ? 'loses its answer' : 'is reset after it was sent');
      return client.rest(siteId, call);
    },
  };
}

interface Receipt {
  readonly key: string;
  readonly state: string;
  readonly code: string | null;
  readonly hasInput: boolean;
}

const isDone = (receipt: Receipt | undefined): boolean => receipt?.state === 'APPLIED' || receipt?.state === 'CONFIRMED';

export function describeFaults(title: string, subjects: readonly Subject[]): void {
  describe(title, () => {
    let world: World;
    beforeAll(async () => void (world = await openWorld()), 300_000);
    afterAll(() => world?.close());

    /** The receipt of a key, after those of what has to be made first under it. */
    const receiptsOf = (key: string): Promise<Receipt[]> => world.rows<Receipt>(
      `SELECT idempotency_key AS key, state, error_code AS code, input IS NOT NULL AS "hasInput" FROM write_receipt
        WHERE site_id = $1 AND (idempotency_key = $2 OR idempotency_key LIKE $2 || '#%') ORDER BY idempotency_key DESC`, key);

    async function settle(place: Place | null, fault: FaultName, laterMs = LATER_MS): Promise<void> {
      const client = world.newClient();
      const met: SiteClient = place === null ? client : { ...client, rest: (siteId, call) => callWith(world.site.double, client, siteId, call, fault) };
      await settleOpenWrites({ ...world.desk, client: met, clock: () => Date.now() + laterMs }, world.site.siteId);
      await client.close();
    }

    /** Asks again under the same key, with nothing wrong. */
    async function again(scene: Scene, key: string) {
      const client = world.newClient();
      world.use(client);
      const told = await scene.run(key);
      world.use(world.site.client);
      await client.close();
      return told;
    }

    for (const subject of subjects) {
      describe(subject.name, () => {
        const firstWrite = subject.calls.indexOf('writes');

        it('makes no calls but those of its row in the table', async () => {
          const scene = await subject.prepare(world);
          await world.site.sync();
          const from = world.site.double.calls.length;
          const told = await again(scene, `clean-${subject.name}-${world.next()}`);
          expect(told).toEqual({ code: null, state: 'APPLIED' });
          const made = world.site.double.calls.slice(from).map(({ method, route }) => (route === 'jetpack/v4/sync/object' ? 'besides' : method === 'GET' ? 'reads' : 'writes'));
          expect(made).toEqual(subject.calls.map((kind) => (kind === 'more' ? 'writes' : kind)));
          expect(scene.done()).toBe(1);
          expect(await scene.inGraph()).toEqual(scene.onSite());
        });

        for (const place of placesOf(subject)) {
          describe(`when ${place.words}`, () => {
            const scenes = new Map<FaultName, Scene>();
            beforeAll(async () => {
              for (const fault of place.faults) scenes.set(fault, await subject.prepare(world));
              await world.site.sync();
            });

            it.each(place.faults)('%s, is done once at most, never told as done when it is not, and settled by one pass', async (fault) => {
              const scene = scenes.get(fault) as Scene;
              const { double } = world.site;
              const from = double.calls.length;
              const key = `fault-${world.next()}`;
              const client = world.newClient();
              world.use(faulty(world, client, place, fault, firstWrite));
              const told = await scene.run(key);
              await client.close();
              const code = told.code ?? 'done';
              const expected = subject.isDriven ? null : place.at === 'the reading back' ? 'OUTCOME_UNKNOWN' : expectedCode(place.kind, fault);
              if (expected !== null) expect(code).toBe(expected);

              if (fault === 'is carried out after its time' && code === 'OUTCOME_UNKNOWN') await vi.waitFor(() => expect(double.calls.slice(from).some((call) => call.fault === 'delay')).toBe(true), { timeout: 20_000, interval: 20 });
              else if (code === 'done') expect([scene.done(), await scene.inGraph()]).toEqual([1, scene.onSite()]);
              else if (code !== 'OUTCOME_UNKNOWN') expect(scene.done()).toBe(0);

              if (place.at === 'the reading back') {
                await settle(place, fault);
                // Nothing that cannot be read is settled.
                expect((await receiptsOf(key)).map(({ state }) => state)).toEqual(['DISPATCHED']);
              }
              await settle(null, fault, place.at === 'the reading back' ? LATER_MS * 2 : LATER_MS);
              const receipts = await receiptsOf(key);
              const receipt = receipts.find((one) => one.key === key);
              expect(scene.done()).toBe(isDone(receipt) ? 1 : 0);
              for (const one of receipts) expect(isDone(one) ? [one.code, one.hasInput] : [one.state]).toEqual(isDone(one) ? [null, false] : ['REJECTED']);
              expect(await scene.inGraph()).toEqual(scene.onSite());

              const told2 = await again(scene, key);
              expect(scene.done()).toBe(told2.code === null ? 1 : 0);
              expect(await scene.inGraph()).toEqual(scene.onSite());
              const acted = double.calls.slice(from).filter(({ method, route, status: answered }) => method !== 'GET' && answered >= 200 && answered < 300 && route !== 'jetpack/v4/sync/object' && !subject.repeats?.test(route));
              expect(new Set(acted.map(({ method, route }) => `${method} ${route}`)).size).toBe(acted.length);
            });
          });
        }
      });
    }
  });
}
