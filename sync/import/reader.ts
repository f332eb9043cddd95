// Asks a site's REST API as its application password and reads the answers: lists by pages with their totals, refusals told
// apart. Called by the parts of the import; every answer carries the revision of the moment when it was asked for.
import type { Json } from '../../core/changes.js';
import type { Rev, SiteId } from '../../core/ids.js';
import type { QueryValue, SiteClient } from '../../origin/site-calls.js';

/** Rows a page; WordPress allows no more. */
export const PAGE_SIZE = 100;
/** A page of long posts can be large. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

/** Why an import cannot go on; the code is that of a failed call, or WordPress's own. */
export class ImportStopped extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'ImportStopped';
    this.code = code;
  }
}

export interface Answer {
  readonly body: Json;
  /** When it was asked for: what is told cannot be older. */
  readonly rev: Rev;
  /** Rows and pages of the whole list, where the answer says so. */
  readonly total: number | null;
  readonly pages: number | null;
  /** The site's clock, in milliseconds since 1970. */
  readonly siteTimeMs: number;
}

/** `refused`: this person may not read it, or the site has no such route. */
export type Asked = { readonly kind: 'answer'; readonly answer: Answer } | { readonly kind: 'refused'; readonly status: number; readonly message: string };

export interface SiteReader {
  ask(route: string, query: Readonly<Record<string, QueryValue>>): Promise<Asked>;
  /** Requests made so far. */
  readonly requests: number;
}

/** Codes by which a list says that it has no such page. */
const NO_SUCH_PAGE: ReadonlySet<string> = new Set(['rest_post_invalid_page_number', 'rest_term_invalid_page_number', 'rest_comment_invalid_page_number', 'rest_user_invalid_page_number']);

/** Creates the reader of one run. Throws {@link ImportStopped} when nothing more can be read. */
export function createSiteReader(client: SiteClient, siteId: SiteId, clock: () => number): SiteReader {
  let requests = 0;
  let lastRev = 0;
  return {
    get requests() {
      return requests;
    },
    async ask(route, query) {
      requests += 1;
      const askedAtMs = clock();
      lastRev = Math.max(lastRev + 1, askedAtMs * 1000);
      const rev = lastRev as Rev;
      const outcome = await client.rest(siteId, { as: { kind: 'site' }, method: 'GET', route, query, timeoutMs: TIMEOUT_MS, maxAnswerBytes: MAX_ANSWER_BYTES });
      if (outcome.kind === 'failure') throw new ImportStopped(outcome.code, outcome.message);
      const { status, error, headers, body } = outcome;
      const date = Date.parse(headers['date'] ?? '');
      const siteTimeMs = Number.isNaN(date) ? askedAtMs : date;
      if (error !== null && NO_SUCH_PAGE.has(error.code)) return { kind: 'answer', answer: { body: [], rev, total: null, pages: null, siteTimeMs } };
      if (status >= 200 && status < 300) {
        return { kind: 'answer', answer: { body, rev, total: countIn(headers['x-wp-total']), pages: countIn(headers['x-wp-totalpages']), siteTimeMs } };
      }
      const code = error?.code ?? `http_${status}`;
      // WordPress answers 401 to nobody alone; who may not gets a 403.
      if (status === 401) throw new ImportStopped('wrong-password', `the site does not accept the application password (${code}); make a new one under Users, Profile and connect the site again`);
      if (status === 400 || status === 403 || status === 404) return { kind: 'refused', status, message: `${route}: ${code}` };
      throw new ImportStopped(code, `the site answered ${route} with status ${status}; it is asked again later`);
    },
  };
}

function countIn(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,12}$/.test(header) ? Number(header) : null;
}
