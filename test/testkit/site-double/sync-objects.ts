// `sync/object`: the site's answer for single objects (protocol reference 6.2). Unknown ids are left out; nothing found is a list. `meta/*` knows
// no whitelist, as on the real site.
import { deflateRawSync } from 'node:zlib';
import { CONSTANT_NAMES, COMMERCE_CONSTANT_NAMES } from './lists.js';
import { orEmptyList, wireComment, wireOrder, wireOrderItem, wirePost, wireUser, type Wire } from './objects.js';
import { syncedCallables, syncedOptions, themeFacts, updateTransients } from './full-sync-modules.js';
import type { MetaRow } from './rows.js';
import type { SiteContext } from './state.js';

export function syncObjects(site: SiteContext, module: string, type: string, ids: readonly unknown[]): Wire {
  const found = find(site, `${module}/${type}`, ids);
  return Array.isArray(found) ? found : orEmptyList(found);
}

/** One encoded text of everything, as `objects` is. */
export function encodeObjects(objects: Wire): string {
  return deflateRawSync(Buffer.from(JSON.stringify(objects), 'utf8')).toString('base64');
}

function byId(ids: readonly unknown[], objectOf: (id: number) => Wire | null): Record<string, Wire> {
  return Object.fromEntries(ids.map(Number).flatMap((id) => {
    const object = objectOf(id);
    return object === null ? [] : [[String(id), object] as const];
  }));
}

function byName(names: readonly unknown[], all: Readonly<Record<string, Wire>>): Record<string, Wire> {
  if (names.includes('all')) return { ...all };
  return Object.fromEntries(names.map(String).flatMap((name) => (name in all ? [[name, all[name] ?? null] as const] : [])));
}

function find(site: SiteContext, kind: string, ids: readonly unknown[]): Record<string, Wire> | Wire[] {
  const { tables, settings } = site;
  switch (kind) {
    case 'posts/post':
      return byId(ids, (id) => {
        const post = tables.posts.get(id);
        return post && settings.allowsPostType(post.post_type) ? wirePost(post, site.url) : null;
      });
    case 'comments/comment':
      return byId(ids, (id) => {
        const comment = tables.comments.get(id);
        return comment ? wireComment(comment) : null;
      });
    case 'terms/term':
      return byId(ids, (id) => {
        const term = tables.terms.all().find((row) => row.term_id === id);
        if (!term) return null;
        const { name, ...rest } = term;
        return { ...rest, name: name.replaceAll('&amp;', '&'), raw_name: name, __o: 1 };
      });
    case 'terms/term_taxonomy':
      return byId(ids, (id) => {
        const term = tables.terms.get(id);
        return term ? { term_id: term.term_id, taxonomy: term.taxonomy, description: term.description, term_taxonomy_id: id, parent: term.parent, count: term.count, __o: 1 } : null;
      });
    case 'terms/term_relationships':
      return byId(ids, (id) => {
        const relationships = tables.relations.ownedBy(id).flatMap((row) => {
          const term = tables.terms.get(row.term_taxonomy_id);
          return term ? [{ object_id: id, term_id: term.term_id, taxonomy: term.taxonomy, term_taxonomy_id: row.term_taxonomy_id, term_order: row.term_order, parent: term.parent, count: term.count }] : [];
        });
        return relationships.length === 0 ? null : { object_id: id, relationships };
      });
    case 'users/user':
      return byId(ids, (id) => {
        const user = tables.users.get(id);
        return user ? wireUser(user, site.connection.userTokens.has(id)) : null;
      });
    case 'options/option':
      return byName(ids, syncedOptions(site));
    case 'functions/callable':
      return byName(ids, syncedCallables(site));
    case 'constants/constant':
      return constants(site, ids);
    case 'updates/update':
      return byName(ids, updateTransients(site));
    case 'themes/theme-info':
      return [themeFacts(site)];
    case 'woocommerce/order_item':
      return ids.map(Number).flatMap((id) => {
        const item = tables.orderItems.get(id);
        return item ? [wireOrderItem(item)] : [];
      });
    case 'woocommerce_hpos_orders/order':
      return byId(ids, (id) => {
        const order = tables.orders.get(id);
        return order ? wireOrder(order) : null;
      });
    case 'meta/post':
      return metas('post', ids, (id) => tables.postmeta.ownedBy(id));
    case 'meta/comment':
      return metas('comment', ids, (id) => tables.commentmeta.ownedBy(id));
    default:
      return [];
  }
}

function constants(site: SiteContext, names: readonly unknown[]): Record<string, Wire> {
  const known = [...CONSTANT_NAMES, ...(site.hasCommerce ? COMMERCE_CONSTANT_NAMES : [])];
  const all = Object.fromEntries(known.map((name) => [name, (site.tables.constants.get(name) ?? null) as Wire]));
  if (names.includes('all')) return all;
  return Object.fromEntries(names.map(String).map((name) => [name, name in all ? (all[name] ?? null) : false]));
}

function metas(type: string, ids: readonly unknown[], rowsOf: (id: number) => MetaRow[]): Record<string, Wire> {
  const out: Record<string, Wire> = {};
  for (const wanted of ids) {
    if (typeof wanted !== 'object' || wanted === null || !('id' in wanted) || !('meta_key' in wanted)) continue;
    const [id, key] = [Number(wanted.id), String(wanted.meta_key)];
    const rows = rowsOf(id).filter((row) => row.key === key);
    if (rows.length > 0) out[`${id}-${key}`] = rows.map((row) => ({ meta_type: type, meta_id: String(row.metaId), meta_key: key, meta_value: row.value, object_id: String(id) }));
  }
  return out;
}
