// What goes wrong between us and a site in the fault table, where in a write it does, and what the request may then be told.
import type { RestCall, SiteClient } from '../../../../origin/site-calls.js';
import type { SiteDouble } from '../../../testkit/site-double/index.js';
import type { Call, Fault } from '../../../testkit/site-double/faults.js';

/** What a call of a write is for: `more` makes a second change of the same write, `besides` asks what the write can do without. */
export type CallKind = 'reads' | 'writes' | 'more' | 'besides';

export type FaultName = keyof typeof READ_FAULTS | keyof typeof WRITE_FAULTS;

const page = (status: number, body: string, contentType = 'application/json'): Fault => ({ kind: 'status', status, body, contentType });
const refusal = (status: number, code: string): Fault => page(status, JSON.stringify({ code, message: 'No.', data: { status } }));

/** After none of these has the site done anything. */
export const READ_FAULTS = {
  'is refused': 'refused',
  'is reset after it was sent': { kind: 'reset' },
  'is slow beyond its time': { kind: 'hang' },
  'ends in 500': { kind: 'status', status: 500 },
  'ends in 503 of a proxy': page(503, '<h1>busy</h1>', 'text/html'),
  'ends in garbage': { kind: 'garbage' },
  'ends in 200 without a word': page(200, ''),
  'ends in 404 of a proxy': page(404, '{"message":"no route matched"}'),
  'ends in 404 without a word': page(404, ''),
  'ends in 401 after the token was revoked': refusal(401, 'rest_not_logged_in'),
  'ends in 403': refusal(403, 'rest_forbidden'),
} as const satisfies Readonly<Record<string, Fault | 'refused'>>;

/** Answers that might be taken for the word that there is nothing. */
export const EMPTY_FAULTS = ['ends in garbage', 'ends in 200 without a word', 'ends in 404 of a proxy', 'ends in 404 without a word', 'ends in 401 after the token was revoked'] as const;

/** After these it has, or will have. */
const LOST = {
  'loses its answer': { kind: 'lose-answer' },
  'is carried out after its time': { kind: 'delay', ms: 300 },
  'acts, then ends in 500': 'acts, then 500',
  'acts, then ends in garbage': 'acts, then garbage',
} as const satisfies Readonly<Record<string, Fault | 'acts, then 500' | 'acts, then garbage'>>;

export const WRITE_FAULTS = { ...READ_FAULTS, ...LOST } as const;

/** The time of a call that is to run out of it. */
const SHORT_MS = 100;
/** Reads are made three times at most. */
const TRIES = 3;

const refusals = new WeakMap<SiteDouble, number>();

/** Makes one call with something wrong. */
export async function callWith(double: SiteDouble, client: SiteClient, siteId: Parameters<SiteClient['rest']>[0], call: RestCall, name: FaultName): Promise<Awaited<ReturnType<SiteClient['rest']>>> {
  const fault: Fault | 'refused' | 'acts, then 500' | 'acts, then garbage' = WRITE_FAULTS[name];
  if (fault === 'refused') {
    refusals.set(double, (refusals.get(double) ?? 0) + 1);
    if (refusals.get(double) === 1) await double.refuse();
    try {
      return await client.rest(siteId, call);
    } finally {
      // Of calls that are made at once the last opens the site again.
      refusals.set(double, (refusals.get(double) ?? 0) - 1);
      if (refusals.get(double) === 0) await double.accept();
    }
  }
  if (typeof fault === 'object') {
    const matches = ({ method, route }: Call): boolean => route === call.route && method === call.method;
    double.failNext(matches, fault, TRIES);
    const isSlow = fault.kind === 'hang' || fault.kind === 'delay';
    try {
      return await client.rest(siteId, isSlow ? { ...call, timeoutMs: SHORT_MS } : call);
    } finally {
      double.state.faults.clear();
    }
  }
  const outcome = await client.rest(siteId, call);
  if (outcome.kind === 'failure') return outcome;
  return fault === 'acts, then 500'
    ? { ...outcome, status: 500, body: null, error: { code: 'internal_server_error', message: 'There has been a critical error on this website.' } }
    : { kind: 'failure', code: 'not-wordpress', message: 'the answer is no JSON', wasSent: true };
}

/** What the request is told after a fault at a call; null where that depends on what the write can still do. */
export function expectedCode(kind: CallKind, name: FaultName): string | null {
  if (kind === 'more' || name.includes('beyond its time') || name.includes('after its time')) return null;
  if (kind === 'besides' || name in LOST) return 'done';
  if (name.includes('401') || name.includes('403')) return 'FORBIDDEN';
  if (name.includes('404')) return kind === 'reads' ? 'SITE_REJECTED' : null;
  return kind === 'reads' || name === 'is refused' ? 'SITE_UNREACHABLE' : 'OUTCOME_UNKNOWN';
}
