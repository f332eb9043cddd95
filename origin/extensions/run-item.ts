// One item while it is carried out: its state, how it is saved, and how it ends. Shared by carry-out.ts and recover.ts.
import type { OperationAction, Reason } from '../../core/extension-reasons.js';
import type { ItemPatch } from '../../store/extension-items.js';
import type { OperationItemRow, OperationRow } from '../../store/extension-operations.js';
import { findExtension, type FleetContext, type Situation } from './situation.js';
import { tellEnding } from './tell.js';
import type { Step, Way } from './words.js';

/** One item on its way to its end. Every change goes to the store before the next thing is done. */
export interface Run {
  readonly context: FleetContext;
  readonly operation: OperationRow;
  readonly holder: string;
  readonly way: Way;
  item: OperationItemRow;
  save(patch: ItemPatch, line?: string): Promise<void>;
}

export function stepOf(operation: { readonly action: OperationAction }, item: OperationItemRow): Step {
  return { siteId: item.siteId, action: operation.action, kind: item.kind, slug: item.slug, file: item.file, toVersion: item.toVersion };
}

/** Ends an item and tells of it. Only what was called is worth a line in the audit log. */
export async function end(run: Run, patch: ItemPatch & { readonly state: 'SUCCEEDED' | 'FAILED' | 'ROLLED_BACK' }, line: string, situation: Situation | null = null): Promise<void> {
  const { context, operation } = run;
  await run.save({ ...patch, finishedAt: context.now() }, line);
  if (run.item.attemptedAt === null) return;
  const now = situation === null || situation.kind === 'failure' ? undefined : situation.kind === 'extensions' ? (findExtension(situation.list, run.item) ?? null) : undefined;
  await tellEnding(context.store, { item: run.item, action: operation.action, now, siteMs: situation && situation.kind !== 'failure' ? situation.siteMs : null }, context.now());
}

export const failWith = (run: Run, { code, message }: Reason, situation: Situation | null = null): Promise<void> =>
  end(run, { state: 'FAILED', reason: code, message }, `Failed: ${message}`, situation);

export function looksOf({ operation, context }: Run): { paths: readonly string[]; timeoutMs: number; pauseMs: number } {
  return { paths: operation.paths, timeoutMs: context.times.pageMs, pauseMs: context.times.pauseMs };
}
