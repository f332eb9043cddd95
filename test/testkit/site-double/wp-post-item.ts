// A post of any type as WordPress's REST API shows it, and who may see and change it.
import { capabilitiesOf } from './roles.js';
import type { PostRow } from './rows.js';
import type { RestCall } from './rest.js';
import { unserialize, isSerialized } from 'php-serialize';
import type { SiteContext } from './state.js';
import { linksOf, restDate, type Item } from './wp-collection.js';

const BASES: Readonly<Record<string, string>> = { post: 'posts', page: 'pages', attachment: 'media', wp_block: 'blocks', wp_navigation: 'navigation' };

/** The route of a type: its own name for those of plugins. */
export const restBase = (type: string): string => BASES[type] ?? type;

/** The type of a route, when it is registered and shown in REST. */
export function typeOfBase(site: SiteContext, base: string): string | null {
  const type = Object.keys(BASES).find((name) => BASES[name] === base) ?? base;
  const isHidden = ['revision', 'nav_menu_item', 'wp_template', 'shop_order', 'shop_order_refund', 'shop_coupon'].includes(type);
  return site.registeredTypes.has(type) && restBase(type) === base && !isHidden ? type : null;
}

/** A capability of the type: pages have their own. */
export const capabilityFor = (type: string, name: string): string => (type === 'page' ? name.replace('posts', 'pages') : name);

export function can(call: RestCall, type: string, name: string): boolean {
  return call.user !== null && capabilitiesOf(call.user).has(capabilityFor(type, name));
}

/** Whether the caller may edit or delete this post. */
export function mayChange(call: RestCall, post: PostRow, verb: 'edit' | 'delete'): boolean {
  if (!can(call, post.post_type, `${verb}_posts`)) return false;
  const isPublished = ['publish', 'future'].includes(post.post_status);
  if (post.post_author === call.user?.ID) return !isPublished || can(call, post.post_type, `${verb}_published_posts`);
  if (!can(call, post.post_type, `${verb}_others_posts`)) return false;
  if (post.post_status === 'private') return can(call, post.post_type, `${verb}_private_posts`);
  return !isPublished || can(call, post.post_type, `${verb}_published_posts`);
}

export function mayRead(call: RestCall, post: PostRow): boolean {
  if (post.post_status === 'publish') return true;
  if (post.post_status === 'inherit') {
    const parent = call.site.tables.posts.get(post.post_parent);
    return !parent || mayRead(call, parent);
  }
  return mayChange(call, post, 'edit') || (post.post_status === 'private' && can(call, post.post_type, 'read_private_posts'));
}

export function metaOf(site: SiteContext, postId: number, key: string): string | undefined {
  return site.tables.postmeta.ownedBy(postId).find((row) => row.key === key)?.value;
}

export function termIds(site: SiteContext, postId: number, taxonomy: string): number[] {
  return site.tables.relations.ownedBy(postId).flatMap((row) => {
    const term = site.tables.terms.get(row.term_taxonomy_id);
    return term?.taxonomy === taxonomy ? [term.term_id] : [];
  });
}

const TAXONOMY_BASES: Readonly<Record<string, string>> = { category: 'categories', post_tag: 'tags' };
export const taxonomyBase = (taxonomy: string): string => TAXONOMY_BASES[taxonomy] ?? taxonomy;

/** Taxonomies of a type that REST shows. */
export function taxonomiesOf(site: SiteContext, type: string): string[] {
  const all = (site.tables.callables.get('taxonomies') ?? {}) as Record<string, { object_type: string[]; public: boolean }>;
  return Object.keys(all).filter((name) => all[name]?.public && all[name].object_type.includes(type));
}

function shown(raw: string, edit: boolean, more: Item = {}): Item {
  return { ...(edit ? { raw } : {}), rendered: raw.replace(/<!--.*?-->/gs, '').trim(), ...more };
}

export function permalink(site: SiteContext, post: PostRow): string {
  return post.post_name !== '' && ['publish', 'private', 'inherit'].includes(post.post_status) ? `${site.url}/${post.post_name}/` : `${site.url}/?${post.post_type === 'page' ? 'page_id' : 'p'}=${post.ID}`;
}

export function postItem(site: SiteContext, post: PostRow, edit: boolean): Item {
  const isMedia = post.post_type === 'attachment';
  const taxonomies = Object.fromEntries(taxonomiesOf(site, post.post_type).map((name) => [taxonomyBase(name), termIds(site, post.ID, name)]));
  const sticky = (site.tables.options.get('sticky_posts') as number[] | undefined) ?? [];
  return {
    id: post.ID, date: restDate(post.post_date), date_gmt: restDate(post.post_date_gmt) ?? restDate(post.post_date), guid: shown(post.guid, edit), modified: restDate(post.post_modified),
    modified_gmt: restDate(post.post_modified_gmt), ...(edit && !isMedia ? { password: post.post_password } : {}), slug: post.post_name, status: post.post_status, type: post.post_type,
    link: permalink(site, post), title: shown(post.post_title, edit),
    ...(isMedia ? mediaFields(site, post, edit) : {
      content: shown(post.post_content, edit, { protected: post.post_password !== '', ...(edit ? { block_version: post.post_content.includes('<!-- wp:') ? 1 : 0 } : {}) }),
      excerpt: shown(post.post_excerpt, edit, { protected: post.post_password !== '' }),
    }),
    author: post.post_author, featured_media: Number(metaOf(site, post.ID, '_thumbnail_id') ?? 0), comment_status: post.comment_status, ping_status: post.ping_status,
    ...(post.post_type === 'post' ? { sticky: sticky.includes(post.ID), format: 'standard' } : {}), ...(post.post_type === 'page' ? { parent: post.post_parent, menu_order: post.menu_order } : {}),
    template: metaOf(site, post.ID, '_wp_page_template') ?? '', meta: [], ...taxonomies,
    ...(edit ? { permalink_template: `${site.url}/%postname%/`, generated_slug: post.post_name } : {}), _links: linksOf(`${site.url}/wp-json/wp/v2/${restBase(post.post_type)}/${post.ID}`),
  };
}

function mediaFields(site: SiteContext, post: PostRow, edit: boolean): Item {
  const file = metaOf(site, post.ID, '_wp_attached_file') ?? '';
  const raw = metaOf(site, post.ID, '_wp_attachment_metadata');
  return {
    description: shown(post.post_content, edit), caption: shown(post.post_excerpt, edit), alt_text: metaOf(site, post.ID, '_wp_attachment_image_alt') ?? '',
    media_type: post.post_mime_type.startsWith('image/') ? 'image' : 'file', mime_type: post.post_mime_type, media_details: raw !== undefined && isSerialized(raw) ? (unserialize(raw) as Item) : {},
    post: post.post_parent || null, source_url: `${site.url}/wp-content/uploads/${file}`,
  };
}
