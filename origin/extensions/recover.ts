// Takes back what broke a page: the former version where the site can put it back, else the opposite of what was done, and looks
// whether that helped. Every step first reads whether it is there already, so that it may be begun again after a crash.
import type { PageHealth, Recovery } from '../../store/extension-operations.js';
import type { CallOutcome } from '../site-calls.js';
import { describeHealth, isBroken, lookAtPages } from './health.js';
import { end, looksOf, type Run } from './run-item.js';
import { findExtension, readSituation } from './situation.js';
import { findVersion } from './versions.js';

/** Recovers, as the operation asks for, and ends the item. */
export async function recover(run: Run): Promise<void> {
  const { item, operation } = run;
  const broke = item.message ?? 'a page broke';
  if (!operation.autoRollback) return end(run, { state: 'FAILED', recovery: 'NONE' }, `Failed: ${broke}; nothing was asked to be taken back`, await readSituation(run.way, item));
  for (const way of remediesOf(run)) {
    const line = await way.apply();
    await run.save({}, line.message);
    if (!line.done) continue;
    const after = await look(run);
    await run.save({ healthAfter: after.health }, `Pages after taking it back: ${describeHealth(after.health)}`);
    if (after.isBroken) continue;
    return end(run, { state: 'ROLLED_BACK', recovery: way.recovery }, `Rolled back: ${broke}`, await readSituation(run.way, run.item));
  }
  await end(run, { state: 'FAILED', recovery: 'FAILED' }, `Failed: ${broke}, and it could not be taken back; look after the site`, await readSituation(run.way, run.item));
}

interface Remedy {
  readonly recovery: Recovery;
  apply(): Promise<{ readonly done: boolean; readonly message: string }>;
}

async function look(run: Run): Promise<{ health: PageHealth; isBroken: boolean }> {
  const { failure: _failure, ...health } = await lookAtPages(run.context.client, run.item.siteId, looksOf(run), true);
  return { health, isBroken: isBroken(run.item.healthBefore ?? { status: 200, fatal: null }, health) };
}

function remediesOf(run: Run): Remedy[] {
  const { item, operation, way } = run;
  if (item.kind !== 'PLUGIN' && item.kind !== 'THEME') return [];
  const { kind } = item;
  const switchOff: Remedy = { recovery: 'DEACTIVATED', apply: () => toggle(run, item.file ?? '', false, 'switched off') };
  switch (operation.action) {
    case 'UPDATE': return [{ recovery: 'VERSION_RESTORED', apply: () => restoreVersion(run) }, ...(kind === 'PLUGIN' ? [switchOff] : [])];
    case 'ACTIVATE': return [switchOff];
    case 'DEACTIVATE': return [{ recovery: 'REACTIVATED', apply: () => toggle(run, item.file ?? '', true, 'switched on again') }];
    // The key of the former theme was kept in the place of a version.
    case 'SWITCH_THEME': return item.fromVersion === null ? [] : [{ recovery: 'REACTIVATED', apply: () => toggle(run, item.fromVersion ?? '', true, 'the former theme is shown again') }];
    case 'INSTALL': return [{ recovery: 'REMOVED', apply: async () => outcomeLine(await way.remove(kind, item.file ?? item.slug), 'deleted again') }];
    default: return [];
  }
}

async function toggle(run: Run, key: string, active: boolean, words: string): Promise<{ done: boolean; message: string }> {
  const { item, way } = run;
  if (item.kind !== 'PLUGIN' && item.kind !== 'THEME') return { done: false, message: 'there is nothing to switch' };
  const before = await readSituation(way, item);
  if (before.kind === 'extensions' && before.list.some((one) => one.key === key && one.isActive === active)) return { done: true, message: `It was ${words} already` };
  return outcomeLine(await way.setActive(item.kind, key, active), words);
}

async function restoreVersion(run: Run): Promise<{ done: boolean; message: string }> {
  const { context, item, operation, way } = run;
  const { kind, fromVersion } = item;
  if ((kind !== 'PLUGIN' && kind !== 'THEME') || fromVersion === null) return { done: false, message: 'The former version is not known' };
  const isBack = async (): Promise<boolean> => {
    const situation = await readSituation(way, item);
    return situation.kind === 'extensions' && findExtension(situation.list, item)?.version === fromVersion;
  };
  if (await isBack()) return { done: true, message: `Version ${fromVersion} was put back already` };
  if (way.installZip === null) return { done: false, message: 'The former version cannot be put back: zips are sent to a site with Jetpack, as a person' };
  const zip = await findVersion(context, operation.accountId, kind, item.slug, fromVersion);
  if (zip.kind === 'none') return { done: false, message: `The former version cannot be put back: ${zip.message}` };
  const outcome = await way.installZip(kind, 'replace', zip);
  if (await isBack()) return { done: true, message: `Version ${fromVersion} was put back` };
  return { done: false, message: outcomeLine(outcome, `asked to put version ${fromVersion} back, which it did not`).message };
}

function outcomeLine(outcome: CallOutcome<unknown>, done: string): { done: boolean; message: string } {
  if (outcome.kind === 'failure') return { done: false, message: `Taking it back came to nothing: ${outcome.message}` };
  if (outcome.error) return { done: false, message: `The site refused to take it back: ${outcome.error.message} (${outcome.error.code})` };
  return { done: true, message: `It was ${done}` };
}
