// A write through the gateway in both deployments: it reaches the site, and whoever asks next sees it, whichever subgraph answers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId, encodeSiteId } from '../../core/ids.js';
import type { Store } from '../../store/store.js';
import { person } from '../testkit/ask.js';
import { startConnectedSite, type ConnectedSite } from '../testkit/connected-site.js';
import { DEPLOYMENTS, startGraph, type TestGraph } from '../testkit/graph.js';
import { openTestStore } from '../testkit/store.js';
import type { Loose } from '../subgraphs/content/kit.js';

const UPDATE = `mutation($input: ContentUpdateInput!) { contentUpdate(input: $input) {
  content { id title version ... on Post { author { displayName } site { name } } } write { state sequence } userErrors { code message } } }`;
const READ = `query($id: ID!, $site: ID!, $after: ChangeCursor) {
  node(id: $id) { ... on Post { title version } }
  changes(siteIds: [$site], after: $after) { nodes { kind nodeId changedFields } } }`;
const AUDIT = `query($site: ID!) { site(id: $site) { auditLog(first: 1) { chainVerified nodes { event summary actor { kind label via user { displayName } } fieldChanges { field before after } } } } }`;

let store: Store;
let site: ConnectedSite;

beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store);
});
afterAll(() => site.close());

describe.each(DEPLOYMENTS)('a write with subgraphs %s', (deployment) => {
  let graph: TestGraph;
  beforeAll(async () => {
    const viewers = { administrator: person([{ siteId: site.siteId, userId: 1 }]), editor: person([{ siteId: site.siteId, userId: 2 }]), reader: person([{ siteId: site.siteId, userId: 2 }], undefined, ['content:read']) };
    graph = await startGraph(store, deployment, viewers, site.client);
  });
  afterAll(() => graph.close());

  async function newPost(): Promise<{ id: string; localId: number }> {
    const { ID } = site.double.edit.savePost({ post_title: 'A chart', post_content: 'text', post_author: 2, post_status: 'publish' });
    await site.sync();
    return { id: encodeGlobalId(site.siteId, 'Post', ID), localId: ID };
  }

  it('is seen at once in content, the delta feed and the audit log, and on the site', async () => {
    const { id, localId } = await newPost();
    const siteId = encodeSiteId(site.siteId);
    const before = await graph.ask('query($site: ID!) { site(id: $site) { posts(first: 1) { deltaCursor } } }', { site: siteId }, 'editor');
    const after = (before.data as Loose)['site']?.['posts']?.['deltaCursor'];
    const written = await graph.ask(UPDATE, { input: { id, idempotencyKey: `${deployment}-1`, fields: { title: 'A better chart' } } }, 'editor');
    expect(written.codes).toEqual([]);
    const payload = (written.data as Loose)['contentUpdate'];
    expect(payload).toMatchObject({ content: { title: 'A better chart', author: { displayName: 'Edgar' }, site: { name: 'Quay Street Cycles' } }, write: { state: 'APPLIED' }, userErrors: [] });

    const read = await graph.ask(READ, { id, site: siteId, after }, 'editor');
    const data = read.data as Loose;
    expect(data['node']).toEqual({ title: 'A better chart', version: payload?.['content']?.['version'] });
    expect(data['changes']?.['nodes']).toEqual([{ kind: 'UPDATED', nodeId: id, changedFields: expect.arrayContaining(['title']) }]);
    expect(site.double.tables.posts.get(localId)?.post_title).toBe('A better chart');

    const audit = await graph.ask(AUDIT, { site: siteId }, 'administrator');
    expect((audit.data as Loose)['site']?.['auditLog']).toEqual({
      chainVerified: true,
      nodes: [{
        event: 'content.updated', summary: 'Updated post "A better chart"', actor: { kind: 'USER', label: 'Edgar', via: 'graph', user: { displayName: 'Edgar' } },
        fieldChanges: expect.arrayContaining([expect.objectContaining({ field: 'title', before: 'A chart', after: 'A better chart' })]),
      }],
    });
  });

  it('needs the scope, whatever the person may do', async () => {
    const { id } = await newPost();
    const refused = await graph.ask(UPDATE, { input: { id, idempotencyKey: `${deployment}-2`, fields: { title: 'No' } } }, 'reader');
    expect(refused.codes).toEqual(['FORBIDDEN']);
    expect((refused.data as Loose)['contentUpdate']).toBeNull();
  });

  it('is refused to nobody', async () => {
    const { id } = await newPost();
    const refused = await graph.ask(UPDATE, { input: { id, idempotencyKey: `${deployment}-3`, fields: { title: 'No' } } });
    expect(refused.codes).toHaveLength(1);
  });
});
