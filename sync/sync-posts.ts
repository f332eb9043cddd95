// A sync post after its request was believed: finds the items of either transport, has them ingested, and counts.
// Called by sync/server (JSON lines) and sync/xml-rpc-methods (jetpack.syncActions).
import { findOddLines, type Batch } from './batch.js';
import { ingestBatch, type IngestContext } from './ingest.js';
import { budgetOf } from './limits.js';
import { CODECS, isCodec } from './protocol/codec.js';
import { splitJsonLines, type BadLine, type EncodedEntry } from './protocol/json-lines.js';
import { isStruct, type XmlRpcValue } from './protocol/xml-rpc.js';
import { concurrentBatch, refusal, storeUnavailable, type Refusal } from './refusal.js';
import type { SignedRequest } from './signed-request.js';

export interface Acknowledgement {
  readonly kind: 'acknowledged';
  readonly processed: readonly string[];
  readonly hasMoved: boolean;
}

type Items = Omit<Batch, 'codec'>;

/** Takes in the JSON lines of a believed post. */
export function takeJsonLines(context: IngestContext, signed: SignedRequest): Promise<Acknowledgement | Refusal> {
  return takeBatch(context, signed, () => {
    const { entries, badLines } = splitJsonLines(signed.body);
    if (badLines.length > 0) logBadLines(context, signed, badLines);
    return { entries, oddLines: findOddLines(signed.body, badLines) };
  });
}

/** Takes in the struct of a believed `jetpack.syncActions`. */
export function takeStruct(context: IngestContext, signed: SignedRequest, items: XmlRpcValue | undefined): Promise<Acknowledgement | Refusal> {
  return takeBatch(context, signed, () => {
    const entries: EncodedEntry[] = [];
    const oddLines: EncodedEntry[] = [];
    // An empty PHP array arrives as an empty array.
    for (const [key, value] of items !== undefined && isStruct(items) ? Object.entries(items) : []) {
      if (typeof value === 'string') entries.push({ key, encoded: value });
      else oddLines.push({ key, encoded: JSON.stringify(value) });
    }
    return { entries, oddLines };
  });
}

async function takeBatch(context: IngestContext, signed: SignedRequest, items: () => Items): Promise<Acknowledgement | Refusal> {
  const { query, site, arrivedMs } = signed;
  const codec = query('codec') ?? '';
  if (!isCodec(codec)) return refusal('unknown_codec', 400, `Expected the codec ${CODECS.join(' or ')}.`);
  const { processed, end } = await ingestBatch(context, {
    ...items(),
    codec,
    siteId: site.id,
    queueSize: queueSizeOf(query('queue_size')),
    deadlineMs: arrivedMs + budgetOf(context.limits, timeoutOf(query('timeout'))),
  });
  const { metrics } = context;
  metrics.seconds += Math.max(0, context.clock() - arrivedMs) / 1000;
  if (end === 'busy' && processed.length === 0) return concurrentBatch();
  if (end === 'unavailable' && processed.length === 0) return storeUnavailable();
  metrics.batches += 1;
  metrics.items += processed.length;
  if (end !== 'complete') {
    metrics.partialBatches += 1;
    context.log.warn({ siteId: site.id, end, acknowledged: processed.length }, 'a batch was acknowledged in part');
  }
  return { kind: 'acknowledged', processed, hasMoved: signed.hasMoved };
}

function logBadLines(context: IngestContext, signed: SignedRequest, badLines: readonly BadLine[]): void {
  const reasons = [...new Set(badLines.map((line) => line.reason))];
  context.log.warn({ siteId: signed.site.id, lines: badLines.length, reasons }, 'lines of a batch hold no item');
}

const MAX_QUEUE_SIZE = 2 ** 31 - 1;

/** What a site says of its queue; null when it says nothing that can be believed. */
export function queueSizeOf(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Math.min(Number(text), MAX_QUEUE_SIZE) : null;
}

function timeoutOf(text: string | null): number | null {
  return text !== null && /^\d{1,4}(\.\d{1,6})?$/.test(text) ? Number(text) : null;
}
