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
import { connectRestSite } from '../sync/import/connect.js';
import { endRestSite } from '../store/rest-sites.js';
import { requestRun } from '../store/sync-runs.js';
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
