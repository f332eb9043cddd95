// Sends the queue to the hub and reads its answer by the table of protocol reference 3.2: subsets, empty lists, Retry-After, errors,
// back-off, both transports. Also carries the items of full syncs, which are sent one a request.
import { encodeItem } from '../../../sync/protocol/codec.js';
import { joinJsonLines, type EncodedEntry } from '../../../sync/protocol/json-lines.js';
import { isStruct } from '../../../sync/protocol/xml-rpc.js';
import { callHub, callHubMethod, type HubAnswer } from './hub.js';
import { isConnected, type SiteContext } from './state.js';
import { encodeQueueItem } from './sync-queue.js';

export type QueueName = 'sync' | 'immediate-send';

/** What the site remembers about sending; rows of its options table. Times in seconds. */
export interface SendState {
  readonly retryAfter: Map<QueueName, number>;
  nextSyncTime: number;
  lastSuccess: number | null;
  /** Until then the site leaves a queue to a hub that pulls. */
  readonly pullingUntil: Map<QueueName, number>;
  readonly errors: { readonly at: number; readonly code: string }[];
}

export type SendResult = { readonly ok: true; readonly acknowledged: number } | { readonly ok: false; readonly code: string };

export function createSendState(): SendState {
  return { retryAfter: new Map(), nextSyncTime: 0, lastSuccess: null, pullingUntil: new Map(), errors: [] };
}

/** Why sync is not allowed, or null. */
export function whySyncIsOff(site: SiteContext): string | null {
  if (site.settings.number('disable') || site.settings.number('network_disable')) return 'sync_disabled';
  if (!isConnected(site.connection)) return 'not_connected';
  return site.connection.identityCrisis === null ? null : 'sync_error_idc';
}

/** One batch, if the locks allow it. */
export async function sendBatch(site: SiteContext, state: SendState): Promise<SendResult> {
  const now = site.now() / 1000;
  const off = whySyncIsOff(site) ?? whyNotNow(site, state, 'sync', now);
  if (off !== null) return { ok: false, code: off };
  if (now < state.nextSyncTime) return { ok: false, code: 'sync_throttled' };
  const { settings } = site;
  const limits = { rows: settings.number('upload_max_rows'), rowBytes: settings.number('dequeue_max_bytes'), encodedBytes: settings.number('upload_max_bytes') };
  const size = site.queue.size();
  const batch = site.queue.checkout(limits, site.now());
  if (batch === 'queue_size') return { ok: false, code: 'empty_queue_sync' };
  if (batch === 'unclosed_buffer') return { ok: false, code: batch };
  const entries = batch.items.map((item) => ({ key: item.key, encoded: encodeQueueItem(item) }));
  const sent = await post(site, 'sync', entries, { queue_size: String(size), buffer_id: batch.bufferId });
  site.queue.close(batch.bufferId, sent.processed ?? []);
  // An empty list is a failure here: nothing is gained by asking again at once.
  const failure = sent.processed === null ? sent.code : sent.processed.length === 0 ? 'wpcom_error' : null;
  return settle(site, state, 'sync', sent, failure);
}

/** One item of a full sync or of the sender itself, under a key of its own. */
export async function sendImmediately(site: SiteContext, state: SendState, key: string, action: string, args: unknown): Promise<SendResult> {
  const now = site.now() / 1000;
  const off = whySyncIsOff(site) ?? whyNotNow(site, state, 'immediate-send', now);
  if (off !== null) return { ok: false, code: off };
  const encoded = encodeItem({ action, args, userId: site.connection.masterUser ?? 0, timestamp: now, isImporting: false, actor: null }, 'deflate-json-array');
  const sent = await post(site, 'immediate-send', [{ key, encoded }], {});
  return settle(site, state, 'immediate-send', sent, sent.processed === null ? sent.code : null);
}

function whyNotNow(site: SiteContext, state: SendState, queue: QueueName, now: number): string | null {
  if (!site.settings.number(queue === 'sync' ? 'sync_sender_enabled' : 'full_sync_sender_enabled')) return `sender_disabled_for_queue_${queue}`;
  if ((state.pullingUntil.get(queue) ?? 0) > now) return 'sender_temporarily_disabled_while_pulling';
  const until = state.retryAfter.get(queue);
  if (until === undefined) return null;
  // The attempt after the time only takes the flag away; the one after that sends.
  if (until <= now) state.retryAfter.delete(queue);
  return 'retry_after';
}

interface Sent {
  readonly answer: HubAnswer;
  /** Null when the answer is an error. */
  readonly processed: readonly string[] | null;
  readonly code: string;
}

async function post(site: SiteContext, queue: QueueName, entries: readonly EncodedEntry[], more: Readonly<Record<string, string>>): Promise<Sent> {
  const timeout = queue === 'sync' ? 20 : 30;
  const query = new URLSearchParams({
    sync: '1', codec: 'deflate-json-array', timestamp: (site.now() / 1000).toFixed(4), queue, cd: '0.0010', pd: '0.0020', ...more,
    sync_flow_type: site.settings.number('dedicated_sync_enabled') ? 'dedicated' : 'default',
    storage_type: site.settings.number('custom_queue_table_enabled') ? 'custom' : 'options', timeout: String(timeout),
  }).toString();
  return site.settings.number('wpcom_rest_api_enabled') ? postLines(site, query, entries, timeout) : postStruct(site, query, entries, timeout);
}

async function postLines(site: SiteContext, query: string, entries: readonly EncodedEntry[], timeout: number): Promise<Sent> {
  const answer = await callHub(site, {
    as: 'site', method: 'POST', url: `${site.hubUrl}/wpcom/v2/sites/${site.connection.blogId}/jetpack-sync-actions?${query}`, body: joinJsonLines(entries),
    bodyHashKind: 'jsonl', contentType: 'application/x-www-form-urlencoded', timeoutMs: timeout * 1000,
  });
  const body = typeof answer.json === 'object' && answer.json !== null ? (answer.json as Record<string, unknown>) : null;
  const processed = answer.status === 200 ? toKeys(body?.['processed_items']) : null;
  if (processed !== null && body?.['error_code'] !== undefined) throw new Error('the hub answered error_code beside processed_items, which crashes a real site on PHP 8; answer one of them');
  if (processed !== null) return { answer, processed, code: '' };
  if (body === null && answer.status === 200) return { answer, processed: null, code: 'sync_rest_api_response_decoding_failed' };
  return { answer, processed: null, code: body?.['code'] && body['message'] ? `jetpack_sync_send_error_${String(body['code'])}` : 'Sync REST API request failed' };
}

async function postStruct(site: SiteContext, query: string, entries: readonly EncodedEntry[], timeout: number): Promise<Sent> {
  const result = await callHubMethod(site, 'site', 'jetpack.syncActions', [Object.fromEntries(entries.map(({ key, encoded }) => [key, encoded]))], query, timeout * 1000);
  if (!result.ok) return { answer: result.answer, processed: null, code: result.code };
  // That of 2023 believes the bare list only, and sends the same again for ever.
  const processed = toKeys(isStruct(result.value) && site.syncVersion === '4.45' ? result.value['processed_items'] : result.value);
  return { answer: result.answer, processed, code: 'wpcom_error' };
}

function toKeys(value: unknown): string[] | null {
  return Array.isArray(value) && value.every((key) => typeof key === 'string') ? value : null;
}

function settle(site: SiteContext, state: SendState, queue: QueueName, { answer, processed }: Sent, failure: string | null): SendResult {
  const now = site.now() / 1000;
  const dedicated = answer.headers['jetpack-dedicated-sync'];
  if (dedicated !== undefined) site.settings.change({ dedicated_sync_enabled: dedicated === 'on' ? 1 : 0 });
  const retryAfter = answer.headers['retry-after'];
  if (retryAfter !== undefined) state.retryAfter.set(queue, now + (/^[1-9]\d*$/.test(retryAfter) ? Number(retryAfter) : 180));
  if (failure === null) {
    state.lastSuccess = now;
    return { ok: true, acknowledged: processed?.length ?? 0 };
  }
  if (retryAfter === undefined) state.retryAfter.set(queue, now + 60);
  if (queue === 'sync') state.nextSyncTime = now + 60;
  state.errors.push({ at: now, code: failure });
  if (state.errors.length > 5) state.errors.shift();
  return { ok: false, code: failure };
}
