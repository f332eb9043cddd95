// Reads the recorded requests of the harbor-lane-books site for the protocol tests.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const FOLDER = new URL('../../fixtures/harbor-lane-books/', import.meta.url);

export interface RecordedRequest {
  readonly receivedAt: number;
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly host: string; readonly authorization: string };
  readonly body: string;
}

export const RECORDINGS = ['1-incremental', '2-full-sync', '3-full-sync-woocommerce'] as const;
export const RECORDED_SERVER = 'http://sitegraph.example:4000';

/** Every request of one recording, in the order of arrival. */
export function readRecording(name: (typeof RECORDINGS)[number]): RecordedRequest[] {
  const text = gunzipSync(readFileSync(new URL(`${name}.ndjson.gz`, FOLDER))).toString('utf8');
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as RecordedRequest);
}

/** Key and secret of the recorded site's blog token. */
export function readBlogToken(): { readonly key: string; readonly secret: string } {
  const site = JSON.parse(readFileSync(new URL('site.json', FOLDER), 'utf8')) as { blogToken: string };
  const [key = '', secret = ''] = site.blogToken.split('.');
  return { key, secret };
}
