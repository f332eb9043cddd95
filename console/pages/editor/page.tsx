// Edits one post, page or other content of a site: text by blocks, everything around it at the side, saving, preview, conflicts.
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import { useLocation, useParams } from 'wouter';
import { sitePath } from '../../app/navigation.js';
import { Button, LinkButton, OutLink } from '../../kit/button.js';
import { statusTone, statusWord, titleText } from '../../kit/content-words.js';
import { TextBox } from '../../kit/fields.js';
import { PageFrame } from '../../kit/page.js';
import { Bones, CardBones, Notice, ProblemState } from '../../kit/states.js';
import { Badge, formatTime } from '../../kit/words.js';
import { ConflictScreen } from './conflict.js';
import { LockNotice } from './lock-notice.js';
import { NewContent } from './new-content.js';
import { Outline } from './outline.js';
import { Preview } from './preview.js';
import { SidePanels } from './side-panels.js';
import { useEditor, type Editor, type SaveState } from './use-editor.js';
import { useLock } from './use-lock.js';
import { useLeaveGuard } from '../../kit/use-leave-guard.js';

const BlockList = lazy(async () => ({ default: (await import('./rich/block-list.js')).BlockList }));

export function Page(): ReactNode {
  const { site = '', content = '' } = useParams<{ site: string; content: string }>();
  const [location] = useLocation();
  const list = location.split('/')[3] ?? 'posts';
  if (content === 'new') return <NewContent site={site} list={list} />;
  return <OpenContent key={content} site={site} list={list} content={content} />;
}

function OpenContent({ site, list, content }: { readonly site: string; readonly list: string; readonly content: string }): ReactNode {
  const opened = useEditor(content);
  if (opened.kind === 'problem') return <PageFrame title="Edit"><ProblemState problem={opened.problem} retry={opened.retry} /></PageFrame>;
  if (opened.kind === 'loading') return <EditorBones />;
  return <EditorPage site={site} list={list} content={content} editor={opened.editor} />;
}

/** The editor before its content is there, each part in its place. */
function EditorBones(): ReactNode {
  return (
    <PageFrame title="Edit" about={'\u00a0'} actions={<div className="bone-line"><Bones width="6rem" height="100%" /></div>}>
      <div className="save-bar editor-bar"><div className="bone-line"><Bones width="4rem" height="1.25rem" /></div></div>
      <BodyBones />
    </PageFrame>
  );
}

/** All below the bar: what is beside or under the text comes with it, not before, or the text would push it away. */
function BodyBones(): ReactNode {
  return (
    <div className="editor" role="status" aria-label="Loading">
      <div className="stack">
        <div className="field"><Bones width="3rem" height="1.3125rem" /><div className="bone-line"><Bones height="100%" /></div></div>
        <div className="blocks"><div className="bone-line"><Bones width="14rem" height="100%" /></div><CardBones height="14rem" /><CardBones height="14rem" /><CardBones height="14rem" /></div>
      </div>
      <div className="stack"><CardBones height="20rem" /><CardBones height="14rem" /></div>
    </div>
  );
}

function EditorPage({ site, list, content, editor }: { readonly site: string; readonly list: string; readonly content: string; readonly editor: Editor }): ReactNode {
  const { draft, parts, isDirty, state, conflict } = editor;
  const [isPreviewing, setPreviewing] = useState(false);
  const guard = useLeaveGuard(isDirty);
  const desk = useLock(content, editor.base.version, editor.lockAtOpening);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 's') return;
      event.preventDefault();
      void editor.save();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [editor]);
  if (conflict !== null) return <><ConflictScreen editor={editor} conflict={conflict} />{guard}</>;
  return (
    <PageFrame
      title={titleText(draft.title)} about={<span className="line"><Badge tone={statusTone(parts.status)}>{statusWord(parts.status)}</Badge>{parts.type.label}{parts.author && ` by ${parts.author.displayName}`}</span>}
      actions={<><LinkButton to={sitePath(site, `/${list}`)}>All {parts.type.label.toLowerCase()}</LinkButton>{typeof parts.url === 'string' && parts.status === 'PUBLISHED' && <OutLink href={parts.url}>Open on the site</OutLink>}</>}
    >
      {editor.isRecovered && <Notice action={<Button onPress={editor.discard}>Discard it</Button>}><p>This is what you had typed when you left the page without saving.</p></Notice>}
      {state.kind === 'refused' && <Notice look="bad"><p>It was not saved: {state.message}</p></Notice>}
      <LockNotice desk={desk} version={editor.base.version} isDirty={isDirty} onReload={editor.reload} />
      {parts.status === 'TRASH' && <Notice look="warn"><p>It is in the trash. Restore it from the list before you go on.</p></Notice>}
      <div className="save-bar editor-bar">
        <SaveWord state={state} keptAt={editor.keptAt} />
        <span className="push line">
          <Button onPress={() => setPreviewing(true)}>Preview</Button>
          <Button look="primary" onPress={() => void editor.save()} isPending={state.kind === 'saving'} isDisabled={!isDirty || parts.status === 'TRASH'}>{draft.status === 'PUBLISHED' && parts.status !== 'PUBLISHED' ? 'Publish' : 'Save'}</Button>
        </span>
      </div>
      <Suspense fallback={<BodyBones />}>
        <div className="editor">
          <div className="stack">
            <TextBox label="Title" value={draft.title} onChange={(title) => editor.change({ title })} maxLength={5_000} />
            <BlockList document={draft.document} onChange={(document) => editor.change({ document })} />
          </div>
          <div className="stack">
            <SidePanels site={site} editor={editor} />
            <Outline document={draft.document} onChange={(document) => editor.change({ document })} />
          </div>
        </div>
      </Suspense>
      {isPreviewing && <Preview draft={draft} onClose={() => setPreviewing(false)} />}
      {guard}
    </PageFrame>
  );
}

function SaveWord({ state, keptAt }: { readonly state: SaveState; readonly keptAt: string | null }): ReactNode {
  const kept = keptAt === null ? '' : `, kept on the site at ${formatTime(keptAt).split(', ').at(-1) ?? ''}`;
  const [word, tone] = state.kind === 'saved' ? ['Saved', 'good'] as const : state.kind === 'saving' ? ['Saving…', 'note'] as const : state.kind === 'offline' ? ['Offline – trying again', 'bad'] as const
    : state.kind === 'refused' ? ['Not saved', 'bad'] as const : [`Not saved yet${kept}`, 'warn'] as const;
  return <span role="status" className="line"><Badge tone={tone}>{word}</Badge>{state.kind === 'offline' && <span className="soft">{state.message}</span>}</span>;
}
