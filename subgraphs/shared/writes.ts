// Writes of one request: who they are made as, whether the person may, and how they are told. Every mutation that reaches a
// site goes through here; what it does there is an operation of origin/writes.
import { GraphQLError } from 'graphql';
import { currentTime } from '../../core/answer-sources.js';
import type { PolicyObject } from '../../auth/capabilities/input.js';
import type { Json } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import type { CallAs } from '../../origin/site-calls.js';
import type { Operation, WriteErrorCode } from '../../origin/writes/operation.js';
import { outcomeOf, runWrite, type WriteDesk } from '../../origin/writes/run.js';
import { connectionOwner, type ActingUser } from '../../store/read/acting-user.js';
import type { Store } from '../../store/store.js';
import { findByKey, hashInput, type WriteRecord } from '../../store/writes.js';
import type { SiteAccess } from './access.js';
import type { RequestContext } from './context.js';

/** `UserError` of the schema. */
export interface UserErrorModel {
  readonly code: WriteErrorCode;
  readonly message: string;
  readonly field: string[] | null;
  readonly retryable: boolean;
}

/** `WriteReceipt` of the schema. */
export interface ReceiptModel {
  readonly id: string;
  readonly state: WriteRecord['state'];
  readonly acceptedAt: Date;
  readonly confirmedAt: Date | null;
  readonly sequence: string | null;
  readonly errorCode: WriteErrorCode | null;
  readonly errorMessage: string | null;
}

export interface WriteAsked<Input extends Json> {
  readonly access: SiteAccess;
  readonly operation: Operation<Input>;
  /** The mutation's own input: what makes a retry the same. */
  readonly asked: { readonly idempotencyKey: string; readonly whenUnreachable?: 'REFUSE' | 'QUEUE' };
  readonly input: Input;
  /** Rows that it is about, as entity:key. */
  readonly targets: readonly string[];
  /** Which of the many writes of one mutation this is; the first is 0 and has the key itself. */
  readonly part?: number;
}

export interface WriteAnswer {
  readonly receipt: ReceiptModel | null;
  readonly userErrors: UserErrorModel[];
  readonly result: Json;
}

export interface Writer {
  /** Whether there is time left to send another write of many. */
  hasTime(): boolean;
  /**
   * What a write under the same key and input came to, when what it was about is no longer there, or no longer as it was; null when there
   * was none, or none that stands: what certainly was not sent may be asked for anew.
   */
  stored(asked: Pick<WriteAsked<Json>, 'asked' | 'part'> & { readonly siteId: SiteId; readonly operation: string }): Promise<WriteAnswer | null>;
  write<Input extends Json>(asked: WriteAsked<Input>): Promise<WriteAnswer>;
}

const MAX_KEY_CHARACTERS = 200;
/** A write that is begun later than this before the request's end would most likely not be answered in time. */
const LEAST_TIME_MS = 4_000;

export function userError(code: WriteErrorCode, message: string, ...field: readonly string[]): UserErrorModel {
  return { code, message, field: field.length === 0 ? null : [...field], retryable: false };
}

/** Why the viewer may not, naming the capability; null when they may. The same decision as `viewerCan`. */
export function forbidden(access: SiteAccess, capability: string, object: PolicyObject | null, field: string): UserErrorModel | null {
  return access.can(capability, object) ? null : userError('FORBIDDEN', `you need the capability ${capability} on this site`, field);
}

/** Creates the writer of one request. Without a desk, as in a process that only reads, every write is a fault of configuration. */
export function createWriter(desk: WriteDesk | null, request: Pick<RequestContext, 'viewer' | 'deadlineMs'>): Writer {
  const { viewer } = request;
  return {
    hasTime: () => request.deadlineMs - currentTime().getTime() > LEAST_TIME_MS,
    async stored({ siteId, operation, asked, part = 0 }) {
      if (desk === null || viewer.kind === 'anonymous') return null;
      const record = await findByKey(desk.store.database, { siteId, accountId: viewer.accountId, idempotencyKey: keyOf(asked, part) });
      if (record?.inputHash !== hashInput(operation, asked)) return null;
      const { error, result } = outcomeOf(record);
      if (record.state === 'REJECTED' && error?.retryable === true) return null;
      return { receipt: receiptOf(record), userErrors: error === null ? [] : [{ ...error, field: fieldOf(error.code) }], result };
    },
    async write({ access, operation, asked, input, targets, part = 0 }) {
      if (desk === null || viewer.kind === 'anonymous') throw new GraphQLError('this process does not write to sites', { extensions: { code: 'CONFIGURATION' } });
      const badKey = checkKey(asked);
      if (badKey) return { receipt: null, userErrors: [badKey], result: null };
      const who = await actingUser(desk.store, access);
      if ('code' in who) return { receipt: null, userErrors: [who], result: null };
      const as: CallAs = { kind: 'user', userId: who.userId };
      const outcome = await runWrite(desk, {
        operation, siteId: access.siteId, accountId: viewer.accountId, as, idempotencyKey: keyOf(asked, part), asked, input, targets,
        actor: { kind: 'USER', userId: who.userId, label: who.displayName, via: access.isOperator ? 'graph (operator)' : 'graph' },
        mayQueue: asked.whenUnreachable === 'QUEUE', deadlineMs: request.deadlineMs,
      });
      const { record, error, result } = outcome;
      return { receipt: record && receiptOf(record), userErrors: error === null ? [] : [{ ...error, field: fieldOf(error.code) }], result };
    },
  };
}

function keyOf({ idempotencyKey }: { readonly idempotencyKey: string }, part: number): string {
  return part === 0 ? idempotencyKey : `${idempotencyKey}#${part}`;
}

/** Why a key cannot be used; null when it can. */
export function checkKey({ idempotencyKey }: { readonly idempotencyKey: string }): UserErrorModel | null {
  const isGood = idempotencyKey !== '' && idempotencyKey.length <= MAX_KEY_CHARACTERS;
  return isGood ? null : userError('INVALID', `idempotencyKey must have 1 to ${MAX_KEY_CHARACTERS} characters`, 'idempotencyKey');
}

/** Whom the viewer writes to a site as; for the operator the owner of the connection. */
export async function actingUser(store: Store, access: SiteAccess): Promise<ActingUser | UserErrorModel> {
  return (access.isOperator ? await connectionOwner(store.database, access.siteId) : personOf(access)) ?? nobody(access);
}

function personOf({ userId, userName }: SiteAccess): ActingUser | null {
  return userId === null ? null : { userId, displayName: userName ?? '' };
}

function nobody(access: SiteAccess): UserErrorModel {
  return access.isOperator
    ? userError('FORBIDDEN', 'nobody is connected as the owner of this site, so there is nobody to write as; connect it with a user first')
    : userError('FORBIDDEN', 'you are not a user of this site');
}

function fieldOf(code: WriteErrorCode): string[] | null {
  if (code === 'VERSION_CONFLICT') return ['expectedVersion'];
  return code === 'IDEMPOTENCY_MISMATCH' ? ['idempotencyKey'] : null;
}

/** A receipt as the schema tells it; an error is told only while it stands. */
export function receiptOf(record: WriteRecord): ReceiptModel {
  const isOver = record.state === 'APPLIED' || record.state === 'CONFIRMED';
  return {
    id: Buffer.from(`${record.siteId}:${record.id}`).toString('base64url'), state: record.state, acceptedAt: record.acceptedAt, confirmedAt: record.confirmedAt,
    sequence: record.sequence === null ? null : String(record.sequence),
    errorCode: isOver ? null : (record.errorCode as WriteErrorCode | null), errorMessage: isOver ? null : record.errorMessage,
  };
}

/** What a receipt's id stands for; null when the text is none. */
export function decodeReceiptId(id: string): { readonly siteId: SiteId; readonly writeId: string } | null {
  const match = /^([1-9][0-9]{0,15}):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(id.length > 200 ? '' : Buffer.from(id, 'base64url').toString('utf8'));
  return match?.[1] && match[2] ? { siteId: Number(match[1]) as SiteId, writeId: match[2] } : null;
}
