import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { startConnectedSite, type ConnectedSite } from '../../testkit/connected-site.js';
import { openTestStore } from '../../testkit/store.js';
import { createEditors, type Editors } from './editors.js';
import type { Loose } from './kit.js';

const SHOWN = '{ content { id localId title ... on Post { rawContent tags { name } autosave { title rawContent author { id } } } } conflict { changedFields } write { state } userErrors { code message field retryable } }';
const AUTOSAVE = `mutation($input: ContentUpdateInput!) { contentAutosave(input: $input) ${SHOWN} }`;
const UPDATE = `mutation($input: ContentUpdateInput!) { contentUpdate(input: $input) ${SHOWN} }`;
const CREATE = `mutation($input: ContentCreateInput!) { contentCreate(input: $input) ${SHOWN} }`;

let store: Store;
let site: ConnectedSite;
let editors: Editors;

beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store);
  editors = createEditors(store, site, createContentSubgraph(store, site.desk));
});
afterAll(() => site.close());

const autosave = (userId: number, input: Record<string, unknown>): Promise<Loose> => editors.write(userId, 'contentAutosave', AUTOSAVE, input);
const namesOf = (payload: Loose): unknown[] => ((payload['content']?.['tags'] ?? []) as unknown as Loose[]).map(({ name }) => name);
const rowOf = (localId: number) => site.double.tables.posts.get(localId);
const autosavesOf = (localId: number) => site.double.tables.posts.ownedBy(localId).filter((row) => row.post_type === 'revision');

describe('contentAutosave', () => {
  it('keeps what was typed beside published content, which stays as it is, and tells no audit line', async () => {
    const { id, localId } = await editors.freshPost({ title: 'Public' });
    const payload = await autosave(2, { id, fields: { title: 'Half a thought', rawContent: 'typed' } });
    expect(payload).toMatchObject({ content: { title: 'Public', autosave: { title: 'Half a thought', rawContent: 'typed' } }, write: { state: 'APPLIED' }, userErrors: [] });
    await autosave(2, { id, fields: { title: 'A whole thought' } });
    expect(rowOf(localId)?.post_title).toBe('Public');
    expect(autosavesOf(localId)).toMatchObject([{ post_title: 'A whole thought', post_author: 2 }]);
    expect(await editors.auditSince()).toHaveLength(0);
    await site.sync();
    expect(await editors.auditSince()).toHaveLength(0);
    expect(await editors.lastReceiptState()).toBe('CONFIRMED');
  });

  it('saves a draft of the person themselves, checked against what was published meanwhile', async () => {
    const { id, localId } = await editors.freshPost({ title: 'Mine', status: 'draft', author: 2 });
    expect(await autosave(2, { id, fields: { title: 'Still mine' } })).toMatchObject({ content: { title: 'Still mine', autosave: null }, userErrors: [] });
    expect(rowOf(localId)?.post_title).toBe('Still mine');
    site.double.edit.savePost({ ID: localId, post_status: 'publish' }, 1);
    expect(await autosave(2, { id, fields: { title: 'Not for the public' } })).toMatchObject({ content: null, conflict: { changedFields: ['status'] }, userErrors: [{ code: 'VERSION_CONFLICT' }] });
    expect(rowOf(localId)?.post_title).toBe('Still mine');
    await site.sync();
  });

  it('takes what the content holds already for kept', async () => {
    const { id, localId } = await editors.freshPost({ title: 'The same' });
    expect(await autosave(1, { id, fields: { title: 'The same' } })).toMatchObject({ write: { state: 'APPLIED' }, userErrors: [] });
    expect(autosavesOf(localId)).toHaveLength(0);
  });

  it('settles a lost answer by reading back, and refuses what it cannot keep and those who may not edit before any call', async () => {
    const { id, localId } = await editors.freshPost({ author: 1 });
    site.double.failNext((call) => call.method === 'POST' && call.route === `wp/v2/posts/${localId}/autosaves`, { kind: 'lose-answer' });
    expect(await autosave(2, { id, fields: { title: 'Kept once' } })).toMatchObject({ content: { autosave: { title: 'Kept once' } }, write: { state: 'APPLIED' }, userErrors: [] });
    const calls = site.double.calls.length;
    expect(await autosave(3, { id, fields: { title: 'No' } })).toMatchObject({ userErrors: [{ code: 'FORBIDDEN', message: 'you need the capability edit_post on this site' }] });
    expect(await autosave(1, { id, fields: { title: 'No', slug: 'no' } })).toMatchObject({ userErrors: [{ code: 'INVALID', field: ['fields'] }] });
    expect(site.double.calls.length).toBe(calls);
  });
});

describe('newTags', () => {
  const named = (name: string) => site.double.tables.terms.all().filter((term) => term.name === name);

  it('makes the tags that the site does not have, takes those that it has, and sets them with the save', async () => {
    site.double.edit.saveTerm({ taxonomy: 'post_tag', name: 'Known' });
    await site.sync();
    site.double.edit.saveTerm({ taxonomy: 'post_tag', name: 'Not synced' });
    const input = { siteId: encodeSiteId(site.siteId), idempotencyKey: editors.key(), fields: { title: 'Tagged', newTags: ['known', 'Not synced', 'Salt & wind', 'salt & wind'] } };
    const payload = await editors.write(3, 'contentCreate', CREATE, input);
    expect(payload['userErrors']).toEqual([]);
    const tags = namesOf(payload);
    expect(tags).toEqual(['Known', 'Not synced', 'Salt & wind']);
    expect(['Known', 'Not synced', 'Salt &amp; wind'].map((name) => named(name).length)).toEqual([1, 1, 1]);
    const calls = site.double.calls.length;
    expect(await editors.write(3, 'contentCreate', CREATE, input)).toMatchObject({ content: { title: 'Tagged' }, userErrors: [] });
    expect(site.double.calls.length).toBe(calls);
    await site.sync();
  });

  it('adds them to the tags that content has', async () => {
    const { id, version } = await editors.freshPost();
    await editors.write(1, 'contentUpdate', UPDATE, { id, expectedVersion: version, fields: { newTags: ['First'] } });
    const payload = await editors.write(1, 'contentUpdate', UPDATE, { id, fields: { newTags: ['Second'] } });
    expect(namesOf(payload)).toEqual(['First', 'Second']);
  });

  it('saves nothing when a tag cannot be made', async () => {
    const { id, localId } = await editors.freshPost({ title: 'As it was' });
    await site.double.refuse();
    const payload = await editors.write(1, 'contentUpdate', UPDATE, { id, fields: { title: 'Changed', newTags: ['Unmade'] } });
    await site.double.accept();
    expect(payload).toMatchObject({ content: null, userErrors: [{ code: 'SITE_UNREACHABLE', retryable: true }] });
    expect(rowOf(localId)?.post_title).toBe('As it was');
    expect(await editors.write(1, 'contentUpdate', UPDATE, { id, fields: { newTags: [' '] } })).toMatchObject({ userErrors: [{ code: 'INVALID', field: ['fields', 'newTags'] }] });
  });
});
