// Two editors with the graph and a third hand on the site itself, in random order, against a merge that is written down here anew.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { startConnectedSite, type ConnectedSite } from '../../testkit/connected-site.js';
import { openTestStore } from '../../testkit/store.js';
import { createEditors, type Editors } from './editors.js';

const RUNS = 200;
const LINES = 5;
const UPDATE = `mutation($input: ContentUpdateInput!) { contentUpdate(input: $input) {
  content { version title ... on Post { rawContent } } conflict { changedFields conflictingFields { field } current { title } } userErrors { code } } }`;

interface Texts {
  readonly title: string;
  readonly lines: readonly string[];
}

interface Editor {
  readonly userId: number;
  version: string;
  base: Texts;
}

/** Who does what: an editor saves an edit of the title, a line or both; the site's own editor does; the site syncs; an editor looks again. */
type Step =
  | { readonly kind: 'save'; readonly who: 0 | 1; readonly policy: 'FAIL' | 'MERGE_DISJOINT' | 'OVERWRITE'; readonly title: boolean; readonly line: number | null }
  | { readonly kind: 'site'; readonly title: boolean; readonly line: number | null }
  | { readonly kind: 'sync' }
  | { readonly kind: 'look'; readonly who: 0 | 1 };

const who = fc.constantFrom(0 as const, 1 as const);
const line = fc.option(fc.integer({ min: 0, max: LINES - 1 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('save' as const), who, policy: fc.constantFrom('FAIL' as const, 'MERGE_DISJOINT' as const, 'MERGE_DISJOINT' as const, 'OVERWRITE' as const), title: fc.boolean(), line }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('site' as const), title: fc.boolean(), line }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'sync' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('look' as const), who }) },
);

/** Lines of both sides over one base, none added and none removed: edits that touch must be equal. Null where they are not. */
function mergeLines(base: readonly string[], yours: readonly string[], theirs: readonly string[]): string[] | null {
  if (yours.join('\n') === theirs.join('\n')) return [...yours];
  const isTouched = (at: number): boolean => yours[at] !== base[at] || theirs[at] !== base[at];
  const merged: string[] = [];
  for (let start = 0; start < base.length; start += 1) {
    if (!isTouched(start)) {
      merged.push(base[start] ?? '');
      continue;
    }
    let end = start;
    while (end + 1 < base.length && isTouched(end + 1)) end += 1;
    const part = (side: readonly string[]): string => side.slice(start, end + 1).join('\n');
    if (part(yours) === part(base)) merged.push(part(theirs));
    else if (part(theirs) === part(base) || part(theirs) === part(yours)) merged.push(part(yours));
    else return null;
    start = end;
  }
  return merged.join('\n').split('\n');
}

/** What the site must hold after a save; null when it must be refused and the site left as it is. */
function expected(policy: string, base: Texts, yours: Partial<Texts>, theirs: Texts): Texts | null {
  const isChanged = theirs.title !== base.title || theirs.lines.join('\n') !== base.lines.join('\n');
  if (!isChanged || policy === 'OVERWRITE') return { ...theirs, ...yours };
  if (policy === 'FAIL') return null;
  const title = yours.title === undefined || theirs.title === base.title ? (yours.title ?? theirs.title) : yours.title === theirs.title ? theirs.title : null;
  const lines = yours.lines === undefined ? theirs.lines : mergeLines(base.lines, yours.lines, theirs.lines);
  return title === null || lines === null ? null : { title, lines };
}

let store: Store;
let site: ConnectedSite;
let editors: Editors;

beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store);
  editors = createEditors(store, site, createContentSubgraph(store, site.desk));
});
afterAll(() => site.close());

describe('two editors and the site', () => {
  it(`lose no update unreported in ${RUNS} random interleavings, and merge as the reference does`, { timeout: 600_000 }, async () => {
    const seen = { saved: 0, conflicts: 0, merged: 0, overwritten: 0 };
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), (steps) => play(steps, seen)), { numRuns: RUNS, endOnFailure: true });
    // The property says nothing unless all of it happened.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
  });
});

async function play(steps: readonly Step[], seen: { saved: number; conflicts: number; merged: number; overwritten: number }): Promise<void> {
  let tokens = 0;
  const token = (by: string): string => `${by}${(tokens += 1)}`;
  const first: Texts = { title: 'Title', lines: Array.from({ length: LINES }, (_value, index) => `line ${index}`) };
  const row = site.double.edit.savePost({ post_title: first.title, post_content: first.lines.join('\n'), post_author: 1 });
  await site.sync();
  const id = encodeGlobalId(site.siteId, 'Post', row.ID);
  const onSite = (): Texts => {
    const now = site.double.tables.posts.get(row.ID);
    return { title: now?.post_title ?? '', lines: (now?.post_content ?? '').split('\n') };
  };
  const edit = (from: Texts, by: string, title: boolean, at: number | null): Partial<Texts> => ({
    ...(title || at === null ? { title: `${from.title} ${token(by)}` } : {}),
    ...(at === null ? {} : { lines: from.lines.map((text, index) => (index === at ? `${text} ${token(by)}` : text)) }),
  });
  const look = async (editor: Editor): Promise<void> => {
    const data = await editors.read(editor.userId, `{ _entities(representations: [{ __typename: "Post", id: "${id}" }]) { ... on Post { version title rawContent } } }`);
    adopt(editor, data['_entities']?.[0] as unknown as Shown);
  };
  const people: readonly [Editor, Editor] = [{ userId: 1, version: '', base: first }, { userId: 2, version: '', base: first }];
  for (const editor of people) await look(editor);

  for (const step of steps) {
    if (step.kind === 'sync') await site.sync();
    else if (step.kind === 'look') await look(people[step.who]);
    else if (step.kind === 'site') {
      const now = { ...onSite(), ...edit(onSite(), 's', step.title, step.line) };
      site.double.edit.savePost({ ID: row.ID, post_title: now.title, post_content: now.lines.join('\n') }, 3);
    } else {
      const editor = people[step.who];
      const before = onSite();
      const yours = edit(editor.base, 'ab'[step.who] ?? '', step.title, step.line);
      const wanted = expected(step.policy, editor.base, yours, before);
      const isStale = before.title !== editor.base.title || before.lines.join('\n') !== editor.base.lines.join('\n');
      const payload = await editors.write(editor.userId, 'contentUpdate', UPDATE, {
        id, expectedVersion: editor.version, onConflict: step.policy, baseFields: { title: editor.base.title, rawContent: editor.base.lines.join('\n') },
        fields: { ...(yours.title === undefined ? {} : { title: yours.title }), ...(yours.lines === undefined ? {} : { rawContent: yours.lines.join('\n') }) },
      });
      expect(onSite()).toEqual(wanted ?? before);
      if (wanted === null) {
        seen.conflicts += 1;
        expect(payload).toMatchObject({ content: null, conflict: { current: { title: before.title } }, userErrors: [{ code: 'VERSION_CONFLICT' }] });
        await look(editor);
      } else {
        seen.saved += 1;
        expect(payload).toMatchObject({ content: { title: wanted.title, rawContent: wanted.lines.join('\n') }, conflict: null, userErrors: [] });
        const lines = await editors.auditSince();
        if (isStale && step.policy === 'OVERWRITE') {
          seen.overwritten += 1;
          expect(lines.at(-1)?.event).toBe('content.overwritten');
        } else {
          if (isStale) seen.merged += 1;
          // Whatever was on the site and not before the editor's eyes is there still.
          const have = new Set(tokensOf(onSite()));
          for (const mark of tokensOf(before)) if (!tokensOf(editor.base).includes(mark)) expect(have).toContain(mark);
        }
        adopt(editor, payload['content'] as unknown as Shown);
      }
    }
  }
  await site.sync();
  await look(people[0]);
  expect(people[0].base).toEqual(onSite());
}

interface Shown {
  readonly version: string;
  readonly title: string;
  readonly rawContent: string;
}

function adopt(editor: Editor, { version, title, rawContent }: Shown): void {
  Object.assign(editor, { version, base: { title, lines: rawContent.split('\n') } });
}

function tokensOf({ title, lines }: Texts): string[] {
  return [title, ...lines].join(' ').match(/\b[abs]\d+\b/g) ?? [];
}
