// Changing a user's profile and roles, as the person who does it, over wp/v2/users. The site's current state is asked first; nothing is sent
// when it is no longer what the person began with.
import { equal, type Fields } from '../../../core/merge/three-way-fields.js';
import { bodyOfUserFields, changesOfUserAnswer, fieldOfUser } from '../../rest/user-answer.js';
import { readAnswer, refuse } from '../answers.js';
import type { Applied, Operation } from '../operation.js';
import { absent, asFailed, changedSince, timeoutOf, WRITE_TIMEOUT_MS } from '../settled.js';
import { liveUser, readLiveUser, USER_QUERY, type LiveUser } from './calls.js';

export type UserUpdateInput = {
  readonly userId: number;
  readonly siteLocale: string;
  /** Values in the form in which they are compared. */
  readonly fields: Fields;
  /** What the person began with; null saves without looking. */
  readonly base: Fields | null;
  readonly isStale: boolean;
};

/** Changes a user. */
export const userUpdate: Operation<UserUpdateInput> = {
  name: 'userUpdate',
  async deliver(context, input) {
    const live = await readLiveUser(context, input.userId);
    if (live.kind !== 'live') return live;
    const changedFields = changedSince(input, (field) => fieldOfUser(live.answer, field, input.siteLocale));
    if (changedFields.length > 0) {
      const message = `${changedFields.join(', ')} changed on the site since you began; begin again from the current version`;
      return { ...refuse('VERSION_CONFLICT', message, { userId: input.userId }), changes: changesOfUserAnswer(live.answer, input.siteLocale, true, live.rev), siteMs: live.siteMs };
    }
    const fields = Object.fromEntries(Object.entries(input.fields).filter(([field, value]) => !equal(value, fieldOfUser(live.answer, field, input.siteLocale))));
    if (Object.keys(fields).length === 0) return applied(input, live);
    const outcome = await context.client.rest(context.siteId, {
      as: context.as, method: 'POST', route: `wp/v2/users/${input.userId}`, query: USER_QUERY, json: bodyOfUserFields(fields), timeoutMs: timeoutOf(context, WRITE_TIMEOUT_MS),
    });
    const saved = liveUser(readAnswer(outcome, false), true);
    return saved.kind === 'live' ? applied(input, saved) : saved;
  },
  async readBack(context, input) {
    const live = await readLiveUser(context, input.userId);
    if (live.kind !== 'live') return live.kind === 'refused' && live.code === 'NOT_FOUND' ? refuse('SITE_REJECTED', 'the site no longer has the user') : asFailed(live);
    const isHeld = Object.entries(input.fields).every(([field, value]) => equal(value, fieldOfUser(live.answer, field, input.siteLocale)));
    return isHeld ? applied(input, live) : absent(context, 'the site does not have what was saved');
  },
};

function applied({ userId, siteLocale, fields }: UserUpdateInput, { answer, siteMs, rev }: LiveUser): Applied {
  const label = answer.name || answer.username;
  return {
    kind: 'applied',
    changes: changesOfUserAnswer(answer, siteLocale, 'roles' in fields, rev),
    siteMs,
    targets: [`user:${userId}`],
    result: { userId },
    audit: {
      event: 'user.updated', category: 'USER', object: { typename: 'User', localId: String(userId), label }, fieldChanges: [],
      summary: `Changed ${Object.keys(fields).join(', ')} of user "${label.slice(0, 80)}"`,
    },
  };
}
