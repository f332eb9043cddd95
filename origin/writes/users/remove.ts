// Removing a user from a site for good, as the person who does it, over wp/v2/users. What the user wrote goes to another user, or goes
// with the user when that was said in so many words.
import type { DomainChange } from '../../../core/changes.js';
import { readAnswer } from '../answers.js';
import type { Applied, Operation } from '../operation.js';
import { absent, asFailed, timeoutOf, WRITE_TIMEOUT_MS } from '../settled.js';
import { readLiveUser } from './calls.js';

export type UserRemoveInput = {
  readonly userId: number;
  readonly label: string;
  /** Null deletes what the user wrote. */
  readonly reassignTo: number | null;
};

/** Removes a user. */
export const userRemove: Operation<UserRemoveInput> = {
  name: 'userRemove',
  async deliver(context, input) {
    const outcome = await context.client.rest(context.siteId, {
      as: context.as, method: 'DELETE', route: `wp/v2/users/${input.userId}`, query: { force: true, reassign: input.reassignTo ?? 'false' }, timeoutMs: timeoutOf(context, WRITE_TIMEOUT_MS),
    });
    const answered = readAnswer(outcome, false);
    if (answered.kind !== 'answered') return answered;
    const isDeleted = typeof answered.body === 'object' && answered.body !== null && 'deleted' in answered.body && answered.body.deleted === true;
    return isDeleted ? removed(input, answered.siteMs) : { kind: 'failed', code: 'not-wordpress', message: 'the site did not say that the user is deleted', wasSent: true };
  },
  async readBack(context, input) {
    const live = await readLiveUser(context, input.userId);
    if (live.kind === 'live') return absent(context, 'the site still has the user');
    return live.kind === 'refused' && live.code === 'NOT_FOUND' ? removed(input, live.siteMs) : asFailed(live);
  },
};

function removed({ userId, label, reassignTo }: UserRemoveInput, siteMs: number | null): Applied {
  const rev = (siteMs ?? Date.now()) * 1_000;
  const deletion: DomainChange = { kind: 'delete', entity: 'user', key: { id: userId }, rev };
  const moved: DomainChange[] = reassignTo === null ? [] : [{ kind: 'authorReassigned', fromUserId: userId, toUserId: reassignTo, rev }];
  return {
    kind: 'applied',
    changes: [deletion, ...moved],
    siteMs,
    targets: [`user:${userId}`],
    result: { userId },
    audit: {
      event: 'user.removed', category: 'USER', object: { typename: 'User', localId: String(userId), label }, fieldChanges: [],
      summary: `Removed user "${label.slice(0, 80)}"; ${reassignTo === null ? 'what the user wrote was deleted' : `the content went to user ${reassignTo}`}`,
    },
  };
}
