// The pages of people over real HTTP and a real store, with a desk of a site that exists only here.
import Fastify, { type FastifyInstance } from 'fastify';
import { expect } from 'vitest';
import type { AuthorizeDesk, AuthorizeRefusal, AuthorizeRequest } from '../../accounts/desk.js';
import type { OpenIdSettings } from '../../accounts/openid.js';
import { hashPassword } from '../../accounts/password.js';
import { registerAccounts } from '../../accounts/server.js';
import { createLog } from '../../core/log.js';
import { createAccount, type AccountRecord } from '../../store/accounts.js';
import type { Store } from '../../store/store.js';
import { openTestStore } from '../testkit/store.js';
import { openBrowser, type Browser } from './browser.js';

export const PASSWORD = 'correct horse battery';
export const CHEAP = { logN: 10, r: 8, p: 1 } as const;
let made = 0;

export interface Pages {
  readonly store: Store;
  readonly url: string;
  readonly fastify: FastifyInstance;
  /** Moves the clock of the server. */
  later(ms: number): void;
  browser(): Browser;
  /** A new account, whose password is PASSWORD. */
  account(kind?: 'operator' | 'person'): Promise<AccountRecord & { readonly login: string }>;
  /** A browser in which an account is signed in. */
  signedIn(account?: { readonly login: string }): Promise<Browser>;
  close(): Promise<void>;
}

export interface PagesOptions {
  readonly publicUrl?: string | null;
  readonly desk?: AuthorizeDesk;
  readonly oidc?: readonly OpenIdSettings[];
  readonly port?: number;
}

export async function startPages(options: PagesOptions = {}): Promise<Pages> {
  const store = await openTestStore();
  const fastify = Fastify();
  let offsetMs = 0;
  await registerAccounts(fastify, {
    store, log: createLog('silent'), publicUrl: options.publicUrl ?? null, desk: options.desk ?? deskWithout(), oidc: options.oidc ?? [],
    clock: () => Date.now() + offsetMs, passwordCost: CHEAP,
  });
  const url = await fastify.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  const pages: Pages = {
    store, url, fastify,
    later: (ms) => {
      offsetMs += ms;
    },
    browser: () => openBrowser(url),
    account: (kind = 'person') => makeAccount(store, kind),
    async signedIn(account) {
      const { login } = account ?? (await pages.account());
      const browser = openBrowser(url);
      await browser.open('/sign-in');
      await browser.submit('/sign-in', { login, password: PASSWORD });
      expect(browser.page.text).toContain('<h1>Your account</h1>');
      return browser;
    },
    close: () => fastify.close(),
  };
  return pages;
}

export async function makeAccount(store: Store, kind: 'operator' | 'person' = 'person'): Promise<AccountRecord & { readonly login: string }> {
  made += 1;
  const login = `keeper-${process.pid}-${made}`;
  return { ...(await createAccount(store, { kind, login, passwordHash: await hashPassword(PASSWORD, CHEAP) })), login };
}

function deskWithout(): AuthorizeDesk {
  const refuse = async (): Promise<AuthorizeRefusal> => ({ kind: 'refusal', code: 'unknown_site', message: 'The site is not connected here.' });
  return { describe: refuse, approve: refuse, deny: () => Promise.reject(new Error('nothing was asked')) };
}

/** A desk of one site. It knows a request by its words, makes a code for each approval, and keeps what it was told. */
export function deskOf(facts: Partial<AuthorizeRequest> = {}): AuthorizeDesk & { readonly approvals: { readonly request: AuthorizeRequest; readonly accountId: string }[] } {
  const approvals: { request: AuthorizeRequest; accountId: string }[] = [];
  return {
    approvals,
    async describe(query) {
      if (!query.startsWith('response_type=code&client_id=77')) return { kind: 'refusal', code: 'unknown_site', message: 'The site is not connected here. Connect the site itself first.' };
      return {
        kind: 'request', siteId: 77, siteUrl: 'https://shop.example', siteName: 'Harbor Lane', userId: 3, userLogin: 'mara', role: 'editor',
        redirectUri: 'https://shop.example/wp-admin/admin.php?handler=x', hasOwner: true, ...facts,
      };
    },
    async approve(request, accountId) {
      approvals.push({ request, accountId });
      return `${request.redirectUri}&code=code-${approvals.length}&state=${request.userId}`;
    },
    deny: async (request) => `${request.redirectUri}&error=access_denied`,
  };
}

export const REQUEST = '/jetpack.authorize/1/?response_type=code&client_id=77&secret=aBc%2F%2b&state=3';
