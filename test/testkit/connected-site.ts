// A double of a site that is connected and synced, with our sync server as its hub and a real client calling it: what tests of
// writes begin with. Everything in between is real HTTP with real signatures.
import { randomBytes } from 'node:crypto';
import { createLog } from '../../core/log.js';
import type { SiteId } from '../../core/ids.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { createSiteClient } from '../../origin/site-client.js';
import type { WriteDesk } from '../../origin/writes/run.js';
import { removeSite } from '../../store/sites.js';
import type { Store } from '../../store/store.js';
import { decodeItem } from '../../sync/protocol/codec.js';
import { splitJsonLines } from '../../sync/protocol/json-lines.js';
import { startSyncServer } from '../sync/http-site.js';
import { readRecording } from './recorded.js';
import { startSiteDouble, type SiteDouble, type SiteDoubleOptions } from './site-double/index.js';
import { addLocalSite, nextSiteId } from './store.js';

export interface ConnectedSite {
  readonly siteId: SiteId;
  readonly double: SiteDouble;
  readonly client: SiteClient;
  readonly desk: WriteDesk;
  /** Brings what the site has changed into the store. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

const FULL_SYNC = { options: true, functions: true, constants: true, users: true, terms: true, posts: true, comments: true, term_relationships: true };
/** What a stock WordPress registers, as the recorded site told it. */
const REGISTRATIONS = ['post_types', 'taxonomies', 'roles', 'post_type_features'];

/** Starts a site whose users 1 (administrator), 2 (editor), 3 (author) and 4 (subscriber) are all connected. */
export async function startConnectedSite(store: Store, options: Partial<SiteDoubleOptions> = {}): Promise<ConnectedSite> {
  const siteId = nextSiteId();
  const word = () => randomBytes(16).toString('hex');
  const blogToken = `${word()}.${word()}`;
  const userTokens = Object.fromEntries([1, 2, 3, 4].map((userId) => [userId, `${word()}.${word()}`]));
  const hub = await startSyncServer(store);
  const double = await startSiteDouble({ hubUrl: hub.url, drive: 'manual', ...options });
  const recorded = recordedCallables();
  for (const name of REGISTRATIONS) if (recorded[name] !== undefined) double.tables.callables.set(name, recorded[name]);
  double.adopt({ blogId: siteId, blogToken, userTokens, masterUser: 1 });
  await addLocalSite(store, { id: siteId, url: double.url, blogToken, userTokens: Object.entries(userTokens).map(([userId, token]) => `${token}.${userId}`) });
  await store.database.query('UPDATE site SET owner_user_id = 1 WHERE id = $1', [siteId]);
  const log = createLog('silent');
  const client = createSiteClient({ store, log, allowPrivateOrigins: true });
  const sync = async (): Promise<void> => {
    const sent = await double.drainNow();
    if (!sent.ok) throw new Error(`the site could not send: ${JSON.stringify(sent)}`);
  };
  const started = await client.rest(siteId, { as: { kind: 'site' }, method: 'POST', route: 'jetpack/v4/sync/full-sync', json: { modules: Object.keys(FULL_SYNC) } });
  if (started.kind !== 'answer' || started.status !== 200) throw new Error(`the full sync did not start: ${JSON.stringify(started)}`);
  if ((await double.pump()) !== 'finished') throw new Error('the full sync did not finish');
  await sync();
  return {
    siteId, double, client, desk: { store, client, log }, sync,
    async close() {
      await client.close();
      await double.close();
      await hub.close();
      // Another test's site may get the same port.
      await removeSite(store, siteId);
    },
  };
}

let callables: Record<string, unknown> | undefined;

function recordedCallables(): Record<string, unknown> {
  callables ??= Object.assign({}, ...readRecording('2-full-sync').flatMap((request) => splitJsonLines(Buffer.from(request.body)).entries.map(({ encoded }) => {
    const decoded = decodeItem(encoded, 'deflate-json-array');
    return decoded.ok && decoded.item.action === 'jetpack_full_sync_callables' ? decoded.item.args : {};
  }))) as Record<string, unknown>;
  return callables;
}
