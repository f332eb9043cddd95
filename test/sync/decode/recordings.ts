// The items of the recorded site, decoded as far as the codec goes.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { decodeItem, type SyncItem } from '../../../sync/protocol/codec.js';

export const RECORDINGS = ['1-incremental', '2-full-sync', '3-full-sync-woocommerce'] as const;

export interface RecordedItem {
  readonly key: string;
  readonly item: SyncItem;
}

/** All items of a recording in the order of arrival; throws when one cannot be read. */
export function readRecording(name: (typeof RECORDINGS)[number]): RecordedItem[] {
  const file = new URL(`../../fixtures/harbor-lane-books/${name}.ndjson.gz`, import.meta.url);
  const requests = gunzipSync(readFileSync(file)).toString('utf8').split('\n').filter((line) => line !== '');
  const entries = requests.flatMap((line) => {
    const { body } = JSON.parse(line) as { body: string };
    return body.split('\n').filter((text) => text.trim() !== '').flatMap((text) => Object.entries(JSON.parse(text) as Record<string, string>));
  });
  return entries.map(([key, encoded]) => {
    const decoded = decodeItem(encoded, 'deflate-json-array');
    if (!decoded.ok) throw new Error(`${key}: ${decoded.message}`);
    return { key, item: decoded.item };
  });
}
