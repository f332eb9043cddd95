// Items for decoding tests, as the codec hands them over.
import { decode, type DecodeOptions } from '../../../sync/decode/index.js';
import type { DecodedItem } from '../../../core/changes.js';
import type { SyncItem } from '../../../sync/protocol/codec.js';

export function itemOf(action: string, args: unknown, more: Partial<SyncItem> = {}): SyncItem {
  return { action, args, userId: 1, timestamp: 1800000000.25, timestampMicros: 1_800_000_000_250_000, isImporting: false, actor: null, ...more };
}

export function decodeArgs(action: string, args: unknown, options?: DecodeOptions): DecodedItem {
  return decode('jpsq_sync-1800000000.250000-1-1', itemOf(action, args), options);
}
