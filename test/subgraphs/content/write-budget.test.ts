// What a write costs beside the site's own work: statements and calls.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId, encodeSiteId } from '../../../core/ids.js';
import { createSiteClient } from '../../../origin/site-client.js';
import type { SiteClient } from '../../../origin/site-calls.js';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { startConnectedSite, type ConnectedSite } from '../../testkit/connected-site.js';
import { countStatements } from '../../testkit/statements.js';
import { openTestStore } from '../../testkit/store.js';
import { createEditors, type Editors } from './editors.js';

const MOST_STATEMENTS = 10;

let store: Store;
let site: ConnectedSite;
let client: SiteClient;
let counted: ReturnType<typeof countStatements>;
let editors: Editors;

beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store);
  counted = countStatements(store);
  client = createSiteClient({ store: counted.store, log: site.desk.log, allowPrivateOrigins: true });
  editors = createEditors(store, site, createContentSubgraph(counted.store, { ...site.desk, client, store: counted.store }));
});
afterAll(async () => {
  await client.close();
  await site.close();
});

async function cost(name: string, text: string, input: Record<string, unknown>): Promise<{ statements: string[]; calls: number }> {
  // What is open against the site, and its policy, are read once a process.
  await client.rest(site.siteId, { as: { kind: 'user', userId: 1 }, method: 'GET', route: 'wp/v2/users/me' });
  await editors.read(1, `{ site(id: "${encodeSiteId(site.siteId)}") { contentTypes { slug } } }`);
  counted.reset();
  const before = site.double.calls.length;
  const payload = await editors.write(1, name, text, input);
  expect(JSON.stringify(payload)).toContain('"userErrors":[]');
  return { statements: counted.statements.map((statement) => statement.text.trim().split('\n')[0] ?? ''), calls: site.double.calls.length - before };
}

const action = (name: string): string => `mutation($input: ContentActionInput!) { ${name}(input: $input) { results { id content { status } write { state } userErrors { code } } } }`;

describe('the cost of a write', () => {
  it('is at most ten statements and two calls to save content with its terms', async () => {
    const { id, version, localId } = await editors.freshPost();
    const terms = ['Mud', 'Sand'].map((name) => site.double.edit.saveTerm({ taxonomy: 'category', name }));
    await site.sync();
    const text = 'mutation($input: ContentUpdateInput!) { contentUpdate(input: $input) { content { ... on Post { title version } } write { state } userErrors { code } } }';
    const input = { id, expectedVersion: version, fields: { title: 'With terms', rawContent: 'mud and sand', termIds: terms.map((term) => encodeGlobalId(site.siteId, 'Term', term.term_taxonomy_id)) } };
    const { statements, calls } = await cost('contentUpdate', text, input);
    expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(MOST_STATEMENTS);
    expect(calls).toBe(2);
    expect(site.double.tables.posts.get(localId)?.post_title).toBe('With terms');
  });

  it('is at most ten statements and two calls to trash, restore and delete one content', async () => {
    const { id, version } = await editors.freshPost();
    for (const [name, input] of [['contentTrash', { expectedVersions: [version] }], ['contentRestore', {}], ['contentDelete', {}]] as const) {
      const { statements, calls } = await cost(name, action(name), { ids: [id], ...input });
      expect(statements.length, `${name}: ${statements.join('\n')}`).toBeLessThanOrEqual(MOST_STATEMENTS);
      expect(calls).toBeLessThanOrEqual(2);
    }
  });

  it('is at most ten statements and one call to moderate a comment', async () => {
    const post = await editors.freshPost();
    const row = site.double.edit.addComment(post.localId, { comment_approved: '0' });
    await site.sync();
    const text = 'mutation($input: CommentModerateInput!) { commentModerate(input: $input) { results { comment { moderation } write { state } userErrors { code } } } }';
    const { statements, calls } = await cost('commentModerate', text, { ids: [encodeGlobalId(site.siteId, 'Comment', row.comment_ID)], status: 'APPROVED' });
    expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(MOST_STATEMENTS);
    expect(calls).toBe(1);
  });

  it('is at most ten statements and two calls to create a term, whose number is asked besides', async () => {
    const text = 'mutation($input: TermSaveInput!) { termSave(input: $input) { term { name } write { state } userErrors { code } } }';
    const { statements, calls } = await cost('termSave', text, { siteId: encodeSiteId(site.siteId), taxonomy: 'category', name: 'Counted' });
    expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(MOST_STATEMENTS);
    expect(calls).toBe(2);
  });
});
