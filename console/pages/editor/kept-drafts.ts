// Drafts of pages that were left without saving, in this window's memory alone: coming back shows them again.
import type { Base, Draft } from './draft.js';

export interface KeptDraft {
  readonly base: Base;
  readonly draft: Draft;
}

const kept = new Map<string, KeptDraft>();

export function keepDraft(id: string, draft: KeptDraft): void {
  kept.set(id, draft);
}

/** The draft that was left, once. */
export function takeDraft(id: string): KeptDraft | null {
  const draft = kept.get(id) ?? null;
  kept.delete(id);
  return draft;
}
