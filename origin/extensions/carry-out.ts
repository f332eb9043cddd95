// Carries out one item of an operation: looks, asks the site how it stands, records the attempt, calls once, reads back, looks again,
// and takes back what broke a page. An item that was called before the process died is settled by reading; its call is never made
// again. Called by jobs/.
import { setTimeout as sleep } from 'node:timers/promises';
import { reason, type Reason } from '../../core/extension-reasons.js';
import { recordAttempt, saveItem, type ItemPatch } from '../../store/extension-items.js';
import type { OperationItemRow, OperationRow, PageHealth } from '../../store/extension-operations.js';
import { packageContent } from '../../store/extension-packages.js';
import { describeHealth, isBroken, lookAtPages } from './health.js';
import { findExtension, isDone, openWay, readSituation, type FleetContext } from './situation.js';
import { obstacle } from './prepare.js';
import { failureReason, refusalReason } from './reasons.js';
import { recover } from './recover.js';
import { findVersion, type FoundZip } from './versions.js';
import { end, failWith, looksOf, stepOf, type Run } from './run-item.js';
import type { CallOutcome } from '../site-calls.js';

/** Carries an item on from the state it is in to its end; throws when the lease is lost or the process stops. */
export async function carryOut(context: FleetContext, operation: OperationRow, found: OperationItemRow, holder: string, signal: AbortSignal): Promise<OperationItemRow> {
  const way = await openWay(context, found);
  const run: Run = {
    context, operation, holder, way, item: found,
    async save(patch, line) {
      const log = line === undefined ? run.item.log : [...run.item.log, { at: context.now().toISOString(), message: line.slice(0, 500) }];
      run.item = await saveItem(context.store.database, run.item, holder, { ...patch, log });
    },
  };
  switch (found.state) {
    case 'PENDING': case 'PREPARING': {
      if (!(await begin(run, signal))) return run.item;
      break;
    }
    case 'CALLING': {
      await run.save({}, 'The server was stopped while the site was called; it is read back and not called again');
      if (!(await settle(run, signal, null))) return run.item;
      break;
    }
    default: break;
  }
  if (run.item.state === 'CALLING' || run.item.state === 'CHECKING') await check(run);
  // A way that finds out by reading what the site has.
  if (found.state === 'RECOVERING') await readSituation(way, found);
  if (run.item.state === 'RECOVERING') await recover(run);
  return run.item;
}

/** Everything up to the site's answer. False when the item ended. */
async function begin(run: Run, signal: AbortSignal): Promise<boolean> {
  const { context, operation, way } = run;
  await run.save({ state: 'PREPARING', startedAt: run.item.startedAt ?? context.now() }, 'Begun');
  const step = stepOf(operation, run.item);
  const unsupported = reason('UNSUPPORTED', 'the REST API of a site without the plugin Jetpack has no way to do this');
  if (!way.can(step, run.item.packageId !== null)) return ended(failWith(run, unsupported));
  if (operation.healthCheck) {
    const { failure, ...before } = await lookAtPages(context.client, run.item.siteId, looksOf(run), false);
    await run.save({ healthBefore: before }, `Pages before: ${describeHealth(before)}`);
    if (failure) return ended(failWith(run, failureReason(failure)));
  }
  const situation = await readSituation(way, run.item);
  // Only the reading shows which plugin the site has.
  if (!way.can(step, run.item.packageId !== null)) return ended(failWith(run, unsupported));
  if (situation.kind === 'failure') return ended(failWith(run, situation.reason));
  const found = situation.kind === 'extensions' ? findExtension(situation.list, run.item) : undefined;
  const isExact = operation.origin === 'ROLLBACK' && operation.action === 'UPDATE';
  const blocked = obstacle(operation.action, run.item, situation, found, isExact);
  if (blocked?.code === 'ALREADY_DONE') return ended(end(run, { state: 'SUCCEEDED', reason: blocked.code, message: blocked.message }, `Nothing to do: ${blocked.message}`, situation));
  if (blocked) return ended(failWith(run, blocked, situation));
  // Taking a switch of themes back needs to know from which.
  const formerTheme = operation.action === 'SWITCH_THEME' && situation.kind === 'extensions' ? (situation.list.find((theme) => theme.isActive)?.key ?? null) : null;
  const facts: ItemPatch = {
    file: run.item.kind === 'PLUGIN' ? (found?.key ?? run.item.file) : run.item.file, fromVersion: formerTheme ?? found?.version ?? run.item.fromVersion,
    wasActive: found?.isActive ?? null, toVersion: run.item.toVersion ?? found?.offered ?? null,
  };
  const former = isExact ? await formerVersion(run) : null;
  if (former?.kind === 'none') return ended(failWith(run, reason('NO_PACKAGE', former.message)));
  const zip = former ? former.content : run.item.packageId === null ? null : await packageContent(context.store.database, run.item.packageId);
  if (run.item.packageId !== null && zip === null) return ended(failWith(run, reason('NO_PACKAGE', 'the uploaded package is no longer kept here; upload it again')));
  if (zip !== null && way.installZip === null) return ended(failWith(run, reason('UNSUPPORTED', 'a package is sent to a site as a person only, and nobody is connected there')));
  await attempt(run, facts, signal);
  const verb = operation.action === 'INSTALL' ? 'new' : 'replace';
  const outcome = zip !== null && way.installZip && (run.item.kind === 'PLUGIN' || run.item.kind === 'THEME')
    ? await way.installZip(run.item.kind, verb, { content: zip, name: `${run.item.slug}.zip` })
    : await way.perform(stepOf(operation, run.item), found?.key ?? null);
  return settle(run, signal, outcome);
}

/** The zip of the version that a rollback puts back. */
function formerVersion({ context, operation, item }: Run): Promise<FoundZip> {
  if (item.kind !== 'PLUGIN' && item.kind !== 'THEME') return Promise.resolve({ kind: 'none', message: 'only plugins and themes have versions to put back' });
  return findVersion(context, operation.accountId, item.kind, item.slug, item.toVersion ?? '');
}

async function ended(work: Promise<void>): Promise<false> {
  await work;
  return false;
}

/** Waits until nothing else is done with the site's extensions, and records the attempt. */
async function attempt(run: Run, facts: ItemPatch, signal: AbortSignal): Promise<void> {
  const { context } = run;
  for (;;) {
    signal.throwIfAborted();
    const line = { at: context.now().toISOString(), message: 'The site is called' };
    const recorded = await recordAttempt(context.store.database, run.item, run.holder, { ...facts, log: [...run.item.log, line] }, context.now());
    if (recorded) {
      run.item = recorded;
      return;
    }
    await sleep(context.times.pauseMs, undefined, { signal });
  }
}

/** Finds out what became of the call: from the answer, or, where there is none, from the site itself. False when the item ended. */
async function settle(run: Run, signal: AbortSignal, outcome: CallOutcome<unknown> | null): Promise<boolean> {
  const { context, way } = run;
  if (outcome?.kind === 'answer' && outcome.error !== null) return ended(failWith(run, refusalReason(outcome.error)));
  if (outcome?.kind === 'failure' && !outcome.wasSent) return ended(failWith(run, failureReason(outcome)));
  if (outcome?.kind === 'failure') await run.save({}, `No answer: ${outcome.message}; the site is read back`);
  // Without an answer the call may still be at work, until its own deadline at the latest.
  const callMs = (run.item.attemptedAt ?? context.now()).getTime();
  const until = outcome?.kind === 'answer' ? context.now().getTime() : Math.max(context.now().getTime(), callMs + context.times.callMs) + context.times.graceMs;
  for (;;) {
    const situation = await readSituation(way, run.item);
    if (situation.kind !== 'failure' && isDone(run.operation.action, run.item, situation, run.operation.origin === 'ROLLBACK')) return true;
    if (context.now().getTime() < until) {
      await sleep(context.times.pauseMs, undefined, { signal });
      continue;
    }
    if (situation.kind === 'failure') {
      // Code that breaks every request breaks this one, too; what the pages say is then more than that nothing could be read.
      if (await showsBroken(run)) return true;
      const message = `what became of it cannot be read back: ${situation.reason.message}`;
      return ended(failWith(run, reason('OUTCOME_UNKNOWN', message)));
    }
    return ended(failWith(run, notDone(outcome), situation));
  }
}

/** Whether the site answers, and its pages are worse than before; the item then waits for its recovery. */
async function showsBroken(run: Run): Promise<boolean> {
  const { healthBefore } = run.item;
  if (!run.operation.healthCheck || !healthBefore) return false;
  const { failure: _failure, ...after } = await lookAtPages(run.context.client, run.item.siteId, looksOf(run), true);
  if (after.status === null || !isBroken(healthBefore, after)) return false;
  await markBroken(run, healthBefore, after);
  return true;
}

async function markBroken(run: Run, before: PageHealth, after: PageHealth): Promise<void> {
  await run.save({ healthAfter: after }, `Pages after: ${describeHealth(after)}`);
  await run.save({ state: 'RECOVERING', reason: 'PAGE_BROKEN', message: `pages were ${describeHealth(before)} before and are ${describeHealth(after)} after` });
}

function notDone(outcome: CallOutcome<unknown> | null): Reason {
  if (outcome === null) return reason('NOT_DONE', 'the server was stopped during the call, and reading the site back shows that it is not done');
  if (outcome.kind === 'answer') return reason('NOT_DONE', 'the site answered without an error, and reading it back shows that it is not done');
  return reason(outcome.code === 'timeout' ? 'SITE_TIMEOUT' : 'NOT_DONE', `${outcome.message}, and reading the site back shows that it is not done`);
}

/** It is done; now the pages decide. */
async function check(run: Run): Promise<void> {
  const { context, operation } = run;
  await run.save({ state: 'CHECKING' }, 'Done on the site');
  if (operation.healthCheck && run.item.healthBefore) {
    const { failure: _failure, ...after } = await lookAtPages(context.client, run.item.siteId, looksOf(run), true);
    if (isBroken(run.item.healthBefore, after)) return markBroken(run, run.item.healthBefore, after);
    await run.save({ healthAfter: after }, `Pages after: ${describeHealth(after)}`);
  }
  const situation = await readSituation(run.way, run.item);
  const found = situation.kind === 'extensions' ? findExtension(situation.list, run.item) : undefined;
  const facts: Pick<ItemPatch, 'toVersion' | 'file'> = operation.action === 'SWITCH_THEME' ? {} : { toVersion: found?.version ?? run.item.toVersion, ...(run.item.kind === 'PLUGIN' && found ? { file: found.key } : {}) };
  await end(run, { state: 'SUCCEEDED', ...facts }, 'Succeeded', situation);
}
