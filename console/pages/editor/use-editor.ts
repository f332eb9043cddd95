// The life of one draft: read, edited, saved (the same key until an answer came), kept by autosave, in conflict. One at a time is under
// way towards the site; what is typed meanwhile is saved next.
import { useCallback, useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';
import { problemOf, type Problem } from '../../graph/errors.js';
import { useWrite } from '../../graph/use-write.js';
import { readDocument, writeDocument } from './blocks/document.js';
import { baseFields, baseOf, changedFields, draftOf, isChanged, type Base, type Draft, type Parts } from './draft.js';
import { EditorAutosaveDocument, EditorContentDocument, EditorSaveDocument, type ConflictPolicy, type ContentFieldsInput, type EditorLockFragment, type EditorSaveMutation } from './generated.js';
import { keepDraft, takeDraft } from './kept-drafts.js';

export type Conflict = NonNullable<NonNullable<EditorSaveMutation['contentUpdate']>['conflict']>;
export type SaveState =
  | { readonly kind: 'saved' } | { readonly kind: 'changed' } | { readonly kind: 'saving' }
  /** Nothing answered, or the outcome is not known: the same is asked again. */
  | { readonly kind: 'offline'; readonly message: string }
  | { readonly kind: 'refused'; readonly message: string };

export type Opened =
  | { readonly kind: 'loading' } | { readonly kind: 'problem'; readonly problem: Problem; readonly retry: () => void }
  | { readonly kind: 'open'; readonly editor: Editor };

export interface Editor {
  readonly parts: Parts;
  readonly base: Base;
  readonly draft: Draft;
  readonly isDirty: boolean;
  readonly state: SaveState;
  /** When the site last took an autosave of this draft. */
  readonly keptAt: string | null;
  readonly conflict: Conflict | null;
  /** A draft that was left without saving is shown again. */
  readonly isRecovered: boolean;
  /** Who edited it when it was opened. */
  readonly lockAtOpening: EditorLockFragment | null;
  readonly change: (part: Partial<Draft>) => void;
  readonly save: (more?: { readonly draft?: Draft; readonly onConflict?: ConflictPolicy; readonly settled?: ContentFieldsInput }) => Promise<void>;
  readonly leaveConflict: () => void;
  readonly discard: () => void;
  /** Reads it again, in place of what is shown. */
  readonly reload: () => void;
}

const AUTOSAVE_AFTER_MS = 8_000;
const RETRY_AFTER_MS = 10_000;
const NOT_EDITABLE: Problem = { kind: 'denied', message: 'There is no such content, or you may not edit it.', requestId: null };

interface Held {
  readonly parts: Parts;
  readonly base: Base;
  readonly draft: Draft;
  readonly isRecovered: boolean;
}

export function useEditor(id: string): Opened {
  const client = useClient();
  const [held, setHeld] = useState<Held | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [state, setState] = useState<SaveState>({ kind: 'saved' });
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [keptAt, setKeptAt] = useState<string | null>(null);
  const [lockAtOpening, setLockAtOpening] = useState<EditorLockFragment | null>(null);
  const { send } = useWrite(EditorSaveDocument);
  const { send: keep } = useWrite(EditorAutosaveDocument);
  const latest = useRef<Held | null>(null);
  latest.current = held;
  const isWriting = useRef(false);

  const open = useCallback(async () => {
    setProblem(null);
    const { data, error } = await client.query(EditorContentDocument, { id }, { requestPolicy: 'network-only' }).toPromise();
    const parts = data?.node && 'rawContent' in data.node ? (data.node as Parts) : null;
    const base = parts && baseOf(parts);
    if (parts === null || base === null) return setProblem(error ? problemOf(error) : NOT_EDITABLE);
    setLockAtOpening(data?.node && 'lock' in data.node ? (data.node.lock as EditorLockFragment | null) : null);
    const kept = takeDraft(id);
    setHeld(kept && kept.base.version === base.version ? { parts, base, draft: kept.draft, isRecovered: true } : kept ? { parts, base: kept.base, draft: kept.draft, isRecovered: true } : { parts, base, draft: draftOf(base), isRecovered: false });
    setState({ kind: kept ? 'changed' : 'saved' });
  }, [client, id]);
  useEffect(() => void open(), [open]);
  useEffect(() => () => {
    const left = latest.current;
    if (left && isChanged(left.base, left.draft)) keepDraft(id, { base: left.base, draft: left.draft });
  }, [id]);

  const take = useCallback((parts: Parts, sent: Draft, sentText: string) => {
    const base = baseOf(parts);
    if (base === null) return;
    setConflict(null);
    setHeld((now) => {
      if (now === null || now.draft === sent) return { parts, base, draft: base.rawContent === sentText ? { ...draftOf(base), document: sent.document } : draftOf(base), isRecovered: false };
      // Typed meanwhile. Where the site made something else of the text, what was sent stays the base, so that the next save merges.
      const isSame = base.rawContent === sentText;
      return { parts, base: isSame ? base : { ...base, version: now.base.version, rawContent: sentText }, draft: { ...now.draft, newTags: now.draft.newTags.filter((name) => !sent.newTags.includes(name)), excerpt: now.draft.excerpt === sent.excerpt ? null : now.draft.excerpt, tags: sent.newTags.length > 0 ? base.tags : now.draft.tags }, isRecovered: false };
    });
    setState({ kind: latest.current?.draft === sent ? 'saved' : 'changed' });
  }, []);

  const save = useCallback<Editor['save']>(async ({ draft = latest.current?.draft, onConflict = 'MERGE_DISJOINT', settled = {} } = {}) => {
    const now = latest.current;
    if (now === null || draft === undefined || isWriting.current) return;
    const fields = changedFields(now.base, draft);
    if (Object.keys(fields).length === 0) return setState({ kind: 'saved' });
    isWriting.current = true;
    if (draft !== now.draft) setHeld({ ...now, draft });
    setState({ kind: 'saving' });
    const input = { id, expectedVersion: now.base.version, onConflict, fields, baseFields: { ...baseFields(now.base, fields), ...settled } };
    const answer = await send((idempotencyKey) => ({ input: { ...input, idempotencyKey } }));
    isWriting.current = false;
    if (!answer.ok) return setState(answer.problem.kind === 'offline' ? { kind: 'offline', message: answer.problem.message } : { kind: 'refused', message: answer.problem.message });
    const payload = answer.data.contentUpdate;
    const refused = payload?.userErrors[0];
    if (payload?.conflict?.current && refused?.code === 'VERSION_CONFLICT') {
      setConflict(payload.conflict);
      return setState({ kind: 'changed' });
    }
    if (!payload || refused) return setState(refused?.retryable === true || refused?.code === 'OUTCOME_UNKNOWN' ? { kind: 'offline', message: refused.message } : { kind: 'refused', message: refused?.message ?? 'You may not save this.' });
    if (payload.content) take(payload.content as Parts, draft, writeDocument(draft.document));
  }, [id, take, send]);

  const isDirty = held !== null && isChanged(held.base, held.draft);
  // The site keeps what is typed, beside the content, until it is saved.
  const typed = held === null || conflict !== null ? null : JSON.stringify([held.draft.title, writeDocument(held.draft.document), held.draft.excerpt]);
  const keptText = useRef<string | null>(null);
  useEffect(() => {
    if (!isDirty || typed === null || typed === keptText.current || state.kind !== 'changed') return undefined;
    const timer = setTimeout(async () => {
      const now = latest.current;
      if (now === null || isWriting.current) return;
      const { title, rawContent, excerpt } = changedFields(now.base, now.draft);
      if (title === undefined && rawContent === undefined && excerpt === undefined) return;
      isWriting.current = true;
      const fields = { ...(title === undefined ? {} : { title }), ...(rawContent === undefined ? {} : { rawContent }), ...(excerpt === undefined ? {} : { excerpt }) };
      const sent = now.draft;
      const answer = await keep((idempotencyKey) => ({ input: { id, expectedVersion: now.base.version, baseFields: baseFields(now.base, fields), fields, idempotencyKey } }));
      isWriting.current = false;
      keptText.current = typed;
      if (!answer.ok || !answer.data.contentAutosave || answer.data.contentAutosave.userErrors.length > 0) return;
      setKeptAt(new Date().toISOString());
      const parts = answer.data.contentAutosave.content as Parts | null;
      // A draft of the person's own is saved itself.
      if (parts && parts.version !== now.base.version && parts.title === sent.title && parts.rawContent === writeDocument(sent.document)) {
        setHeld((held_) => held_ && { ...held_, parts, base: { ...held_.base, version: parts.version, title: parts.title, rawContent: parts.rawContent as string } });
      }
    }, AUTOSAVE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isDirty, typed, state.kind, id, keep]);

  useEffect(() => {
    if (state.kind !== 'offline') return undefined;
    const again = (): void => void save();
    const timer = setInterval(again, RETRY_AFTER_MS);
    addEventListener('online', again);
    return () => {
      clearInterval(timer);
      removeEventListener('online', again);
    };
  }, [state.kind, save]);

  if (problem !== null) return { kind: 'problem', problem, retry: () => void open() };
  if (held === null) return { kind: 'loading' };
  return {
    kind: 'open',
    editor: {
      parts: held.parts, base: held.base, draft: held.draft, isRecovered: held.isRecovered, isDirty, state: isDirty && state.kind === 'saved' ? { kind: 'changed' } : state, keptAt, conflict, lockAtOpening, save,
      reload: () => void open(),
      change(part) {
        setHeld((now) => now && { ...now, draft: { ...now.draft, ...part } });
        setState((now) => (now.kind === 'saving' ? now : { kind: 'changed' }));
      },
      leaveConflict: () => setConflict(null),
      discard() {
        setConflict(null);
        setHeld((now) => {
          const base = now && baseOf(now.parts);
          return now && base && { ...now, base, draft: { ...draftOf(base), document: readDocument(base.rawContent) }, isRecovered: false };
        });
        setState({ kind: 'saved' });
      },
    },
  };
}
