// How a site makes its addresses, which REST does not tell: the permalink structure and the bases of terms, inferred from
// the links of a few posts and terms. What several links do not agree on is left unknown. Pure.
import type { Json } from '../../core/changes.js';

/** A published post's link and what it may be made of. */
export interface LinkedPost {
  readonly id: number;
  readonly link: string;
  readonly slug: string;
  /** 'YYYY-MM-DDTHH:MM:SS' of the site's clock. */
  readonly date: string;
}

export interface LinkedTerm {
  readonly slug: string;
  readonly link: string;
  /** The slug of its parent; null at the top. */
  readonly parentSlug: string | null;
}

/** The path of a link below the home address; null when it is elsewhere. */
function pathOf(link: string, home: string): string | null {
  return link.startsWith(`${home}/`) ? link.slice(home.length) : null;
}

/** Tags that a part of a path may stand for, in the order in which they are preferred. */
function tagsOf(part: string, post: LinkedPost): string[] {
  const [day = '', time = ''] = post.date.split('T');
  const [year = '', month = '', monthDay = ''] = day.split('-');
  const [hour = '', minute = '', second = ''] = time.split(':');
  const values: Readonly<Record<string, string>> = {
    '%postname%': post.slug, '%post_id%': String(post.id), '%year%': year, '%monthnum%': month, '%day%': monthDay, '%hour%': hour, '%minute%': minute, '%second%': second,
  };
  return [part, ...Object.keys(values).filter((tag) => values[tag] === part)];
}

/** The structure that all links fit; '' for plain addresses, null when they do not agree or say too little. */
export function permalinkStructure(posts: readonly LinkedPost[], home: string): string | null {
  const [first] = posts;
  if (first === undefined) return null;
  if (posts.every((post) => post.link === `${home}/?p=${post.id}`)) return '';
  const paths = posts.map((post) => pathOf(post.link, home)?.split('/') ?? []);
  const parts = paths[0] ?? [];
  if (parts.length < 2 || paths.some((path) => path.length !== parts.length)) return null;
  const chosen = parts.map((_, place) => {
    const fits = posts.map((post, index) => tagsOf(paths[index]?.[place] ?? '', post));
    const common = (fits[0] ?? []).filter((tag) => fits.every((tags) => tags.includes(tag)));
    // A text that is the same everywhere may be a date's part by chance; a tag that fits everywhere is the likelier.
    return common.find((tag) => tag.startsWith('%')) ?? common[0] ?? null;
  });
  if (chosen.includes(null)) return null;
  const structure = chosen.join('/');
  return /%(postname|post_id)%/.test(structure) ? structure : null;
}

/** What stands between the home address and a term's own path; null for plain addresses and for links that do not fit. */
export function termBase(terms: readonly LinkedTerm[], home: string): { base: string; hierarchical: boolean } | null {
  const nested = terms.find((term) => term.parentSlug !== null && term.link.replace(/\/$/, '').endsWith(`/${term.parentSlug}/${term.slug}`));
  const top = terms.find((term) => term.parentSlug === null) ?? nested;
  const path = top === undefined ? null : pathOf(top.link, home);
  if (top === undefined || path === null || path.includes('?')) return null;
  const own = nested === top ? `${top.parentSlug}/${top.slug}` : top.slug;
  const bare = path.replace(/^\/+|\/+$/g, '');
  return bare.endsWith(`/${own}`) ? { base: bare.slice(0, -own.length - 1), hierarchical: nested !== undefined } : null;
}

/** The rewrite rule of a registration, without what the structure puts in front of it. */
export function rewriteOf(found: { base: string; hierarchical: boolean } | null, structure: string | null): Json {
  if (found === null) return false;
  const front = frontOf(structure);
  const withFront = front !== '' && found.base.startsWith(`${front}/`);
  return { slug: withFront ? found.base.slice(front.length + 1) : found.base, with_front: withFront || front === '', hierarchical: found.hierarchical };
}

/** The option of a built-in taxonomy's base: '' for the standard one; null when it cannot be told. */
export function baseOption(found: { base: string } | null, standard: string, structure: string | null): string | null {
  if (found === null) return null;
  const front = frontOf(structure);
  return found.base === (front === '' ? standard : `${front}/${standard}`) ? '' : found.base;
}

function frontOf(structure: string | null): string {
  const tag = structure?.indexOf('%') ?? -1;
  return tag < 0 ? '' : (structure ?? '').slice(0, tag).replace(/^\/+|\/+$/g, '');
}
