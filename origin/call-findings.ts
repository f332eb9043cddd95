// Turns how calls end into findings of the site: a failure opens one, a call that works resolves what it disproves.
// Called by site-client.ts after every call that was tried. It remembers what is open, so that a working site costs no statements.
import type { SiteId } from '../core/ids.js';
import type { Log } from '../core/log.js';
import { openFindingCodes, recordFinding, resolveFindings } from '../store/site-findings.js';
import type { Store } from '../store/store.js';
import { clockDifference, clockMessage, MAX_CLOCK_DIFFERENCE_SECONDS } from './answers.js';
import type { CallFailureCode, CallOutcome } from './site-calls.js';
import { timeText } from './site-gate.js';

export interface EndedCall {
  readonly siteId: SiteId;
  readonly host: string;
  readonly outcome: CallOutcome<unknown>;
  /** Whether it was signed, and the signature believed. */
  readonly isBelieved: boolean;
  /** Whether the site's own token (or password) was used. */
  readonly isAsSite: boolean;
  /** When the site is called again, when it is left alone because of this call. */
  readonly restsUntilMs: number | null;
}

export interface CallFindings {
  record(call: EndedCall, nowMs: number): Promise<void>;
}

/** An answer disproves these, whoever asked. */
const DISPROVED_BY_ANSWER: readonly CallFailureCode[] = ['unreachable', 'timeout', 'certificate', 'private-address', 'redirect', 'too-large', 'not-wordpress', 'resting'];
/** A wrong clock of a site that works all the same is written down once in this time. */
const CLOCK_REPEAT_MS = 60_000;

/** Creates the findings of one process. */
export function createCallFindings(store: Store, log: Log): CallFindings {
  /** Codes that are open, by site; read once a process. */
  const open = new Map<SiteId, Set<string>>();
  const clockSeenAt = new Map<SiteId, number>();

  async function openCodes(siteId: SiteId): Promise<Set<string>> {
    const codes = open.get(siteId) ?? new Set(await openFindingCodes(store.database, siteId));
    const known = open.get(siteId) ?? codes;
    open.set(siteId, known);
    return known;
  }

  async function put(siteId: SiteId, code: string, message: string, nowMs: number): Promise<void> {
    (await openCodes(siteId)).add(code);
    await recordFinding(store.database, siteId, code, message, new Date(nowMs));
    log.warn({ siteId, code }, 'a call to a site failed');
  }

  async function resolve(siteId: SiteId, codes: readonly string[], nowMs: number): Promise<void> {
    const known = await openCodes(siteId);
    const disproved = codes.filter((code) => known.has(code));
    if (disproved.length === 0) return;
    for (const code of disproved) known.delete(code);
    for (const code of await resolveFindings(store.database, siteId, disproved, new Date(nowMs))) log.info({ siteId, code }, 'a finding is resolved');
  }

  async function recordAll({ siteId, host, outcome, isBelieved, isAsSite, restsUntilMs }: EndedCall, nowMs: number): Promise<void> {
    if (outcome.kind === 'failure') {
      await put(siteId, outcome.code, outcome.message, nowMs);
      if (restsUntilMs !== null) await put(siteId, 'resting', `${host} failed so often that it is left alone until ${timeText(restsUntilMs)}`, nowMs);
      return;
    }
    const difference = clockDifference(outcome.headers, nowMs);
    const isClockWrong = difference !== null && Math.abs(difference) > MAX_CLOCK_DIFFERENCE_SECONDS;
    if (isClockWrong && nowMs - (clockSeenAt.get(siteId) ?? -Infinity) >= CLOCK_REPEAT_MS) {
      clockSeenAt.set(siteId, nowMs);
      await put(siteId, 'clock', clockMessage(host, difference), nowMs);
    }
    const disproved = [...DISPROVED_BY_ANSWER, ...(isBelieved ? ['signature'] : []), ...(isBelieved && !isClockWrong ? ['clock'] : []), ...(isAsSite ? ['no-token'] : [])];
    await resolve(siteId, disproved, nowMs);
    if (!isClockWrong && isBelieved) clockSeenAt.delete(siteId);
  }

  return {
    async record(call, nowMs) {
      try {
        await recordAll(call, nowMs);
      } catch (error) {
        // The call has ended and its outcome must reach the caller whatever becomes of the note about it.
        log.error({ err: error, siteId: call.siteId }, 'a finding could not be written');
      }
    },
  };
}
