// The list of sticky posts is an option of the site, of which the reply to a write tells only its own post.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { startConnectedSite, type ConnectedSite } from '../../testkit/connected-site.js';
import { openTestStore } from '../../testkit/store.js';
import { createEditors, type Editors } from './editors.js';
import type { Loose } from './kit.js';

const SHOWN = 'content { id ... on Post { sticky } } write { state } userErrors { code }';
const CREATE = `mutation($input: ContentCreateInput!) { contentCreate(input: $input) { ${SHOWN} } }`;
const UPDATE = `mutation($input: ContentUpdateInput!) { contentUpdate(input: $input) { ${SHOWN} } }`;
const TRASH = 'mutation($input: ContentActionInput!) { contentTrash(input: $input) { results { content { ... on Post { sticky } } userErrors { code } } } }';

let store: Store;
let site: ConnectedSite;
let editors: Editors;
beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store);
  editors = createEditors(store, site, createContentSubgraph(store, site.desk));
});
afterAll(() => site.close());

async function stuckHere(): Promise<number[]> {
  const [row] = await store.database.query<{ value: unknown }>(`SELECT value FROM setting WHERE site_id = $1 AND name = 'sticky_posts' AND alive`, [site.siteId]);
  return Object.values((row?.value ?? []) as Record<string, number>).map(Number).sort((a, b) => a - b);
}

describe('sticking a post', () => {
  it('is seen at once, for posts that are made at the same time too, is told to the audit log, and ends when the post goes', async () => {
    const made = await Promise.all([1, 2, 3].map((index) =>
      editors.write(2, 'contentCreate', CREATE, { siteId: encodeSiteId(site.siteId), fields: { title: `S ${index}`, status: 'PUBLISHED', ...(index === 3 ? {} : { sticky: true }) } })));
    expect(made.map((payload: Loose) => [payload['content']?.['sticky'], payload['userErrors']])).toEqual([[true, []], [true, []], [false, []]]);
    expect(await stuckHere()).toEqual([...(site.double.tables.options.get('sticky_posts') as number[])].sort((a, b) => a - b));
    const id = made[2]?.['content']?.['id'];
    await editors.auditSince();
    expect((await editors.write(2, 'contentUpdate', UPDATE, { id, fields: { sticky: true } }))['content']?.['sticky']).toBe(true);
    const [line] = await store.database.query<{ changes: unknown[] }>('SELECT field_changes AS changes FROM audit_event WHERE site_id = $1 ORDER BY sequence DESC LIMIT 1', [site.siteId]);
    expect(line?.changes).toEqual([{ field: 'sticky', before: false, after: true, redacted: false }]);
    expect(await stuckHere()).toHaveLength(3);
    expect((await editors.write(2, 'contentTrash', TRASH, { ids: [id] }))['results']?.[0]?.['content']?.['sticky']).toBe(false);
    expect(await stuckHere()).toHaveLength(2);
  });
});
