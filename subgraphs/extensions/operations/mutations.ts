// extensionsPlan, extensionsApply, and what follows an operation: cancelling it and taking it back. Operations are recorded here
// and carried out by jobs/; no site is called from here.
import { currentTime } from '../../../core/answer-sources.js';
import { cancelOperation, createOperation } from '../../../store/extension-operations.js';
import { hashInput } from '../../../store/writes.js';
import { userError, type UserErrorModel } from '../../shared/writes.js';
import type { MutationResolvers } from '../generated.js';
import type { ExtensionsContext } from '../loaders.js';
import { readInput } from './input.js';
import type { ApplyModel } from './models.js';
import { removeUpdatePolicy, setUpdatePolicy } from './policies.js';
import { rollBackOperation } from './rollback.js';
import { estimateSeconds, hardReason, planTargets, stepOf } from './plan.js';

type Mutations = Required<Pick<MutationResolvers<ExtensionsContext>, 'extensionsApply' | 'extensionsPlan' | 'extensionOperationCancel' | 'extensionOperationRollback' | 'updatePolicySet' | 'updatePolicyRemove'>>;

const refused = (...userErrors: UserErrorModel[]): ApplyModel => ({ operation: null, userErrors });

export const operationMutations: Mutations = {
  async extensionsPlan(_root, { input }, { operations }) {
    const { store, viewer, access } = operations;
    if (viewer.kind === 'anonymous') return null;
    const { read, errors } = await readInput(store.database, { ...input, idempotencyKey: 'plan' }, viewer.accountId, viewer.kind === 'operator', currentTime());
    if (errors.length > 0) throw operations.badInput(errors);
    const planned = await planTargets(store, access, read);
    const [steps, blocked] = [planned.filter((one) => one.judgement.blocked.length === 0), planned.filter((one) => one.judgement.blocked.length > 0)];
    return { steps: steps.map((one) => stepOf(read.action, one)), blocked: blocked.map((one) => stepOf(read.action, one)), estimatedSeconds: estimateSeconds(read, steps.length) };
  },

  async extensionsApply(_root, { input }, { operations }) {
    const { store, viewer, access } = operations;
    if (viewer.kind === 'anonymous') return null;
    const now = currentTime();
    const { read, errors } = await readInput(store.database, input, viewer.accountId, viewer.kind === 'operator', now);
    if (errors.length > 0) return refused(...errors);
    const planned = await planTargets(store, access, read);
    const { accountId } = viewer;
    const inputHash = hashInput('extensionsApply', input);
    const { row } = await createOperation(
      store.database,
      {
        accountId, idempotencyKey: input.idempotencyKey, inputHash, origin: 'REQUEST', action: read.action, concurrency: read.concurrency,
        stopOnFailureRate: read.stopOnFailureRate, healthCheck: read.healthCheck, paths: read.paths, autoRollback: read.autoRollback, scheduleAt: read.scheduleAt,
        items: planned.map((one) => {
          const blocked = hardReason(one);
          return {
            siteId: one.target.siteId, kind: one.target.kind, slug: one.target.slug, file: one.judgement.file, toVersion: one.judgement.to, fromVersion: one.judgement.from,
            expectedVersion: one.target.expectedVersion, packageId: one.target.packageId, userId: one.userId, actorLabel: one.actorLabel, canary: one.canary,
            blocked: blocked && { reason: blocked.code, message: blocked.message },
          };
        }),
      },
      now,
    );
    if (row.inputHash !== inputHash) return refused(userError('IDEMPOTENCY_MISMATCH', 'this idempotencyKey was used for something else; use a new key for a new operation', 'idempotencyKey'));
    return { operation: row, userErrors: [] };
  },

  async extensionOperationCancel(_root, { id }, { operations }) {
    const found = await operations.find(id);
    if (!found) return refused(userError('NOT_FOUND', 'there is no such operation', 'id'));
    return { operation: await cancelOperation(operations.store.database, found.id, currentTime()), userErrors: [] };
  },

  extensionOperationRollback: (_root, { id, siteIds, idempotencyKey }, { operations }) => rollBackOperation({ id, siteIds: siteIds ?? null, idempotencyKey }, operations),

  updatePolicySet: (_root, { input }, { operations }) => setUpdatePolicy(input, operations),
  updatePolicyRemove: (_root, { input }, { operations }) => removeUpdatePolicy(input, operations),
};
