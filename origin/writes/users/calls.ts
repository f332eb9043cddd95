// What the operations on users share: reading a user of the site, and taking an answer for one.
import type { Json } from '../../../core/changes.js';
import { readUserAnswer, USER_MEMBERS, type UserAnswer } from '../../rest/user-answer.js';
import { readAnswer, type Answered } from '../answers.js';
import type { Failed, Refused, WriteContext } from '../operation.js';
import { READ_TIMEOUT_MS, timeoutOf } from '../settled.js';

export interface LiveUser {
  readonly kind: 'live';
  readonly answer: UserAnswer;
  readonly siteMs: number | null;
  readonly rev: number;
}

export const USER_QUERY = { context: 'edit', _fields: USER_MEMBERS } as const;

/** A user as the site has it now. */
export async function readLiveUser(context: WriteContext, userId: number): Promise<LiveUser | Refused | Failed> {
  const outcome = await context.client.rest(context.siteId, {
    as: context.as, method: 'GET', route: `wp/v2/users/${userId}`, query: USER_QUERY, timeoutMs: timeoutOf(context, READ_TIMEOUT_MS),
  });
  return liveUser(readAnswer(outcome, true), false);
}

/** An answer that must be a user; `wasSent` when the call may have changed something. */
export function liveUser(answered: Answered | Refused | Failed, wasSent: boolean): LiveUser | Refused | Failed {
  return answered.kind === 'answered' ? userOf(answered.body, answered.siteMs, wasSent) : answered;
}

export function userOf(body: Json, siteMs: number | null, wasSent: boolean): LiveUser | Failed {
  const answer = readUserAnswer(body);
  return answer === null
    ? { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with a user', wasSent }
    : { kind: 'live', answer, siteMs, rev: (siteMs ?? Date.now()) * 1_000 };
}
