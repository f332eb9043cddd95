// Goes on with the writes that a request left open: reads back those whose outcome is not known, and delivers those that wait
// for their site, in order. Called by jobs/. Each is claimed first, so that of several processes one is at it; a write that was
// claimed for delivery counts as sent, and is never sent again.
import type { SiteId } from '../../core/ids.js';
import { claimQueued, claimUnsettled, type ClaimedWrite } from '../../store/writes.js';
import { refuse } from './answers.js';
import type { Delivery, Operation, WriteContext } from './operation.js';
import { findOperation } from './operations.js';
import { MOST_TURN_MS, openInput, settle, whenItsTurn, type WriteDesk } from './run.js';

/** What became of the open writes of a site in one pass. */
export interface SettleReport {
  readonly settled: number;
  readonly delivered: number;
  /** Whether the site could not be reached, so that the rest was left for later. */
  readonly isAway: boolean;
}

/** Writes of one site that one pass takes on. */
const MOST_AT_ONCE = 50;
const TIME_EACH_MS = 60_000;

/** Settles and delivers what a site has open. */
export async function settleOpenWrites(desk: WriteDesk, siteId: SiteId): Promise<SettleReport> {
  let settled = 0;
  let delivered = 0;
  for (let taken = 0; taken < MOST_AT_ONCE; taken += 1) {
    const unsettled = await claimUnsettled(desk.store.database, siteId, nowOf(desk));
    if (unsettled === null) break;
    const delivery = await perform(desk, siteId, unsettled, (operation, context, input) => operation.readBack(context, input), false);
    // What the site does not tell of one write, to a person without rights perhaps, it may tell of the others.
    if (delivery.kind === 'failed' && delivery.code !== 'undecided') return { settled, delivered, isAway: true };
    if (delivery.kind !== 'failed') settled += 1;
  }
  for (let taken = 0; taken < MOST_AT_ONCE; taken += 1) {
    const queued = await claimQueued(desk.store.database, siteId, nowOf(desk));
    if (queued === null) break;
    const delivery = await perform(desk, siteId, queued, (operation, context, input) => operation.deliver(context, input), true);
    if (delivery.kind === 'failed') return { settled, delivered, isAway: true };
    delivered += 1;
  }
  return { settled, delivered, isAway: false };
}

function nowOf(desk: WriteDesk): Date {
  return new Date((desk.clock ?? Date.now)());
}

async function perform(
  desk: WriteDesk, siteId: SiteId, { record, input: box }: ClaimedWrite,
  work: (operation: Operation, context: WriteContext, input: never) => Promise<Delivery>, mayQueue: boolean,
): Promise<Delivery> {
  const { input, as, actor } = openInput(desk.store, siteId, box);
  const operation = findOperation(record.operation);
  const now = () => nowOf(desk);
  const context: WriteContext = {
    store: desk.store, client: desk.client, siteId, as, now, deadlineMs: now().getTime() + TIME_EACH_MS, dispatchedAt: record.dispatchedAt ?? now(), writeId: record.id,
  };
  const end = async (delivery: Delivery): Promise<Delivery> => {
    // A read that fails says nothing about the write: it stays open, whatever the failure was.
    await settle(desk, { siteId, actor, mayQueue }, record, mayQueue || delivery.kind !== 'failed' ? delivery : { ...delivery, wasSent: true }, now());
    return delivery;
  };
  if (operation === null) return end(refuse('SITE_REJECTED', `this version knows no operation ${record.operation}`));
  const turn = operation.turnOf?.(input as never) ?? null;
  return whenItsTurn(desk, siteId, turn, MOST_TURN_MS, async () => end(await work(operation, context, input as never)), (late) => end(mayQueue ? late : { ...late, code: 'undecided' }));
}
