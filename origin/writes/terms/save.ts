// Creating and changing a term of any taxonomy that REST shows, as the person who does it, over wp/v2.
import type { Json } from '../../../core/changes.js';
import { equal, type Fields } from '../../../core/merge/three-way-fields.js';
import { readAnswer, refuse, rowsOf } from '../answers.js';
import { absent, asFailed, READ_TIMEOUT_MS, revOf, timeoutOf, WRITE_TIMEOUT_MS } from '../content/live.js';
import type { Applied, Delivery, Failed, Operation, Refused, WriteContext } from '../operation.js';
import { changeOfTerm, findTtId, readTermAnswer, TERM_MEMBERS, type TermAnswer } from './term-answer.js';

export type TermSaveInput = {
  /** wp/v2/categories, wp/v2/tags, wp/v2/<rest base>. */
  readonly route: string;
  readonly taxonomy: string;
  /** Null creates one. */
  readonly term: { readonly termId: number; readonly ttId: number } | null;
  /** name, slug, description, parent. */
  readonly fields: Fields;
  /** What the person saw of an existing one; null saves without looking. */
  readonly base: Fields | null;
  /** Takes one of this name for it that the site has already, instead of the site's refusal. */
  readonly reuse: boolean;
  /** Without Jetpack a term's id stands for its number in its taxonomy, which REST does not tell. */
  readonly isNumberedById: boolean;
};

export const termSave: Operation<TermSaveInput> = {
  name: 'termSave',
  async deliver(context, input) {
    if (input.term !== null && input.base !== null) {
      const live = await readTerm(context, input, input.term.termId);
      if (live.kind !== 'term') return live;
      const changed = Object.entries(input.base).flatMap(([field, begun]) => (equal(begun, live.term[field as keyof TermAnswer]) ? [] : [field]));
      if (changed.length > 0) {
        const refused = refuse('VERSION_CONFLICT', `${changed.join(', ')} changed on the site since you looked; look again`);
        return { ...refused, changes: [changeOfTerm(input.taxonomy, input.term.ttId, live.term, revOf(live.siteMs, null))], siteMs: live.siteMs };
      }
    }
    const outcome = await context.client.rest(context.siteId, {
      as: context.as, method: 'POST', route: input.term === null ? input.route : `${input.route}/${input.term.termId}`, query: { _fields: TERM_MEMBERS }, json: input.fields,
      timeoutMs: timeoutOf(context, WRITE_TIMEOUT_MS),
    });
    const answered = readAnswer(outcome, false);
    if (answered.kind === 'refused' && input.reuse && outcome.kind === 'answer' && outcome.error?.code === 'term_exists') return takeExisting(context, input, answered);
    if (answered.kind !== 'answered') return answered;
    const term = readTermAnswer(answered.body);
    if (term === null) return { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with a term', wasSent: true };
    return applied(context, input, term, answered.siteMs);
  },
  async readBack(context, input) {
    if (input.term === null) {
      const found = await findByName(context, input);
      if (found.kind !== 'term') return found.kind === 'none' ? absent(context, 'the site has no such term') : asFailed(found);
      return applied(context, input, found.term, found.siteMs);
    }
    const live = await readTerm(context, input, input.term.termId);
    if (live.kind !== 'term') return live.kind === 'refused' && live.code === 'NOT_FOUND' ? refuse('SITE_REJECTED', 'the site no longer has it') : asFailed(live);
    const isSaved = Object.entries(input.fields).every(([field, value]) => isHeld(value, live.term[field as keyof TermAnswer]));
    return isSaved ? applied(context, input, live.term, live.siteMs) : absent(context, 'the site does not have what was saved');
  },
};

interface Found {
  readonly kind: 'term';
  readonly term: TermAnswer;
  readonly siteMs: number | null;
}

async function readTerm(context: WriteContext, input: TermSaveInput, termId: number): Promise<Found | Refused | Failed> {
  const outcome = await context.client.rest(context.siteId, {
    as: context.as, method: 'GET', route: `${input.route}/${termId}`, query: { _fields: TERM_MEMBERS }, timeoutMs: timeoutOf(context, READ_TIMEOUT_MS),
  });
  const answered = readAnswer(outcome, true);
  if (answered.kind !== 'answered') return answered;
  const term = readTermAnswer(answered.body);
  return term === null ? { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with a term', wasSent: false } : { kind: 'term', term, siteMs: answered.siteMs };
}

/** WordPress lets no two terms of a parent share a name, so that one of the name is the one that was made. */
async function findByName(context: WriteContext, input: TermSaveInput): Promise<Found | Refused | Failed | { readonly kind: 'none' }> {
  const name = String(input.fields['name'] ?? '');
  const word = [...name.matchAll(/[\p{L}\p{N}]+/gu)].map(([found]) => found).sort((a, b) => b.length - a.length)[0] ?? name;
  const slug = input.fields['slug'];
  const outcome = await context.client.rest(context.siteId, {
    as: context.as, method: 'GET', route: input.route, timeoutMs: timeoutOf(context, READ_TIMEOUT_MS),
    query: { per_page: 100, orderby: 'id', order: 'desc', _fields: TERM_MEMBERS, ...(typeof slug === 'string' ? { slug } : { search: word }) },
  });
  const answered = readAnswer(outcome, true);
  if (answered.kind !== 'answered') return answered;
  const rows = rowsOf(answered);
  if ('kind' in rows) return rows;
  const terms = rows.flatMap((row) => readTermAnswer(row) ?? []);
  const term = terms.find((one) => isHeld(name, one.name) && one.parent === Number(input.fields['parent'] ?? 0));
  return term ? { kind: 'term', term, siteMs: answered.siteMs } : { kind: 'none' };
}

async function takeExisting(context: WriteContext, input: TermSaveInput, refused: Refused): Promise<Delivery> {
  const found = await findByName(context, input);
  return found.kind === 'term' ? { ...(await applied(context, input, found.term, found.siteMs)), audit: null } : refused;
}

/** Names are stored with entities and without spaces around them. */
function isHeld(value: Json | undefined, stored: Json | undefined): boolean {
  if (typeof value !== 'string' || typeof stored !== 'string') return equal(value, stored);
  return plain(value) === plain(stored);
}

function plain(text: string): string {
  return text.replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>').trim().toLowerCase();
}

async function applied(context: WriteContext, input: TermSaveInput, term: TermAnswer, siteMs: number | null): Promise<Applied> {
  const ttId = input.term?.ttId ?? (input.isNumberedById ? term.id : await findTtId(context, input.taxonomy, term.id));
  const verb = input.term === null ? 'Created' : 'Updated';
  return {
    kind: 'applied', siteMs, changes: ttId === null ? [] : [changeOfTerm(input.taxonomy, ttId, term, revOf(siteMs, context.now()))], targets: ttId === null ? [] : [`term:${ttId}`],
    result: { termId: term.id, ttId },
    audit: {
      event: input.term === null ? 'term.created' : 'term.updated', category: 'CONTENT', object: { typename: 'Term', localId: String(ttId ?? ''), label: term.name.slice(0, 80) },
      summary: `${verb} ${input.taxonomy} "${term.name.slice(0, 80)}"`, fieldChanges: [],
    },
  };
}
