// What a save costs through the whole graph, with everything that an editor asks back.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId, encodeSiteId } from '../../../core/ids.js';
import { createSiteClient } from '../../../origin/site-client.js';
import type { SiteClient } from '../../../origin/site-calls.js';
import type { Store } from '../../../store/store.js';
import { person } from '../../testkit/ask.js';
import { startConnectedSite, type ConnectedSite } from '../../testkit/connected-site.js';
import { startGraph, type TestGraph } from '../../testkit/graph.js';
import { countStatements } from '../../testkit/statements.js';
import { openTestStore } from '../../testkit/store.js';

const MOST_STATEMENTS = 10;
const MOST_CALLS = 2;
const ANSWER = `content { id localId version title slug status url publishedAt modifiedAt author { id displayName }
  ... on Post { content rawContent excerpt(length: 20) sticky format commentStatus passwordProtected
    categories { id name slug } tags { id name } terms(taxonomy: "category") { name } featuredImage { id altText sourceUrl } } }
  conflict { changedFields } write { id state sequence } userErrors { code message field }`;

let store: Store;
let site: ConnectedSite;
let client: SiteClient;
let counted: ReturnType<typeof countStatements>;
let graph: TestGraph;
let keys = 0;
let imageId: string;
let termIds: string[];

beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store);
  counted = countStatements(store);
  client = createSiteClient({ store: counted.store, log: site.desk.log, allowPrivateOrigins: true });
  graph = await startGraph(counted.store, 'in-process', { editor: person([{ siteId: site.siteId, userId: 1 }]) }, client);
  const { edit } = site.double;
  const image = edit.savePost({ post_title: 'Reeds', post_type: 'attachment', post_status: 'inherit', post_mime_type: 'image/jpeg', post_author: 1, guid: `${site.double.url}/reeds.jpg` });
  const terms = [edit.saveTerm({ taxonomy: 'category', name: 'Mud' }), edit.saveTerm({ taxonomy: 'post_tag', name: 'Sand' })];
  await site.sync();
  imageId = encodeGlobalId(site.siteId, 'MediaItem', image.ID);
  termIds = terms.map((term) => encodeGlobalId(site.siteId, 'Term', term.term_taxonomy_id));
  // What is open against the site, and its policy, are read once a process.
  const post = await freshPost('publish');
  await save('contentUpdate', 'ContentUpdateInput', { id: post.id, fields: { title: 'First' } });
});
afterAll(async () => {
  await graph.close();
  await client.close();
  await site.close();
});

async function freshPost(status: string): Promise<{ id: string; expectedVersion: string }> {
  const post = site.double.edit.savePost({ post_title: 'Tides', post_content: 'one\ntwo', post_author: 1, post_status: status });
  await site.sync();
  const [row] = await store.database.query<{ version: string }>('SELECT version FROM post WHERE site_id = $1 AND id = $2', [site.siteId, post.ID]);
  return { id: encodeGlobalId(site.siteId, 'Post', post.ID), expectedVersion: row?.version ?? '' };
}

interface Answer {
  readonly content: Record<string, unknown> | null;
  readonly write: { readonly state: string };
  readonly userErrors: readonly unknown[];
}

async function save(name: string, type: string, input: Record<string, unknown>): Promise<{ answer: Answer; statements: string[]; calls: number }> {
  counted.reset();
  const before = site.double.calls.length;
  const { data, codes } = await graph.ask(`mutation($input: ${type}!) { ${name}(input: $input) { ${ANSWER} } }`, { input: { idempotencyKey: `save-${(keys += 1)}`, ...input } }, 'editor');
  expect(codes).toEqual([]);
  const answer = data?.[name] as Answer;
  expect(answer.userErrors).toEqual([]);
  return { answer, statements: counted.statements.map((statement) => statement.text.trim().slice(0, 90)), calls: site.double.calls.length - before };
}

describe('the cost of a save that asks everything back', () => {
  const rich = { rawContent: 'mud and sand', excerpt: 'both', sticky: true };
  const told = () => ({
    title: 'All of it', rawContent: 'mud and sand', sticky: true, format: 'standard', author: { displayName: 'Maria' }, categories: [{ name: 'Mud' }], tags: [{ name: 'Sand' }], terms: [{ name: 'Mud' }],
    featuredImage: { id: imageId, sourceUrl: `${site.double.url}/reeds.jpg` },
  });

  it('is at most ten statements and two calls to change content', async () => {
    const post = await freshPost('publish');
    const { answer, statements, calls } = await save('contentUpdate', 'ContentUpdateInput', { ...post, fields: { ...rich, title: 'All of it', termIds, featuredImageId: imageId } });
    expect(answer).toMatchObject({ content: told(), write: { state: 'APPLIED' } });
    expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(MOST_STATEMENTS);
    expect(calls).toBe(MOST_CALLS);
  });

  it('is at most ten statements and one call to create content', async () => {
    const input = { siteId: encodeSiteId(site.siteId), fields: { ...rich, title: 'All of it', status: 'PUBLISHED', termIds, featuredImageId: imageId } };
    const { answer, statements, calls } = await save('contentCreate', 'ContentCreateInput', input);
    expect(answer).toMatchObject({ content: told(), write: { state: 'APPLIED' } });
    expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(MOST_STATEMENTS);
    expect(calls).toBe(1);
  });

  it('is at most ten statements and two calls to save over a change, and to keep an autosave beside content or in a draft of one\'s own', async () => {
    const over = await freshPost('publish');
    site.double.edit.savePost({ ID: Number(Buffer.from(over.id, 'base64url').toString().split('/').at(-1)), post_title: 'Changed there' });
    const beside = await freshPost('publish');
    const own = await freshPost('draft');
    const cases = [
      ['contentUpdate', { ...over, onConflict: 'OVERWRITE', fields: { title: 'Over it' } }], ['contentAutosave', { ...beside, fields: { title: 'Beside it' } }],
      ['contentAutosave', { ...own, fields: { title: 'Into it' } }],
    ] as const;
    for (const [name, input] of cases) {
      const { answer, statements, calls } = await save(name, 'ContentUpdateInput', input);
      expect(answer.write.state).toBe('APPLIED');
      expect(statements.length, `${input.fields.title}: ${statements.join('\n')}`).toBeLessThanOrEqual(MOST_STATEMENTS);
      expect(calls).toBeLessThanOrEqual(MOST_CALLS);
    }
  });

  it('shows what the site changed in what was saved, not what was read before', async () => {
    const post = await freshPost('publish');
    const { answer } = await save('contentUpdate', 'ContentUpdateInput', { ...post, fields: { title: 'Image', featuredImageId: imageId } });
    expect(answer.content).toMatchObject({ featuredImage: { id: imageId } });
    const { answer: without } = await save('contentUpdate', 'ContentUpdateInput', { id: post.id, fields: { featuredImageId: null, sticky: true } });
    expect(without.content).toMatchObject({ featuredImage: null, sticky: true });
    const { answer: unstuck } = await save('contentUpdate', 'ContentUpdateInput', { id: post.id, fields: { sticky: false } });
    expect(unstuck.content).toMatchObject({ sticky: false });
  });
});
