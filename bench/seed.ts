// Makes a data directory for bench/operations.ts: the demonstration site, and on request many copies of it with generated posts.
// A process of its own, because the embedded database belongs to one process:  node dist/bench/seed.js [SITES POSTS]
// Writes `bench.json` into the directory: the token of a reader who administers and follows every site, those of readers who follow fewer,
// and what to ask for.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig, type Config } from '../bin/config.js';
import { ANONYMOUS, signViewer } from '../auth/viewer.js';
import { loadDemo } from '../bin/demo.js';
import { openConfiguredStore } from '../bin/open-store.js';
import { serveAll } from '../bin/serve.js';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../core/ids.js';
import { linkSiteUser } from '../store/accounts.js';
import { followSite } from '../store/reader.js';
import { listSites } from '../store/sites.js';
import type { Store } from '../store/store.js';
import { authenticateToken, createToken, forgetTokens } from '../store/tokens.js';
import { copySite, seedPosts } from './seed-posts.js';

/** What a client of the seeded installation knows. */
export interface Seeded {
  readonly token: string;
  /** The same reader, signed as the gateway signs viewers for subgraphs; for a peer that hands it on. */
  readonly signedViewer: string;
  readonly sites: number;
  readonly posts: number;
  /** Tokens of readers by how many sites they follow. */
  readonly readers: Readonly<Record<string, string>>;
  /** Variables of each operation, one set a site. */
  readonly variables: Readonly<Record<string, readonly Record<string, unknown>[]>>;
}

const FIRST_SITE = 710_001;
const ADMINISTRATOR = 1;
/** Longer than all benchmarks together. */
const SIGNED_MS = 3 * 3600_000;
const READER = 2;
const say = (line: string): void => void process.stderr.write(`  ${line}\n`);

async function seedDemo(config: Config): Promise<void> {
  const server = await serveAll(config);
  try {
    await loadDemo(server, () => undefined);
  } finally {
    await server.close();
  }
}

async function seedSites(store: Store, demo: SiteId, sites: number, posts: number): Promise<void> {
  const started = performance.now();
  const now = new Date();
  const first = FIRST_SITE as SiteId;
  for (let index = 0; index < sites; index += 1) {
    // The first site is filled as sync would; the others are its copies.
    if (index === 0) {
      await copySite(store, demo, first);
      await seedPosts(store, first, Math.round(posts / sites), now);
    } else await copySite(store, first, (FIRST_SITE + index) as SiteId);
    if ((index + 1) % 10 === 0) say(`${index + 1} of ${sites} sites filled, ${Math.round((performance.now() - started) / 1000)} s`);
  }
}

/** One id a site: the newest of its kind. */
async function newest(store: Store, siteId: SiteId, sql: string): Promise<number> {
  const [row] = await store.database.query<{ id: number }>(sql, [siteId]);
  if (!row) throw new Error(`site ${siteId} has no row for ${sql}`);
  return row.id;
}

async function describe(store: Store, siteIds: readonly SiteId[]): Promise<Seeded> {
  const first = siteIds[0] as SiteId;
  const { token } = await createToken(store, { subject: { kind: 'person', siteId: first, userId: ADMINISTRATOR }, scopes: ['*'], expiresAt: null, label: 'bench' });
  const viewer = await authenticateToken(store, token);
  const variables: Record<string, Record<string, unknown>[]> = { MobilePosts: [], MobileDelta: [], EditorOpen: [], MenuEditor: [], FleetPlugins: [{}], ReaderFeed: [{}], OrderScreen: [], SiteSettingsScreen: [], AuditScreen: [] };
  for (const siteId of siteIds) {
    const accountId = viewer?.accountId ?? '';
    await store.database.transaction((tx) => linkSiteUser(tx, accountId, siteId, ADMINISTRATOR));
    await followSite(store.database, accountId, siteId);
    const postId = await newest(store, siteId, `SELECT id FROM post WHERE site_id = $1 AND alive AND type = 'post' AND status = 'publish' ORDER BY date_gmt DESC, id DESC LIMIT 1`);
    const orderId = await newest(store, siteId, `SELECT o.id FROM shop_order o WHERE o.site_id = $1 AND o.alive AND o.order_type = 'shop_order'
      ORDER BY (SELECT count(*) FROM order_item i WHERE i.site_id = o.site_id AND i.order_id = o.id AND i.alive) DESC, o.id DESC LIMIT 1`);
    variables['MobilePosts']?.push({ siteId: encodeSiteId(siteId) });
    variables['MobileDelta']?.push({ siteIds: [encodeSiteId(siteId)] });
    variables['SiteSettingsScreen']?.push({ id: encodeSiteId(siteId) });
    variables['AuditScreen']?.push({ id: encodeSiteId(siteId) });
    variables['EditorOpen']?.push({ id: encodeGlobalId(siteId, 'Post', postId) });
    variables['MenuEditor']?.push({ siteId: encodeSiteId(siteId) });
    variables['OrderScreen']?.push({ id: encodeGlobalId(siteId, 'Order', orderId) });
  }
  const readers: Record<string, string> = {};
  for (const [index, follows] of [1, 10, 100, 1000].entries()) {
    const own = siteIds[siteIds.length - 1 - index];
    if (follows > siteIds.length || own === undefined) continue;
    const made = await createToken(store, { subject: { kind: 'person', siteId: own, userId: READER }, scopes: ['*'], expiresAt: null, label: `reader of ${follows}` });
    const account = (await authenticateToken(store, made.token))?.accountId ?? '';
    // Spread over all, so that they are not the neighbours that one page of the table holds.
    for (let place = 0; place < follows; place += 1) await followSite(store.database, account, siteIds[Math.floor((place * siteIds.length) / follows)] as SiteId);
    readers[follows] = made.token;
  }
  const [counted] = await store.database.query<{ posts: number }>(`SELECT count(*) AS posts FROM post WHERE site_id = ANY($1::bigint[]) AND alive AND type = 'post'`, [siteIds]);
  // The viewer above was asked for before the sites were linked, and is remembered.
  forgetTokens(store);
  const signedViewer = signViewer((await authenticateToken(store, token)) ?? ANONYMOUS, { requestId: 'bench', expiresAt: Date.now() + SIGNED_MS }, store.secrets.deriveKey('viewer'));
  return { token, signedViewer, sites: siteIds.length, posts: counted?.posts ?? 0, readers, variables };
}

const [sites = 0, posts = 0] = process.argv.slice(2).map(Number);
const config = readConfig();
await seedDemo({ ...config, port: 0, demo: true });
const store = await openConfiguredStore(config);
const [demo] = await listSites(store.database, 1);
if (!demo) throw new Error('the demonstration site is not there');
await seedSites(store, demo.id, sites, posts);
await store.database.script('ANALYZE');
const siteIds = sites === 0 ? [demo.id] : Array.from({ length: sites }, (_, index) => (FIRST_SITE + index) as SiteId);
writeFileSync(join(config.dataDir, 'bench.json'), JSON.stringify(await describe(store, siteIds)));
await store.close();
process.exit(0);
