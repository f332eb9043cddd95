// Moving content to the trash, taking it out again, and deleting it for good, as the person who does it, over wp/v2. Each is one
// content; lists of them are many writes. With a base, the site's current state is asked first.
import type { AuditDraft, DomainChange, Json } from '../../../core/changes.js';
import { changesOfPostAnswer, fieldOfAnswer, isUntold, postMembers, readPostAnswer, type PostAnswer } from '../../rest/post-answer.js';
import { equal, type Fields } from '../../../core/merge/three-way-fields.js';
import { readAnswer, refuse } from '../answers.js';
import type { Applied, Delivery, Operation, Refused, WriteContext } from '../operation.js';
import { absent, asFailed, isSameContent, readLive, revOf, STICKY_TURN, stuck, timeoutOf, WRITE_TIMEOUT_MS, type ContentPlace, type Live } from './live.js';

export type ContentActionInput = ContentPlace & {
  readonly postId: number;
  readonly typename: string;
  readonly noun: string;
  readonly homeUrl: string;
  readonly title: string;
  /** The status that the store holds; what the trash remembers. */
  readonly status: string;
  /** Whether the store has it among the sticky posts; WordPress takes it from there when it goes. */
  readonly isSticky: boolean;
  /** What the person saw, compared with what the site has; null acts without looking. */
  readonly base: Fields | null;
};

const members = ({ taxonomies }: ContentPlace): string => postMembers(Object.keys(taxonomies));

/** Moves content to the site's trash. */
export const contentTrash: Operation<ContentActionInput> = {
  name: 'contentTrash',
  async deliver(context, input) {
    const live = input.base === null ? null : await readLive(context, input, input.postId);
    if (live !== null && live.kind !== 'live') return live;
    const changed = live && conflict(input, live);
    if (changed) return changed;
    const outcome = await context.client.rest(context.siteId, {
      as: context.as, method: 'DELETE', route: `${input.route}/${input.postId}`, query: { context: 'edit', _fields: members(input) }, timeoutMs: timeoutOf(context, WRITE_TIMEOUT_MS),
      ...(input.isSticky ? STICKY_TURN : {}),
    });
    const answered = readAnswer(outcome, false);
    // 410: it is there already, and the site does not say more.
    if (answered.kind === 'refused' && outcome.kind === 'answer' && outcome.error?.code === 'rest_already_trashed') return alreadyTrashed(context, input);
    if (answered.kind !== 'answered') return answered;
    const answer = readPostAnswer(answered.body);
    if (answer === null) return { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with a post', wasSent: true };
    return trashed(context, input, answer, answered.siteMs);
  },
  async readBack(context, input) {
    const live = await readLive(context, input, input.postId);
    if (live.kind !== 'live') return goneOr(live);
    return live.answer.status === 'trash' ? trashed(context, input, live.answer, live.siteMs) : absent(context, 'the site does not have it in the trash');
  },
};

/** Takes content out of the trash, as a draft: what WordPress does, whose REST API has no other way back. */
export const contentRestore: Operation<ContentActionInput> = {
  name: 'contentRestore',
  async deliver(context, input) {
    const live = await readLive(context, input, input.postId);
    if (live.kind !== 'live') return live;
    const changed = conflict(input, live);
    if (changed) return changed;
    // A draft made of what is published would take it from the public.
    if (live.answer.status !== 'trash') return learned(input, live, refuse('INVALID', 'it is not in the trash of the site'));
    const outcome = await context.client.rest(context.siteId, {
      as: context.as, method: 'POST', route: `${input.route}/${input.postId}`, query: { context: 'edit', _fields: members(input) }, json: { status: 'draft' },
      timeoutMs: timeoutOf(context, WRITE_TIMEOUT_MS),
    });
    const answered = readAnswer(outcome, false);
    if (answered.kind !== 'answered') return answered;
    const answer = readPostAnswer(answered.body);
    if (answer === null) return { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with a post', wasSent: true };
    return restored(context, input, answer, answered.siteMs);
  },
  async readBack(context, input) {
    const live = await readLive(context, input, input.postId);
    if (live.kind !== 'live') return goneOr(live);
    return live.answer.status === 'trash' ? absent(context, 'the site still has it in the trash') : restored(context, input, live.answer, live.siteMs);
  },
};

/** Deletes content for good, wherever it is. */
export const contentDelete: Operation<ContentActionInput> = {
  name: 'contentDelete',
  async deliver(context, input) {
    const live = input.base === null ? null : await readLive(context, input, input.postId);
    if (live !== null && live.kind !== 'live') return live;
    const changed = live && conflict(input, live);
    if (changed) return changed;
    const outcome = await context.client.rest(context.siteId, {
      as: context.as, method: 'DELETE', route: `${input.route}/${input.postId}`, query: { force: true, _fields: 'deleted' }, timeoutMs: timeoutOf(context, WRITE_TIMEOUT_MS),
      ...(input.isSticky ? STICKY_TURN : {}),
    });
    const answered = readAnswer(outcome, false);
    if (answered.kind !== 'answered') return answered;
    if (!isDeleted(answered.body)) return { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer that it was deleted', wasSent: true };
    return deleted(context, input, answered.siteMs);
  },
  async readBack(context, input) {
    const live = await readLive(context, input, input.postId);
    if (live.kind === 'live') return absent(context, 'the site still has it');
    return live.kind === 'refused' && live.code === 'NOT_FOUND' ? deleted(context, input, live.siteMs) : asFailed(live);
  },
};

/** What changed on the site since the person looked; null when nothing did. */
function conflict(input: ContentActionInput, live: Live): Refused | null {
  const changedFields = Object.entries(input.base ?? {}).flatMap(([field, begun]) => {
    const now = fieldOfAnswer(live.answer, field);
    return equal(begun, now) || isUntold(live.answer, field) || (field === 'rawContent' && isSameContent(begun, now)) ? [] : [field];
  });
  if (changedFields.length === 0) return null;
  const changedAt = live.answer.modified_gmt === '' ? null : `${live.answer.modified_gmt}Z`;
  const result: Json = { postId: live.answer.id, conflict: { changedFields, fields: [], mergeable: false, changedAt } };
  return learned(input, live, refuse('VERSION_CONFLICT', `${changedFields.slice(0, 5).join(', ')} changed on the site since you looked; look again`, result));
}

function learned(input: ContentActionInput, live: Live, refused: Refused): Refused {
  return { ...refused, changes: changesOfPostAnswer(live.answer, input.homeUrl, revOf(live.siteMs, null)), siteMs: live.siteMs };
}

async function alreadyTrashed(context: WriteContext, input: ContentActionInput): Promise<Delivery> {
  const live = await readLive(context, input, input.postId);
  if (live.kind !== 'live') return live;
  return { ...trashed(context, input, live.answer, live.siteMs), audit: null };
}

function trashed(context: WriteContext, input: ContentActionInput, answer: PostAnswer, siteMs: number | null): Applied {
  const rev = revOf(siteMs, context.now());
  const from: DomainChange[] = input.status === 'trash' ? [] : [{ kind: 'upsert', entity: 'post', key: { id: answer.id }, rev, groups: { trashed: { trashedFrom: input.status } } }];
  return applied(input, [...changesOfPostAnswer(answer, input.homeUrl, rev), ...from, ...unstuck(input, rev)], siteMs, 'content.trashed', 'Moved % to the trash');
}

function restored(context: WriteContext, input: ContentActionInput, answer: PostAnswer, siteMs: number | null): Applied {
  return applied(input, changesOfPostAnswer(answer, input.homeUrl, revOf(siteMs, context.now())), siteMs, 'content.restored', 'Restored % from the trash');
}

function deleted(context: WriteContext, input: ContentActionInput, siteMs: number | null): Applied {
  const rev = revOf(siteMs, context.now());
  return applied(input, [{ kind: 'delete', entity: 'post', key: { id: input.postId }, rev }, ...unstuck(input, rev)], siteMs, 'content.deleted', 'Deleted %');
}

const unstuck = ({ postId, isSticky }: ContentActionInput, rev: number): DomainChange[] => (isSticky ? [stuck(postId, false, rev)] : []);

/** `sentence` has a % where the content goes. */
function applied(input: ContentActionInput, changes: readonly DomainChange[], siteMs: number | null, event: string, sentence: string): Applied {
  const title = input.title.slice(0, 80);
  const audit: AuditDraft = {
    event, category: 'CONTENT', object: { typename: input.typename, localId: String(input.postId), label: title || `${input.noun} ${input.postId}` },
    summary: sentence.replace('%', () => `${input.noun} ${title === '' ? input.postId : `"${title}"`}`), fieldChanges: [],
  };
  return { kind: 'applied', changes, siteMs, targets: [`post:${input.postId}`], result: { postId: input.postId }, audit };
}

function goneOr(live: Exclude<Awaited<ReturnType<typeof readLive>>, Live>): Delivery {
  return live.kind === 'refused' && live.code === 'NOT_FOUND' ? refuse('SITE_REJECTED', 'the site no longer has it') : asFailed(live);
}

function isDeleted(body: Json): boolean {
  return typeof body === 'object' && body !== null && !Array.isArray(body) && (body as { deleted?: Json }).deleted === true;
}
