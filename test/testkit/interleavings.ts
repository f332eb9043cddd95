// Two editors with the graph and a third hand on the site itself, in random order, against a merge that is written down here anew. Played
// on the double and on a real WordPress.
import fc from 'fast-check';
import { expect } from 'vitest';

export const LINES = 5;
export const UPDATE_FIELDS = 'content { version title ... on Post { rawContent } } conflict { changedFields conflictingFields { field } current { title } } userErrors { code }';

export interface Texts {
  readonly title: string;
  readonly lines: readonly string[];
}

export interface Shown {
  readonly version: string;
  readonly title: string;
  readonly rawContent: string;
}

/** One post, seen from every side. */
export interface Place {
  readonly id: string;
  onSite(): Promise<Texts>;
  editOnSite(texts: Texts): Promise<void>;
  /** The store learns what changed on the site. */
  sync(): Promise<void>;
  look(who: 0 | 1): Promise<Shown>;
  save(who: 0 | 1, input: Record<string, unknown>): Promise<unknown>;
  /** The last line of the audit log since it was asked last. */
  lastEvent(): Promise<string | undefined>;
}

export interface Seen {
  saved: number;
  conflicts: number;
  merged: number;
  overwritten: number;
}

interface Editor {
  version: string;
  base: Texts;
}

/** Who does what: an editor saves an edit of the title, a line or both; the site's own editor does; the site syncs; an editor looks again. */
export type Step =
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

/** Two to six steps. */
export const STEPS: fc.Arbitrary<Step[]> = fc.array(step, { minLength: 2, maxLength: 6 });

/** What every post begins with. */
export const FIRST: Texts = { title: 'Title', lines: Array.from({ length: LINES }, (_value, index) => `line ${index}`) };

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

/** Plays the steps on a post that begins with FIRST, and holds each save against what it must come to. */
export async function playInterleaving(place: Place, steps: readonly Step[], seen: Seen): Promise<void> {
  let tokens = 0;
  const token = (by: string): string => `${by}${(tokens += 1)}`;
  const edit = (from: Texts, by: string, title: boolean, at: number | null): Partial<Texts> => ({
    ...(title || at === null ? { title: `${from.title} ${token(by)}` } : {}),
    ...(at === null ? {} : { lines: from.lines.map((text, index) => (index === at ? `${text} ${token(by)}` : text)) }),
  });
  const people: readonly [Editor, Editor] = [{ version: '', base: FIRST }, { version: '', base: FIRST }];
  const look = async (at: 0 | 1): Promise<void> => adopt(people[at], await place.look(at));
  await look(0);
  await look(1);

  for (const step of steps) {
    if (step.kind === 'sync') await place.sync();
    else if (step.kind === 'look') await look(step.who);
    else if (step.kind === 'site') {
      const now = await place.onSite();
      await place.editOnSite({ ...now, ...edit(now, 's', step.title, step.line) });
    } else {
      const editor = people[step.who];
      const before = await place.onSite();
      const yours = edit(editor.base, 'ab'[step.who] ?? '', step.title, step.line);
      const wanted = expected(step.policy, editor.base, yours, before);
      const isStale = before.title !== editor.base.title || before.lines.join('\n') !== editor.base.lines.join('\n');
      const payload = await place.save(step.who, {
        id: place.id, expectedVersion: editor.version, onConflict: step.policy, baseFields: { title: editor.base.title, rawContent: editor.base.lines.join('\n') },
        fields: { ...(yours.title === undefined ? {} : { title: yours.title }), ...(yours.lines === undefined ? {} : { rawContent: yours.lines.join('\n') }) },
      });
      expect(await place.onSite()).toEqual(wanted ?? before);
      if (wanted === null) {
        seen.conflicts += 1;
        expect(payload).toMatchObject({ content: null, conflict: { current: { title: before.title } }, userErrors: [{ code: 'VERSION_CONFLICT' }] });
        await look(step.who);
      } else {
        seen.saved += 1;
        expect(payload).toMatchObject({ content: { title: wanted.title, rawContent: wanted.lines.join('\n') }, conflict: null, userErrors: [] });
        const event = await place.lastEvent();
        if (isStale && step.policy === 'OVERWRITE') {
          seen.overwritten += 1;
          expect(event).toBe('content.overwritten');
        } else {
          if (isStale) seen.merged += 1;
          // Whatever was on the site and not before the editor's eyes is there still.
          const have = new Set(tokensOf(await place.onSite()));
          for (const mark of tokensOf(before)) if (!tokensOf(editor.base).includes(mark)) expect(have).toContain(mark);
        }
        adopt(editor, (payload as { readonly content: Shown }).content);
      }
    }
  }
  await place.sync();
  await look(0);
  expect(people[0].base).toEqual(await place.onSite());
}

function adopt(editor: Editor, { version, title, rawContent }: Shown): void {
  Object.assign(editor, { version, base: { title, lines: rawContent.split('\n') } });
}

function tokensOf({ title, lines }: Texts): string[] {
  return [title, ...lines].join(' ').match(/\b[abs]\d+\b/g) ?? [];
}
