// The routes `jetpack/v4/sync/*` (protocol reference 6.2, 8): for the site's own token and users who manage options. What a POST drives besides
// (sending, a pass of the full sync) happens after its answer, in index.ts.
import { allowedPostIds } from './full-sync-modules.js';
import { readFullSyncConfig, runPass, startFullSync } from './full-sync.js';
import { isRunning } from './full-sync-state.js';
import { dataCheck } from './checksums.js';
import { histogram } from './histogram.js';
import { levelOf } from './roles.js';
import { forbidden, isTrue, maySync, ok, route, wpError, type RestAnswer, type RestCall, type RestHandler, type RestRoute } from './rest.js';
import { sendBatch, whySyncIsOff, type QueueName } from './sender.js';
import { isConnected } from './state.js';
import { encodeObjects, syncObjects } from './sync-objects.js';
import { encodeQueueItem } from './sync-queue.js';
import { encodeItem } from '../../../sync/protocol/codec.js';

function guarded(handler: RestHandler): RestHandler {
  return (call, match) => (maySync(call) ? handler(call, match) : forbidden(call, undefined, 'invalid_user_permission_jetpack_sync'));
}

export function syncStatus({ site, sendState }: RestCall, fields: readonly string[]): Record<string, unknown> {
  const { fullSync: full, queue, connection, settings } = site;
  const now = site.now() / 1000;
  const off = whySyncIsOff(site);
  const debug = {
    sync_allowed: off === null, sync_health: site.health.status, dedicated_sync_enabled: settings.number('dedicated_sync_enabled') === 1,
    sync_locks: {
      retry_time_sync: sendState.retryAfter.get('sync') ?? false, retry_time_full_sync: sendState.retryAfter.get('immediate-send') ?? false,
      next_sync_time_sync: sendState.nextSyncTime, next_sync_time_full_sync: 0, queue_locked_sync: queue.isLocked(site.now()), queue_locked_full_sync: full.lockedUntil > now,
      dedicated_sync_request_lock: null, dedicated_sync_temporary_disable_flag: false,
    },
    last_succesful_sync: sendState.lastSuccess === null ? false : sendState.lastSuccess.toFixed(4),
    sync_error_log: Object.fromEntries(sendState.errors.map(({ at, code }) => [at.toFixed(4), { errors: { [code]: ['failed'] }, error_data: {} }])),
    ...(off === 'sync_disabled' ? { is_sync_enabled: false, jetpack_sync_disable: true } : {}),
    ...(connection.identityCrisis === null ? {} : { in_safe_mode: true }), ...(isConnected(connection) ? {} : { active_connection: false }),
  };
  const check = fields.some((field) => field.endsWith('_checksum')) ? dataCheck(site) : {};
  const isOfToday = site.syncVersion === '4.45';
  return {
    ...(isOfToday ? { start_action_processed: full.isStartSent, cancelled_action_processed: full.isCancelSent, context: full.context } : {}), started: full.started ?? false, finished: full.finished ?? false,
    // Before the first one both maps are empty, and so lists.
    progress: full.started === null ? [] : full.progress, config: full.started === null ? [] : full.config, cron_size: 0, next_cron: Math.floor(now) + 300, queue_size: queue.size(),
    queue_lag: queue.lag(site.now()), queue_next_sync: sendState.nextSyncTime - now, full_queue_next_sync: -now,
    ...(fields.includes('debug_details') ? { debug_details: debug } : {}),
    ...(fields.includes('posts_checksum') ? { posts_checksum: check['posts'] } : {}), ...(fields.includes('comments_checksum') ? { comments_checksum: check['comments'] } : {}),
    ...(fields.includes('post_meta_checksum') ? { post_meta_checksum: check['post_meta'] } : {}), ...(fields.includes('comment_meta_checksum') ? { comment_meta_checksum: check['comment_meta'] } : {}),
  };
}

async function checkout(call: RestCall): Promise<RestAnswer> {
  const { site, sendState, params } = call;
  const count = Math.min(100, Math.max(1, Number(params['number_of_items'] ?? 1)));
  const name: QueueName | null = params['queue'] === 'sync' ? 'sync' : params['queue'] === 'immediate' ? 'immediate-send' : null;
  if (name === null) return wpError(500, 'invalid_queue', 'Queue name should be sync or full_sync.', 320);
  sendState.pullingUntil.set(name, site.now() / 1000 + 60);
  if (name === 'immediate-send') {
    if (!isRunning(site.fullSync)) return wpError(500, 'queue_size', 'The queue is empty and there is nothing to send.', 400);
    const items: Record<string, string> = {};
    await runPass(site, (key, action, args) => {
      items[key] = encodeItem({ action, args, userId: 0, timestamp: site.now() / 1000, isImporting: false, actor: null }, 'deflate-json-array');
      return Promise.resolve(true);
    }, true);
    return ok({ items, codec: 'deflate-json-array', sent_timestamp: site.now() / 1000, status: syncStatus(call, []) });
  }
  const limits = { rows: count, rowBytes: site.settings.number('dequeue_max_bytes'), encodedBytes: site.settings.number('upload_max_bytes') };
  const batch = site.queue.checkout(limits, site.now(), isTrue(params['force']));
  if (typeof batch === 'string') return wpError(500, batch, batch === 'queue_size' ? 'The queue is empty and there is nothing to send.' : 'There is an unclosed buffer.', 400);
  const items = Object.fromEntries(batch.items.map((item) => [item.key, encodeQueueItem(item)]));
  if (isTrue(params['pop'])) site.queue.close(batch.bufferId, Object.keys(items));
  return ok({ buffer_id: batch.bufferId, items, skipped_items: [], codec: 'deflate-json-array', sent_timestamp: site.now() / 1000, queue_size: site.queue.size() });
}

function close(call: RestCall): RestAnswer {
  const { site, params } = call;
  const keys = Array.isArray(params['item_ids']) ? params['item_ids'].map(String) : [];
  const closed = site.queue.close(String(params['buffer_id'] ?? ''), keys, isTrue(params['continue']));
  if (closed !== 'closed') return wpError(500, closed, 'The buffer was not checked out by this caller.', 400);
  return ok({ success: true, status: syncStatus(call, []) });
}

function idRanges({ site, params }: RestCall): RestAnswer {
  const size = Math.max(1, Number(params['batch_size'] ?? 1000));
  const { tables } = site;
  const ids: Readonly<Record<string, () => readonly number[]>> = {
    posts: () => allowedPostIds(site), comments: () => tables.comments.ids(), terms: () => tables.terms.ids(),
    term_relationships: () => [...new Set(tables.relations.all().map((row) => row.object_id))].sort((a, b) => a - b),
    users: () => tables.users.all().filter((user) => levelOf(user) > 0).map((user) => user.ID),
  };
  const all = ids[String(params['sync_module'])]?.();
  if (!all) return wpError(400, 'invalid_module', 'An invalid sync module name was passed.');
  const ranges = Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size)).map((part) => ({ min: part[0], max: part.at(-1) }));
  return ok({ ranges });
}

function toFields(value: unknown): string[] {
  return typeof value === 'string' ? value.split(',').map((part) => part.trim()) : Array.isArray(value) ? value.map(String) : [];
}

const HANDLERS: readonly (readonly [string, string, RestHandler])[] = [
  ['POST', 'full-sync', ({ site, params }) => {
    startFullSync(site, readFullSyncConfig(site, params), typeof params['context'] === 'string' ? params['context'] : null);
    return ok({ scheduled: true });
  }],
  ['GET', 'status', (call) => ok(syncStatus(call, toFields(call.params['fields'])))],
  ['POST', 'health', ({ site, params }) => {
    const status = params['status'];
    if (status !== 'in_sync' && status !== 'out_of_sync') return wpError(400, 'invalid_status', 'Invalid status.');
    Object.assign(site.health, { status, timestamp: site.now() / 1000 });
    return ok({ success: status });
  }],
  ['GET', 'settings', ({ site }) => ok(site.settings.all())],
  ['POST', 'settings', ({ site, params }) => {
    site.settings.change(params);
    if (site.settings.number('disable')) site.queue.clear();
    return ok(site.settings.all());
  }],
  ['GET POST PUT', 'object', ({ site, params }) => {
    const ids = params['object_ids'];
    const objects = syncObjects(site, String(params['module_name']), String(params['object_type']), Array.isArray(ids) ? ids : Object.values(typeof ids === 'object' && ids !== null ? ids : {}));
    return ok({ objects: encodeObjects(objects), codec: 'deflate-json-array' });
  }],
  ['POST', 'now', async ({ site, sendState, params }) => {
    if (params['queue'] !== 'sync' && params['queue'] !== 'full_sync') return wpError(500, 'invalid_queue', 'Queue name should be sync or full_sync.', 320);
    const sent = await sendBatch(site, sendState);
    return sent.ok ? ok({ response: true }) : wpError(500, sent.code, 'The queue was not sent.', 400);
  }],
  ['POST', 'checkout', checkout],
  ['POST', 'close', close],
  ['POST', 'unlock', ({ site }) => ok({ success: site.queue.unlock() ? 1 : 0 })],
  ['GET', 'object-id-range', idRanges],
  ['GET', 'data-check', ({ site }) => (site.settings.number('checksum_disable') ? wpError(500, 'checksum_disabled', 'Checksums are currently disabled.') : ok(dataCheck(site)))],
  ['POST', 'data-histogram', ({ site, params }) => {
    const made = histogram(site, params);
    return made.ok ? ok(made.value) : wpError(500, made.code, made.message);
  }],
  ['DELETE', 'locks', ({ site, sendState }) => {
    sendState.retryAfter.clear();
    sendState.nextSyncTime = 0;
    site.fullSync.lockedUntil = 0;
    site.queue.unlock();
    return ok({ success: true });
  }],
  ['POST', 'clear-queue', ({ site }) => {
    site.queue.clear();
    return ok({ success: true });
  }],
];

export const SYNC_ROUTES: readonly RestRoute[] = HANDLERS.map(([methods, name, handler]) => route(methods, new RegExp(`^jetpack/v4/sync/${name}$`), guarded(handler)));
