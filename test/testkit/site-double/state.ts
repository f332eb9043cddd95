// The state of the double that is no table: the rows of its connection, its identity crisis, what it enqueued, and the one context
// that every part of the double is given.
import type { Faults } from './faults.js';
import type { FullSyncState } from './full-sync-state.js';
import type { SiteSettings } from './settings.js';
import type { SyncQueue } from './sync-queue.js';
import type { Tables } from './tables.js';

/** Versions of jetpack-sync that the double can be: of Jetpack 16.1.2, and of the standalone plugins of August 2023 (seen with VaultPress Backup 2.1). */
export type SyncVersion = '4.45' | '1.55';

export interface Secret {
  readonly secret1: string;
  readonly secret2: string;
  /** Seconds since 1970. */
  readonly expires: number;
}

export interface ConnectionState {
  /** The id that the hub gave. */
  blogId: number | null;
  blogToken: string | null;
  /** By WordPress user: `<key>.<secret>.<user id>`. */
  readonly userTokens: Map<number, string>;
  masterUser: number | null;
  isPublic: number | null;
  /** Hub's time less the site's, in seconds. */
  timeDiff: number;
  readonly secrets: Map<string, Secret>;
  readonly usedNonces: Set<string>;
  /** The blog id of an earlier registration. */
  persistentBlogId: number | null;
  /** What `idc_detected` said; the site is in safe mode while it stands. */
  identityCrisis: Readonly<Record<string, unknown>> | null;
  /** An administrator chose "migrate": calls say `migrate_for_idc=1`. */
  isMigrating: boolean;
  urlSecret: Secret | null;
}

export interface SiteContext {
  readonly tables: Tables;
  readonly settings: SiteSettings;
  readonly connection: ConnectionState;
  readonly queue: SyncQueue;
  readonly fullSync: FullSyncState;
  readonly faults: Faults;
  /** Where sites find the hub; may end in a path. Never ends in a slash. */
  readonly hubUrl: string;
  readonly name: string;
  /** home_url and site_url; changing it is a move or a clone. */
  url: string;
  homeUrl: string;
  readonly hasJetpack: boolean;
  readonly syncVersion: SyncVersion;
  readonly hasCommerce: boolean;
  /** Milliseconds since 1970, the site's own. */
  readonly now: () => number;
  /** Post types that are registered in PHP at this moment. */
  readonly registeredTypes: Set<string>;
  readonly applicationPasswords: Map<number, Set<string>>;
  readonly health: { status: string; timestamp: number };
  /** The site's code as far as pages and uploads show it. */
  readonly code: SiteCode;
  /** Jetpack modules that are on. */
  readonly activeModules: Set<string>;
}

export interface SiteCode {
  /** `file@version` of plugins, `slug@version` of themes, that break the site's pages while they are active. */
  readonly brokenVersions: Set<string>;
  /** Zips among the media, by attachment. */
  readonly zips: Map<number, Buffer>;
}

/** Whether an active plugin, or the active theme, breaks the pages now. */
export function isPageBroken({ code, tables }: Pick<SiteContext, 'code' | 'tables'>): boolean {
  const installed = (tables.callables.get('get_plugins') ?? {}) as Record<string, { Version: string }>;
  const active = (tables.options.get('active_plugins') as string[] | undefined) ?? [];
  const themes = (tables.callables.get('get_themes') ?? {}) as Record<string, { Version: string }>;
  const theme = String(tables.options.get('stylesheet') ?? '');
  return [...active.map((file) => `${file}@${installed[file]?.Version ?? ''}`), `${theme}@${themes[theme]?.Version ?? ''}`].some((version) => code.brokenVersions.has(version));
}

export function createConnection(): ConnectionState {
  return {
    blogId: null, blogToken: null, userTokens: new Map(), masterUser: null, isPublic: null, timeDiff: 0, secrets: new Map(), usedNonces: new Set(),
    persistentBlogId: null, identityCrisis: null, isMigrating: false, urlSecret: null,
  };
}

export function isConnected(connection: ConnectionState): boolean {
  return connection.blogId !== null && connection.blogToken !== null;
}

/** An owner is one who has a token and exists. */
export function hasConnectedOwner({ connection, tables }: SiteContext): boolean {
  const { masterUser } = connection;
  return masterUser !== null && connection.userTokens.has(masterUser) && tables.users.get(masterUser) !== undefined;
}
