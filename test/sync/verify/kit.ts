// A connected double of a site and a store that has what it has: brought over by the double's own full sync chunks, decoded and applied
// in process. Tests then change one side behind the other's back.
import { pino } from 'pino';
import { afterEach } from 'vitest';
import type { SiteId } from '../../../core/ids.js';
import type { SiteClient } from '../../../origin/site-calls.js';
import { createSiteClient } from '../../../origin/site-client.js';
import { applyBatch } from '../../../store/apply/apply.js';
import type { Store } from '../../../store/store.js';
import { decode } from '../../../sync/decode/index.js';
import { cleanJson } from '../../../sync/protocol/codec.js';
import { FULL_SYNC_MODULES } from '../../testkit/site-double/full-sync-modules.js';
import { startSiteDouble, type SiteDouble, type SiteDoubleOptions } from '../../testkit/site-double/index.js';
import { addLocalSite, nextSiteId } from '../../testkit/store.js';

export interface ConnectedSite {
  readonly double: SiteDouble;
  readonly client: SiteClient;
  readonly siteId: SiteId;
  close(): Promise<void>;
}

const CHUNK = 1000;
const MODULES = ['options', 'functions', 'terms', 'users', 'posts', 'comments', 'term_relationships', 'woocommerce', 'woocommerce_hpos_orders'];

/** Starts a double that is connected; fill its tables, then call {@link mirror}. */
export async function startConnected(store: Store, options: Partial<SiteDoubleOptions> = {}): Promise<ConnectedSite> {
  const siteId = nextSiteId();
  const double = await startSiteDouble({ hubUrl: 'http://127.0.0.1:9', drive: 'manual', ...options });
  const blogToken = `blog${siteId}.secret${siteId}`;
  double.adopt({ blogId: siteId, blogToken, userTokens: { 1: `user${siteId}.secret${siteId}` }, masterUser: 1 });
  await addLocalSite(store, { id: siteId, url: double.url, blogToken, userTokens: [`user${siteId}.secret${siteId}.1`] });
  await store.database.query('UPDATE site SET owner_user_id = 1 WHERE id = $1', [siteId]);
  const client = createSiteClient({ store, log: pino({ level: 'silent' }), allowPrivateOrigins: true });
  return {
    double, client, siteId,
    async close() {
      await client.close();
      await double.close();
    },
  };
}

/** A list whose sites are closed after each test; called at the top of a test file. */
export function closedAfterEach(): ConnectedSite[] {
  const open: ConnectedSite[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((site) => site.close()));
  });
  return open;
}

/** Brings everything that a full sync sends into the store, as of `atMs` by the site's clock. */
export async function mirror(store: Store, site: ConnectedSite, atMs = Date.now() - 60_000): Promise<void> {
  const context = site.double.state;
  for (const name of MODULES) {
    const module = FULL_SYNC_MODULES.get(name);
    if (!module) continue;
    const keys = module.kind === 'chunked' ? module.keys(context, null) : [];
    const chunks = module.kind === 'chunked' ? Array.from({ length: Math.ceil(keys.length / CHUNK) }, (_, index) => module.args(context, keys.slice(index * CHUNK, (index + 1) * CHUNK), null as never)) : [module.args(context)];
    for (const [index, args] of chunks.entries()) {
      if (args === null) continue;
      const plain = cleanJson(JSON.parse(JSON.stringify(args)));
      const item = { action: module.action, args: plain, userId: 0, timestamp: atMs / 1000, timestampMicros: atMs * 1000, isImporting: false, actor: null };
      const decoded = decode(`${module.action}-${index}`, item);
      if (decoded.deadLetter) throw new Error(`${module.action} does not decode: ${decoded.deadLetter.message}`);
      await applyBatch(store, site.siteId, [decoded], new Date());
    }
  }
}
