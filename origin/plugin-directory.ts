// Looks plugins up in the WordPress.org directory (api.wordpress.org/plugins/info/1.2), or a mirror of it. Called by the extensions
// subgraph. Answers are kept in memory for a while; while the directory does not answer nobody waits for it again and again.
import { z } from 'zod';
import { tookUnwatched } from '../core/answer-sources.js';
import { plainText } from '../store/apply/extension-inputs.js';
import { createOutsideReader, type OutsideReader } from './outside.js';

/** A plugin as the directory has it. */
export interface DirectoryEntry {
  readonly slug: string;
  readonly name: string;
  readonly latestVersion: string;
  /** 0 to 5; null when nobody rated it. */
  readonly rating: number | null;
  readonly activeInstalls: number | null;
  readonly lastUpdatedAt: Date | null;
  readonly closed: boolean;
  readonly testedUpTo: string | null;
  readonly requiresWp: string | null;
  readonly requiresPhp: string | null;
}

export interface CatalogPage {
  readonly entries: readonly DirectoryEntry[];
  readonly total: number;
}

/** The directory said nothing that could be used. */
export interface DirectoryFault {
  readonly fault: string;
}

export interface PluginDirectory {
  search(text: string, page: number, size: number): Promise<CatalogPage | DirectoryFault>;
  /** Null when the directory has no such plugin. */
  find(slug: string): Promise<DirectoryEntry | DirectoryFault | null>;
}

export interface DirectoryOptions {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly reader?: OutsideReader;
  readonly now?: () => number;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 8_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const KEPT_MS = 30 * 60_000;
const MAX_KEPT = 2_000;
/** How long nobody asks again after the directory did not answer. */
const REST_MS = 30_000;
const AT_ONCE = 4;

/** The directory writes false for what it does not know. */
const optionalText = z.unknown().transform((value) => (typeof value === 'string' && value !== '' ? value : null));
const optionalNumber = z.unknown().transform((value) => (typeof value === 'number' && Number.isFinite(value) ? value : null));
const found = z
  .object({
    slug: z.string().min(1).max(200), name: z.string().max(1000), version: z.string().max(100).catch(''), rating: optionalNumber, num_ratings: optionalNumber, active_installs: optionalNumber,
    last_updated: optionalText, tested: optionalText, requires: optionalText, requires_php: optionalText,
  })
  .transform((row): DirectoryEntry => ({
    slug: row.slug, name: plainText(row.name), latestVersion: row.version, rating: row.rating === null || row.num_ratings === 0 ? null : Math.round(row.rating / 2) / 10,
    activeInstalls: row.active_installs === null ? null : Math.min(Math.max(0, Math.trunc(row.active_installs)), 2_147_483_647), lastUpdatedAt: readDate(row.last_updated), closed: false,
    testedUpTo: row.tested, requiresWp: row.requires, requiresPhp: row.requires_php,
  }));
const results = z.object({ info: z.object({ results: z.number().int().nonnegative().catch(0) }), plugins: z.array(found).max(250) });
const closed = z.object({ error: z.literal('closed'), slug: z.string().min(1), name: z.string().catch('') });

/** Creates the directory of one process. */
export function createPluginDirectory({ baseUrl, reader = createOutsideReader(), now = Date.now, timeoutMs = TIMEOUT_MS }: DirectoryOptions): PluginDirectory {
  const kept = new Map<string, { readonly until: number; readonly answer: Promise<unknown> }>();
  const waiting: (() => void)[] = [];
  let atWork = 0;
  let restsUntil = 0;
  let lastFault = '';

  const ask = async (query: string): Promise<{ readonly status: number; readonly json: unknown } | DirectoryFault> => {
    if (atWork >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    atWork += 1;
    try {
      if (now() < restsUntil) return { fault: lastFault };
      const answer = await reader.read(`${baseUrl}/plugins/info/1.2/?${query}`, { timeoutMs, maxAnswerBytes: MAX_ANSWER_BYTES });
      const json = answer.kind === 'answer' && (answer.status === 200 || answer.status === 404) ? readJson(answer.body) : undefined;
      if (answer.kind === 'answer' && json !== undefined) return { status: answer.status, json };
      restsUntil = now() + REST_MS;
      lastFault = answer.kind === 'failure' ? answer.message : `${new URL(baseUrl).host} answers with status ${answer.status} and not as a directory of plugins does`;
      return { fault: lastFault };
    } finally {
      atWork -= 1;
      waiting.shift()?.();
    }
  };

  /** Equal questions share an answer; faults are not kept. */
  const once = <T>(query: string, read: (status: number, json: unknown) => T | DirectoryFault): Promise<T | DirectoryFault> => {
    tookUnwatched();
    const known = kept.get(query);
    if (known && known.until > now()) return known.answer as Promise<T | DirectoryFault>;
    const answer = ask(query).then((told) => ('fault' in told ? told : read(told.status, told.json)));
    kept.delete(query);
    kept.set(query, { until: now() + KEPT_MS, answer });
    for (const oldest of kept.keys()) {
      if (kept.size <= MAX_KEPT) break;
      kept.delete(oldest);
    }
    const forget = (): void => void (kept.get(query)?.answer === answer && kept.delete(query));
    answer.then((told) => void (isFault(told) && forget()), forget);
    return answer;
  };

  return {
    search(text, page, size) {
      const query = new URLSearchParams({ action: 'query_plugins', 'request[search]': text, 'request[page]': String(page), 'request[per_page]': String(size), ...FEWER_FIELDS });
      return once(query.toString(), (_status, json) => {
        const read = results.safeParse(json);
        return read.success ? { entries: read.data.plugins, total: read.data.info.results } : UNKNOWN_FORM;
      });
    },
    find(slug) {
      const query = new URLSearchParams({ action: 'plugin_information', 'request[slug]': slug, ...FEWER_FIELDS });
      return once<DirectoryEntry | null>(query.toString(), (status, json) => {
        const gone = closed.safeParse(json);
        if (gone.success) return { slug: gone.data.slug, name: plainText(gone.data.name), latestVersion: '', rating: null, activeInstalls: null, lastUpdatedAt: null, closed: true, testedUpTo: null, requiresWp: null, requiresPhp: null };
        if (status === 404) return null;
        const read = found.safeParse(json);
        return read.success ? read.data : UNKNOWN_FORM;
      });
    },
  };
}

const UNKNOWN_FORM: DirectoryFault = { fault: 'the directory of plugins answered in a form that is not known' };

/** Descriptions and pictures would be most of an answer. */
const FEWER_FIELDS = Object.fromEntries(['sections', 'description', 'short_description', 'icons', 'banners', 'screenshots', 'contributors', 'versions', 'reviews', 'ratings', 'tags'].map((field) => [`request[fields][${field}]`, '0']));

export function isFault(told: unknown): told is DirectoryFault {
  return typeof told === 'object' && told !== null && 'fault' in told;
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** As `2026-11-02 3:12pm GMT`. */
function readDate(text: string | null): Date | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?: (\d{1,2}):(\d\d)(am|pm)? GMT)?$/.exec(text ?? '');
  if (!match) return null;
  const hour = match[4] === undefined ? 0 : (Number(match[4]) % 12) + (match[6] === 'pm' ? 12 : 0);
  const date = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]), hour, Number(match[5] ?? 0)));
  return Number.isNaN(date.getTime()) ? null : date;
}
