// Connects a site that has no Jetpack: finds its REST API, tries an application password, says what its person may not read,
// and asks for the first import. Called by bin/ for `site connect`. The password is kept encrypted and never said again.
import { z } from 'zod';
import { AppError } from '../../core/errors.js';
import type { Json } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import type { CallOutcome, SiteClient } from '../../origin/site-calls.js';
import { linkSiteUser } from '../../store/accounts.js';
import { findRestSite, storeRestSite } from '../../store/rest-sites.js';
import { saveSiteCredential } from '../../store/site-calls.js';
import { normalizeSiteUrl } from '../../store/sites.js';
import type { Store } from '../../store/store.js';
import { requestRun } from '../../store/sync-runs.js';
import { forgetTokens } from '../../store/tokens.js';
import { flag, id, mapOf, nameText, text } from '../decode/shapes.js';

export interface RestConnection {
  readonly url: string;
  readonly login: string;
  /** As WordPress shows it, with or without its spaces. */
  readonly applicationPassword: string;
}

export interface ConnectedRestSite {
  readonly siteId: SiteId;
  readonly url: string;
  readonly userId: number;
  /** The run that imports everything. */
  readonly runId: string;
  /** What this person may not read or change. */
  readonly warnings: readonly string[];
}

/** What is missing without a capability. */
const NEEDED: Readonly<Record<string, string>> = {
  manage_options: 'settings', list_users: 'people other than authors, e-mail addresses and roles', edit_others_posts: "drafts and raw texts of others' posts", edit_others_pages: "drafts and raw texts of others' pages",
  moderate_comments: 'comments that are not approved', edit_theme_options: 'menus', activate_plugins: 'plugins', switch_themes: 'themes other than the active one', manage_categories: 'nothing now, but terms could not be edited',
};

const MAX_INDEX_BYTES = 4 * 1024 * 1024;

const indexShape = z.object({ url: text, home: text, authentication: z.unknown().optional() });
const meShape = z.object({ id, username: nameText, capabilities: mapOf(flag) });

/** Connects the site, or throws with what is wrong; nothing is kept then. */
export async function connectRestSite({ store, client }: { readonly store: Store; readonly client: SiteClient }, input: RestConnection): Promise<ConnectedRestSite> {
  const asked = normalizeSiteUrl(input.url);
  const { login, password } = readPassword(input);
  const index = await readIndex(client, asked);
  // The site's own word for where it is, and the home address as the one that people know.
  const url = addressOr(index.url, asked);
  const homeUrl = addressOr(index.home, url);
  for (const told of [url, homeUrl]) {
    if (new URL(told).host !== new URL(asked).host) {
      throw new AppError('BAD_REQUEST', `${asked} says that it is at ${told}; connect it under that address, so that the password goes nowhere but where you said`);
    }
  }
  const call = (route: string, query: Record<string, string | number>) =>
    client.restAt(homeUrl, { as: { kind: 'nobody' }, password: { login, password }, method: 'GET', route, query, maxAnswerBytes: MAX_INDEX_BYTES });

  const me = await readPerson(await call('wp/v2/users/me', { context: 'edit' }), login, homeUrl);
  const menus = await call('wp/v2/menu-items', { per_page: 1, _fields: 'id' });
  if (menus.kind === 'answer' && menus.status === 404) {
    throw new AppError('BAD_REQUEST', `${homeUrl} runs a WordPress older than 5.9, whose REST API tells too little; update WordPress, or install Jetpack`);
  }
  const warnings = Object.entries(NEEDED).flatMap(([capability, what]) => (me.capabilities[capability] === true ? [] : [`${login} lacks ${capability}; not read: ${what}`]));
  const siteId = await storeRestSite(store, { url, homeUrl, login, password, ownerUserId: me.id });
  const outcome = await requestRun(store, { siteId, kind: 'IMPORT', requestedBy: 'connection' });
  if (outcome.kind === 'crowded' || outcome.kind === 'mismatch') throw new AppError('OVERLOADED', 'too many runs wait for this site; the import begins by itself later');
  return { siteId, url, userId: me.id, runId: outcome.run.id, warnings };
}

export interface LinkedPerson {
  readonly userId: number;
  readonly login: string;
}

/**
 * Keeps the application password of another person of a connected site, so that they write as themselves, and makes an account that
 * signs in (when one is named) that person. The site itself says who the password is of; nothing is kept when it does not believe it.
 */
export async function linkRestPerson(
  { store, client }: { readonly store: Store; readonly client: SiteClient }, siteId: SiteId, input: Omit<RestConnection, 'url'> & { readonly accountId: string | null },
): Promise<LinkedPerson> {
  const { login, password } = readPassword(input);
  const site = await findRestSite(store.database, siteId);
  if (!site) throw new AppError('BAD_USER_INPUT', 'the site is not connected without Jetpack; people of a site with Jetpack connect on the site, under Jetpack');
  const me = await readPerson(
    await client.restAt(site.homeUrl, { as: { kind: 'nobody' }, password: { login, password }, method: 'GET', route: 'wp/v2/users/me', query: { context: 'edit' }, maxAnswerBytes: MAX_INDEX_BYTES }),
    login, site.homeUrl);
  await store.database.transaction(async (tx) => {
    await saveSiteCredential(tx, store.secrets, { siteId, userId: me.id, login, password });
    if (input.accountId !== null) await linkSiteUser(tx, input.accountId, siteId, me.id);
  });
  forgetTokens(store);
  return { userId: me.id, login: me.username };
}

function readPassword(input: Omit<RestConnection, 'url'>): { readonly login: string; readonly password: string } {
  const login = input.login.trim();
  const password = input.applicationPassword.replace(/\s+/g, '');
  if (login === '' || login.includes(':')) throw new AppError('BAD_USER_INPUT', 'the log-in of a person of the site is needed; a log-in holds no colon');
  if (password === '') throw new AppError('BAD_USER_INPUT', 'the application password is empty; make one on the site under Users, Profile, Application Passwords');
  return { login, password };
}

async function readIndex(client: SiteClient, address: string): Promise<z.output<typeof indexShape>> {
  const outcome = await client.restAt(address, {
    as: { kind: 'nobody' }, method: 'GET', route: '', query: { _fields: 'name,url,home,namespaces,authentication' }, maxAnswerBytes: MAX_INDEX_BYTES,
  });
  if (outcome.kind === 'failure') throw new AppError('BAD_REQUEST', outcome.message);
  const index = indexShape.safeParse(outcome.body);
  if (outcome.status !== 200 || !index.success || index.data.url === '') {
    throw new AppError('BAD_REQUEST', `${address} has no WordPress REST API that answers (status ${outcome.status}); expected one below /wp-json/ or at ?rest_route=/`);
  }
  const { authentication } = index.data;
  if (typeof authentication === 'object' && authentication !== null && !('application-passwords' in authentication)) {
    throw new AppError('BAD_REQUEST', `${address} offers no application passwords: WordPress wants https for them (or WP_ENVIRONMENT_TYPE local), and plugins can switch them off`);
  }
  return index.data;
}

async function readPerson(outcome: CallOutcome<Json>, login: string, address: string): Promise<z.output<typeof meShape>> {
  if (outcome.kind === 'failure') throw new AppError('BAD_REQUEST', outcome.message);
  const code = outcome.error?.code ?? '';
  if (outcome.status === 401 || outcome.status === 403) {
    // WordPress answers a wrong password like none at all when a plugin asks early who is there; so does a web server that drops the header.
    const or = code === 'rest_not_logged_in' ? ', and if it is right, let the web server pass the Authorization header on' : '';
    throw new AppError('BAD_REQUEST', `${address} does not accept this application password of ${login} (${code || outcome.status}); make a new one under Users, Profile, Application Passwords${or}`);
  }
  const me = meShape.safeParse(outcome.body);
  if (outcome.status !== 200 || !me.success) throw new AppError('BAD_REQUEST', `${address} did not say who ${login} is (status ${outcome.status})`);
  return me.data;
}

function addressOr(told: string, fallback: string): string {
  return /^https?:\/\//i.test(told) && URL.canParse(told) ? normalizeSiteUrl(told) : fallback;
}
