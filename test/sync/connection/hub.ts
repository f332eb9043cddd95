// A server that sites connect to, and the doubles of sites that connect, over HTTP on this machine. For tests of sync/connection/.
import fastify from 'fastify';
import type { LookupAddress } from 'node:dns';
import { createLog } from '../../../core/log.js';
import type { SiteClient } from '../../../origin/site-calls.js';
import { createSiteClient } from '../../../origin/site-client.js';
import type { Store } from '../../../store/store.js';
import { createAuthorizeDesk, type AuthorizeDesk } from '../../../sync/connection/authorize-desk.js';
import { createConnectionRoutes, type RegistrationPolicy } from '../../../sync/connection/routes.js';
import { registerSync } from '../../../sync/server.js';
import { startSiteDouble, type SiteDouble, type SiteDoubleOptions } from '../../testkit/site-double/index.js';

export interface Hub {
  readonly url: string;
  readonly client: SiteClient;
  readonly desk: AuthorizeDesk;
  readonly clock: { aheadMs: number };
  /** Starts a site whose configuration names this hub; closed with the hub. */
  startSite(options?: Partial<SiteDoubleOptions>): Promise<SiteDouble>;
  close(): Promise<void>;
}

export interface HubOptions {
  readonly registration?: RegistrationPolicy;
  readonly allowPrivateOrigins?: boolean;
  readonly burst?: number;
  readonly lookup?: (hostname: string) => Promise<readonly LookupAddress[]>;
}

const here = (): Promise<LookupAddress[]> => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);

export async function startHub(store: Store, options: HubOptions = {}): Promise<Hub> {
  const app = fastify();
  const log = createLog('silent');
  const clock = { aheadMs: 0 };
  const nowMs = (): number => Date.now() + clock.aheadMs;
  const client = createSiteClient({ store, log, allowPrivateOrigins: options.allowPrivateOrigins ?? true, lookup: options.lookup ?? here });
  const connection = createConnectionRoutes({ store, client, registration: options.registration ?? 'open', clock: nowMs, log, burst: options.burst ?? 100_000 });
  await registerSync(app, { store, publicUrl: null, log, connection });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const sites: SiteDouble[] = [];
  return {
    url, client, clock,
    desk: createAuthorizeDesk({ store, clock: nowMs }),
    async startSite(more = {}) {
      const site = await startSiteDouble({ hubUrl: url, drive: 'manual', ...more });
      sites.push(site);
      return site;
    },
    async close() {
      await Promise.all(sites.map((site) => site.close()));
      await client.close();
      await app.close();
    },
  };
}

/** Form fields of a registration, of which a test changes some; null takes one away. */
export function registrationForm(url: string, changes: Readonly<Record<string, string | null>> = {}): URLSearchParams {
  const fields: Record<string, string | null> = {
    siteurl: url, home: url, secret_1: 'a1'.repeat(16), secret_2: 'b2'.repeat(16), state: '1', timeout: '30', jetpack_version: '16.1.2', ABSPATH: '/var/www/html/', ...changes,
  };
  return new URLSearchParams(Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [[name, value] as [string, string]])));
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>> | null;
}

/** Posts a form, or gets when there is none. */
export async function ask(url: string, form?: URLSearchParams, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, { method: form ? 'POST' : 'GET', redirect: 'manual', headers, ...(form ? { body: form } : {}) });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  return { status: response.status, headers: response.headers, text, json: isJson ? (JSON.parse(text) as Record<string, unknown>) : null };
}

export interface StoredSite {
  readonly id: number;
  readonly url: string;
  readonly hasToken: boolean;
  readonly owner: number | null;
  readonly isDisconnected: boolean;
  /** Users who have a token. */
  readonly users: readonly number[];
}

/** What the store holds of the sites at an address. */
export async function storedSites(store: Store, url: string): Promise<StoredSite[]> {
  return store.database.query<StoredSite & Record<string, unknown>>(
    `SELECT id, url, blog_token IS NOT NULL AS "hasToken", owner_user_id AS owner, disconnected_at IS NOT NULL AS "isDisconnected",
       coalesce((SELECT jsonb_agg(t.user_id ORDER BY t.user_id) FROM site_user_token t WHERE t.site_id = s.id), '[]') AS users FROM site s WHERE url = $1`,
    [url],
  );
}
