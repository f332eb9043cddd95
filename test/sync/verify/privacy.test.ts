// Privacy at the door holds for what is fetched too: secrets are planted on the site where a repair will meet them, and looked for in
// every column of every table afterwards.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../../store/store.js';
import { runVerification } from '../../../sync/verify/run.js';
import { addComment, addMeta, addOrder, addPost, addUser } from '../../testkit/site-double/tables.js';
import { openPrivateStore } from '../../testkit/store.js';
import { mirror, startConnected, type ConnectedSite } from './kit.js';

let store: Store;
let site: ConnectedSite;
let planted = 0;
const mark = (): string => `planted${String((planted += 1)).padStart(4, '0')}secret`;

async function everything(): Promise<string> {
  const columns = await store.database.query<{ table: string; column: string; type: string }>(
    `SELECT table_name AS table, column_name AS column, data_type AS type FROM information_schema.columns WHERE table_schema = 'public'`);
  const cells: string[] = [];
  for (const { table, column, type } of columns) {
    const value = type === 'bytea' ? `encode("${column}", 'escape')` : `"${column}"::text`;
    for (const { text } of await store.database.query<{ text: string | null }>(`SELECT ${value} AS text FROM "${table}"`)) if (text !== null) cells.push(`${table}.${column}: ${text}`);
  }
  return cells.join('\n');
}

describe('a repair', () => {
  beforeAll(async () => {
    store = await openPrivateStore();
    site = await startConnected(store, { commerce: true });
    site.double.addPosts(5);
    await mirror(store, site);
    const { tables, url } = site.double;
    site.double.state.settings.change({ post_meta_whitelist: ['_feedback_email', '_order_key', 'session_tokens', '_wpas_options', '_product_attributes'] });
    const feedback = addPost(tables, url, Date.now(), { post_type: 'feedback', post_title: mark(), post_content: mark(), post_excerpt: mark(), post_name: mark() });
    const post = addPost(tables, url, Date.now(), { post_title: 'A visible title', post_password: mark() });
    for (const key of ['_feedback_email', '_order_key', 'session_tokens']) addMeta(tables, 'postmeta', feedback.ID, key, mark());
    addMeta(tables, 'postmeta', post.ID, '_wpas_options', { version: 2, api_key: mark(), nested: { password: mark() } });
    addComment(tables, post.ID, Date.now(), { comment_author_IP: mark(), comment_agent: mark(), comment_content: 'A visible comment' });
    addUser(tables, 'visible-editor', ['editor'], Date.now(), { user_activation_key: mark(), user_pass: mark() } as never);
    addOrder(tables, Date.now(), { order_key: mark() });
    const report = await runVerification({ store, client: site.client, siteId: site.siteId, mode: 'REPAIR' });
    expect(report.tables.filter((table) => table.differences.size > 0).map((table) => table.table)).toEqual(['posts', 'postmeta', 'comments', 'users', 'wc_orders']);
  }, 120_000);
  afterAll(async () => {
    await site.close();
    await store.close();
  });

  it('stores what it fetched, without what must not be known', async () => {
    const cells = await everything();
    for (const word of ['A visible title', 'A visible comment', 'visible-editor']) expect(cells).toContain(word);
    expect(planted).toBeGreaterThan(12);
    expect(cells.match(/^.*planted\d{4}secret/gm) ?? []).toEqual([]);
  });
});
