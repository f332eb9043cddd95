// The policy of one site, compiled from its synced facts. Compile it when the facts change, keep it, and ask it often:
// the lists it hands out are shared and frozen, so a decision allocates next to nothing.
import type { PostTypeInput, RoleInput, SitePolicyInput, StatusVisibility, TaxonomyInput } from './input.js';
import { compileSiteRules, DO_NOT_ALLOW } from './site-rules.js';

/** What editing or deleting a post of a mapped type asks for, by whose it is and how it stands. */
export interface ActionRules {
  readonly own: readonly string[];
  readonly ownPublished: readonly string[];
  readonly others: readonly string[];
  readonly othersPublished: readonly string[];
  readonly othersPrivate: readonly string[];
}

/** The capabilities of one post type, ready to hand out. */
export interface TypeRules {
  readonly type: PostTypeInput;
  /** What the unmapped types ask for: the registration's own names. */
  readonly unmapped: Readonly<Record<PostMetaCap, readonly string[]>>;
  readonly read: readonly string[];
  readonly readPrivate: readonly string[];
  readonly publish: readonly string[];
  readonly list: readonly string[];
  readonly edit: ActionRules;
  readonly delete: ActionRules;
}

/** The capabilities on a single post that a type may give names of its own. */
export type PostMetaCap = 'read_post' | 'edit_post' | 'delete_post';

/** One site's compiled policy. Made by `createSitePolicy` only. */
export interface SitePolicy {
  readonly input: SitePolicyInput;
  readonly types: ReadonlyMap<string, TypeRules>;
  readonly taxonomies: ReadonlyMap<string, TaxonomyInput>;
  readonly roles: ReadonlyMap<string, RoleInput>;
  /** A type's own name for a capability on one post (`edit_product`) → the generic name. */
  readonly metaCaps: ReadonlyMap<string, PostMetaCap>;
  readonly memberRules: ReadonlyMap<string, readonly string[]>;
  readonly superAdminRules: ReadonlyMap<string, readonly string[]>;
  readonly statuses: ReadonlyMap<string, StatusVisibility>;
  /** Pages that only people with manage_options may delete: the front page and the posts page. */
  readonly frontPageIds: ReadonlySet<number>;
  /** 0 when the site has no privacy policy page. */
  readonly privacyPageId: number;
  /** WooCommerce is active: it adds rules about its shop managers. */
  readonly woocommerce: boolean;
}

/** The statuses of WordPress 7.1 and of WooCommerce 11.0. Those of other plugins come with the input. */
const KNOWN_STATUSES: readonly (readonly [string, StatusVisibility])[] = [
  ['publish', 'public'],
  ['private', 'private'],
  ...[
    'future', 'draft', 'pending', 'trash', 'auto-draft', 'inherit',
    'request-pending', 'request-confirmed', 'request-failed', 'request-completed',
    'wc-pending', 'wc-processing', 'wc-on-hold', 'wc-completed', 'wc-cancelled', 'wc-refunded', 'wc-failed', 'wc-checkout-draft',
  ].map((status): readonly [string, StatusVisibility] => [status, 'restricted']),
];

/** Compiles a site's policy. */
export function createSitePolicy(input: SitePolicyInput): SitePolicy {
  const types = new Map<string, TypeRules>();
  const metaCaps = new Map<string, PostMetaCap>();
  for (const [slug, type] of Object.entries(input.postTypes)) {
    types.set(slug, compileType(type));
    if (!type.mapMetaCap) continue;
    for (const [generic, own] of Object.entries(type.cap)) if (isPostMetaCap(generic)) metaCaps.set(own, generic);
  }
  const memberRules = compileSiteRules(input, false);
  const frontPages = ['page_on_front', 'page_for_posts'].map((option) => idOption(input, option)).filter((id) => id > 0);
  return {
    input,
    types,
    taxonomies: new Map(Object.entries(input.taxonomies)),
    roles: new Map(Object.entries(input.roles)),
    metaCaps,
    memberRules,
    superAdminRules: input.multisite ? compileSiteRules(input, true) : memberRules,
    statuses: new Map([...KNOWN_STATUSES, ...Object.entries(input.statuses ?? {})]),
    frontPageIds: new Set(frontPages),
    privacyPageId: idOption(input, 'wp_page_for_privacy_policy'),
    woocommerce: types.has('shop_order'),
  };
}

/** Tells whether a term is its taxonomy's default one, which can never be deleted. */
export function isDefaultTerm(site: SitePolicy, taxonomy: string, termId: number): boolean {
  return termId > 0 && (idOption(site.input, `default_${taxonomy}`) === termId || idOption(site.input, `default_term_${taxonomy}`) === termId);
}

function compileType(type: PostTypeInput): TypeRules {
  const need = (...generic: readonly string[]): readonly string[] =>
    Object.freeze(generic.map((name) => type.cap[name] ?? DO_NOT_ALLOW));
  return {
    type,
    unmapped: { read_post: need('read_post'), edit_post: need('edit_post'), delete_post: need('delete_post') },
    read: need('read'),
    readPrivate: need('read_private_posts'),
    publish: need('publish_posts'),
    list: need('edit_posts'),
    edit: compileAction('edit', need),
    delete: compileAction('delete', need),
  };
}

function compileAction(verb: 'edit' | 'delete', need: (...generic: readonly string[]) => readonly string[]): ActionRules {
  const others = `${verb}_others_posts`;
  return {
    own: need(`${verb}_posts`),
    ownPublished: need(`${verb}_published_posts`),
    others: need(others),
    othersPublished: need(others, `${verb}_published_posts`),
    othersPrivate: need(others, `${verb}_private_posts`),
  };
}

function isPostMetaCap(name: string): name is PostMetaCap {
  return name === 'read_post' || name === 'edit_post' || name === 'delete_post';
}

function idOption(input: SitePolicyInput, name: string): number {
  const id = Number(input.options[name] ?? 0);
  return Number.isSafeInteger(id) && id > 0 ? id : 0;
}
