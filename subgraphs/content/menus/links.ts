// Addresses that a site builds from its settings and does not send: of terms and of post type archives, after
// WordPress's rules (get_term_link, get_post_type_archive_link of 7.1). Pure; called by assemble.ts.
import type { MenuSettingsRow } from '../../../store/read/menus.js';

/** What addresses of a site are built from. */
export interface LinkRules {
  /** Without a trailing slash. */
  readonly homeUrl: string;
  /** Empty for plain addresses. */
  readonly structure: string;
  readonly categoryBase: string | null;
  readonly tagBase: string | null;
  readonly taxonomies: MenuSettingsRow['taxonomies'];
  readonly postTypes: MenuSettingsRow['postTypes'];
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The link rules of a site; what did not come counts as in a new WordPress: plain addresses. */
export function linkRules(row: MenuSettingsRow): LinkRules {
  return {
    homeUrl: (textOrNull(row.homeUrl) ?? '').replace(/\/+$/, ''),
    structure: textOrNull(row.permalinkStructure) ?? '',
    categoryBase: textOrNull(row.categoryBase),
    tagBase: textOrNull(row.tagBase),
    taxonomies: row.taxonomies,
    postTypes: row.postTypes,
  };
}

interface Rewrite {
  readonly slug: string;
  readonly withFront: boolean;
  readonly hierarchical: boolean;
}

/** The address of a term; `slugs` lead from the top down to the term itself. */
export function termUrl(rules: LinkRules, taxonomy: string, termId: number, slugs: readonly string[]): string {
  const slug = slugs[slugs.length - 1] ?? '';
  const rewrite = rules.structure === '' ? null : taxonomyRewrite(rules, taxonomy);
  if (!rewrite) return `${rules.homeUrl}/?${plainTermQuery(rules, taxonomy, termId, slug)}`;
  return address(rules, rewrite.withFront, `${rewrite.slug}/${rewrite.hierarchical ? slugs.join('/') : slug}`);
}

function plainTermQuery(rules: LinkRules, taxonomy: string, termId: number, slug: string): string {
  if (taxonomy === 'category') return `cat=${termId}`;
  const queryVar = taxonomy === 'post_tag' ? 'tag' : textOrNull(rules.taxonomies[taxonomy]?.queryVar);
  return queryVar ? `${queryVar}=${slug}` : `taxonomy=${taxonomy}&term=${slug}`;
}

// The bases are options, sent when they change; registrations are looked at only now and then.
function taxonomyRewrite(rules: LinkRules, taxonomy: string): Rewrite | null {
  const base = taxonomy === 'category' ? rules.categoryBase : taxonomy === 'post_tag' ? rules.tagBase : null;
  if (base !== null) {
    const standard = taxonomy === 'category' ? 'category' : 'tag';
    const own = base.replace(/^\/+|\/+$/g, '');
    return { slug: own === '' ? standard : own, withFront: own === '' || usesIndex(rules), hierarchical: taxonomy === 'category' };
  }
  const known = rules.taxonomies[taxonomy];
  if (!known) {
    return taxonomy === 'category' || taxonomy === 'post_tag'
      ? { slug: taxonomy === 'category' ? 'category' : 'tag', withFront: true, hierarchical: taxonomy === 'category' }
      : null;
  }
  return decodeRewrite(known.rewrite, taxonomy);
}

function decodeRewrite(value: unknown, fallback: string): Rewrite | null {
  if (typeof value !== 'object' || value === null) return null;
  const { slug, with_front: withFront, hierarchical } = value as Readonly<Record<string, unknown>>;
  return { slug: textOrNull(slug)?.replace(/^\/+|\/+$/g, '') || fallback, withFront: isTrue(withFront, true), hierarchical: isTrue(hierarchical, false) };
}

/** The address of a post type's archive; null when it has none. */
export function archiveUrl(rules: LinkRules, postType: string): string | null {
  const type = rules.postTypes[postType];
  if (postType === 'post') return `${rules.homeUrl}/`;
  if (!type || !isTrue(type.hasArchive, typeof type.hasArchive === 'string' && type.hasArchive !== '')) return null;
  const rewrite = rules.structure === '' ? null : decodeRewrite(type.rewrite, postType);
  if (!rewrite) return `${rules.homeUrl}/?post_type=${postType}`;
  return address(rules, rewrite.withFront, typeof type.hasArchive === 'string' && type.hasArchive !== '1' ? type.hasArchive : rewrite.slug);
}

/** The name that WordPress gives to a post type's archive; null when the site did not say it. */
export function archiveLabel(rules: LinkRules, postType: string): string | null {
  return textOrNull(rules.postTypes[postType]?.label);
}

function isTrue(value: unknown, fallback: boolean): boolean {
  if (value === true || value === 1 || value === '1') return true;
  if (value === false || value === 0 || value === '' || value === '0') return false;
  return fallback;
}

const usesIndex = ({ structure }: LinkRules): boolean => /^\/*index\.php/.test(structure);

/** `front` is what the structure has before its first tag: `/blog/` of `/blog/%postname%/`. */
function address(rules: LinkRules, withFront: boolean, path: string): string {
  const { structure } = rules;
  const tag = structure.indexOf('%');
  const front = tag < 0 ? '/' : structure.slice(0, tag);
  const root = usesIndex(rules) ? '/index.php/' : '/';
  const whole = `${withFront ? front : root}${path}`.replace(/^\/*/, '/').replace(/\/+$/, '');
  return `${rules.homeUrl}${whole}${structure.endsWith('/') ? '/' : ''}`;
}
