// A double of a stock WordPress site with Jetpack 16.1.2, over real HTTP on this machine in both directions. Tests start one a site. Written from
// the protocol reference alone: it signs, checks signatures, sends, refuses and gets things wrong as the real one does.
import type { AddressInfo } from 'node:net';
import { register, disconnectSite, makeSecret, type Result } from './connection.js';
import { CONNECTION_ROUTES } from './connection-routes.js';
import { createEvents, type Events } from './events.js';
import { createFaults, type CallMatcher, type Fault } from './faults.js';
import { runPass } from './full-sync.js';
import { createFullSyncState, isRunning } from './full-sync-state.js';
import { createWebServer, type ReceivedCall } from './http.js';
import { callHub, type HubAnswer, type HubCall } from './hub.js';
import { addOrders, addPosts, seedSite, type PostPlan } from './seed.js';
import { createSendState, sendBatch, sendImmediately, type SendResult, type SendState } from './sender.js';
import { createSettings } from './settings.js';
import { createConnection, type ConnectionState, type SiteContext, type SyncVersion } from './state.js';
import { SYNC_ROUTES } from './sync-routes.js';
import { createSyncQueue } from './sync-queue.js';
import { createTables, type Tables } from './tables.js';
import { COMMERCE_ROUTES } from './wc-routes.js';
import { WP_ROUTES } from './wp-routes.js';
import { askTokenHealth, authorizeUrl, handleWebhook, refreshBlogToken, tellRole, unlinkUser } from './user-connection.js';
import type { PostRow } from './rows.js';

export interface SiteDoubleOptions {
  /** Where the site finds its hub: both constants of wp-config.php are made of it. May end in a path. */
  readonly hubUrl: string;
  /** The site's address, once its port is known; by default http://127.0.0.1:PORT. A path is a subdirectory installation. */
  readonly url?: (port: number) => string;
  readonly name?: string;
  /** False: a WordPress site without Jetpack, for import with an application password. */
  readonly jetpack?: boolean;
  /** 4.45 by default. */
  readonly syncVersion?: SyncVersion;
  /** WooCommerce with orders in tables of their own; off by default. */
  readonly commerce?: boolean;
  /** Milliseconds since 1970 by the site's own clock. */
  readonly clock?: () => number;
  /** What PHP sees as SERVER_PORT when it is not the port of the URL (a mapped container): 80 or 443. */
  readonly serverPort?: number;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** The largest body that the web server in front of PHP takes; 1 GiB by default. */
  readonly maxBodyBytes?: number;
  /** False: only `?rest_route=` works. */
  readonly prettyPermalinks?: boolean;
  /** 'auto' (default): POSTs and an administrator's calls make it send afterwards, as on the real site. 'manual': only drainNow and pump do. */
  readonly drive?: 'auto' | 'manual';
}

export interface SiteDouble {
  readonly url: string;
  readonly port: number;
  /** Connection, tables, queue, settings and all else; may be changed by a test. */
  readonly state: SiteContext;
  readonly tables: Tables;
  readonly connection: ConnectionState;
  /** Edits that tell the hub. */
  readonly edit: Events;
  /** What came in, oldest first. */
  readonly calls: readonly ReceivedCall[];
  failNext(matcher: CallMatcher, fault: Fault, times?: number): void;
  /** Refuses connections until `accept`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  addPosts(count: number, plan?: PostPlan): PostRow[];
  addOrders(count: number, seed?: number): void;
  addApplicationPassword(userId: number): string;
  /** Takes a connection for granted, as the operator's SQL does: no hook fires, nothing is sent. */
  adopt(tokens: { readonly blogId: number; readonly blogToken: string; readonly userTokens?: Readonly<Record<number, string>>; readonly masterUser?: number }): void;
  register(as: { readonly user: number }): Promise<Result<number>>;
  makeRegistrationSecret(userId: number): { readonly secret1: string; readonly secret2: string };
  disconnect(as: { readonly user: number }): Promise<void>;
  authorizeUrl(userId: number): string;
  /** The browser of that user comes back from the hub's consent page. */
  visitRedirect(url: string, userId: number): Promise<Result<'authorized' | 'linked'>>;
  unlinkUser(userId: number): Promise<boolean>;
  /** Changes a user's roles as an administrator does in wp-admin: an event, and word to the hub when the user is connected. */
  setRoles(userId: number, roles: readonly string[], by?: number): Promise<void>;
  /** Deletes a user; a connected one is unlinked whatever the hub says. */
  deleteUser(userId: number, reassign?: number | null): Promise<void>;
  refreshBlogToken(userId: number): Promise<boolean>;
  askTokenHealth(userId: number): Promise<unknown>;
  /** A call of the site's own making, signed. The path begins with a slash. */
  callHub(call: Omit<HubCall, 'url'> & { readonly path: string }): Promise<HubAnswer>;
  /** One try to send, under all locks. */
  sendOnce(): Promise<SendResult>;
  /** Sends until the queue is empty or the hub refuses, whatever the back-off says. */
  drainNow(): Promise<SendResult>;
  /** Runs passes of the full sync to its end or a refusal, whatever the locks say. */
  pump(): Promise<'idle' | 'finished' | 'stopped'>;
  /** An administrator chooses "migrate" in safe mode; the next call asks the hub for it. */
  chooseMigrate(): void;
  /** The site is at another address now, as after a restore elsewhere; signatures still go by the Host header. */
  moveTo(url: string): void;
  /** Waits until nothing is being sent. */
  idle(): Promise<void>;
  readonly sendState: SendState;
  close(): Promise<void>;
}

export async function startSiteDouble(options: SiteDoubleOptions): Promise<SiteDouble> {
  const tables = createTables();
  const hasJetpack = options.jetpack ?? true;
  const site: SiteContext = {
    tables, settings: createSettings(tables, options.syncVersion ?? '4.45'), connection: createConnection(), queue: createSyncQueue(), fullSync: createFullSyncState(), faults: createFaults(),
    hubUrl: options.hubUrl.replace(/\/$/, ''), name: options.name ?? 'Quay Street Cycles', url: '', homeUrl: '', hasJetpack, syncVersion: options.syncVersion ?? '4.45', hasCommerce: options.commerce ?? false,
    now: options.clock ?? Date.now, applicationPasswords: new Map(), health: { status: 'unknown', timestamp: 0 }, code: { brokenVersions: new Set(), zips: new Map() }, activeModules: new Set(),
    registeredTypes: new Set(['post', 'page', 'attachment', 'revision', 'nav_menu_item', 'wp_template', 'wp_navigation', 'wp_block', ...(options.commerce ? ['product', 'product_variation', 'shop_coupon', 'shop_order', 'shop_order_refund'] : [])]),
  };
  const events = createEvents(site);
  const sendState = createSendState();
  let working: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = working.then(work);
    working = next.catch(() => undefined);
    return next;
  };
  const deliver = (key: string, action: string, args: unknown): Promise<boolean> => sendImmediately(site, sendState, key, action, args).then((sent) => sent.ok);
  const drive = async (): Promise<void> => {
    if (site.queue.size() > 0) await sendBatch(site, sendState);
    if (isRunning(site.fullSync)) await runPass(site, deliver);
  };

  const isHttps = options.tls !== undefined || (options.url?.(80).startsWith('https:') ?? false);
  const basePath = new URL(options.url?.(80) ?? 'http://127.0.0.1').pathname.replace(/\/$/, '');
  const web = createWebServer({
    site, events, sendState, routes: [...(hasJetpack ? [...CONNECTION_ROUTES, ...SYNC_ROUTES] : []), ...(site.hasCommerce ? COMMERCE_ROUTES : []), ...WP_ROUTES], basePath, serverPort: options.serverPort, isHttps,
    tls: options.tls, maxBodyBytes: options.maxBodyBytes ?? 1024 ** 3, hasPrettyPermalinks: options.prettyPermalinks ?? true, afterRequest: (drives) => void ((options.drive ?? 'auto') === 'auto' && drives && hasJetpack && inTurn(drive)),
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => web.server.once('error', reject).listen(port, '127.0.0.1', () => {
      web.server.off('error', reject);
      resolve();
    }));
  await listen(0);
  const { port } = web.server.address() as AddressInfo;
  site.url = options.url?.(port).replace(/\/$/, '') ?? `http://127.0.0.1:${port}`;
  site.homeUrl = site.url;
  seedSite(tables, site);
  const stop = (): Promise<void> => new Promise((resolve) => {
    web.server.close(() => resolve());
    web.server.closeAllConnections();
  });

  return {
    get url() { return site.url; },
    port, state: site, tables, connection: site.connection, edit: events, calls: web.calls, sendState,
    failNext: (matcher, fault, times) => site.faults.failNext(matcher, fault, times),
    refuse: stop,
    accept: () => listen(port),
    addPosts: (count, plan) => addPosts(tables, site.url, count, plan),
    addOrders: (count, seed) => addOrders(tables, count, seed),
    addApplicationPassword(userId) {
      const password = makeSecret(site, 'application_password', userId, 0).secret1.slice(0, 24);
      site.connection.secrets.delete(`jetpack_application_password_${userId}`);
      site.applicationPasswords.set(userId, new Set([...(site.applicationPasswords.get(userId) ?? []), password]));
      return password.replace(/(.{4})(?=.)/g, '$1 ');
    },
    adopt({ blogId, blogToken, userTokens = {}, masterUser }) {
      Object.assign(site.connection, { blogId, persistentBlogId: blogId, blogToken, masterUser: masterUser ?? null });
      for (const [userId, token] of Object.entries(userTokens)) site.connection.userTokens.set(Number(userId), token.split('.').length === 3 ? token : `${token}.${userId}`);
    },
    register: ({ user }) => register(site, user),
    makeRegistrationSecret: (userId) => makeSecret(site, 'register', userId, 600),
    disconnect: ({ user }) => disconnectSite(site, user),
    authorizeUrl: (userId) => authorizeUrl(site, userId),
    visitRedirect: (url, userId) => handleWebhook(site, url, userId),
    unlinkUser: (userId) => unlinkUser(site, userId),
    async setRoles(userId, roles, by = 1) {
      const user = tables.users.get(userId);
      if (!user) throw new Error(`expected a user of the site, got ${userId}; add one first`);
      events.saveUser({ ...user, roles: [...roles] }, by);
      await tellRole(site, userId, by);
    },
    async deleteUser(userId, reassign = null) {
      await unlinkUser(site, userId, true);
      events.deleteUser(userId, reassign);
    },
    refreshBlogToken: (userId) => refreshBlogToken(site, userId),
    askTokenHealth: (userId) => askTokenHealth(site, userId),
    callHub: ({ path, ...call }) => callHub(site, { ...call, url: `${site.hubUrl}${path}` }),
    sendOnce: () => inTurn(() => sendBatch(site, sendState)),
    drainNow: () => inTurn(async () => {
      let acknowledged = 0;
      while (site.queue.size() > 0) {
        sendState.retryAfter.delete('sync');
        sendState.nextSyncTime = 0;
        site.queue.unlock();
        const sent = await sendBatch(site, sendState);
        if (!sent.ok) return sent;
        acknowledged += sent.acknowledged;
      }
      return { ok: true, acknowledged };
    }),
    pump: () => inTurn(async () => {
      for (;;) {
        site.fullSync.lockedUntil = 0;
        sendState.retryAfter.delete('immediate-send');
        const ended = await runPass(site, deliver);
        if (ended !== 'more') return ended === 'locked' ? 'stopped' : ended;
      }
    }),
    chooseMigrate: () => void (site.connection.isMigrating = true),
    moveTo(url) {
      site.url = url;
      site.homeUrl = url;
      tables.options.set('siteurl', url);
      tables.options.set('home', url);
    },
    async idle() {
      let seen: Promise<unknown> | null = null;
      while (seen !== working) {
        seen = working;
        await seen;
      }
    },
    async close() {
      await stop();
      await working;
    },
  };
}
