// Terms and menus, from answers of wp/v2 to the changes that a sync would have given. REST tells no term_taxonomy_id; since
// WordPress 4.2 no two taxonomies share a term, so the term's id stands for it.
import { z } from 'zod';
import type { DomainChange } from '../../core/changes.js';
import { standInMetaId, type Rev } from '../../core/ids.js';
import type { DecodeOptions } from '../decode/item.js';
import { changesOfMetaRows } from '../decode/metas.js';
import { changesOfPost, postShape } from '../decode/posts.js';
import { id, json, label, someText, text, toJson, whole, type MetaRow } from '../decode/shapes.js';
import { upsertTerm } from '../decode/terms.js';
import { rawText } from '../decode/rest-shapes.js';

export const TERM_FIELDS = ['id', 'name', 'slug', 'description', 'parent', 'count'] as const;

export const restTermShape = z.object({ id, name: someText, slug: text, description: text, parent: whole, count: whole.optional() });

/** A term; menus tell no count. */
export function changesOfRestTerm(taxonomy: string, term: z.output<typeof restTermShape>, rev: Rev): DomainChange[] {
  const change = upsertTerm(
    { term_id: term.id, term_taxonomy_id: term.id, taxonomy, name: term.name, slug: term.slug, description: term.description, parent: term.parent, count: term.count ?? 0 },
    rev,
  );
  return [change];
}

export const MENU_ITEM_FIELDS = [
  'id', 'title.raw', 'status', 'url', 'attr_title', 'description', 'type', 'object', 'object_id', 'parent', 'menu_order', 'target', 'classes', 'xfn', 'menus',
] as const;

export const restMenuItemShape = z.object({
  id,
  title: rawText,
  status: text,
  url: label,
  attr_title: rawText,
  description: rawText,
  type: label,
  object: label,
  object_id: whole,
  parent: whole,
  menu_order: whole,
  target: label,
  classes: json,
  xfn: json,
  menus: whole,
});
export type RestMenuItem = z.output<typeof restMenuItemShape>;

/**
 * A menu item as the post and the metas that it is. REST tells the title that is shown, so that an item without a title of
 * its own gets that of its object.
 */
export function changesOfRestMenuItem(item: RestMenuItem, options: DecodeOptions, rev: Rev): DomainChange[] {
  const wire = postShape.parse({
    ID: item.id, post_type: 'nav_menu_item', post_status: item.status || 'publish', post_title: item.title, post_content: item.description, post_excerpt: item.attr_title,
    post_name: String(item.id), post_author: 0, post_parent: 0, menu_order: item.menu_order, post_date: '', post_date_gmt: '', post_modified_gmt: '', comment_status: 'closed',
    ping_status: 'closed', post_mime_type: '', post_password: '', guid: '',
  });
  const metas: Readonly<Record<string, unknown>> = {
    _menu_item_type: item.type, _menu_item_object: item.object, _menu_item_object_id: String(item.object_id), _menu_item_menu_item_parent: String(item.parent),
    _menu_item_classes: item.classes, _menu_item_xfn: Array.isArray(item.xfn) ? item.xfn.join(' ').trim() : '',
  };
  const rows = Object.entries(metas).map(([key, value]): MetaRow => ({ metaId: standInMetaId('post', item.id, key, 0), ownerId: item.id, metaKey: key, value: toJson(value) }));
  const link: DomainChange = { kind: 'upsert', entity: 'menuItemLink', key: { id: item.id }, rev, groups: { core: { url: item.type === 'custom' ? item.url : '', target: item.target } } };
  return [...changesOfPost(wire, rev), ...changesOfMetaRows('post', [item.id], rows, rev, options), link];
}
