// The administrative commands that connect and disconnect sites. Called by administration.ts; needs a way to call sites.
import { z } from 'zod';
import { AppError } from '../core/errors.js';
import { encodeSiteId, type SiteId } from '../core/ids.js';
import type { SiteClient } from '../origin/site-calls.js';
import type { Store } from '../store/store.js';
import { disconnectSite } from '../sync/connection/disconnect.js';
import { inviteSite } from '../sync/connection/invitations.js';
import { probeSite, type FoundSite } from '../sync/connection/probe.js';
import { connectSite, orThrow } from '../sync/connection/provision.js';
import type { RegistrationPolicy } from '../sync/connection/routes.js';
import { connectRestSite, linkRestPerson } from '../sync/import/connect.js';
import { unlinkUser } from '../store/connections.js';
import { endRestSite } from '../store/rest-sites.js';
import { forgetSiteCredential } from '../store/site-calls.js';
import type { SiteRecord } from '../store/sites.js';
import { requestRun } from '../store/sync-runs.js';
import { forgetTokens } from '../store/tokens.js';
import { findByLogin } from './account-commands.js';
import { showRun } from './import-commands.js';

/** What commands need beside the store. */
export interface AdminTools {
  readonly client: SiteClient;
  readonly registration: RegistrationPolicy;
}

interface Answer {
  readonly result: unknown;
  readonly warnings: readonly string[];
}

export const siteConnect = z.object({ name: z.literal('site.connect'), url: z.string(), user: z.string().nullable(), applicationPassword: z.string().nullable().optional() });
export const siteLink = z.object({ name: z.literal('site.link'), site: z.string(), user: z.string(), applicationPassword: z.string(), account: z.string().nullable() });
export const siteUnlink = z.object({ name: z.literal('site.unlink'), site: z.string(), user: z.string() });
export const siteImport = z.object({ name: z.literal('site.import'), site: z.string() });
export const runShow = z.object({ name: z.literal('run.show'), siteId: z.number(), runId: z.string() });
export const siteDisconnect = z.object({ name: z.literal('site.disconnect'), site: z.string() });
export const siteInvite = z.object({ name: z.literal('site.invite'), url: z.string().nullable(), expiresAt: z.iso.datetime() });

/** Connects the site at an address by the way that it offers. */
export async function runConnect(store: Store, tools: AdminTools, command: z.infer<typeof siteConnect>): Promise<Answer> {
  if (typeof command.applicationPassword === 'string') return connectByPassword(store, tools, command.url, command.user, command.applicationPassword);
  const found = await probeSite(tools.client, command.url);
  if (found.kind === 'none') throw new AppError('BAD_REQUEST', found.message);
  if (found.kind === 'rest') return connectWithoutJetpack(found);
  if (command.user === null) throw new AppError('BAD_USER_INPUT', `${found.siteUrl} has Jetpack; say as which administrator it shall connect: --user LOGIN`);
  const connected = orThrow(await connectSite({ store, client: tools.client, clock: Date.now }, found as FoundSite<'jetpack'>, command.user));
  return { result: { globalId: encodeSiteId(connected.siteId), id: connected.siteId, url: connected.url, userId: connected.userId, kind: 'jetpack' }, warnings: [] };
}

function connectWithoutJetpack(found: FoundSite): never {
  throw new AppError('BAD_REQUEST', `${found.siteUrl} has no active Jetpack; activate it there first, or connect without it: --user LOGIN --application-password`);
}

/** Connects a site through its REST API; the answer names the run that imports it. */
async function connectByPassword(store: Store, tools: AdminTools, url: string, login: string | null, applicationPassword: string): Promise<Answer> {
  if (login === null) throw new AppError('BAD_USER_INPUT', 'say whose application password it is: --user LOGIN');
  const { siteId, warnings, ...connected } = await connectRestSite({ store, client: tools.client }, { url, login, applicationPassword });
  return { result: { globalId: encodeSiteId(siteId), id: siteId, ...connected, kind: 'rest' }, warnings };
}

/** Keeps the application password of another person of a site without Jetpack; an account that is named becomes that person there. */
export async function runLink(store: Store, tools: AdminTools, site: SiteRecord, command: z.infer<typeof siteLink>): Promise<Answer> {
  const account = command.account === null ? null : await findByLogin(store, command.account);
  if (account?.kind === 'operator') throw new AppError('BAD_USER_INPUT', `${account.login ?? 'that account'} is an operator, who writes as the owner of each connection; link the account of a person`);
  const linked = await linkRestPerson({ store, client: tools.client }, site.id, { login: command.user, applicationPassword: command.applicationPassword, accountId: account?.id ?? null });
  return { result: { id: site.id, url: site.url, ...linked, account: account?.login ?? null }, warnings: [] };
}

/** Forgets the application password of a person, and ends that accounts that sign in are that person there. */
export async function runUnlink(store: Store, site: SiteRecord, command: z.infer<typeof siteUnlink>): Promise<Answer> {
  const userId = await store.database.transaction(async (tx) => {
    const found = await forgetSiteCredential(tx, site.id, command.user);
    if (found !== null) await unlinkUser(tx, site.id, found);
    return found;
  });
  if (userId === null) throw new AppError('NOT_FOUND', `no application password of ${command.user} is kept for ${site.url}, or it is that of the owner, which goes with site disconnect`);
  forgetTokens(store);
  return { result: { id: site.id, url: site.url, userId }, warnings: [`revoke the application password on ${site.url} under Users, Profile; it is forgotten here`] };
}

/** Asks for an import of a site without Jetpack. */
export async function runImportNow(store: Store, site: { readonly id: SiteId; readonly url: string }): Promise<Answer> {
  const outcome = await requestRun(store, { siteId: site.id, kind: 'IMPORT', requestedBy: 'command line' });
  if (outcome.kind === 'crowded' || outcome.kind === 'mismatch') throw new AppError('OVERLOADED', 'too many runs wait for this site; try again when they are done');
  return { result: { id: site.id, url: site.url, runId: outcome.run.id }, warnings: [] };
}

export async function runShowRun(store: Store, command: z.infer<typeof runShow>): Promise<Answer> {
  return { result: await showRun(store, command.siteId as SiteId, command.runId), warnings: [] };
}

/** Disconnects a site; its rows stay. */
export async function runDisconnect(store: Store, tools: AdminTools, site: { readonly id: SiteId; readonly url: string }): Promise<Answer> {
  if (await endRestSite(store, site.id, new Date())) {
    return { result: { id: site.id, url: site.url, isSiteTold: false }, warnings: [`revoke the application password on ${site.url} under Users, Profile; it is forgotten here`] };
  }
  const { isSiteTold, reason } = await disconnectSite({ store, client: tools.client, clock: Date.now }, site.id);
  const warnings = isSiteTold ? [] : [`${site.url} could not be told (${reason}); disconnect it in wp-admin as well`];
  return { result: { id: site.id, url: site.url, isSiteTold }, warnings };
}

/** Makes an invitation for one new site. */
export async function runInvite(store: Store, tools: AdminTools, command: z.infer<typeof siteInvite>): Promise<Answer> {
  const now = new Date();
  const code = await inviteSite(store, command.url, new Date(command.expiresAt), now);
  const warnings = tools.registration === 'invite' ? [] : [`SITEGRAPH_REGISTRATION is ${tools.registration}: invitations are asked for only when it is invite`];
  return { result: { code, url: command.url, expiresAt: command.expiresAt }, warnings };
}
