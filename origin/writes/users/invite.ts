// Creating a user of a site, as the person who invites, over wp/v2/users. WordPress wants a password: a random one is made for the call,
// and kept nowhere; the invited person asks the site for a new one by e-mail.
import { randomBytes } from 'node:crypto';
import { changesOfUserAnswer } from '../../rest/user-answer.js';
import { readAnswer, rowsOf } from '../answers.js';
import type { Applied, Operation } from '../operation.js';
import { absent, asFailed, READ_TIMEOUT_MS, timeoutOf, WRITE_TIMEOUT_MS } from '../settled.js';
import { liveUser, USER_QUERY, userOf, type LiveUser } from './calls.js';

export type UserInviteInput = {
  /** Not the name of a user that is known here: with the e-mail address it tells the created user from all others. */
  readonly username: string;
  readonly email: string;
  readonly role: string;
  readonly displayName: string | null;
};

const ROUTE = 'wp/v2/users';
const PASSWORD_BYTES = 30;

/** Creates a user. */
export const userInvite: Operation<UserInviteInput> = {
  name: 'userInvite',
  async deliver(context, { username, email, role, displayName }) {
    const json = { username, email, roles: [role], ...(displayName === null ? {} : { name: displayName }), password: randomBytes(PASSWORD_BYTES).toString('base64url') };
    const outcome = await context.client.rest(context.siteId, { as: context.as, method: 'POST', route: ROUTE, query: USER_QUERY, json, timeoutMs: timeoutOf(context, WRITE_TIMEOUT_MS) });
    const live = liveUser(readAnswer(outcome, false), true);
    return live.kind === 'live' ? created(live) : live;
  },
  async readBack(context, { username, email }) {
    const outcome = await context.client.rest(context.siteId, {
      as: context.as, method: 'GET', route: ROUTE, query: { ...USER_QUERY, search: email, per_page: 20 }, timeoutMs: timeoutOf(context, READ_TIMEOUT_MS),
    });
    const answered = readAnswer(outcome, true);
    if (answered.kind !== 'answered') return asFailed(answered);
    const rows = rowsOf(answered);
    if ('kind' in rows) return rows;
    const users = rows.map((row) => userOf(row, answered.siteMs, true));
    const found = users.find((user): user is LiveUser => user.kind === 'live' && user.answer.username === username && user.answer.email.toLowerCase() === email.toLowerCase());
    return found ? created(found) : absent(context, 'the site has no such user');
  },
};

function created({ answer, siteMs, rev }: LiveUser): Applied {
  const label = answer.name || answer.username;
  return {
    kind: 'applied',
    // A new user has the site's language, which REST tells as the user's own.
    changes: changesOfUserAnswer(answer, answer.locale, true, rev, true),
    siteMs,
    targets: [`user:${answer.id}`],
    result: { userId: answer.id },
    audit: {
      event: 'user.invited', category: 'USER', object: { typename: 'User', localId: String(answer.id), label }, fieldChanges: [],
      summary: `Invited user "${label.slice(0, 80)}" as ${answer.roles.join(', ').slice(0, 80) || 'nobody yet'}`,
    },
  };
}
