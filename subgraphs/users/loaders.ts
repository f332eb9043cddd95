// The context value of this subgraph: everything that its resolvers read, for one request.
import { decodeNumericId, encodeSiteId, type SiteId } from '../../core/ids.js';
import type { Viewer } from '../../auth/viewer.js';
import type { WriteDesk } from '../../origin/writes/run.js';
import type { Queryable } from '../../store/database.js';
import { readAccountLabel } from '../../store/read/users.js';
import type { Store } from '../../store/store.js';
import { accessLoader, type AccessLoader } from '../shared/access.js';
import type { RequestContext } from '../shared/context.js';
import { freshnessLoader, type FreshnessModel } from '../shared/freshness.js';
import { createWriter, type Writer } from '../shared/writes.js';
import { createAuditLoaders, type AuditLoaders } from './audit-loaders.js';
import type { SiteModel, UserModel } from './models.js';
import { createCapabilityLoader, type CapabilityLoader } from './policy-object-loaders.js';
import { createUserLoaders, type UserLoaders } from './user-loaders.js';

/** What resolvers are given. */
export interface UsersContext extends UserLoaders, CapabilityLoader {
  readonly viewer: Viewer;
  readonly access: AccessLoader;
  /** For what mutations read before they write. */
  readonly db: Queryable;
  readonly writer: Writer;
  readonly audit: AuditLoaders;
  /** A site by its global id; null when there is none. */
  site(id: string): Promise<SiteModel | null>;
  /** The viewer's own user on a site; null when the viewer has none there. */
  viewerUser(siteId: SiteId): Promise<UserModel | null>;
  freshness(siteId: SiteId): Promise<FreshnessModel>;
  /** The label of the viewer's account; empty when the account is gone. */
  accountLabel(accountId: string): Promise<string>;
}

/** Creates the context value of one request. */
export function createUsersContext(store: Store, request: RequestContext, desk: WriteDesk | null = null): UsersContext {
  const { viewer } = request;
  const access = accessLoader(store, request);
  const users = createUserLoaders(store, access, viewer);
  const freshness = freshnessLoader(store, request);
  return {
    ...users,
    ...createCapabilityLoader(store, access),
    viewer,
    access,
    db: store.database,
    writer: createWriter(desk, request),
    audit: createAuditLoaders(store, access),
    async site(id) {
      const siteId = decodeNumericId(id, 'Site')?.siteId;
      if (siteId === undefined || id !== encodeSiteId(siteId)) return null;
      return (await access.site(siteId)) && { id, siteId };
    },
    async viewerUser(siteId) {
      const userId = (await access.site(siteId))?.userId ?? null;
      return userId === null ? null : users.user(siteId, userId);
    },
    freshness: (siteId) => freshness.freshness(siteId),
    accountLabel: async (accountId) => (await readAccountLabel(store.database, accountId)) ?? '',
  };
}
