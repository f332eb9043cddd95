// Who may write what: each role on each type and status, own and others', against WordPress's own answers about the recorded site.
// What is allowed reaches the site, which is away here; what is refused never does.
import { beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../../core/log.js';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import { typenameOfPostType } from '../../../core/post-types.js';
import type { SiteClient } from '../../../origin/site-calls.js';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { readRecordedSite } from '../../auth/recorded-site.js';
import { ask, person } from '../../testkit/ask.js';
import { loadRecordedSite } from '../../testkit/recorded.js';
import { openTestStore } from '../../testkit/store.js';
import type { Loose } from './kit.js';

const { answers, users } = readRecordedSite();

let store: Store;
let siteId: SiteId;
let subgraph: ReturnType<typeof createContentSubgraph>;
let calls = 0;
let keys = 0;

beforeAll(async () => {
  store = await openTestStore();
  siteId = await loadRecordedSite(store);
  const away = (): Promise<{ kind: 'failure'; code: 'unreachable'; message: string; wasSent: boolean }> => {
    calls += 1;
    return Promise.resolve({ kind: 'failure', code: 'unreachable', message: 'away', wasSent: false });
  };
  const client: SiteClient = { rest: away, restAt: away, xmlRpc: away, xmlRpcAt: away, page: away, download: away, close: () => Promise.resolve() };
  subgraph = createContentSubgraph(store, { store, client, log: createLog('silent') });
});

/** One user of each role. */
const ASKERS = [...new Map(Object.keys(answers.primitive).map((id) => [users.get(Number(id))?.roles.join(), Number(id)])).values()];

async function write(userId: number, name: string, text: string, input: Record<string, unknown>): Promise<Loose> {
  const { data, errors } = await ask<Loose>(subgraph, person([{ siteId, userId }], `00000000-0000-4000-8000-${String(userId).padStart(12, '0')}`), text, { input: { idempotencyKey: `k${(keys += 1)}`, ...input } });
  expect(errors).toEqual([]);
  return data[name] as Loose;
}

interface Cell {
  readonly label: string;
  readonly wanted: boolean;
  readonly code: string;
}

function compare(name: string, cells: readonly Cell[]): void {
  // What the site's REST API does not have is nobody's to write.
  const shown = cells.filter(({ code }) => code !== 'INVALID');
  const different = shown.filter(({ wanted, code }) => wanted !== (code === 'SITE_UNREACHABLE')).map(({ label, wanted, code }) => `${label}: WordPress says ${wanted}, here ${code}`);
  console.log(`${name}: compared ${shown.length}, allowed ${shown.filter(({ wanted }) => wanted).length}, different ${different.length}`);
  expect(shown.filter(({ wanted }) => wanted).length).toBeGreaterThan(0);
  expect(shown.filter(({ wanted }) => !wanted).length).toBeGreaterThan(0);
  for (const { code } of shown) expect(['SITE_UNREACHABLE', 'FORBIDDEN', 'NOT_FOUND']).toContain(code);
  expect(different).toEqual([]);
}

const codeOf = (payload: Loose): string => String(payload['userErrors']?.[0]?.['code']);

/** For each asker one post of each type and status, own and others'. */
function postsFor(userId: number): { id: string; label: string; may: readonly string[]; status: string }[] {
  const found = new Map<string, { id: string; label: string; may: readonly string[]; status: string }>();
  for (const [localId, row] of Object.entries(answers.posts)) {
    const typename = typenameOfPostType(row.type);
    if (typename === null || typename === 'Product') continue;
    const cell = `${row.type} ${row.status} ${row.author === userId ? 'own' : 'other'}`;
    found.set(cell, { id: encodeGlobalId(siteId, typename, localId), label: `user ${userId} ${cell} ${localId}`, may: row.may[String(userId)] ?? [], status: row.status });
  }
  return [...found.values()];
}

const ACTION = (name: string): string => `mutation($input: ContentActionInput!) { ${name}(input: $input) { results { id userErrors { code } } userErrors { code } } }`;
const UPDATE = 'mutation($input: ContentUpdateInput!) { contentUpdate(input: $input) { userErrors { code } } }';

describe('who may write on the recorded site', { timeout: 120_000 }, () => {
  for (const [name, capability] of [['contentTrash', 'delete_post'], ['contentRestore', 'edit_post'], ['contentDelete', 'delete_post']] as const) {
    it(`lets ${name} through exactly where WordPress says ${capability}`, async () => {
      const cells: Cell[] = [];
      for (const userId of ASKERS) {
        const posts = postsFor(userId);
        const { results } = (await write(userId, name, ACTION(name), { ids: posts.map(({ id }) => id) })) as unknown as { results: Loose[] };
        expect(results).toHaveLength(posts.length);
        posts.forEach(({ label, may }, index) => cells.push({ label, wanted: may.includes(capability), code: codeOf(results[index] as Loose) }));
      }
      compare(name, cells);
    });
  }

  it('lets contentUpdate through exactly where WordPress says edit_post, and to publish where it says publish_post too', async () => {
    const edits: Cell[] = [];
    const publications: Cell[] = [];
    for (const userId of ASKERS) {
      for (const { id, label, may, status } of postsFor(userId)) {
        edits.push({ label, wanted: may.includes('edit_post'), code: codeOf(await write(userId, 'contentUpdate', UPDATE, { id, fields: { title: 'New' } })) });
        if (!['draft', 'pending'].includes(status)) continue;
        const code = codeOf(await write(userId, 'contentUpdate', UPDATE, { id, fields: { status: 'PUBLISHED' } }));
        publications.push({ label: `${label} publish`, wanted: may.includes('edit_post') && may.includes('publish_post'), code });
      }
    }
    compare('contentUpdate', edits);
    compare('publishing', publications);
  });

  it('lets commentModerate through exactly where WordPress says moderate_comments or edit_comment', async () => {
    const cells: Cell[] = [];
    for (const userId of ASKERS) {
      const rows = Object.entries(answers.comments);
      const text = 'mutation($input: CommentModerateInput!) { commentModerate(input: $input) { results { userErrors { code } } } }';
      const { results } = (await write(userId, 'commentModerate', text, { ids: rows.map(([id]) => encodeGlobalId(siteId, 'Comment', id)), status: 'SPAM' })) as unknown as { results: Loose[] };
      const moderates = answers.primitive[String(userId)]?.['moderate_comments'] ?? false;
      rows.forEach(([id, may], index) => cells.push({ label: `user ${userId} comment ${id}`, wanted: moderates || (may[String(userId)] ?? false), code: codeOf(results[index] as Loose) }));
    }
    compare('commentModerate', cells);
  });

  it('lets termSave and termDelete through exactly where WordPress says edit_term and delete_term', async () => {
    const terms = await store.database.query<{ ttId: number; termId: number; taxonomy: string }>('SELECT tt_id AS "ttId", term_id AS "termId", taxonomy FROM term WHERE site_id = $1 AND alive', [siteId]);
    const [saves, deletions]: [Cell[], Cell[]] = [[], []];
    for (const userId of ASKERS) {
      for (const [key, may] of Object.entries(answers.terms)) {
        const term = terms.find(({ taxonomy, termId }) => `${taxonomy}:${termId}` === key);
        // Menus are terms to WordPress; they have mutations of their own.
        if (!term || term.taxonomy === 'nav_menu') continue;
        const id = encodeGlobalId(siteId, 'Term', term.ttId);
        const granted = may[String(userId)] ?? [];
        const saved = await write(userId, 'termSave', 'mutation($input: TermSaveInput!) { termSave(input: $input) { userErrors { code } } }', { siteId: encodeSiteId(siteId), id, taxonomy: term.taxonomy, name: 'New' });
        saves.push({ label: `user ${userId} ${key}`, wanted: granted.includes('edit_term'), code: codeOf(saved) });
        const deleted = await write(userId, 'termDelete', 'mutation($input: TermDeleteInput!) { termDelete(input: $input) { userErrors { code } } }', { id });
        deletions.push({ label: `user ${userId} ${key}`, wanted: granted.includes('delete_term'), code: codeOf(deleted) });
      }
    }
    compare('termSave', saves);
    compare('termDelete', deletions);
  });

  it('calls the site for what is allowed alone', async () => {
    const before = calls;
    const contributor = ASKERS.find((id) => users.get(id)?.roles.includes('contributor')) ?? 0;
    const [refused] = postsFor(contributor).filter(({ may }) => !may.includes('delete_post'));
    await write(contributor, 'contentDelete', ACTION('contentDelete'), { ids: [refused?.id] });
    expect(calls).toBe(before);
  });
});
