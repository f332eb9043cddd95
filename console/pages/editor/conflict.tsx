// Somebody else changed the same thing: what it was, what you made of it and what is on the site now, side by side for each field. A field
// is yours, theirs or put together by hand; what does not touch is merged. The last way out saves over everything, and is audited.
import { useState, type ReactNode } from 'react';
import { Button } from '../../kit/button.js';
import { Ask } from '../../kit/dialog.js';
import { Segments, TextBox } from '../../kit/fields.js';
import { PageFrame } from '../../kit/page.js';
import { Notice } from '../../kit/states.js';
import { formatAge, formatTime } from '../../kit/words.js';
import { readDocument } from './blocks/document.js';
import { Differences } from './differences.js';
import { baseOf, type Draft, type Named, type Parts } from './draft.js';
import type { ContentFieldsInput } from './generated.js';
import type { Conflict, Editor } from './use-editor.js';

type Choice = 'yours' | 'theirs' | 'hand';

const LABELS: Readonly<Record<string, string>> = { title: 'Title', rawContent: 'Text', excerpt: 'Excerpt', slug: 'Slug', status: 'Status', publishedAt: 'Date', termIds: 'Categories and tags', featuredImageId: 'Featured image' };
const TEXTS = ['title', 'rawContent', 'excerpt', 'slug'];
const fieldName = (field: string): string => LABELS[field] ?? field;

export function ConflictScreen({ editor, conflict }: { readonly editor: Editor; readonly conflict: Conflict }): ReactNode {
  const fields = conflict.conflictingFields.filter(({ field }, index, all) => all.findIndex((one) => one.field === field) === index);
  const [choices, setChoices] = useState<Readonly<Record<string, Choice>>>({});
  const [hand, setHand] = useState<Readonly<Record<string, string>>>({});
  const [isAsking, setAsking] = useState(false);
  const others = conflict.changedFields.filter((field) => !fields.some((one) => one.field === field));
  const isDecided = fields.every(({ field }) => choices[field] !== undefined);
  const isBusy = editor.state.kind === 'saving';
  const current = baseOf(conflict.current as Parts);

  const save = (): void => {
    if (current === null) return;
    let draft: Draft = editor.draft;
    const settled: Record<string, unknown> = {};
    for (const { field, theirs } of fields) {
      settled[field] = theirsOf(field, current, theirs);
      if (choices[field] === 'hand') draft = withValue(draft, field, hand[field] ?? '');
      // What is theirs is there already: sent along as it is, it is no edit.
      if (choices[field] === 'theirs') draft = withTheirs(draft, field, current, theirs);
    }
    void editor.save({ draft, settled: settled as ContentFieldsInput });
  };
  return (
    <PageFrame title="Changed by somebody else meanwhile" about={<>{conflict.changedBy ? conflict.changedBy.displayName : 'Somebody'} changed it{conflict.changedAt ? <> <time dateTime={conflict.changedAt} title={formatTime(conflict.changedAt)}>{formatAge(conflict.changedAt)}</time></> : ''}. Nothing of yours is lost; decide what it is to be.</>}>
      {editor.state.kind === 'refused' && <Notice look="bad"><p>It was not saved: {editor.state.message}</p></Notice>}
      {others.length > 0 && <Notice><p>Also changed there, and kept as it is there: {others.map(fieldName).join(', ').toLowerCase()}.</p></Notice>}
      {fields.map(({ field, base, yours, theirs }) => (
        <section key={field} className="card stack" aria-label={fieldName(field)}>
          <div className="line spread">
            <h2>{fieldName(field)}</h2>
            <Segments label={`What ${fieldName(field).toLowerCase()} is to be`} value={choices[field] ?? ('' as Choice)} onChange={(choice) => {
              setChoices((now) => ({ ...now, [field]: choice }));
              if (choice === 'hand' && hand[field] === undefined) setHand((now) => ({ ...now, [field]: textOf(yours) }));
            }} options={[{ value: 'yours', label: 'Yours' }, { value: 'theirs', label: 'Theirs' }, ...(TEXTS.includes(field) ? [{ value: 'hand' as const, label: 'By hand' }] : [])]} />
          </div>
          {choices[field] === 'hand' && <TextBox label={`${fieldName(field)}, put together`} isMultiline={field === 'rawContent' || field === 'excerpt'} value={hand[field] ?? ''} onChange={(value) => setHand((now) => ({ ...now, [field]: value }))} />}
          <div className="versions">
            <Side title="Before" chosen={false}><pre>{textOf(base) || <span className="soft">Not known.</span>}</pre></Side>
            <Side title="Yours" chosen={choices[field] === 'yours'}><Differences base={textOf(base)} now={shownOf(field, yours, editor.draft)} /></Side>
            <Side title="Theirs" chosen={choices[field] === 'theirs'}><Differences base={textOf(base)} now={shownOf(field, theirs, current)} /></Side>
          </div>
        </section>
      ))}
      <div className="save-bar">
        <Button onPress={editor.leaveConflict} isDisabled={isBusy}>Back to the editor</Button>
        <Button look="danger" onPress={() => setAsking(true)} isDisabled={isBusy}>Overwrite everything…</Button>
        <Button look="primary" onPress={save} isDisabled={!isDecided} isPending={isBusy}>Save this</Button>
      </div>
      <Ask title="Overwrite what they changed?" isOpen={isAsking} onClose={() => setAsking(false)} confirm="Overwrite" look="danger" onConfirm={() => { setAsking(false); void editor.save({ onConflict: 'OVERWRITE' }); }}>
        <p>Every field that you changed is saved as you have it, over theirs. The audit log says so.</p>
      </Ask>
    </PageFrame>
  );
}

function Side({ title, chosen, children }: { readonly title: string; readonly chosen: boolean; readonly children: ReactNode }): ReactNode {
  return <div className={chosen ? 'version chosen' : 'version'}><h3>{title}{chosen && <span className="badge good bare">chosen</span>}</h3>{children}</div>;
}

const textOf = (value: unknown): string => (value === null || value === undefined ? '' : typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : JSON.stringify(value));
const namesOf = (named: readonly Named[] | null): string => (named ?? []).map(({ name }) => name).join(', ');

/** A value for people: names in place of numbers. */
function shownOf(field: string, value: unknown, side: Pick<Draft, 'categories' | 'tags' | 'image'> | null): string {
  if (field === 'termIds' && side !== null) return [namesOf(side.categories), namesOf(side.tags)].filter((names) => names !== '').join('; ');
  if (field === 'featuredImageId' && side !== null) return side.image?.name ?? 'none';
  return textOf(value);
}

/** The value that the site has, as an input takes it. */
function theirsOf(field: string, current: NonNullable<ReturnType<typeof baseOf>>, theirs: unknown): unknown {
  if (field === 'status') return current.status;
  if (field === 'termIds') return [...(current.categories ?? []), ...(current.tags ?? [])].map(({ id }) => id);
  if (field === 'featuredImageId') return current.image?.id ?? null;
  return theirs;
}

function withTheirs(draft: Draft, field: string, current: NonNullable<ReturnType<typeof baseOf>>, theirs: unknown): Draft {
  switch (field) {
    case 'status': return { ...draft, status: current.status };
    case 'publishedAt': return { ...draft, publishedAt: current.publishedAt };
    case 'termIds': return { ...draft, categories: current.categories, tags: current.tags };
    case 'featuredImageId': return { ...draft, image: current.image };
    default: return withValue(draft, field, textOf(theirs));
  }
}

function withValue(draft: Draft, field: string, value: string): Draft {
  switch (field) {
    case 'title': return { ...draft, title: value };
    case 'rawContent': return { ...draft, document: readDocument(value) };
    case 'excerpt': return { ...draft, excerpt: value };
    case 'slug': return { ...draft, slug: value };
    default: return draft;
  }
}
