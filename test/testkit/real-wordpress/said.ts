// One row of a real site beside the graph's node of it, a kind of row: what to ask the graph for, what its answer says, and what the site's
// own answer (context=edit) says in the same words. Used row by row after a write, and over whole lists by compare.ts.
import { isDeepStrictEqual } from 'node:util';
import { decode } from 'html-entities';
import { encodeGlobalId, type SiteId } from '../../../core/ids.js';
import type { SaidRow } from './site-answers.js';

export type Loose = Readonly<Record<string, unknown>>;

export interface Kind {
  /** Fields of the node. */
  readonly selection: string;
  /** The graph's answer in the words of `said`; fields that `said` does not have are not compared. */
  shown(node: Loose): Loose;
  said(row: SaidRow, siteId: SiteId): Loose;
}

const STATUS: Readonly<Record<string, string>> = { publish: 'PUBLISHED', future: 'FUTURE', draft: 'DRAFT', pending: 'PENDING', private: 'PRIVATE', trash: 'TRASH', inherit: 'INHERIT' };
const MODERATION: Readonly<Record<string, string>> = { approved: 'APPROVED', hold: 'PENDING', spam: 'SPAM', trash: 'TRASH' };

export const raw = (value: unknown): string => String((value as { raw?: unknown } | undefined)?.raw ?? '');
const utc = (value: unknown): string => new Date(`${String(value)}Z`).toISOString();
const idsIn = (value: unknown): number[] => ((value ?? []) as readonly { localId: number }[]).map((one) => one.localId).sort((a, b) => a - b);
const numbers = (value: unknown): number[] => [...(value as number[])].sort((a, b) => a - b);
const localIdOf = (value: unknown): number => (value as { localId?: number } | null | undefined)?.localId ?? 0;
const addressOf = (value: unknown): string | null => (value === '' ? null : String(value).replace(/\/+$/, ''));
const userGid = (siteId: SiteId, id: unknown) => (id === 0 ? null : { id: encodeGlobalId(siteId, 'User', Number(id)) });

const CONTENT = 'localId title slug status modifiedAt publishedAt author { id } url rawContent featuredImage { localId }';

function saidContent(row: SaidRow, siteId: SiteId): Loose {
  return {
    title: raw(row['title']), slug: row['slug'], status: STATUS[String(row['status'])], modifiedAt: utc(row['modified_gmt']), url: row['link'], rawContent: raw(row['content']), featured: row['featured_media'],
    // A type without the feature does not tell its author.
    ...(row['author'] === undefined ? {} : { author: userGid(siteId, row['author']) }),
  };
}

const shownContent = (node: Loose): Loose => ({ ...node, featured: localIdOf(node['featuredImage']), parent: localIdOf(node['parent']) });

export const post: Kind = {
  selection: `${CONTENT} sticky format commentStatus passwordProtected commentCount categories { localId } tags { localId }`,
  shown: (node) => ({ ...shownContent(node), categories: idsIn(node['categories']), tags: idsIn(node['tags']) }),
  said: (row, siteId) => ({
    ...saidContent(row, siteId), publishedAt: utc(row['date_gmt']), sticky: row['sticky'], format: row['format'], commentStatus: row['comment_status'], passwordProtected: row['password'] !== '',
    categories: numbers(row['categories']), tags: numbers(row['tags']),
  }),
};

export const page: Kind = {
  selection: `${CONTENT} menuOrder template parent { localId }`,
  shown: shownContent,
  said: (row, siteId) => ({ ...saidContent(row, siteId), menuOrder: row['menu_order'], template: row['template'], parent: row['parent'] }),
};

export const book: Kind = {
  selection: `${CONTENT} terms(taxonomy: "genre") { localId } meta { key value }`,
  shown: (node) => ({
    ...shownContent(node), terms: idsIn(node['terms']), // REST does not tell an empty row from none.
    metas: ((node['meta'] ?? []) as { key: string; value: unknown }[]).filter(({ value }) => value !== '').map(({ key, value }) => `${key}=${String(value)}`).sort(),
  }),
  said: (row, siteId) => {
    const meta = row['meta'] as { subtitle: string; guests: string[] };
    // A list is a row each; what the allow-list does not keep is not there.
    const metas = [...meta.guests.map((guest) => `guests=${guest}`), ...(meta.subtitle === '' ? [] : [`subtitle=${meta.subtitle}`])].sort();
    return { ...saidContent(row, siteId), terms: numbers(row['genre']), metas };
  },
};

export const comment: Kind = {
  selection: 'localId content moderation createdAt parent { localId } on { localId } commenter { name email user { id } }',
  shown: (node) => ({ ...node, ...(node['commenter'] as Loose | undefined), parent: localIdOf(node['parent']), on: localIdOf(node['on']) }),
  said: (row, siteId) => ({
    content: raw(row['content']), moderation: MODERATION[String(row['status'])], createdAt: utc(row['date_gmt']), parent: row['parent'], on: row['post'], name: decode(String(row['author_name'])),
    email: row['author_email'] === '' ? null : row['author_email'], user: userGid(siteId, row['author']),
  }),
};

export const term: Kind = {
  selection: 'localId name slug description parent { localId } count',
  shown: (node) => ({ ...node, parent: localIdOf(node['parent']) }),
  said: (row) => ({ name: decode(String(row['name'])), slug: row['slug'], description: row['description'], parent: row['parent'] ?? 0, count: row['count'] }),
};

export const user: Kind = {
  selection: 'localId username displayName email url registeredAt capabilities roles { slug }',
  shown: (node) => ({ ...node, url: addressOf(node['url'] ?? ''), roles: ((node['roles'] ?? []) as { slug: string }[]).map(({ slug }) => slug) }),
  said: (row) => ({
    username: row['username'], displayName: decode(String(row['name'])), email: row['email'], url: addressOf(row['url']), registeredAt: new Date(String(row['registered_date'])).toISOString(), roles: row['roles'],
    capabilities: Object.entries(row['capabilities'] as Record<string, boolean>).filter(([, has]) => has).map(([name]) => name).sort(),
  }),
};

export const menuItem: Kind = {
  selection: 'id label url parentId order target classes',
  shown: (node) => node,
  said: (row, siteId) => ({
    label: decode(raw(row['title'])), url: row['url'], parentId: row['parent'] === 0 ? null : encodeGlobalId(siteId, 'MenuItem', Number(row['parent'])), order: row['menu_order'],
    target: row['target'] === '' ? null : row['target'], classes: (row['classes'] as string[]).filter((one) => one !== ''),
  }),
};

/** The settings of `site(id) { name tagline settings { … } }`, and what wp/v2/settings says. */
export const SETTINGS = 'title tagline email language dateFormat timeFormat startOfWeek timezone { name } showOnFront postsPerPage defaultCommentStatus';

export const shownSettings = (settings: Loose): Loose => ({ ...settings, zone: (settings['timezone'] as Loose)['name'] });

export function saidSettings(said: Loose): Loose {
  return {
    title: decode(String(said['title'])), tagline: decode(String(said['description'])), email: said['email'], language: said['language'], dateFormat: said['date_format'], timeFormat: said['time_format'],
    startOfWeek: said['start_of_week'], zone: said['timezone'], showOnFront: said['show_on_front'], postsPerPage: said['posts_per_page'], defaultCommentStatus: said['default_comment_status'],
  };
}

/** How many fields both sides tell, and those in which they differ, one line each. */
export function differencesOf(what: string, shown: Loose | undefined, said: Loose): { readonly compared: number; readonly differences: readonly string[] } {
  const fields = Object.entries(said);
  const differences = fields.flatMap(([field, expected]) =>
    isDeepStrictEqual(shown?.[field], expected) ? [] : [`${what} ${field}: graph ${JSON.stringify(shown?.[field])}, site ${JSON.stringify(expected)}`]);
  return { compared: fields.length, differences };
}
