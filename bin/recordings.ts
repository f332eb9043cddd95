// Sends a recording of a site's sync requests to a server, signed anew: the demonstration site and `sitegraph replay` use it.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { AppError } from '../core/errors.js';
import { splitJsonLines } from '../sync/protocol/json-lines.js';
import { signRequest } from '../sync/protocol/sign-request.js';

const REQUEST_TIMEOUT_MS = 60_000;

const recordedRequest = z.object({ method: z.literal('POST'), url: z.string().startsWith('/'), body: z.string() });

export type RecordedRequest = z.infer<typeof recordedRequest>;

/** Reads a recording: one JSON object a line with method, url and body; gzipped or not. */
export function readRecording(file: string): RecordedRequest[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new AppError('BAD_USER_INPUT', `cannot read ${file}`, { cause });
  }
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [recordedRequest.parse(JSON.parse(line))];
    } catch (cause) {
      throw new AppError('BAD_USER_INPUT', `line ${index + 1} of ${file} is not a recorded request; expected JSON with method, url and body`, { cause });
    }
  });
}

export interface ReplayResult {
  readonly requests: number;
  readonly items: number;
  readonly acknowledged: number;
  /** Requests that were not acknowledged whole, as a line each. */
  readonly refused: readonly string[];
}

/** Sends the requests in order. `token` is "key.secret"; with `siteId` the site in the path is replaced. */
export async function replayRequests(
  base: string,
  token: string,
  requests: readonly RecordedRequest[],
  options: { readonly siteId?: number | undefined; readonly progress?: (done: number, total: number) => void } = {},
): Promise<ReplayResult> {
  let items = 0;
  let acknowledged = 0;
  const refused: string[] = [];
  for (const [index, request] of requests.entries()) {
    const path = options.siteId === undefined ? request.url : request.url.replace(/\/sites\/\d+\//, `/sites/${options.siteId}/`);
    const url = base + path;
    const body = Buffer.from(request.body);
    const authorization = signRequest({ token, userId: 0, method: 'POST', url, body, bodyHashKind: 'jsonl', nowMs: Date.now() });
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const sent = splitJsonLines(body).entries.length;
    const answer = (await response.json().catch(() => ({}))) as { processed_items?: unknown[]; code?: string; message?: string };
    const processed = response.ok && Array.isArray(answer.processed_items) ? answer.processed_items.length : 0;
    items += sent;
    acknowledged += processed;
    if (processed < sent) refused.push(`request ${index + 1}: HTTP ${response.status}, ${processed} of ${sent} items acknowledged${answer.code ? ` (${answer.code}: ${answer.message ?? ''})` : ''}`);
    options.progress?.(index + 1, requests.length);
  }
  return { requests: requests.length, items, acknowledged, refused };
}
