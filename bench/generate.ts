// Makes the full sync of a site that never was: posts with metas and term relations, in the chunks and shapes a site sends.
// Deterministic, so that two runs send the same bytes. Used by the benchmarks only.
import { encodeItem } from '../sync/protocol/codec.js';
import { joinJsonLines } from '../sync/protocol/json-lines.js';

export interface GeneratedSite {
  readonly posts: number;
  readonly terms: number;
  readonly metasPerPost: number;
  readonly termsPerPost: number;
}

export interface GeneratedRequest {
  readonly queue: 'immediate-send';
  readonly body: Buffer;
  /** Rows that the request carries. */
  readonly rows: number;
  /** The last post that it carries; null when it carries none. */
  readonly lastPostId: number | null;
}

const POSTS_PER_CHUNK = 500;
const RELATIONS_PER_CHUNK = 1000;
const FIRST_MOMENT_S = 1_790_000_000;
const WORDS = 'harbour lane sextant vellum ledger reef voyage tide gale spindrift binding crew sail wharf ballast log chart captain compass anchor'.split(' ');

export function postRow(id: number): Record<string, unknown> {
  const moment = new Date((1_700_000_000 + id * 60) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return {
    ID: id, post_author: String((id % 5) + 1), post_date: moment, post_date_gmt: moment, post_content: paragraphs(id), post_title: `Post ${id} of the ${word(id)}`,
    post_excerpt: '', post_status: id % 20 === 0 ? 'draft' : 'publish', comment_status: 'open', ping_status: 'open', post_password: '', post_name: `post-${id}`,
    to_ping: '', pinged: '', post_modified: moment, post_modified_gmt: moment, post_content_filtered: '', post_parent: 0, guid: `http://generated.example/?p=${id}`,
    menu_order: 0, post_type: 'post', post_mime_type: '', comment_count: '0', filter: 'raw', permalink: `http://generated.example/post-${id}/`, shortlink: '',
  };
}

/** Yields the requests one by one; nothing of earlier ones is kept. */
export function* generateFullSync(site: GeneratedSite, startS = FIRST_MOMENT_S): Generator<GeneratedRequest> {
  let clock = startS;
  const request = (key: string | null, action: string, args: unknown, rows: number, lastPostId: number | null = null): GeneratedRequest => {
    clock += 0.001;
    const timestamp = Math.round(clock * 1e6) / 1e6;
    const encoded = encodeItem({ action, args, userId: 0, timestamp, isImporting: false, actor: null }, 'deflate-json-array');
    return { queue: 'immediate-send', body: joinJsonLines([{ key: key ?? String(timestamp), encoded }]), rows, lastPostId };
  };
  const range = { posts: { min: '1', max: String(site.posts), count: String(site.posts) }, terms: { min: '1', max: String(site.terms), count: String(site.terms) } };
  yield request(null, 'jetpack_full_sync_start', [{ terms: 1, posts: 1, term_relationships: 1 }, range, null], 0);
  const terms = Array.from({ length: site.terms }, (_, index) => ({
    term_id: index + 1, name: `${word(index)} ${index + 1}`, slug: `term-${index + 1}`, term_group: 0, term_taxonomy_id: index + 1,
    taxonomy: index % 2 === 0 ? 'category' : 'post_tag', description: '', parent: 0, count: 1, filter: 'raw',
  }));
  yield request('jetpack_full_sync_terms_2134280932', 'jetpack_full_sync_terms', { terms, previous_end: '~0' }, terms.length);
  let previousEnd: string = '~0';
  for (let last = site.posts; last > 0; last -= POSTS_PER_CHUNK) {
    const ids = Array.from({ length: Math.min(POSTS_PER_CHUNK, last) }, (_, index) => last - index);
    const metas = ids.flatMap((id) =>
      Array.from({ length: site.metasPerPost }, (_, index) => ({
        post_id: String(id), meta_key: META_KEYS[index % META_KEYS.length], meta_value: String(id + index), meta_id: String((id - 1) * site.metasPerPost + index + 1),
      })),
    );
    yield request(`jetpack_full_sync_posts_${last}`, 'jetpack_full_sync_posts', [ids.map(postRow), metas, [], previousEnd], ids.length + metas.length, ids.at(-1) ?? null);
    previousEnd = String(ids.at(-1));
  }
  let relations: { object_id: string; term_taxonomy_id: string }[] = [];
  for (let id = site.posts; id > 0; id -= 1) {
    for (let index = 0; index < site.termsPerPost; index += 1) {
      relations.push({ object_id: String(id), term_taxonomy_id: String(((id * 7 + index) % site.terms) + 1) });
    }
    if (relations.length >= RELATIONS_PER_CHUNK || id === 1) {
      yield request(`jetpack_full_sync_term_relationships_${id}`, 'jetpack_full_sync_term_relationships', { term_relationships: relations, previous_end: null }, relations.length);
      relations = [];
    }
  }
  yield request(null, 'jetpack_full_sync_end', ['', range, null], 0);
}

export const META_KEYS = ['_thumbnail_id', '_wp_page_template', '_last_editor_used_jetpack'];

function word(index: number): string {
  return WORDS[index % WORDS.length] ?? 'sea';
}

function paragraphs(id: number): string {
  let text = '';
  for (let paragraph = 0; paragraph < 3; paragraph += 1) {
    const words = Array.from({ length: 60 }, (_, index) => word(id * 31 + paragraph * 17 + index * (id % 7 + 1)));
    text += `<!-- wp:paragraph -->\n<p>${words.join(' ')}.</p>\n<!-- /wp:paragraph -->\n\n`;
  }
  return text;
}
