// The body of a sync post: one JSON object a line, item key to encoded item. Called by ingest after the request is verified.
// A damaged line never costs its neighbours: it is reported beside them, and the site sends it again unless it is acknowledged.

import { isUtf8 } from 'node:buffer';
import { measureJson } from './json-shape.js';

/** One item of a batch, still encoded. */
export interface EncodedEntry {
  readonly key: string;
  readonly encoded: string;
}

export type LineFault = 'invalid-utf8' | 'truncated' | 'not-json' | 'not-an-entry' | 'too-many-lines';

/** A line that holds no item. */
export interface BadLine {
  /** Position among all lines of the body, from 0. */
  readonly index: number;
  readonly reason: LineFault;
  /** The item key when the line was whole but its value was no text: such an item may be acknowledged, a truncated one never. */
  readonly key: string | null;
}

export interface SplitBody {
  readonly entries: readonly EncodedEntry[];
  readonly badLines: readonly BadLine[];
}

/** A site sends at most 500 rows a request (`upload_max_rows`). */
export const MAX_LINES = 10_000;

const LINE_FEED = 0x0a;
/** The form that every known site sends; its value is looked at only by the codec. */
const USUAL_LINE = /^\{"([A-Za-z0-9._-]{1,255})":"([A-Za-z0-9+/=]*)"\}$/;
const CLOSING_BRACE = /\}\s*$/;

/** Splits a raw body into its entries. Blank lines are skipped; lines after the 10 000th are reported once and not read. */
export function splitJsonLines(body: Buffer): SplitBody {
  const entries: EncodedEntry[] = [];
  const badLines: BadLine[] = [];
  let start = 0;
  for (let index = 0; start < body.length; index += 1) {
    if (index >= MAX_LINES) {
      badLines.push({ index, reason: 'too-many-lines', key: null });
      break;
    }
    const found = body.indexOf(LINE_FEED, start);
    const end = found < 0 ? body.length : found;
    const isLast = end === body.length;
    readLine(body.subarray(start, end), index, isLast, entries, badLines);
    start = end + 1;
  }
  return { entries, badLines };
}

function readLine(line: Buffer, index: number, isLast: boolean, entries: EncodedEntry[], badLines: BadLine[]): void {
  const usual = USUAL_LINE.exec(line.toString('latin1'));
  if (usual?.[1] !== undefined && usual[2] !== undefined) {
    entries.push({ key: usual[1], encoded: usual[2] });
    return;
  }
  const bad = (reason: LineFault, key: string | null = null): void => void badLines.push({ index, reason, key });
  if (!isUtf8(line)) return bad('invalid-utf8');
  const text = line.toString('utf8').trim();
  if (text === '') return;
  if (isLast && text.startsWith('{') && !CLOSING_BRACE.test(text)) return bad('truncated');
  const shape = measureJson(line);
  if (shape.depth > 2 || shape.values > MAX_LINES) return bad('not-an-entry');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return bad('not-json');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return bad('not-an-entry');
  const members = Object.entries(parsed);
  if (members.length === 0) return bad('not-an-entry');
  for (const [key, encoded] of members) {
    if (typeof encoded === 'string') entries.push({ key, encoded });
    else bad('not-an-entry', key);
  }
}

/** Joins entries into a body as a site does: one object a line, no newline at the end. For replay and tests. */
export function joinJsonLines(entries: readonly EncodedEntry[]): Buffer {
  return Buffer.from(entries.map(({ key, encoded }) => `{${JSON.stringify(key)}:${JSON.stringify(encoded)}}`).join('\n'), 'utf8');
}
