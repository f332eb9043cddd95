import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId, encodeSiteId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { startConnectedSite, type ConnectedSite } from '../../testkit/connected-site.js';
import { openTestStore } from '../../testkit/store.js';
import { createEditors, type Editors } from './editors.js';
import type { Loose } from './kit.js';

const SAVE = `mutation($input: TermSaveInput!) { termSave(input: $input) {
  term { id localId name slug description version parent { id } } write { state } userErrors { code message field retryable } } }`;
const DELETE = `mutation($input: TermDeleteInput!) { termDelete(input: $input) { deletedId write { state } userErrors { code message field } } }`;

let store: Store;
let site: ConnectedSite;
let editors: Editors;

beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store);
  // From here on the numbers of terms and those in their taxonomies differ, as on sites of some age.
  site.double.edit.saveTerm({ taxonomy: 'post_tag', name: 'Old', slug: 'old', term_id: 5000 });
  await site.sync();
  editors = createEditors(store, site, createContentSubgraph(store, site.desk));
});
afterAll(() => site.close());

const save = (userId: number, input: Record<string, unknown>): Promise<Loose> => editors.write(userId, 'termSave', SAVE, { siteId: encodeSiteId(site.siteId), taxonomy: 'category', ...input });
const remove = (userId: number, input: Record<string, unknown>): Promise<Loose> => editors.write(userId, 'termDelete', DELETE, input);
const named = (name: string) => site.double.tables.terms.all().filter((term) => term.name === name);
const rowsNamed = (name: string) => store.database.query<{ ttId: number }>('SELECT tt_id AS "ttId" FROM term WHERE site_id = $1 AND name = $2 AND alive', [site.siteId, name]);

async function freshTerm(name: string, taxonomy = 'category'): Promise<{ id: string; version: string; ttId: number }> {
  const row = site.double.edit.saveTerm({ taxonomy, name });
  await site.sync();
  await editors.auditSince();
  const [stored] = await store.database.query<{ version: string }>('SELECT version FROM term WHERE site_id = $1 AND tt_id = $2', [site.siteId, row.term_taxonomy_id]);
  return { id: encodeGlobalId(site.siteId, 'Term', row.term_taxonomy_id), version: stored?.version ?? '', ttId: row.term_taxonomy_id };
}

describe('termSave', () => {
  it('creates a term under the number that the site gave it in its taxonomy, so that its event makes no second one', async () => {
    await editors.auditSince();
    const payload = await save(2, { name: 'Harbour & sea', description: 'Of ships' });
    const [made] = named('Harbour &amp; sea');
    expect(made?.term_id).not.toBe(made?.term_taxonomy_id);
    expect(payload).toMatchObject({ term: { id: encodeGlobalId(site.siteId, 'Term', made?.term_taxonomy_id ?? 0), localId: made?.term_id, name: 'Harbour & sea', description: 'Of ships' }, write: { state: 'APPLIED' }, userErrors: [] });
    expect(await editors.auditSince()).toMatchObject([{ event: 'term.created', via: 'graph', userId: 2 }]);
    await site.sync();
    expect(await rowsNamed('Harbour &amp; sea')).toEqual([{ ttId: made?.term_taxonomy_id }]);
    expect(await editors.auditSince()).toHaveLength(0);
    expect(await editors.lastReceiptState()).toBe('CONFIRMED');
  });

  it('leaves the new term to its event when the site does not tell its number', async () => {
    site.double.failNext('jetpack/v4/sync/object', { kind: 'status', status: 404, body: '{"code":"rest_no_route","message":"No route"}' });
    const payload = await save(2, { name: 'Told later' });
    expect(payload).toMatchObject({ term: null, write: { state: 'APPLIED' }, userErrors: [] });
    await site.sync();
    expect(await rowsNamed('Told later')).toHaveLength(1);
  });

  it('changes a term and puts it under another', async () => {
    const [parent, child] = [await freshTerm('Above'), await freshTerm('Below')];
    const payload = await save(1, { id: child.id, name: 'Beneath', parentId: parent.id, expectedVersion: child.version });
    expect(payload).toMatchObject({ term: { id: child.id, name: 'Beneath', parent: { id: parent.id } }, userErrors: [] });
    expect(await editors.auditSince()).toMatchObject([{ event: 'term.updated', via: 'graph' }]);
    expect(named('Beneath')).toHaveLength(1);
  });

  it('refuses a change over one that the person did not see, on the site or here', async () => {
    const { id, version, ttId } = await freshTerm('Seen');
    site.double.edit.saveTerm({ taxonomy: 'category', name: 'Not seen', term_taxonomy_id: ttId });
    expect(await save(1, { id, name: 'Mine', expectedVersion: version })).toMatchObject({ term: { name: 'Not seen' }, write: { state: 'REJECTED' }, userErrors: [{ code: 'VERSION_CONFLICT', field: ['expectedVersion'] }] });
    expect(await save(1, { id, name: 'Mine', expectedVersion: version })).toMatchObject({ write: null, userErrors: [{ code: 'VERSION_CONFLICT' }] });
    expect(named('Not seen')).toHaveLength(1);
    await site.sync();
  });

  it('lets authors make tags but no categories, and refuses before any call', async () => {
    expect(await save(3, { name: 'By an author', taxonomy: 'post_tag' })).toMatchObject({ term: { name: 'By an author' }, userErrors: [] });
    const calls = site.double.calls.length;
    expect(await save(3, { name: 'Not by an author' })).toMatchObject({ term: null, write: null, userErrors: [{ code: 'FORBIDDEN', message: 'you need the capability edit_categories on this site' }] });
    expect(await save(1, { name: 'A menu', taxonomy: 'nav_menu' })).toMatchObject({ userErrors: [{ code: 'INVALID', field: ['taxonomy'] }] });
    expect(site.double.calls.length).toBe(calls);
  });

  it('tells why the site refused, and does not make a term twice when an answer is lost', async () => {
    site.double.failNext((call) => call.method === 'POST' && call.route === 'wp/v2/categories', { kind: 'lose-answer' });
    expect(await save(1, { name: 'Once & once' })).toMatchObject({ term: { name: 'Once & once' }, write: { state: 'APPLIED' }, userErrors: [] });
    expect(named('Once &amp; once')).toHaveLength(1);
    expect(await save(1, { name: 'Once & once' })).toMatchObject({ term: null, userErrors: [{ code: 'SITE_REJECTED', message: expect.stringContaining('term_exists') }] });
  });

  it('refuses while the site is down and takes the same key again', async () => {
    const input = { name: 'When it is back', idempotencyKey: editors.key() };
    await site.double.refuse();
    expect(await save(1, input)).toMatchObject({ userErrors: [{ code: 'SITE_UNREACHABLE', retryable: true }] });
    await site.double.accept();
    expect(await save(1, input)).toMatchObject({ term: { name: 'When it is back' }, userErrors: [] });
    expect(await save(1, input)).toMatchObject({ term: { name: 'When it is back' }, userErrors: [] });
    expect(named('When it is back')).toHaveLength(1);
  });
});

describe('termDelete', () => {
  it('deletes a term; the same key gets the same answer, and its echo tells nothing', async () => {
    const { id, version } = await freshTerm('To go');
    const input = { id, expectedVersion: version, idempotencyKey: editors.key() };
    expect(await remove(2, input)).toMatchObject({ deletedId: id, write: { state: 'APPLIED' }, userErrors: [] });
    expect(named('To go')).toHaveLength(0);
    expect(await editors.auditSince()).toMatchObject([{ event: 'term.deleted', via: 'graph', userId: 2 }]);
    const calls = site.double.calls.length;
    expect(await remove(2, input)).toMatchObject({ deletedId: id, userErrors: [] });
    expect(site.double.calls.length).toBe(calls);
    await site.sync();
    expect(await editors.auditSince()).toHaveLength(0);
  });

  it('settles a lost answer by reading back that it is gone', async () => {
    const { id } = await freshTerm('Gone anyway');
    site.double.failNext((call) => call.method === 'DELETE', { kind: 'lose-answer' });
    expect(await remove(1, { id })).toMatchObject({ deletedId: id, write: { state: 'APPLIED' }, userErrors: [] });
  });

  it('never deletes the default category, nor anything for an author', async () => {
    const { id } = await freshTerm('Stays');
    const isDefault = site.double.tables.terms.all().find((term) => term.term_id === Number(site.double.tables.options.get('default_category')));
    const calls = site.double.calls.length;
    expect(await remove(1, { id: encodeGlobalId(site.siteId, 'Term', isDefault?.term_taxonomy_id ?? 0) })).toMatchObject({ deletedId: null, write: null, userErrors: [{ code: 'INVALID', field: ['id'] }] });
    expect(await remove(3, { id })).toMatchObject({ deletedId: null, userErrors: [{ code: 'FORBIDDEN', message: 'you need the capability delete_term on this site' }] });
    expect(site.double.calls.length).toBe(calls);
  });
});
