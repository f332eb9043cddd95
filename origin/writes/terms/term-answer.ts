// A term as wp/v2 answers it. REST does not tell its number in its taxonomy (term_taxonomy_id), by which rows are kept: rows that
// are known have theirs, a new one is asked of the site's own sync, and without Jetpack the term's id stands for it.
import { z } from 'zod';
import type { DomainChange, Json } from '../../../core/changes.js';
import type { Rev } from '../../../core/ids.js';
import { termShape, upsertTerm } from '../../../sync/decode/terms.js';
import { askObjects } from '../../sync-objects.js';
import { READ_TIMEOUT_MS, timeoutOf } from '../content/live.js';
import type { WriteContext } from '../operation.js';

export const TERM_MEMBERS = 'id,name,slug,description,parent,count';

const answerShape = z.object({
  id: z.number().int().positive(),
  name: z.string(),
  slug: z.string(),
  description: z.string().catch(''),
  parent: z.number().int().catch(0),
  count: z.number().int().catch(0),
});

export type TermAnswer = z.output<typeof answerShape>;

/** Reads an answer; null when it is none. */
export function readTermAnswer(body: Json): TermAnswer | null {
  const parsed = answerShape.safeParse(body);
  return parsed.success ? parsed.data : null;
}

export function changeOfTerm(taxonomy: string, ttId: number, answer: TermAnswer, rev: Rev): DomainChange {
  return upsertTerm(
    { term_id: answer.id, term_taxonomy_id: ttId, taxonomy, name: answer.name, slug: answer.slug, description: answer.description, parent: answer.parent, count: answer.count }, rev);
}

/** The number in its taxonomy of a term that a site with Jetpack has just made; null when the site does not say it now: its event will. */
export async function findTtId(context: WriteContext, taxonomy: string, termId: number): Promise<number | null> {
  const told = await askObjects(context.client, context.siteId, { module: 'terms', type: 'term', ids: [termId] }, timeoutOf(context, READ_TIMEOUT_MS));
  const term = termShape.safeParse(told?.objects[String(termId)]);
  return term.success && term.data.term_id === termId && term.data.taxonomy === taxonomy ? term.data.term_taxonomy_id : null;
}
