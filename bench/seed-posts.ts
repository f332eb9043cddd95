// Fills sites with generated posts through store/apply, as sync would have left them: authors, terms, featured images, comments.
// The sites are copies of the demonstration site, so that each has users, terms, media, menus, settings and orders. Deterministic.
import type { DecodedItem, DomainChange } from '../core/changes.js';
import type { SiteId } from '../core/ids.js';
import { applyBatch } from '../store/apply/apply.js';
import { addSite } from '../store/sites.js';
import type { Store } from '../store/store.js';
import { postRow } from './generate.js';

/** What is copied; not the logs, nor what belongs to the connection. */
const COPIED_TABLES = [
  'post', 'post_meta', 'term', 'term_relation', 'comment', 'comment_meta', 'menu_item_link', 'site_user', 'setting', 'plugin', 'theme', 'shop_order',
  'order_item', 'order_item_meta',
];
/** Ids of what is generated begin above those of the demonstration site. */
const FIRST_ID = 1_000_000;
const POSTS_PER_BATCH = 500;
const COMMENT_EVERY = 4;
const DAY_MS = 86_400_000;

interface Surroundings {
  readonly authors: readonly number[];
  readonly images: readonly number[];
  readonly categories: readonly number[];
}

/** Adds a site with the rows of another. */
export async function copySite(store: Store, from: SiteId, id: SiteId): Promise<void> {
  await addSite(store, { id, url: `http://site-${id}.example`, blogToken: `benchkey${id}.benchsecret${id}` });
  for (const table of COPIED_TABLES) {
    const columns = await store.database.query<{ name: string }>(
      `SELECT quote_ident(column_name) AS name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 AND column_name <> 'site_id' AND is_generated = 'NEVER'`,
      [table],
    );
    const names = columns.map((column) => column.name).join(', ');
    await store.database.query(`INSERT INTO ${table} (site_id, ${names}) SELECT $1::bigint, ${names} FROM ${table} WHERE site_id = $2`, [id, from]);
  }
}

/** Adds generated posts to a site that was copied. */
export async function seedPosts(store: Store, siteId: SiteId, count: number, now: Date): Promise<void> {
  const surroundings = await readSurroundings(store, siteId);
  for (let first = 0; first < count; first += POSTS_PER_BATCH) {
    const changes = Array.from({ length: Math.min(POSTS_PER_BATCH, count - first) }, (_, index) => postChanges(first + index, count, surroundings, siteId, now));
    const at = now.toISOString();
    const item: DecodedItem = {
      key: `seed-${first}`, action: 'seed', rev: now.getTime() * 1000, at, isImporting: false, actor: null, changes: changes.flat(), audit: null, deadLetter: null,
    };
    await applyBatch(store, siteId, [item], now);
  }
}

async function readSurroundings(store: Store, siteId: SiteId): Promise<Surroundings> {
  const ids = async (sql: string) => (await store.database.query<{ id: number }>(sql, [siteId])).map((row) => row.id);
  const surroundings = {
    authors: await ids('SELECT id FROM site_user WHERE site_id = $1 AND alive ORDER BY id LIMIT 5'),
    images: await ids(`SELECT id FROM post WHERE site_id = $1 AND alive AND type = 'attachment' AND mime_type LIKE 'image/%' ORDER BY id LIMIT 20`),
    categories: await ids(`SELECT tt_id AS id FROM term WHERE site_id = $1 AND alive AND taxonomy = 'category' ORDER BY tt_id LIMIT 10`),
  };
  if (Object.values(surroundings).some((list) => list.length === 0)) throw new Error('expected the copied site to have users, images and categories');
  return surroundings;
}

/** The posts are spread over two years that end today; every tenth is a draft. */
function postChanges(index: number, count: number, { authors, images, categories }: Surroundings, siteId: SiteId, now: Date): DomainChange[] {
  const id = FIRST_ID + index;
  const rev = now.getTime() * 1000;
  const moment = new Date(now.getTime() - DAY_MS - Math.floor(((count - index) / count) * 730 * DAY_MS)).toISOString();
  const words = postRow(id);
  const isDraft = index % 10 === 5;
  const core = {
    type: 'post', status: isDraft ? 'draft' : 'publish', parentId: 0, menuOrder: 0, title: String(words['post_title']), content: String(words['post_content']), excerpt: '',
    slug: `post-${id}`, localDate: moment.slice(0, 19), dateGmt: isDraft ? null : moment, modifiedGmt: moment, commentStatus: 'open', pingStatus: 'open', mimeType: '',
    guid: `http://site-${siteId}.example/?p=${id}`, passwordProtected: false,
  };
  const links = { permalink: `http://site-${siteId}.example/post-${id}/`, shortlink: '' };
  const changes: DomainChange[] = [
    { kind: 'upsert', entity: 'post', key: { id }, rev, groups: { core, author: { authorId: pickOf(authors, index) }, links } },
    { kind: 'upsert', entity: 'postMeta', key: { metaId: FIRST_ID + index }, rev, groups: { core: { postId: id, metaKey: '_thumbnail_id', value: String(pickOf(images, index)) } } },
    { kind: 'upsert', entity: 'termRelation', key: { objectId: id, ttId: pickOf(categories, index) }, rev, groups: { core: { present: true } } },
  ];
  if (index % COMMENT_EVERY === 0) {
    const about = { postId: id, parentId: 0, type: 'comment', dateGmt: moment, localDate: moment.slice(0, 19), userId: 0, karma: 0 };
    const groups = { core: about, author: { authorName: `Reader ${index % 97}` }, email: { authorEmail: '' }, url: { authorUrl: '' }, content: { content: 'Well said.' }, status: { status: '1', statusBeforeTrash: null } };
    changes.push({ kind: 'upsert', entity: 'comment', key: { id: FIRST_ID + index }, rev, groups });
  }
  return changes;
}

function pickOf(list: readonly number[], index: number): number {
  return list[index % list.length] ?? 0;
}
