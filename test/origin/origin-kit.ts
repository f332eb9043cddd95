// What the tests of origin/ share: a connected site over HTTP, a client with a log that can be read, and the findings of a site.
import { pino } from 'pino';
import type { SiteId } from '../../core/ids.js';
import type { CallOutcome, SiteClient } from '../../origin/site-calls.js';
import { createSiteClient, type SiteClientOptions } from '../../origin/site-client.js';
import { findingsOfSite } from '../../store/site-findings.js';
import type { Store } from '../../store/store.js';
import { addLocalSite, nextSiteId } from '../testkit/store.js';
import type { HttpSite } from './http-site.js';

export const SITE = { kind: 'site' } as const;
export const USER = { kind: 'user', userId: 1 } as const;
export const STATUS = { as: SITE, method: 'GET', route: 'jetpack/v4/sync/status' } as const;
export const WRITE = { as: USER, method: 'POST', route: 'wp/v2/posts', json: { title: 'x' } } as const;

/** Everything that was logged by clients of the tests of one worker. */
export const logged: string[] = [];
const log = pino({ level: 'trace', base: null }, { write: (line: string) => void logged.push(line) });

/** A client that calls this machine unless told otherwise, and repeats without long waits. */
export function createClient(store: Store, options: Partial<SiteClientOptions> = {}): SiteClient {
  return createSiteClient({ store, log, allowPrivateOrigins: true, ...options, limits: { retryMs: 10, ...options.limits } });
}

/** Adds a site with tokens of its own, which the far side believes. Its URL form is known, so that writes ask nothing first. */
export async function connect(store: Store, far: HttpSite, url = far.url): Promise<SiteId> {
  const id = nextSiteId();
  await addLocalSite(store, { id, url, blogToken: `blog${id}.secret${id}`, userTokens: [`user${id}.usersecret${id}.1`] });
  await store.database.query(`UPDATE site SET api_style = 'wp-json' WHERE id = $1`, [id]);
  far.tokens.set(`blog${id}`, { secret: `secret${id}`, userId: 0 }).set(`user${id}`, { secret: `usersecret${id}`, userId: 1 });
  return id;
}

/** The HTTP status of an answer, or the code of a failure. */
export function endOf(outcome: CallOutcome<unknown>): number | string {
  return outcome.kind === 'answer' ? outcome.status : outcome.code;
}

/** Codes of the open findings, sorted. */
export async function openFindings(store: Store, siteId: SiteId): Promise<string[]> {
  return (await findingsOfSite(store.database, siteId, 100)).filter((finding) => finding.resolvedAt === null).map((finding) => finding.code).sort();
}
