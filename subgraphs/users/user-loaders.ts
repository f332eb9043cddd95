// Loads users and lists of users, and decides once a row what the viewer may know of each. One statement a batch beside
// the one that loads the viewer's access to the sites.
import DataLoader from 'dataloader';
import { decode } from 'html-entities';
import { decodeCapabilityMap } from '../../auth/capabilities/decode.js';
import { hasScope, type Viewer } from '../../auth/viewer.js';
import { maySeeAccount, maySeeEmail, maySeeUser } from '../../auth/visibility.js';
import type { SiteId } from '../../core/ids.js';
import {
  countUsers, readUserPages, readUsers, type UserKey, type UserList, type UserPageRequest, type UserRow,
} from '../../store/read/users.js';
import type { Store } from '../../store/store.js';
import type { AccessLoader, SiteAccess } from '../shared/access.js';
import { forbidden } from '../shared/forbidden.js';
import { canonicalText, createPage, decodeCursor, encodeCursor, hashList, parseFirst, parseText } from '../shared/pages.js';
import type { RoleModel, UserAccount, UserConnectionModel, UserModel } from './models.js';

const DEFAULT_PAGE = 20;

export interface UsersArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly role?: string | null | undefined;
  readonly search?: string | null | undefined;
}

export interface UserLoaders {
  /** A user whom the viewer may see; null otherwise, and when there is none. */
  user(siteId: SiteId, id: number): Promise<UserModel | null>;
  /** Has a user read again when it is asked for next: it was written to. */
  forgetUser(siteId: SiteId, id: number): void;
  /** A page of a site's users. Rejects with FORBIDDEN when the viewer may not list them. */
  users(siteId: SiteId, args: UsersArguments): Promise<UserConnectionModel | null>;
  /** The site's roles. Rejects with FORBIDDEN when the viewer may not list users. */
  roles(siteId: SiteId): Promise<RoleModel[] | null>;
}

/** Creates the loaders of one request. */
export function createUserLoaders(store: Store, access: AccessLoader, viewer: Viewer): UserLoaders {
  const users = new DataLoader<UserKey, UserModel | null, string>((keys) => loadUsers(store, access, viewer, keys), {
    cacheKeyFn: canonicalText,
  });
  const pages = new DataLoader<UserPageRequest, UserRow[], string>(async (requests) => readUserPages(store.database, requests), {
    cacheKeyFn: canonicalText,
  });
  const counts = new DataLoader<UserList, number, string>(async (lists) => countUsers(store.database, lists), {
    cacheKeyFn: canonicalText,
  });

  async function listable(siteId: SiteId, field: string): Promise<SiteAccess | null> {
    const site = await access.site(siteId);
    if (site && !site.can('list_users')) throw forbidden(`${field} is for people who may list users: the capability list_users is missing`);
    return site;
  }

  return {
    user: (siteId, id) => users.load({ siteId, id }),
    forgetUser: (siteId, id) => void users.clear({ siteId, id }),
    async users(siteId, args) {
      const first = parseFirst(args.first, DEFAULT_PAGE);
      const list: UserList = {
        siteId,
        role: parseText('role', args.role),
        search: parseText('search', args.search),
        searchesEmail: hasScope(viewer, 'users:pii'),
      };
      const hash = hashList('users', siteId, list.role, list.search);
      const after = decodeCursor(args.after, hash, ['text', 'number']);
      const site = await listable(siteId, 'users');
      if (!site) return null;
      const rows = await pages.load({ list, after: after && [after[0] ?? '', after[1] ?? 0], limit: first + 1 });
      const page = createPage(rows, first, after === null, (row) => encodeCursor(hash, [row.login, row.id]));
      const nodes = page.nodes.map((row) => decideUser(site, viewer, row));
      return { ...page, nodes, countAll: () => counts.load(list) };
    },
    async roles(siteId) {
      const site = await listable(siteId, 'roles');
      return site && Object.keys(site.policy.input.roles).map((slug) => roleOf(site, slug));
    },
  };
}

async function loadUsers(store: Store, access: AccessLoader, viewer: Viewer, keys: readonly UserKey[]): Promise<(UserModel | null)[]> {
  const siteIds = [...new Set(keys.map((key) => key.siteId))];
  const sites = new Map((await Promise.all(siteIds.map((id) => access.site(id)))).flatMap((site) => (site ? [[site.siteId, site]] : [])));
  const publicTypes = [...sites.values()].filter((site) => !site.can('list_users')).flatMap(publicTypesOf);
  const rows = await readUsers(store.database, keys, publicTypes);
  const found = new Map(rows.map((row) => [canonicalText({ siteId: row.siteId, id: row.id }), row]));
  return keys.map((key) => {
    const row = found.get(canonicalText(key));
    const site = sites.get(key.siteId);
    return row && site && maySeeUser(site.caps, row) ? decideUser(site, viewer, row) : null;
  });
}

function publicTypesOf(site: SiteAccess): { siteId: SiteId; type: string }[] {
  const types = Object.entries(site.policy.input.postTypes).filter(([, type]) => type.public || type.publiclyQueryable);
  return types.map(([type]) => ({ siteId: site.siteId, type }));
}

function decideUser(site: SiteAccess, viewer: Viewer, row: UserRow): UserModel {
  const knowsAccount = maySeeAccount(site.caps, { id: row.id, roles: row.roles });
  const knowsEmail = (knowsAccount || maySeeEmail(site.caps, row.id)) && hasScope(viewer, 'users:pii');
  return {
    siteId: row.siteId,
    localId: row.id,
    displayName: decode(row.displayName),
    url: webAddress(row.url),
    version: row.version,
    account: knowsAccount ? accountOf(site, row) : null,
    email: knowsEmail && row.email !== '' ? row.email : null,
  };
}

function accountOf(site: SiteAccess, row: UserRow): UserAccount {
  return {
    username: row.login,
    // Made when they are asked for: most lists of users show names alone.
    get roles() {
      return row.roles.map((slug) => roleOf(site, slug));
    },
    get capabilities() {
      return capabilitiesOf(site, row);
    },
    registeredAt: row.registeredAt,
    lastActivityAt: row.lastLoginAt,
    linkedAccount: row.isConnected,
  };
}

/** What WordPress shows of a user: roles' capabilities and the user's own grants and refusals, without what it grants only when asked. */
function capabilitiesOf(site: SiteAccess, row: UserRow): string[] {
  const roles = row.roles.map((slug) => site.policy.input.roles[slug]);
  const synced = roles.includes(undefined) ? Object.fromEntries(row.allCaps.map((name) => [name, true])) : {};
  const granted: Record<string, boolean> = Object.assign(synced, ...roles.map((role) => role?.capabilities), decodeCapabilityMap(row.caps));
  return Object.keys(granted).filter((name) => granted[name]).sort();
}

function roleOf(site: SiteAccess, slug: string): RoleModel {
  const role = site.policy.input.roles[slug];
  const capabilities = Object.entries(role?.capabilities ?? {}).filter(([, granted]) => granted);
  return { slug, name: decode(role?.name ?? slug), capabilities: capabilities.map(([name]) => name).sort() };
}

function webAddress(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url && (url.protocol === 'http:' || url.protocol === 'https:') ? text : null;
}
