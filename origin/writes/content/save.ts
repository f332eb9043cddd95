// Creating and changing content of any type, as the person who does it, over wp/v2. An update asks the site's current state
// first and decides with it; nothing is sent when what the editor began with is no longer there and the policy forbids it.
import type { DomainChange, Json } from '../../../core/changes.js';
import { decideSave, equal, type ConflictPolicy, type Fields, type SaveDecision } from '../../../core/merge/three-way-fields.js';
import { mergeText } from '../../../core/merge/three-way-text.js';
import { readKnownLinks } from '../../../store/read/editable.js';
import {
  bodyOfFields, changesOfLinks, changesOfPostAnswer, fieldOfAnswer, idsOf, isUntold, metasOfAnswer, postMembers, readPostAnswer, type PostAnswer,
} from '../../rest/post-answer.js';
import { readAnswer, refuse, rowsOf } from '../answers.js';
import type { Applied, Delivery, Operation, Refused, WriteContext } from '../operation.js';
import { absent, asFailed, isSameContent, readLive, READ_TIMEOUT_MS, revOf, STICKY_TURN, stuck, timeoutOf, WRITE_TIMEOUT_MS, type Live } from './live.js';

/** A save as the operation takes it: local ids, stored words, terms by their taxonomies' names in REST. */
export type ContentSaveInput = {
  readonly postId: number | null;
  /** wp/v2/posts, wp/v2/pages, wp/v2/<rest base>. */
  readonly route: string;
  readonly typename: string;
  readonly noun: string;
  readonly homeUrl: string;
  /** Taxonomy by its name in REST, those of the type. */
  readonly taxonomies: { readonly [restName: string]: string };
  readonly fields: Fields;
  /** What the editor began with; null saves without looking. */
  readonly base: Fields | null;
  readonly policy: ConflictPolicy;
};

/** Fields whose texts merge by lines. */
const TEXTS: ReadonlySet<string> = new Set(['rawContent', 'excerpt']);
/** Creates content, or changes it. */
export const contentSave: Operation<ContentSaveInput> = {
  name: 'contentSave',
  // What two save in the same moment is compared one after the other.
  turnOf: ({ postId }) => (postId === null ? null : { name: `post:${postId}`, isShared: false }),
  async deliver(context, input) {
    if (input.postId === null) return send(context, input, input.fields, input.route, null);
    const live = await readLive(context, input, input.postId);
    if (live.kind !== 'live') return live;
    const decision = input.base === null ? null : decide(input, input.base, live.answer);
    if (decision !== null && decision.send === null) return conflict(input, decision, live);
    const fields = decision?.send ?? input.fields;
    // Everything that is saved is there already: a merge of equal edits.
    if (decision !== null && Object.keys(fields).length === 0) return applied(context, input, live.answer, live.siteMs, [], decision);
    return send(context, input, fields, `${input.route}/${input.postId}`, decision);
  },
  async readBack(context, input) {
    return input.postId === null ? findCreated(context, input) : findChanged(context, input, input.postId);
  },
};

function decide(input: ContentSaveInput, base: Fields, answer: PostAnswer): SaveDecision {
  const theirs: Record<string, Json> = {};
  for (const field of new Set([...Object.keys(base), ...Object.keys(input.fields)])) {
    const value = fieldOfAnswer(answer, field);
    const begun = base[field];
    const isSame = field === 'rawContent' ? isSameContent(begun, value) : isUntold(answer, field) && begun !== undefined;
    theirs[field] = isSame ? (begun as Json) : value;
  }
  return decideSave({ policy: input.policy, base, yours: input.fields, theirs, texts: TEXTS });
}

function conflict(input: ContentSaveInput, decision: SaveDecision, live: Live): Refused {
  const result: Json = {
    postId: live.answer.id,
    conflict: {
      changedFields: decision.theirChanges,
      fields: decision.conflicts.map(({ field, base, yours, theirs }) => ({ field, base, yours, theirs })),
      mergeable: decision.merged !== null,
      changedAt: live.answer.modified_gmt === '' ? null : `${live.answer.modified_gmt}Z`,
    },
  };
  const message = `${decision.theirChanges.slice(0, 5).join(', ')} changed on the site since you began; merge, overwrite, or begin again from the current version`;
  return { ...refuse('VERSION_CONFLICT', message, result), changes: changesOfPostAnswer(live.answer, input.homeUrl, revOf(live.siteMs, null)), siteMs: live.siteMs };
}

async function send(context: WriteContext, input: ContentSaveInput, fields: Fields, route: string, decision: SaveDecision | null): Promise<Delivery> {
  const outcome = await context.client.rest(context.siteId, {
    as: context.as, method: 'POST', route, query: { context: 'edit', _fields: postMembers(Object.keys(input.taxonomies)) }, json: bodyOfFields(fields, input.typename === 'MediaItem'),
    timeoutMs: timeoutOf(context, WRITE_TIMEOUT_MS), ...('sticky' in fields ? STICKY_TURN : {}),
  });
  const answered = readAnswer(outcome, false);
  if (answered.kind !== 'answered') return answered;
  const answer = readPostAnswer(answered.body);
  if (answer === null) return { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with a post', wasSent: true };
  // A type without the feature 'author' does not say so, but what a person makes is theirs.
  const author = answer.author ?? (input.postId === null && context.as.kind === 'user' ? context.as.userId : null);
  return applied(context, input, { ...answer, author }, answered.siteMs, Object.keys(fields), decision);
}

async function applied(
  context: WriteContext, input: ContentSaveInput, answer: PostAnswer, siteMs: number | null, fields: readonly string[], decision: SaveDecision | null,
): Promise<Applied> {
  const rev = revOf(siteMs, context.now());
  const overwrote = input.policy === 'OVERWRITE' && decision !== null && decision.theirChanges.length > 0;
  const title = answer.title.slice(0, 80);
  const verb = input.postId === null ? 'Created' : overwrote ? 'Overwrote' : 'Updated';
  return {
    kind: 'applied',
    changes: [...changesOfPostAnswer(answer, input.homeUrl, rev), ...(await linksOf(context, input, answer, fields, rev)), ...(fields.includes('sticky') ? [stuck(answer.id, answer.sticky, rev)] : [])],
    siteMs,
    targets: [`post:${answer.id}`],
    result: { postId: answer.id },
    audit: {
      event: input.postId === null ? 'content.created' : overwrote ? 'content.overwritten' : 'content.updated', category: 'CONTENT',
      object: { typename: input.typename, localId: String(answer.id), label: title || `${input.noun} ${answer.id}` },
      summary: `${verb} ${input.noun} ${title === '' ? answer.id : `"${title}"`}${overwrote ? `, over changes of ${decision.theirChanges.slice(0, 5).join(', ')}` : ''}`,
      fieldChanges: [],
    },
  };
}

async function linksOf(context: WriteContext, input: ContentSaveInput, answer: PostAnswer, fields: readonly string[], rev: number): Promise<readonly DomainChange[]> {
  const metas = metasOfAnswer(answer, fields);
  // What is new has the terms that the site gives it by itself, its default category among them.
  const asked = input.postId === null ? Object.keys(input.taxonomies) : fields.filter((field) => field.startsWith('terms.')).map((field) => field.slice(6));
  const terms = new Map(asked.map((restName) => [input.taxonomies[restName] ?? '', idsOf(answer.members[restName])]));
  if (metas.size === 0 && terms.size === 0) return [];
  const known = await readKnownLinks(context.store.database, context.siteId, answer.id, [...metas.keys()], [...terms.values()].flat());
  return changesOfLinks(answer, metas, terms, known, rev);
}

/** Whether an update came about: saving again would change nothing. */
async function findChanged(context: WriteContext, input: ContentSaveInput, postId: number): Promise<Delivery> {
  const live = await readLive(context, input, postId);
  if (live.kind !== 'live') return live.kind === 'refused' && live.code === 'NOT_FOUND' ? refuse('SITE_REJECTED', 'the site no longer has it') : asFailed(live);
  const holds = Object.entries(input.fields).every(([field, yours]) => isHeld(field, input.base?.[field], yours, fieldOfAnswer(live.answer, field)));
  if (holds) return applied(context, input, live.answer, live.siteMs, Object.keys(input.fields), null);
  return absent(context, 'the site does not have what was saved');
}

function isHeld(field: string, base: Json | undefined, yours: Json, theirs: Json): boolean {
  if (equal(yours, theirs)) return true;
  if (!TEXTS.has(field) || typeof base !== 'string' || typeof yours !== 'string' || typeof theirs !== 'string') return false;
  const merged = mergeText(base, yours, theirs);
  return merged.kind === 'merged' && merged.text === theirs;
}

/** Whether a creation came about: the newest of the person's with the same title and content since it was sent. */
async function findCreated(context: WriteContext, input: ContentSaveInput): Promise<Delivery> {
  const after = new Date(context.dispatchedAt.getTime() - 120_000).toISOString().slice(0, 19);
  const outcome = await context.client.rest(context.siteId, {
    as: context.as, method: 'GET', route: input.route,
    query: {
      context: 'edit', status: 'any', orderby: 'modified', order: 'desc', per_page: 20, modified_after: after, _fields: postMembers(Object.keys(input.taxonomies)),
      ...(context.as.kind === 'user' && typeof input.fields['authorId'] !== 'number' ? { author: context.as.userId } : {}),
    },
    timeoutMs: timeoutOf(context, READ_TIMEOUT_MS),
  });
  const answered = readAnswer(outcome, true);
  if (answered.kind !== 'answered') return asFailed(answered);
  const listed = rowsOf(answered);
  if ('kind' in listed) return listed;
  const rows = listed.flatMap((row) => readPostAnswer(row) ?? []);
  const found = rows.find((row) => ['title', 'rawContent', 'excerpt'].every((field) => !(field in input.fields) || equal(input.fields[field], fieldOfAnswer(row, field))));
  if (found) return applied(context, input, found, answered.siteMs, Object.keys(input.fields), null);
  return absent(context, 'the site has nothing like it');
}
