// Looks at a site's own pages as a visitor does, before and after something is done with its code. Called by carry-out.ts.
// A page is compared with itself: what was broken before is not blamed on what was done.
import { setTimeout as sleep } from 'node:timers/promises';
import type { SiteId } from '../../core/ids.js';
import type { PageHealth } from '../../store/extension-operations.js';
import type { CallFailureCode, SiteClient } from '../site-calls.js';

export interface Looks {
  /** Besides the front page. */
  readonly paths: readonly string[];
  readonly timeoutMs: number;
  /** Between two looks at a page that is not well: a site in maintenance is given time. */
  readonly pauseMs: number;
}

const LOOKS = 3;
/** In the order in which they are looked for; the first that is found is told. */
const FATAL_MARKS: readonly (readonly [RegExp, string])[] = [
  [/There has been a critical error on (?:this|your) website/i, 'There has been a critical error on this website'],
  [/(?:<b>)?Fatal error(?:<\/b>)?:/, 'Fatal error:'],
  [/(?:<b>)?Parse error(?:<\/b>)?:/, 'Parse error:'],
];

export interface Look extends PageHealth {
  /** Why no page came; null when all did. */
  readonly failure: { readonly code: CallFailureCode; readonly message: string } | null;
}

/** The worst of a site's pages. With `isPatient` a page that is not well is looked at again before it is believed. */
export async function lookAtPages(client: SiteClient, siteId: SiteId, looks: Looks, isPatient: boolean): Promise<Look> {
  let worst: Look = { status: 200, fatal: null, failure: null };
  const pages: Record<string, { status: number | null; fatal: string | null }> = {};
  for (const path of ['/', ...looks.paths.filter((path) => path !== '/')]) {
    let look = await lookAt(client, siteId, path, looks.timeoutMs);
    for (let again = 1; isPatient && again < LOOKS && !isWell(look); again += 1) {
      await sleep(looks.pauseMs);
      look = await lookAt(client, siteId, path, looks.timeoutMs);
    }
    worst = worse(worst, look);
    pages[path] = { status: look.status, fatal: look.fatal };
  }
  return looks.paths.length === 0 ? worst : { ...worst, pages };
}

async function lookAt(client: SiteClient, siteId: SiteId, path: string, timeoutMs: number): Promise<Look> {
  // A cache before the site would show the page as it was.
  const fresh = `${path}${path.includes('?') ? '&' : '?'}sitegraph-look=${Date.now().toString(36)}`;
  const outcome = await client.page(siteId, { path: fresh, timeoutMs });
  if (outcome.kind === 'failure') return { status: null, fatal: null, failure: { code: outcome.code, message: outcome.message } };
  const mark = FATAL_MARKS.find(([pattern]) => pattern.test(outcome.text))?.[1] ?? null;
  return { status: outcome.status, fatal: mark ?? (outcome.status === 200 && outcome.text.trim() === '' ? 'an empty page' : null), failure: null };
}

function isWell({ status, fatal }: PageHealth): boolean {
  return status !== null && status < 500 && fatal === null;
}

function worse(one: Look, other: Look): Look {
  const failure = one.failure ?? other.failure;
  return { status: one.status === null || other.status === null ? null : Math.max(one.status, other.status), fatal: one.fatal ?? other.fatal, failure };
}

/** Whether a page is worse than before: no answer, an error of the server, or a mark of a fatal error that was not there. Each page is compared with itself. */
export function isBroken(before: PageHealth, after: PageHealth): boolean {
  const { pages } = after;
  if (!before.pages || !pages) return isPageBroken(before, after);
  return Object.entries(before.pages).some(([path, was]) => isPageBroken(was, pages[path] ?? was));
}

function isPageBroken(before: PageHealth, after: PageHealth): boolean {
  if (after.fatal !== null && after.fatal !== before.fatal) return true;
  if (before.status === null || before.status >= 500) return false;
  return after.status === null || after.status >= 500;
}

/** What was seen, for a person. */
export function describeHealth({ status, fatal }: PageHealth): string {
  if (status === null) return 'no answer';
  return fatal === null ? `HTTP ${status}` : `HTTP ${status}, "${fatal}"`;
}
