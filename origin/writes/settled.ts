// What operations share about time and about outcomes that are read back: how long a call may take, and when the absence of what was
// written proves that it was not written.
import { refuse } from './answers.js';
import type { Delivery, Failed, Refused, WriteContext } from './operation.js';

export const READ_TIMEOUT_MS = 10_000;
export const WRITE_TIMEOUT_MS = 20_000;
/** A request of ours can still be at work on the site this long after it was sent; only then does its absence prove anything. */
const AT_WORK_MS = 90_000;

/** The time that a call has: its own most, or what is left of the write's. */
export function timeoutOf({ deadlineMs, now }: WriteContext, mostMs: number): number {
  return Math.max(1, Math.min(mostMs, deadlineMs - now().getTime()));
}

/** The site does not have what was written: it was not done, once the site can no longer be at work on it. */
export function absent(context: WriteContext, message: string): Refused | Failed {
  const isFinal = context.now().getTime() - context.dispatchedAt.getTime() > AT_WORK_MS;
  return isFinal ? refuse('SITE_REJECTED', `${message}; it was not done`) : { kind: 'failed', code: 'timeout', message, wasSent: true };
}

/** A refusal to be read says nothing about the write. */
export function asFailed(delivery: Exclude<Delivery, { kind: 'applied' }>): Failed {
  return delivery.kind === 'failed' ? delivery : { kind: 'failed', code: 'not-wordpress', message: delivery.message, wasSent: true };
}
