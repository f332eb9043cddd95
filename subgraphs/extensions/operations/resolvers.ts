// The fields of operations over many sites: a sentence each. What is read and who may see it is in context.ts.
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import { userIdOn } from '../../../auth/viewer.js';
import type { ExtensionReasonCode, Reason } from '../../../core/extension-reasons.js';
import type { ItemState, OperationItemRow } from '../../../store/extension-operations.js';
import { parseFirst } from '../../shared/pages.js';
import { userError } from '../../shared/writes.js';
import type { OperationState, Resolvers } from '../generated.js';
import type { ExtensionsContext } from '../loaders.js';
import type { SiteModel } from '../models.js';
import { operationMutations } from './mutations.js';
import { listUpdatePolicies, siteOfPolicy } from './policies.js';

const siteModel = (siteId: SiteId): SiteModel => ({ id: encodeSiteId(siteId), siteId });

const STATE_OF: Readonly<Record<ItemState, OperationState>> = {
  PENDING: 'SCHEDULED', PREPARING: 'RUNNING', CALLING: 'RUNNING', CHECKING: 'RUNNING', RECOVERING: 'RUNNING',
  SUCCEEDED: 'SUCCEEDED', FAILED: 'FAILED', ROLLED_BACK: 'ROLLED_BACK', CANCELLED: 'CANCELLED',
};
const MAX_ITEMS = 500;

const STOPPED: Readonly<Record<'STOPPED' | 'CANARY_FAILED', string>> = {
  STOPPED: 'too many items failed, so the rest was not begun', CANARY_FAILED: 'a canary site failed, so the rest was not begun',
};

function reasonOf(item: OperationItemRow): Reason | null {
  return item.reason === null ? null : { code: item.reason, message: item.message ?? '' };
}

const RETRYABLE: ReadonlySet<ExtensionReasonCode> = new Set(['SITE_UNREACHABLE', 'SITE_TIMEOUT', 'CANCELLED', 'STOPPED', 'CANARY_FAILED']);

export const operationResolvers = {
  Query: {
    extensionOperation: (_root, { id }, { operations }) => operations.find(id),
    extensionOperations: (_root, { first }, { operations }) => operations.latest(parseFirst(first, 20)),
    updatePolicies: (_root, { siteIds }, { operations }) => listUpdatePolicies(siteIds ?? null, operations),
  },
  Mutation: operationMutations,
  UpdatePolicy: {
    site: siteOfPolicy,
    slug: ({ slug }) => (slug === '' ? null : slug),
  },
  ExtensionPlanStep: {
    site: ({ siteId }) => siteModel(siteId),
  },
  ExtensionOperation: {
    __resolveReference: ({ id }, { operations }) => operations.find(id),
    id: ({ id, siteId }) => encodeGlobalId(siteId, 'ExtensionOperation', id),
    operationState: ({ state }) => state,
    scheduledAt: ({ scheduleAt }) => scheduleAt,
    stopped: ({ stopReason }) => stopReason && { code: stopReason, message: STOPPED[stopReason] },
    requestedBy({ siteId, accountId }, _args, { operations }) {
      const { viewer } = operations;
      const userId = viewer.kind === 'person' && viewer.accountId === accountId ? userIdOn(viewer, siteId) : null;
      return userId === null ? null : { id: encodeGlobalId(siteId, 'User', userId) };
    },
    async progress(operation, _args, { operations }) {
      const counts = await operations.counts(operation);
      const { total = 0, done = 0, failed = 0, rolledBack = 0, meanSeconds = null } = counts ?? {};
      const etaSeconds = operation.finishedAt || meanSeconds === null ? null : Math.ceil(((total - done) / operation.concurrency) * meanSeconds);
      return { total, done, failed, rolledBack, etaSeconds };
    },
    async steps(operation, { state, first, after }, { operations }) {
      const states = state ? (Object.keys(STATE_OF) as ItemState[]).filter((own) => state.includes(STATE_OF[own])) : null;
      return [...(await operations.items(operation, { states, after: after ?? null, limit: parseFirst(first, 100, MAX_ITEMS) }))];
    },
  },
  ExtensionOperationItem: {
    site: ({ siteId }) => siteModel(siteId),
    state: ({ state }) => STATE_OF[state],
    log: ({ log }) => [...log],
    reason: reasonOf,
    health({ healthBefore, healthAfter, reason }) {
      if (!healthBefore && !healthAfter) return null;
      return { before: healthBefore?.status ?? null, after: healthAfter?.status ?? null, fatal: healthAfter?.fatal ?? null, ok: reason !== 'PAGE_BROKEN' };
    },
    userErrors(item) {
      const found = reasonOf(item);
      if (!found) return [];
      const code = found.code === 'SITE_UNREACHABLE' || found.code === 'FORBIDDEN' || found.code === 'OUTCOME_UNKNOWN' ? found.code : found.code === 'NOT_INSTALLED' || found.code === 'SITE_NOT_FOUND' ? 'NOT_FOUND' : 'SITE_REJECTED';
      return [{ ...userError(code, found.message), retryable: RETRYABLE.has(found.code) }];
    },
  },
} satisfies Resolvers<ExtensionsContext>;
