// What keeps an item from being done, by what the site itself just told. Pure; called by carry-out.ts before the site is called. The
// plan asked the same of what was known here, which may be older.
import { reason, type OperationAction, type Reason } from '../../core/extension-reasons.js';
import type { OperationItemRow } from '../../store/extension-operations.js';
import { isDone, type Situation } from './situation.js';
import type { SiteExtension } from './words.js';

/** The obstacle; null when nothing is in the way. With `isExact` a former version is put back, whatever the site is offered. */
export function obstacle(action: OperationAction, item: OperationItemRow, situation: Exclude<Situation, { kind: 'failure' }>, found: SiteExtension | undefined, isExact: boolean): Reason | null {
  const { slug, expectedVersion, toVersion } = item;
  if (situation.kind === 'waiting') {
    const switches = action === 'ENABLE_AUTO_UPDATE' || action === 'DISABLE_AUTO_UPDATE';
    return !switches && isDone(action, item, situation) ? reason('ALREADY_DONE', 'the site has nothing to update') : null;
  }
  if (action === 'INSTALL') return found ? reason('ALREADY_INSTALLED', `${slug} ${found.version} is installed already`) : null;
  if (!found) return situation.list.some((one) => one.slug === slug) && item.file === null
    ? reason('AMBIGUOUS', `the site has several plugins in the folder ${slug}; name the file`)
    : reason('NOT_INSTALLED', `${slug} is not installed on the site`);
  if (expectedVersion !== null && expectedVersion !== found.version) return reason('VERSION_MISMATCH', `version ${expectedVersion} was expected; ${found.version} is installed`);
  if (action === 'DELETE') return found.isActive ? reason('STILL_ACTIVE', `${slug} is active; switch it off first`) : null;
  if (action !== 'UPDATE') return isDone(action, item, situation) ? reason('ALREADY_DONE', `${slug} is in that state already`) : null;
  if (isExact || item.packageId !== null) return found.version === toVersion ? reason('ALREADY_DONE', `version ${toVersion} is installed already`) : null;
  if (toVersion !== null && found.version === toVersion) return reason('ALREADY_DONE', `version ${toVersion} is installed already`);
  // A theme's offer is not told by the JSON API.
  if (item.kind === 'PLUGIN' && found.offered === null) return reason('NO_UPDATE', `the site knows of no newer version of ${slug} than ${found.version}`);
  if (toVersion !== null && found.offered !== null && found.offered !== toVersion) return reason('VERSION_MISMATCH', `version ${toVersion} was planned; the site is offered ${found.offered}`);
  return null;
}
