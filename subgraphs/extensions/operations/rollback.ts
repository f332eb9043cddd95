// extensionOperationRollback: a new operation that does the opposite of what an operation did, where that is possible, on the items
// that succeeded. It is judged, recorded and carried out like any other.
import { currentTime } from '../../../core/answer-sources.js';
import type { OperationAction } from '../../../core/extension-reasons.js';
import { decodeGlobalId, type SiteId } from '../../../core/ids.js';
import { createOperation, operationItems, type OperationItemRow } from '../../../store/extension-operations.js';
import { hashInput } from '../../../store/writes.js';
import { userError, type UserErrorModel } from '../../shared/writes.js';
import type { OperationsContext } from './context.js';
import type { ReadTarget } from './input.js';
import type { ApplyModel } from './models.js';
import { hardReason, planTargets, type PlannedTarget } from './plan.js';

const OPPOSITE: Readonly<Partial<Record<OperationAction, OperationAction>>> = {
  INSTALL: 'DELETE', ACTIVATE: 'DEACTIVATE', DEACTIVATE: 'ACTIVATE', UPDATE: 'UPDATE', ENABLE_AUTO_UPDATE: 'DISABLE_AUTO_UPDATE', DISABLE_AUTO_UPDATE: 'ENABLE_AUTO_UPDATE', SWITCH_THEME: 'SWITCH_THEME',
};
const MAX_ITEMS = 500;
/** What a plan says of an update and what does not matter when a former version is put back. */
const FORWARD_ONLY: ReadonlySet<string> = new Set(['NO_UPDATE', 'NO_PACKAGE', 'VERSION_MISMATCH', 'INCOMPATIBLE_WP', 'INCOMPATIBLE_PHP']);

export interface RollbackAsked {
  readonly id: string;
  readonly siteIds: readonly string[] | null;
  readonly idempotencyKey: string;
}

/** Takes an operation back. */
export async function rollBackOperation(asked: RollbackAsked, context: OperationsContext): Promise<ApplyModel> {
  const { store, viewer, access } = context;
  const refused = (...userErrors: UserErrorModel[]): ApplyModel => ({ operation: null, userErrors });
  const original = await context.find(asked.id);
  if (viewer.kind === 'anonymous' || !original) return refused(userError('NOT_FOUND', 'there is no such operation', 'id'));
  if (asked.idempotencyKey === '' || asked.idempotencyKey.length > 200) return refused(userError('INVALID', 'idempotencyKey must have 1 to 200 characters', 'idempotencyKey'));
  const action = OPPOSITE[original.action];
  if (!action) return refused(userError('INVALID', `${original.action} cannot be taken back`, 'id'));
  if (original.finishedAt === null) return refused(userError('INVALID', 'the operation is still at work; cancel it first', 'id'));
  const chosen = asked.siteIds?.map((id) => decodeGlobalId(id)?.siteId ?? null) ?? null;
  const done = (await operationItems(store.database, [original.id], ['SUCCEEDED'], null, MAX_ITEMS)).filter((item) => item.attemptedAt !== null && (chosen === null || chosen.includes(item.siteId)));
  if (done.length === 0) return refused(userError('INVALID', 'the operation did nothing on these sites that could be taken back', 'siteIds'));
  const targets = done.map((item) => targetOf(action, item));
  const planned = await planTargets(store, access, {
    action, targets, concurrency: original.concurrency, stopOnFailureRate: 1, healthCheck: original.healthCheck, autoRollback: false, paths: original.paths, canarySiteIds: new Set<SiteId>(), scheduleAt: null,
  });
  const inputHash = hashInput('extensionOperationRollback', asked);
  const { row } = await createOperation(
    store.database,
    {
      accountId: viewer.accountId, idempotencyKey: asked.idempotencyKey, inputHash, origin: 'ROLLBACK', action, concurrency: original.concurrency, stopOnFailureRate: 1,
      healthCheck: original.healthCheck, paths: original.paths, autoRollback: false, scheduleAt: null,
      items: planned.map((one) => {
        const blocked = hardReason(withoutForwardReasons(one));
        return {
          siteId: one.target.siteId, kind: one.target.kind, slug: one.target.slug, file: one.judgement.file, toVersion: one.target.version, fromVersion: one.judgement.from, expectedVersion: one.target.expectedVersion,
          packageId: null, userId: one.userId, actorLabel: one.actorLabel, canary: false, blocked: blocked && { reason: blocked.code, message: blocked.message },
        };
      }),
    },
    currentTime(),
  );
  if (row.inputHash !== inputHash) return refused(userError('IDEMPOTENCY_MISMATCH', 'this idempotencyKey was used for something else; use a new key for a new operation', 'idempotencyKey'));
  return { operation: row, userErrors: [] };
}

/** A switch of themes kept the former theme in the place of a version. */
function targetOf(action: OperationAction, item: OperationItemRow): ReadTarget {
  const isSwitch = action === 'SWITCH_THEME';
  return {
    siteId: item.siteId, kind: item.kind, slug: isSwitch ? (item.fromVersion ?? item.slug) : item.slug, file: item.file,
    version: action === 'UPDATE' ? item.fromVersion : null, expectedVersion: action === 'UPDATE' ? item.toVersion : null, package: null, packageId: null,
  };
}

function withoutForwardReasons(one: PlannedTarget): PlannedTarget {
  return { ...one, judgement: { ...one.judgement, blocked: one.judgement.blocked.filter(({ code }) => !FORWARD_ONLY.has(code)) } };
}
