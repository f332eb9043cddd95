// Keeping what an editor has typed beside the content, as an autosave of that person, over wp/v2. Where the person autosaves a draft
// of their own, WordPress changes the draft itself; the mutation saves those the common way, so that conflicts are told.
import type { Json } from '../../../core/changes.js';
import { equal, type Fields } from '../../../core/merge/three-way-fields.js';
import { AUTOSAVE_MEMBERS, bodyOfFields, changesOfPostAnswer, fieldOfAnswer, readPostAnswer, type PostAnswer } from '../../rest/post-answer.js';
import { readAnswer, rowsOf } from '../answers.js';
import type { Applied, Delivery, Operation, WriteContext } from '../operation.js';
import { absent, asFailed, readLive, READ_TIMEOUT_MS, revOf, timeoutOf, WRITE_TIMEOUT_MS, type ContentPlace } from './live.js';

export type ContentAutosaveInput = ContentPlace & {
  readonly postId: number;
  readonly noun: string;
  readonly typename: string;
  readonly homeUrl: string;
  /** title, rawContent, excerpt; WordPress keeps no more in an autosave. */
  readonly fields: Fields;
};

export const contentAutosave: Operation<ContentAutosaveInput> = {
  name: 'contentAutosave',
  async deliver(context, input) {
    const outcome = await context.client.rest(context.siteId, {
      as: context.as, method: 'POST', route: `${input.route}/${input.postId}/autosaves`, query: { context: 'edit', _fields: AUTOSAVE_MEMBERS }, json: bodyOfFields(input.fields),
      timeoutMs: timeoutOf(context, WRITE_TIMEOUT_MS),
    });
    const answered = readAnswer(outcome, false);
    // It is what the content itself holds: there is nothing to keep.
    if (answered.kind === 'refused' && outcome.kind === 'answer' && outcome.error?.code === 'rest_autosave_no_changes') return kept(input, [], answered.siteMs);
    if (answered.kind !== 'answered') return answered;
    const autosave = readRevision(answered.body, context);
    if (autosave === null) return { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with an autosave', wasSent: true };
    return autosave.id === input.postId ? changedItself(context, input) : applied(context, input, autosave, answered.siteMs);
  },
  async readBack(context, input) {
    const outcome = await context.client.rest(context.siteId, {
      as: context.as, method: 'GET', route: `${input.route}/${input.postId}/autosaves`, query: { context: 'edit', _fields: AUTOSAVE_MEMBERS }, timeoutMs: timeoutOf(context, READ_TIMEOUT_MS),
    });
    const answered = readAnswer(outcome, true);
    if (answered.kind !== 'answered') return asFailed(answered);
    const userId = context.as.kind === 'user' ? context.as.userId : 0;
    const rows = rowsOf(answered);
    if ('kind' in rows) return rows;
    const autosaves = rows.flatMap((row) => readRevision(row, context) ?? []);
    const own = autosaves.find((autosave) => autosave.author === userId && Object.entries(input.fields).every(([field, value]) => equal(value, fieldOfAnswer(autosave, field))));
    return own ? applied(context, input, own, answered.siteMs) : absent(context, 'the site has no such autosave');
  },
};

/** Autosaves answer as content does, but for what they do not have of their own. */
function readRevision(body: Json, { now }: WriteContext): PostAnswer | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null;
  const answer = readPostAnswer({ type: 'revision', status: 'inherit', ...body });
  if (answer === null) return null;
  return answer.modified_gmt === '' ? { ...answer, modified_gmt: now().toISOString().slice(0, 19) } : answer;
}

function applied(context: WriteContext, input: ContentAutosaveInput, autosave: PostAnswer, siteMs: number | null): Applied {
  const revision: PostAnswer = { ...autosave, type: 'revision', status: 'inherit', parent: input.postId, slug: autosave.slug || `${input.postId}-autosave-v1`, comment_status: 'closed', ping_status: 'closed' };
  return kept(input, changesOfPostAnswer(revision, input.homeUrl, revOf(siteMs, context.now())), siteMs, `post:${autosave.id}`);
}

/** The site took the content for a draft of the person's own: what it holds now is read. */
async function changedItself(context: WriteContext, input: ContentAutosaveInput): Promise<Delivery> {
  const live = await readLive(context, input, input.postId);
  if (live.kind !== 'live') return asFailed(live);
  const title = live.answer.title.slice(0, 80);
  return {
    ...kept(input, changesOfPostAnswer(live.answer, input.homeUrl, revOf(live.siteMs, context.now())), live.siteMs, `post:${input.postId}`),
    audit: {
      event: 'content.updated', category: 'CONTENT', object: { typename: input.typename, localId: String(input.postId), label: title || `${input.noun} ${input.postId}` },
      summary: `Updated ${input.noun} ${title === '' ? input.postId : `"${title}"`}`, fieldChanges: [],
    },
  };
}

/** An autosave changes nothing that anybody else sees, so the audit log does not tell it, as it tells none of the site's own. */
function kept(input: ContentAutosaveInput, changes: Applied['changes'], siteMs: number | null, ...targets: readonly string[]): Applied {
  return { kind: 'applied', changes, siteMs, targets, result: { postId: input.postId }, audit: null };
}
