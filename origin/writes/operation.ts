// What a write towards a site is: one file an operation in this folder, each a call and the reading of its reply. The pipeline
// (run.ts) keeps the receipt, applies what the site said and settles what is not known; operations know none of that.
import type { AuditDraft, DomainChange, Json } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import type { Store } from '../../store/store.js';
import type { Turn } from '../turns.js';
import type { CallAs, CallFailureCode, SiteClient } from '../site-calls.js';

/** Codes of expected failures, as the schema's UserErrorCode has them. */
export type WriteErrorCode =
  | 'INVALID' | 'NOT_FOUND' | 'FORBIDDEN' | 'VERSION_CONFLICT' | 'SITE_UNREACHABLE' | 'SITE_REJECTED' | 'RATE_LIMITED' | 'IDEMPOTENCY_MISMATCH' | 'OUTCOME_UNKNOWN';

export interface WriteContext {
  readonly store: Store;
  readonly client: SiteClient;
  readonly siteId: SiteId;
  readonly as: CallAs;
  readonly now: () => Date;
  /** When the whole write is to end, in ms since 1970. */
  readonly deadlineMs: number;
  /** When the write was first sent. */
  readonly dispatchedAt: Date;
  /** The receipt's id: a write of several steps keeps its journal there (store/write-journal.ts). */
  readonly writeId: string;
}

/** What the site did, in its own words turned into ours. */
export interface Applied {
  readonly kind: 'applied';
  readonly changes: readonly DomainChange[];
  /** The site's clock when it answered (its Date header), ms; null when it did not say. */
  readonly siteMs: number | null;
  /** Rows as entity:key, those that were created among them. */
  readonly targets: readonly string[];
  /** What the mutation needs to answer again later: ids, never texts. */
  readonly result: Json;
  /** Null when there was nothing to do: the site had it so already. */
  readonly audit: AuditDraft | null;
}

export interface Refused {
  readonly kind: 'refused';
  readonly code: WriteErrorCode;
  readonly message: string;
  readonly result: Json;
  /** What was learned of the site's state on the way; applied though the write is refused. */
  readonly changes: readonly DomainChange[];
  readonly siteMs: number | null;
}

/** The call came to nothing. With `wasSent` the site may have acted. `undecided`: the site answers, but not (yet) what became of the write. */
export interface Failed {
  readonly kind: 'failed';
  readonly code: CallFailureCode | 'server-error' | 'undecided';
  readonly message: string;
  readonly wasSent: boolean;
}

export type Delivery = Applied | Refused | Failed;

export interface Operation<Input extends Json = Json> {
  readonly name: string;
  /** What writes of it to one site must not change at once; from the first reading of the site until its reply is applied. Absent where nothing is undone. */
  turnOf?(input: Input): Turn | null;
  /** Makes the write, once. Asking the site's state before is part of it; asking it again after an unknown outcome is not. */
  deliver(context: WriteContext, input: Input): Promise<Delivery>;
  /**
   * Reads back whether an earlier delivery came about: `applied` when the site has what was written, `refused` with
   * SITE_REJECTED when it certainly has not, `failed` when that cannot be told (yet). Never writes, but for what has a journal: a
   * write of several steps finishes what it began, or takes it back.
   */
  readBack(context: WriteContext, input: Input): Promise<Delivery>;
}
