// What the parts of a connection share, and how they answer: JSON with `error` and `error_description`, as the plugin reads it.
// Made by bin/ through routes.ts. Nothing here writes; secrets never enter an answer but towards the site they are for.
import type { Log } from '../../core/log.js';
import type { SiteId } from '../../core/ids.js';
import type { SiteClient } from '../../origin/site-calls.js';
import type { Store } from '../../store/store.js';
import type { SiteAnswer } from '../site-requests.js';

/** Who may register a new site: anyone, anyone with an invitation, or only sites that the operator connects. */
export type RegistrationPolicy = 'open' | 'invite' | 'closed';

export interface ConnectionContext {
  readonly store: Store;
  readonly client: SiteClient;
  readonly registration: RegistrationPolicy;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly log: Log;
  /** What an address may spend at once of unsigned calls (rate-limit.ts); 60 by default. */
  readonly burst?: number;
  /** Told of every site that registered, after its answer was decided. */
  readonly onRegistered?: (siteId: SiteId) => void;
}

export interface ConnectionRefusal {
  readonly kind: 'refused';
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

/** Why a site is refused, with the code that its administrator will read. */
export function refuse(code: string, status: number, message: string, retryAfterSeconds?: number): ConnectionRefusal {
  return { kind: 'refused', code, status, message, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
}

/** A refusal as the answer that the plugin reads. */
export function refusedAnswer(refused: ConnectionRefusal): SiteAnswer {
  const body = { error: refused.code, error_description: refused.message };
  return { kind: 'json', status: refused.status, body, ...(refused.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: refused.retryAfterSeconds }) };
}
