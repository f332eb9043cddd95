// The one way in which a write reaches a site: receipt first, then the call, then the site's own reply applied with the receipt's
// end in one transaction. A retry gets the stored result; two at once run once; an unknown outcome is settled by reading
// back, never by writing again. Called by the mutations of the subgraphs; jobs settle and deliver what was left open.
import { setTimeout as sleep } from 'node:timers/promises';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { ActorRef, DecodedItem, Json } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import type { Log } from '../../core/log.js';
import { applyItems } from '../../store/apply/apply.js';
import { WRITE_ACTION } from '../../store/apply/echoes.js';
import { openTarget } from '../../store/site-calls.js';
import type { Store } from '../../store/store.js';
import { beginWrite, endWrite, findWrite, hashInput, reopenWrite, type EndedWrite, type WriteEnd, type WriteRecord } from '../../store/writes.js';
import { targetMemo, type CallAs, type CallMemo, type SiteClient } from '../site-calls.js';
import { inTurn, type Turn } from '../turns.js';
import type { Applied, Delivery, Failed, Operation, WriteContext, WriteErrorCode } from './operation.js';

export interface WriteDesk {
  readonly store: Store;
  readonly client: SiteClient;
  readonly log: Log;
  readonly clock?: () => number;
}

export interface WriteRequest<Input extends Json> {
  readonly operation: Operation<Input>;
  readonly siteId: SiteId;
  readonly accountId: string;
  readonly as: CallAs;
  readonly actor: ActorRef;
  readonly idempotencyKey: string;
  /** What the client asked, for telling a retry from another use of the key. */
  readonly asked: unknown;
  readonly input: Input;
  readonly targets: readonly string[];
  /** Keep the write for later when the site cannot be reached. */
  readonly mayQueue: boolean;
  /** When the client's request ends, in ms since 1970. */
  readonly deadlineMs: number;
}

export interface WriteError {
  readonly code: WriteErrorCode;
  readonly message: string;
  readonly retryable: boolean;
}

export interface WriteOutcome {
  /** Null only when the key was used for something else. */
  readonly record: WriteRecord | null;
  readonly error: WriteError | null;
  readonly result: Json;
}

/** What is left of a request's time for the answer itself. */
const ANSWER_MARGIN_MS = 1_500;
const WAIT_FOR_TWIN_MS = 50;
/** How long a write waits for those before it that change the same. */
export const MOST_TURN_MS = 15_000;
/** How often an unknown outcome is read back before it is left to a job. */
const READ_BACKS = 2;

/** Makes a write, or finds the one that was made under its key. */
export async function runWrite<Input extends Json>(desk: WriteDesk, request: WriteRequest<Input>): Promise<WriteOutcome> {
  const now = () => new Date((desk.clock ?? Date.now)());
  const inputHash = hashInput(request.operation.name, request.asked);
  const userId = request.as.kind === 'user' ? request.as.userId : null;
  const { isNew, record, target } = await beginWrite(
    desk.store.database,
    {
      siteId: request.siteId, accountId: request.accountId, idempotencyKey: request.idempotencyKey, operation: request.operation.name, inputHash,
      userId, targets: request.targets, state: 'DISPATCHED', input: closeInput(desk.store, request.siteId, request),
    },
    now(),
  );
  const again = isNew ? null : await reopenWrite(desk.store.database, request.siteId, record.id, inputHash, now());
  if (!isNew && again === null) return repeat(desk, request, inputHash, record);
  const memo: CallMemo = new Map();
  if (target !== null && userId !== null) memo.set(targetMemo(request.siteId, userId), openTarget(desk.store, request.siteId, userId, target));
  return deliver(desk, request, again ?? record, memo, now);
}

async function deliver<Input extends Json>(desk: WriteDesk, request: WriteRequest<Input>, record: WriteRecord, memo: CallMemo, now: () => Date): Promise<WriteOutcome> {
  const { operation, siteId, input } = request;
  const waitMs = Math.max(0, Math.min(MOST_TURN_MS, (request.deadlineMs - ANSWER_MARGIN_MS - now().getTime()) / 2));
  return whenItsTurn(desk, siteId, operation.turnOf?.(input) ?? null, waitMs, () => make(desk, request, record, memo, now), (late) => settle(desk, request, record, late, now()));
}

/** Writes that change the same go one after another, and each is over only when its reply is applied. */
export async function whenItsTurn<T>({ store }: WriteDesk, siteId: SiteId, turn: Turn | null, waitMs: number, work: () => Promise<T>, otherwise: (late: Failed) => Promise<T>): Promise<T> {
  if (turn === null) return work();
  const done = await inTurn(store, siteId, turn, performance.now() + waitMs, work);
  return done ?? otherwise({ kind: 'failed', code: 'timeout', message: 'other changes of the same took all the time of this one', wasSent: false });
}

async function make<Input extends Json>(desk: WriteDesk, request: WriteRequest<Input>, begun: WriteRecord, memo: CallMemo, now: () => Date): Promise<WriteOutcome> {
  // What was heard of the site while this one waited is older than what the site answers now.
  const record: WriteRecord = { ...begun, dispatchedAt: now() };
  const context: WriteContext = {
    store: desk.store, client: remembering(desk.client, memo), siteId: request.siteId, as: request.as, now, deadlineMs: request.deadlineMs - ANSWER_MARGIN_MS,
    dispatchedAt: record.dispatchedAt ?? now(), writeId: record.id,
  };
  let delivery = await request.operation.deliver(context, request.input);
  for (let attempt = 0; delivery.kind === 'failed' && delivery.wasSent && attempt < READ_BACKS && now().getTime() < context.deadlineMs; attempt += 1) {
    delivery = keepUnknown(await request.operation.readBack(context, request.input));
  }
  return settle(desk, request, record, delivery, now());
}

/** The client for the calls of one write, which share what is known of the way to the site. */
export function remembering(client: SiteClient, memo: CallMemo = new Map()): SiteClient {
  return { ...client, rest: (siteId, call) => client.rest(siteId, { memo, ...call }) };
}

// A failure to read back leaves the write unknown, whatever that failure was.
function keepUnknown(delivery: Delivery): Delivery {
  return delivery.kind === 'failed' ? { ...delivery, wasSent: true } : delivery;
}

/** Records how a delivery ended and applies what the site said, in one transaction. */
export async function settle(
  desk: WriteDesk, request: Pick<WriteRequest<Json>, 'siteId' | 'actor' | 'mayQueue'>, record: WriteRecord, delivery: Delivery, now: Date,
): Promise<WriteOutcome> {
  const end = endOf(delivery, request.mayQueue, record);
  const item = itemOf(delivery, request.actor, record, now);
  const ended: EndedWrite = { id: record.id, end, now };
  const settled = item
    ? (await desk.store.database.transaction((tx) => applyItems(tx, request.siteId, [item], now, ended))).record
    : await endWrite(desk.store.database, request.siteId, ended);
  desk.log.info({ siteId: request.siteId, write: record.id, operation: record.operation, state: end.state, code: end.errorCode }, 'a write towards a site');
  return outcomeOf(settled ?? record);
}

function endOf(delivery: Delivery, mayQueue: boolean, record: WriteRecord): WriteEnd {
  switch (delivery.kind) {
    case 'applied':
      return { state: 'APPLIED', targets: delivery.targets, result: delivery.result, errorCode: null, errorMessage: null, siteRev: echoesFrom(delivery, record) };
    case 'refused':
      return { state: 'REJECTED', targets: record.targets, result: delivery.result, errorCode: delivery.code, errorMessage: delivery.message, siteRev: null };
    case 'failed': {
      if (delivery.wasSent) {
        const errorMessage = `the site may or may not have done it (${delivery.message}); it is being read back, do not send it under another key`;
        return { state: 'DISPATCHED', targets: record.targets, result: null, errorCode: 'OUTCOME_UNKNOWN', errorMessage, siteRev: null };
      }
      const errorMessage = `the site cannot be reached: ${delivery.message}`;
      return { state: mayQueue ? 'QUEUED' : 'REJECTED', targets: record.targets, result: null, errorCode: 'SITE_UNREACHABLE', errorMessage, siteRev: null };
    }
  }
}

/** The first moment of the site's clock at which it can have begun to act: its answer's second, less how long it took. */
function echoesFrom(delivery: Applied, record: WriteRecord): number | null {
  if (delivery.siteMs === null || record.dispatchedAt === null) return null;
  const tookMs = Math.max(0, Date.now() - record.dispatchedAt.getTime());
  return (delivery.siteMs - tookMs - 1_000) * 1_000;
}

function itemOf(delivery: Delivery, actor: ActorRef, record: WriteRecord, now: Date): DecodedItem | null {
  if (delivery.kind === 'failed' || (delivery.kind === 'refused' && delivery.changes.length === 0)) return null;
  const siteMs = delivery.siteMs ?? now.getTime();
  return {
    key: `write-${record.id}`, action: WRITE_ACTION, rev: siteMs * 1_000, at: new Date(siteMs).toISOString(), isImporting: false,
    // What a refused write learned of the site is the doing of somebody else.
    actor: delivery.kind === 'applied' ? actor : null,
    ...(record.dispatchedAt === null ? {} : { calledAt: record.dispatchedAt }),
    changes: delivery.changes, audit: delivery.kind === 'applied' ? delivery.audit : null, deadLetter: null,
  };
}

/** The second of two at once waits for the first; a later one gets what is stored. */
async function repeat(desk: WriteDesk, request: WriteRequest<Json>, inputHash: string, first: WriteRecord): Promise<WriteOutcome> {
  if (first.inputHash !== inputHash) {
    return { record: null, error: { code: 'IDEMPOTENCY_MISMATCH', message: 'this idempotencyKey was used for something else; use a new key for a new write', retryable: false }, result: null };
  }
  let record = first;
  let waitMs = WAIT_FOR_TWIN_MS;
  while (record.state === 'DISPATCHED' && record.errorCode === null && Date.now() < request.deadlineMs - ANSWER_MARGIN_MS) {
    await sleep(waitMs);
    waitMs = Math.min(waitMs * 2, 500);
    record = (await findWrite(desk.store.database, request.siteId, record.id)) ?? record;
  }
  return outcomeOf(record);
}

/** A record as the mutation tells it. */
export function outcomeOf(record: WriteRecord): WriteOutcome {
  const code = (record.errorCode ?? (record.state === 'DISPATCHED' ? 'OUTCOME_UNKNOWN' : null)) as WriteErrorCode | null;
  if (code === null || record.state === 'APPLIED' || record.state === 'CONFIRMED' || record.state === 'QUEUED') return { record, error: null, result: record.result };
  const message = record.errorMessage ?? 'the write is still under way; ask again with the same key';
  // While a write is open its result may hold its journal, which is nobody else's.
  return { record, error: { code, message, retryable: RETRYABLE.has(code) }, result: record.state === 'DISPATCHED' ? null : record.result };
}

const RETRYABLE: ReadonlySet<WriteErrorCode> = new Set(['SITE_UNREACHABLE', 'RATE_LIMITED', 'OUTCOME_UNKNOWN']);

/** What a record keeps of its request. */
type KeptInput = { readonly input: Json; readonly as: CallAs; readonly actor: ActorRef };

/** From here on texts are kept compressed: a save holds an article twice, what was saved and what it was begun with. */
const COMPRESSED_FROM = 2_048;
const COMPRESSED = 'deflate:';

function closeInput(store: Store, siteId: SiteId, { input, as, actor }: KeptInput): Uint8Array {
  const text = JSON.stringify({ input, as, actor });
  const kept = text.length < COMPRESSED_FROM ? text : `${COMPRESSED}${deflateRawSync(text, { level: 1 }).toString('base64')}`;
  return store.secrets.encrypt(kept, `write:${siteId}`);
}

/** Opens what a record keeps of its request, for settling it later. */
export function openInput(store: Store, siteId: SiteId, box: Uint8Array): KeptInput {
  const kept = store.secrets.decrypt(box, `write:${siteId}`);
  const text = kept.startsWith(COMPRESSED) ? inflateRawSync(Buffer.from(kept.slice(COMPRESSED.length), 'base64')).toString('utf8') : kept;
  return JSON.parse(text) as KeptInput;
}
