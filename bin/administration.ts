// What the command line can ask: plain JSON in, plain JSON out, run beside the store. The running server serves the same
// commands to the command line (bin/running-server.ts), because an embedded database belongs to one process.
import { z } from 'zod';
import { parseScopes } from '../auth/scopes.js';
import { AppError } from '../core/errors.js';
import { encodeSiteId, type SiteId } from '../core/ids.js';
import { readAuditPage } from '../store/read/audit-export.js';
import { addSite, blogTokenSecret, findSite, findSiteByUrl, listSites, removeSite, type SiteRecord } from '../store/sites.js';
import type { Store } from '../store/store.js';
import { createToken, listTokens, revokeToken } from '../store/tokens.js';
import { accountCommands, findByLogin, runAccountCommand } from './account-commands.js';
import {
  runConnect, runDisconnect, runImportNow, runInvite, runLink, runShow, runShowRun, runUnlink, siteConnect, siteDisconnect, siteImport, siteInvite, siteLink, siteUnlink,
  type AdminTools,
} from './connection-commands.js';
import {
  readRun, runSyncRequest, runSyncSettings, runSyncStatus, runSyncUnlock, syncRequest, syncRun, syncSettings, syncStatusCommand, syncUnlock,
} from './sync-commands.js';

const LIST_LIMIT = 1000;

export const adminCommand = z.discriminatedUnion('name', [
  z.object({ name: z.literal('site.add'), id: z.number(), url: z.string(), blogToken: z.string(), userTokens: z.array(z.string()) }),
  z.object({ name: z.literal('site.list') }),
  z.object({ name: z.literal('site.remove'), site: z.string() }),
  z.object({ name: z.literal('site.blogToken'), id: z.number() }),
  siteConnect,
  siteDisconnect,
  siteInvite,
  siteImport,
  siteLink,
  siteUnlink,
  runShow,
  z.object({
    name: z.literal('token.create'), operator: z.boolean(), site: z.string().nullable(), userId: z.number().nullable(), scopes: z.string(),
    account: z.string().nullable(), expiresAt: z.iso.datetime().nullable(), label: z.string(),
  }),
  z.object({ name: z.literal('token.list') }),
  z.object({ name: z.literal('token.revoke'), token: z.string() }),
  ...accountCommands,
  syncStatusCommand,
  syncRequest,
  syncRun,
  syncSettings,
  syncUnlock,
  z.object({ name: z.literal('audit.page'), site: z.string(), after: z.number().int().nonnegative() }),
  z.object({ name: z.literal('database.check') }),
]);

export type AdminCommand = z.infer<typeof adminCommand>;

export interface AdminAnswer {
  readonly result: unknown;
  readonly warnings: readonly string[];
}

/** Runs one command. Throws AppError with a message for the person at the command line. */
export async function administer(store: Store, tools: AdminTools, command: AdminCommand): Promise<AdminAnswer> {
  switch (command.name) {
    case 'site.add': {
      const site = await addSite(store, command);
      return answer({ globalId: encodeSiteId(site.id), id: site.id, url: site.url });
    }
    case 'site.list': {
      const sites = await listSites(store.database, LIST_LIMIT);
      return answer(sites.map((site) => ({ ...site, globalId: encodeSiteId(site.id) })));
    }
    case 'site.remove': {
      const site = await findBySite(store, command.site);
      await removeSite(store, site.id);
      return answer({ id: site.id, url: site.url });
    }
    case 'site.blogToken': {
      // For replay, which signs as the site does. Asked by the user who owns the key file anyway, and never printed.
      const [row] = await store.database.query<{ key: string | null }>('SELECT blog_token_key AS key FROM site WHERE id = $1', [command.id]);
      const held = row?.key ? await blogTokenSecret(store, row.key) : null;
      if (!row?.key || !held) throw new AppError('NOT_FOUND', `no connected site is ${command.id}; add it with sitegraph site add, or give its token with --token`);
      return answer({ token: `${row.key}.${held.secret}` });
    }
    case 'site.connect':
      return runConnect(store, tools, command);
    case 'site.disconnect':
      return runDisconnect(store, tools, await findBySite(store, command.site));
    case 'site.invite':
      return runInvite(store, tools, command);
    case 'site.link':
      return runLink(store, tools, await findBySite(store, command.site), command);
    case 'site.unlink':
      return runUnlink(store, await findBySite(store, command.site), command);
    case 'site.import':
      return runImportNow(store, await findBySite(store, command.site));
    case 'run.show':
      return runShowRun(store, command);
    case 'token.create':
      return createTokenFor(store, command);
    case 'token.list':
      return answer(await listTokens(store, LIST_LIMIT));
    case 'token.revoke':
      if (!(await revokeToken(store, command.token))) throw new AppError('NOT_FOUND', 'no working token has this id or text; see sitegraph token list');
      return answer({ revoked: true });
    case 'account.create':
    case 'account.list':
    case 'account.disable':
    case 'account.enable':
    case 'account.password':
      return answer(await runAccountCommand(store, command));
    case 'sync.status': {
      const site = command.site === null ? null : await findBySite(store, command.site);
      return runSyncStatus(store, site ? [site] : await listSites(store.database, LIST_LIMIT));
    }
    case 'sync.request':
      return runSyncRequest(store, await findBySite(store, command.site), command);
    case 'sync.run':
      return readRun(store, command);
    case 'sync.settings':
      return runSyncSettings(store, tools, await findBySite(store, command.site), command.dedicated);
    case 'sync.unlock':
      return runSyncUnlock(store, tools, await findBySite(store, command.site));
    case 'audit.page':
      return answer(await readAuditPage(store.database, (await findBySite(store, command.site)).id, command.after));
    case 'database.check': {
      const [row] = await store.database.query<{ sites: number; migrations: number }>(
        'SELECT (SELECT count(*) FROM site) AS sites, (SELECT count(*) FROM _prisma_migrations WHERE finished_at IS NOT NULL) AS migrations',
      );
      return answer({ kind: store.database.kind, ...row });
    }
  }
}

async function createTokenFor(store: Store, command: Extract<AdminCommand, { name: 'token.create' }>): Promise<AdminAnswer> {
  const scopes = parseScopes(command.scopes);
  const expiresAt = command.expiresAt === null ? null : new Date(command.expiresAt);
  if (command.operator) return answer(await createToken(store, { subject: { kind: 'operator' }, scopes, expiresAt, label: command.label }));
  if (command.account !== null) {
    const { id: accountId } = await findByLogin(store, command.account);
    return answer(await createToken(store, { subject: { kind: 'account', accountId }, scopes, expiresAt, label: command.label }));
  }
  if (command.site === null || command.userId === null) throw new AppError('BAD_USER_INPUT', 'a token needs --operator, --account, or --site and --user');
  const site = await findBySite(store, command.site);
  const { userId } = command;
  const [user] = await store.database.query('SELECT 1 FROM site_user WHERE site_id = $1 AND id = $2 AND alive', [site.id, userId]);
  const made = await createToken(store, { subject: { kind: 'person', siteId: site.id, userId }, scopes, expiresAt, label: command.label });
  const warnings = user ? [] : [`${site.url} has not synced a user ${userId}; until it does, the token sees what visitors see`];
  return { result: made, warnings };
}

async function findBySite(store: Store, text: string): Promise<SiteRecord> {
  const site = /^[0-9]+$/.test(text) ? await findSite(store.database, Number(text) as SiteId) : await findSiteByUrl(store.database, text);
  if (!site) throw new AppError('NOT_FOUND', `no connected site is ${text}; see sitegraph site list`);
  return site;
}

function answer(result: unknown): AdminAnswer {
  return { result, warnings: [] };
}
