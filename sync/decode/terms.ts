// Terms and their relations to objects. Relations are additive facts: an addition or a removal of one link each.
import { z } from 'zod';
import type { DomainChange, Upsert } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';
import { auditLine, short } from './audit.js';
import { decoder, type DecoderTable, type ItemContext } from './item.js';
import { flag, id, json, listOf, nameText, positional, someText, text, whole } from './shapes.js';

/** A WP_Term. */
export const termShape = z.object({
  term_id: id,
  term_taxonomy_id: id,
  taxonomy: nameText,
  name: someText,
  slug: someText,
  description: text,
  parent: whole,
  count: whole,
});
export type TermObject = z.output<typeof termShape>;

export function upsertTerm(term: TermObject, rev: Rev): Upsert<'term'> {
  const core = {
    termId: term.term_id,
    taxonomy: term.taxonomy,
    name: term.name,
    slug: term.slug,
    description: term.description,
    parentId: term.parent,
  };
  return { kind: 'upsert', entity: 'term', key: { ttId: term.term_taxonomy_id }, rev, groups: { core, count: { storedCount: term.count } } };
}

export function relate(objectId: number, ttId: number, present: boolean, rev: Rev): DomainChange {
  return { kind: 'upsert', entity: 'termRelation', key: { objectId, ttId }, rev, groups: { core: { present } } };
}

/** The term is gone, its relations end, and its children move to its parent. */
export function removeTerm(term: { ttId: number; termId: number; taxonomy: string; parentId: number }, rev: Rev): DomainChange[] {
  return [
    { kind: 'termRemoved', ...term, rev },
    { kind: 'delete', entity: 'term', key: { ttId: term.ttId }, rev },
  ];
}

const NOUNS: Readonly<Record<string, string>> = { post_tag: 'tag', nav_menu: 'menu', product_cat: 'product category', product_tag: 'product tag' };
/** Taxonomies that WordPress fills by itself. */
const SILENT_TAXONOMIES = new Set(['post_format', 'wp_theme', 'wp_template_part_area', 'product_type', 'product_visibility']);

function line(item: ItemContext, verb: string, taxonomy: string, ttId: number, name: string) {
  if (SILENT_TAXONOMIES.has(taxonomy)) return null;
  const noun = NOUNS[taxonomy] ?? taxonomy.replace(/^pa_/, '').replace(/_/g, ' ');
  const summary = `${verb} ${noun} "${short(name)}"`;
  return auditLine(item, { category: 'CONTENT', typename: 'Term', localId: ttId, label: name || `Term ${ttId}`, summary });
}

function saved(verb: string) {
  return decoder(positional({ term: termShape }), ({ term }, item) => ({
    changes: [upsertTerm(term, item.rev)],
    // Menus have events of their own.
    audit: term.taxonomy === 'nav_menu' ? null : line(item, verb, term.taxonomy, term.term_taxonomy_id, term.name),
  }));
}

const deletedTerm = z.object({ parent: whole, name: text }).optional().catch(undefined);

const deleted = decoder(positional({ termId: id, ttId: id, taxonomy: nameText, term: deletedTerm }), ({ termId, ttId, taxonomy, term }, item) => ({
  changes: removeTerm({ ttId, termId, taxonomy, parentId: term?.parent ?? 0 }, item.rev),
  audit: taxonomy === 'nav_menu' ? null : line(item, 'Deleted', taxonomy, ttId, term?.name ?? `${termId}`),
}));

const setTerms = decoder(
  positional({ objectId: id, terms: json, ttIds: listOf(id), taxonomy: text, append: flag, oldTtIds: listOf(id) }),
  ({ objectId, ttIds, append, oldTtIds }, item) => {
    const current = new Set(ttIds);
    const gone = append ? [] : oldTtIds.filter((ttId) => !current.has(ttId));
    const added = [...current].map((ttId) => relate(objectId, ttId, true, item.rev));
    return { changes: [...added, ...gone.map((ttId) => relate(objectId, ttId, false, item.rev))], audit: null };
  },
);

const endRelations = decoder(positional({ objectId: id, ttIds: listOf(id) }), ({ objectId, ttIds }, item) => ({
  changes: ttIds.map((ttId) => relate(objectId, ttId, false, item.rev)),
  audit: null,
}));

export const TERM_DECODERS: DecoderTable = {
  jetpack_sync_add_term: saved('Created'),
  jetpack_sync_save_term: saved('Updated'),
  delete_term: deleted,
  set_object_terms: setTerms,
  deleted_term_relationships: endRelations,
};
