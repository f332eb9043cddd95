// Reads the input of an operation: bounds, ids, and which actions there are for which kind. Called by plan.ts and apply.ts; what
// is wrong comes back as user errors that name the field.
import { decodeGlobalId, type SiteId } from '../../../core/ids.js';
import { findPackages, type PackageRow } from '../../../store/extension-packages.js';
import type { Queryable } from '../../../store/database.js';
import { userError, type UserErrorModel } from '../../shared/writes.js';
import type { ExtensionAction, ExtensionsApplyInput } from '../generated.js';
import { capabilityFor, type JudgedTarget } from './judge.js';

export const MAX_TARGETS = 500;
const MAX_CONCURRENCY = 20;
const MAX_PATHS = 5;
const MAX_KEY_CHARACTERS = 200;
const MAX_SCHEDULE_MS = 366 * 86_400_000;

export type ReadTarget = JudgedTarget & { readonly siteId: SiteId; readonly packageId: string | null };

export interface ReadInput {
  readonly action: ExtensionAction;
  readonly targets: readonly ReadTarget[];
  readonly concurrency: number;
  readonly stopOnFailureRate: number;
  readonly healthCheck: boolean;
  readonly autoRollback: boolean;
  readonly paths: readonly string[];
  readonly canarySiteIds: ReadonlySet<SiteId>;
  readonly scheduleAt: Date | null;
}

/** Reads an input; the errors are empty exactly when it can be used. `accountId` owns the packages that may be named. */
export async function readInput(db: Queryable, input: ExtensionsApplyInput, accountId: string, isOperator: boolean, now: Date): Promise<{ readonly read: ReadInput; readonly errors: UserErrorModel[] }> {
  const errors: UserErrorModel[] = [];
  const bad = (message: string, ...field: string[]): void => void errors.push(userError('INVALID', message, ...field));
  const { action, safety } = input;
  const paths = safety?.paths ?? [];
  const concurrency = input.concurrency ?? 5;
  const stopOnFailureRate = input.stopOnFailureRate ?? 0.2;
  if (input.targets.length < 1 || input.targets.length > MAX_TARGETS) bad(`targets takes 1 to ${MAX_TARGETS}; got ${input.targets.length}`, 'targets');
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MAX_CONCURRENCY) bad(`concurrency is a whole number from 1 to ${MAX_CONCURRENCY}; got ${concurrency}`, 'concurrency');
  if (!(stopOnFailureRate >= 0 && stopOnFailureRate <= 1)) bad(`stopOnFailureRate is from 0 to 1; got ${stopOnFailureRate}`, 'stopOnFailureRate');
  if (input.idempotencyKey === '' || input.idempotencyKey.length > MAX_KEY_CHARACTERS) bad(`idempotencyKey must have 1 to ${MAX_KEY_CHARACTERS} characters`, 'idempotencyKey');
  if (paths.length > MAX_PATHS) bad(`safety.paths takes at most ${MAX_PATHS}; got ${paths.length}`, 'safety', 'paths');
  for (const path of paths) if (!isPath(path)) bad('a path begins with one slash and stays on the site, e.g. /shop/', 'safety', 'paths');
  const scheduleAt = input.scheduleAt && input.scheduleAt.getTime() > now.getTime() ? input.scheduleAt : null;
  if (scheduleAt && scheduleAt.getTime() - now.getTime() > MAX_SCHEDULE_MS) bad('scheduleAt is at most a year from now', 'scheduleAt');
  const packages = await readPackages(db, input, accountId, isOperator);
  const targets = input.targets.slice(0, MAX_TARGETS).flatMap((target, index) => {
    const place = ['targets', String(index)];
    const siteId = siteIdOf(target.siteId);
    if (siteId === null) bad('siteId is not the id of a site', ...place, 'siteId');
    if (capabilityFor(target.kind, action) === null) bad(`${action} is nothing that can be done with ${target.kind}`, ...place, 'kind');
    const slug = target.kind === 'CORE' ? 'wordpress' : target.kind === 'TRANSLATION' ? 'translations' : target.slug;
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/.test(slug)) bad('a slug has letters, digits, dots, dashes and underscores', ...place, 'slug');
    const file = target.kind === 'PLUGIN' ? (target.file ?? null) : null;
    if (file !== null && !isPluginFile(file, slug)) bad('a file is the main file of a plugin in that folder, e.g. akismet/akismet.php', ...place, 'file');
    for (const name of ['version', 'expectedVersion'] as const) if ((target[name] ?? '').length > 100) bad('a version has at most 100 characters', ...place, name);
    const known = target.packageId ? packages.get(target.packageId) : undefined;
    if (target.packageId && !(known && (action === 'INSTALL' || action === 'UPDATE') && known.kind === target.kind && known.slug === slug)) {
      bad('packageId names no package of yours of that kind and slug, or the action takes none', ...place, 'packageId');
    }
    if (siteId === null) return [];
    return [{ siteId, kind: target.kind, slug, file, version: target.version ?? null, expectedVersion: target.expectedVersion ?? null, package: known ?? null, packageId: known?.id ?? null }];
  });
  const seen = new Set<string>();
  targets.forEach((target, index) => {
    // A folder without a file may mean the one that is named beside it.
    const folder = `${target.siteId} ${target.kind} ${target.slug}`;
    const key = target.file === null ? folder : `${folder} ${target.file}`;
    if (seen.has(key) || seen.has(folder) || (target.file === null && seen.has(`${folder} *`))) bad('the same extension of a site is named twice', 'targets', String(index));
    seen.add(key);
    if (target.file !== null) seen.add(`${folder} *`);
  });
  const canarySiteIds = new Set<SiteId>();
  for (const id of safety?.canarySiteIds ?? []) {
    const siteId = siteIdOf(id);
    if (siteId !== null && targets.some((target) => target.siteId === siteId)) canarySiteIds.add(siteId);
    else bad('a canary site is one of the targets', 'safety', 'canarySiteIds');
  }
  const read = { action, targets, concurrency, stopOnFailureRate, healthCheck: safety?.healthCheck ?? true, autoRollback: safety?.autoRollback ?? true, paths, canarySiteIds, scheduleAt };
  return { read, errors: errors.slice(0, 20) };
}

async function readPackages(db: Queryable, { targets }: ExtensionsApplyInput, accountId: string, isOperator: boolean): Promise<Map<string, PackageRow>> {
  const ids = [...new Set(targets.slice(0, MAX_TARGETS).flatMap((target) => (target.packageId && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(target.packageId) ? [target.packageId] : [])))];
  if (ids.length === 0) return new Map();
  return new Map((await findPackages(db, ids)).filter((row) => isOperator || row.accountId === accountId).map((row) => [row.id, row]));
}

function siteIdOf(id: string): SiteId | null {
  const decoded = decodeGlobalId(id);
  return decoded?.type === 'Site' && decoded.localId === String(decoded.siteId) ? decoded.siteId : null;
}

function isPluginFile(file: string, slug: string): boolean {
  return file.length <= 255 && /^[A-Za-z0-9_][A-Za-z0-9._ -]*(\/[A-Za-z0-9_][A-Za-z0-9._ -]*)?\.php$/.test(file) && (file.startsWith(`${slug}/`) || file === `${slug}.php`);
}

/** Never an address of its own: `//host/`, a scheme, a backslash. */
function isPath(path: string): boolean {
  return path.length <= 500 && /^\/(?!\/)[\x21-\x7e]*$/.test(path) && !path.includes('\\');
}
