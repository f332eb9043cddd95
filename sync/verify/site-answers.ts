// What the site says while it is verified: the state of its queue, histograms of its tables, single objects. Every answer is bounded
// and parsed here; a refusal is data. Called by the other files of this folder, which never look at an outcome themselves.
import { inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import type { Json } from '../../core/changes.js';
import type { Rev, SiteId } from '../../core/ids.js';
import type { CallOutcome, RestCall, SiteClient } from '../../origin/site-calls.js';
import { cleanJson } from '../protocol/codec.js';
import type { Meter } from './meter.js';

/** Why the site did not tell; `code` is its own (`checksum_disabled`) or the call's (`timeout`). */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: string;
  readonly message: string;
}

export type Answer<T> = { readonly kind: 'value'; readonly value: T } | Refusal;

/** The site that is verified, and what may be spent on it. */
export interface SiteAtWork {
  readonly client: SiteClient;
  readonly siteId: SiteId;
  readonly meter: Meter;
  /** The newest event of the site that is applied, in milliseconds by its clock; 0 for none. */
  newestEventMs(): Promise<number>;
}

const CALL_TIMEOUT_MS = 60_000;
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** Inflated objects of one answer. */
const MAX_OBJECT_BYTES = 64 * 1024 * 1024;

async function call(site: SiteAtWork, route: string, method: 'GET' | 'POST', json?: Json): Promise<CallOutcome<Json>> {
  site.meter.spendCall();
  const request: RestCall = {
    as: { kind: 'site' }, method, route: `jetpack/v4/${route}`, isRead: true, timeoutMs: CALL_TIMEOUT_MS, maxAnswerBytes: MAX_ANSWER_BYTES, ...(json === undefined ? {} : { json }),
  };
  return site.client.rest(site.siteId, request);
}

function readOutcome<T>(outcome: CallOutcome<Json>, schema: z.ZodType<T>): Answer<T> {
  if (outcome.kind === 'failure') return { kind: 'refused', code: outcome.code, message: outcome.message };
  if (outcome.status >= 400 || outcome.error !== null) {
    return { kind: 'refused', code: outcome.error?.code ?? `http-${outcome.status}`, message: (outcome.error?.message ?? `the site answered ${outcome.status}`).slice(0, 200) };
  }
  const read = schema.safeParse(outcome.body);
  return read.success ? { kind: 'value', value: read.data } : { kind: 'refused', code: 'unexpected-answer', message: 'the answer has not the shape of the protocol' };
}

const queueStatus = z.object({ queue_size: z.coerce.number() });

/** How many events wait on the site to be sent. */
export async function queueSize(site: SiteAtWork): Promise<Answer<number>> {
  const answer = readOutcome(await call(site, 'sync/status', 'GET'), queueStatus);
  return answer.kind === 'value' ? { kind: 'value', value: answer.value.queue_size } : answer;
}

/** Has the site send a round of its queue; whatever it answers, its status tells. */
export async function pokeQueue(site: SiteAtWork): Promise<void> {
  await call(site, 'sync/now', 'POST', { queue: 'sync' });
}

/** Tells the site the verdict, which its own administration shows. */
export async function tellVerdict(site: SiteAtWork, isInSync: boolean): Promise<Answer<unknown>> {
  return readOutcome(await call(site, 'sync/health', 'POST', { status: isInSync ? 'in_sync' : 'out_of_sync' }), z.unknown());
}

export interface HistogramQuestion {
  readonly table: string;
  readonly salt: string;
  readonly columns: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly buckets: number;
}

/** A bucket of the site: the first and last id in it, and its sum. */
export interface SiteBucket {
  readonly from: number;
  readonly to: number;
  readonly sum: bigint;
}

function question(asked: HistogramQuestion, more: { readonly edges?: boolean; readonly drillsDown?: boolean }): Json {
  return {
    object_type: asked.table, buckets: asked.buckets, start_id: asked.from, end_id: asked.to, columns: asked.columns, strip_non_ascii: true, shared_salt: asked.salt,
    only_range_edges: more.edges ?? false, detailed_drilldown: more.drillsDown ?? false, perform_text_conversion: false,
  };
}

const number = z.union([z.number(), z.string().regex(/^-?\d+$/)]).transform(Number);
const sumText = z.union([z.string().regex(/^\d+$/), z.number().int().nonnegative(), z.null()]).transform((text) => BigInt(text ?? 0));
/** PHP has an empty map as a list. */
const mapOf = <T extends z.ZodType>(value: T) => z.preprocess((map) => (Array.isArray(map) ? {} : map), z.record(z.string(), value));

const edgesShape = z.object({ histogram: mapOf(z.union([number, z.null()])) });

/** First and last id of the site's table and how many ids it has; null when it has none. */
export async function askEdges(site: SiteAtWork, table: string): Promise<Answer<{ readonly from: number; readonly to: number; readonly ids: number } | null>> {
  const asked = { table, salt: '', columns: [], from: 0, to: 0, buckets: 0 };
  const answer = readOutcome(await call(site, 'sync/data-histogram', 'POST', question(asked, { edges: true })), edgesShape);
  if (answer.kind === 'refused') return answer;
  const { min_range: from, max_range: to, item_count: ids } = answer.value.histogram;
  return { kind: 'value', value: typeof from === 'number' && typeof to === 'number' && typeof ids === 'number' && ids > 0 ? { from, to, ids } : null };
}

function rangeOfKey(key: string): { from: number; to: number } | null {
  const match = /^(\d+)(?:-(\d+))?$/.exec(key);
  return match ? { from: Number(match[1]), to: Number(match[2] ?? match[1]) } : null;
}

const histogramShape = z.object({ histogram: mapOf(sumText) });

/** The site's sums, in order of their ids. */
export async function askHistogram(site: SiteAtWork, asked: HistogramQuestion): Promise<Answer<SiteBucket[]>> {
  const answer = readOutcome(await call(site, 'sync/data-histogram', 'POST', question(asked, {})), histogramShape);
  if (answer.kind === 'refused') return answer;
  const buckets = Object.entries(answer.value.histogram).flatMap(([key, sum]) => {
    const range = rangeOfKey(key);
    return range ? [{ ...range, sum }] : [];
  });
  return { kind: 'value', value: buckets.sort((a, b) => a.from - b.from) };
}

const drillShape = z.object({ histogram: mapOf(mapOf(sumText)) });

/** The site's sum of each key of a range. */
export async function askKeys(site: SiteAtWork, asked: HistogramQuestion): Promise<Answer<Map<string, bigint>>> {
  const answer = readOutcome(await call(site, 'sync/data-histogram', 'POST', question(asked, { drillsDown: true })), drillShape);
  if (answer.kind === 'refused') return answer;
  const keys = new Map<string, bigint>();
  for (const bucket of Object.values(answer.value.histogram)) for (const [key, sum] of Object.entries(bucket)) keys.set(key, sum);
  return { kind: 'value', value: keys };
}

/**
 * Objects as they were read, and a revision that is not newer than the reading, so that what happened since then wins over them; it is
 * newer than every event that was applied before, of which the reading knows already.
 */
export interface FetchedObjects {
  readonly objects: Readonly<Record<string, unknown>>;
  readonly rev: Rev;
}

const objectsShape = z.object({ objects: z.string(), codec: z.string().optional() });
/** The site's clock is told in whole seconds. */
const CLOCK_GRAIN_MS = 1000;
const MICROS = 1000;

/** Fetches objects by id. `ids` are those of one batch. */
export async function fetchObjects(site: SiteAtWork, module: string, type: string, ids: readonly Json[]): Promise<Answer<FetchedObjects>> {
  site.meter.spendObjects(ids.length);
  const newestMs = await site.newestEventMs();
  const startedAt = Date.now();
  const outcome = await call(site, 'sync/object', 'POST', { module_name: module, object_type: type, object_ids: ids });
  const tookMs = Date.now() - startedAt;
  const answer = readOutcome(outcome, objectsShape);
  if (answer.kind === 'refused') return answer;
  const objects = decodeObjects(answer.value.objects, answer.value.codec ?? 'deflate-json-array');
  if (objects === null) return { kind: 'refused', code: 'unexpected-answer', message: 'the objects do not decode' };
  const said = outcome.kind === 'answer' ? Date.parse(outcome.headers['date'] ?? '') : Number.NaN;
  const answeredMs = Number.isNaN(said) ? Date.now() - CLOCK_GRAIN_MS : said;
  return { kind: 'value', value: { objects, rev: (Math.max(answeredMs - tookMs, newestMs + 1) * MICROS) as Rev } };
}

function decodeObjects(encoded: string, codec: string): Readonly<Record<string, unknown>> | null {
  try {
    const bytes = Buffer.from(encoded, 'base64');
    const json = codec === 'simple' ? bytes : inflateRawSync(bytes, { maxOutputLength: MAX_OBJECT_BYTES });
    const objects = cleanJson(JSON.parse(json.toString('utf8')));
    return typeof objects === 'object' && objects !== null ? (objects as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}
