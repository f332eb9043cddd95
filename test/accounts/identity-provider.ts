// A real OpenID provider on this machine, whose people sign in with any password, and a switch that makes its keys wrong.
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { expect } from 'vitest';
import { openBrowser } from './browser.js';

export interface IdentityProvider {
  readonly issuer: string;
  /** Gives wrong public keys from now on, so that no ID token verifies. */
  lie(): void;
  /** Goes through the provider's own pages as a person; returns the address that the browser is sent back to. */
  passThrough(authorizationUrl: string, person: string): Promise<string>;
  close(): Promise<void>;
}

export const CLIENT = { clientId: 'sitegraph', clientSecret: 'a-secret-of-the-tests-only-0123456789' } as const;

/** Starts it for a client that returns to `${hubUrl}/sign-in/openid/callback`, for each of the hubs. */
export async function startIdentityProvider(hubUrls: readonly string[]): Promise<IdentityProvider> {
  const key = signingKey();
  const wrong = signingKey();
  let handle: ReturnType<Provider['callback']> = () => undefined;
  let isLying = false;
  const server: Server = createServer((request, response) => {
    if (isLying && request.url === '/jwks') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ keys: [{ kty: wrong.kty, n: wrong.n, e: wrong.e, kid: key.kid, use: 'sig', alg: 'RS256' }] }));
    } else handle(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret, redirect_uris: hubUrls.map((url) => `${url}/sign-in/openid/callback`),
      response_types: ['code'], grant_types: ['authorization_code'],
    }],
    jwks: { keys: [key] },
    cookies: { keys: ['of the tests only'] },
    claims: { openid: ['sub'], profile: ['preferred_username'] },
    conformIdTokenClaims: false,
    findAccount: (_context: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub, preferred_username: `${sub} of the provider`, email: 'shared@example.org' }) }),
  });
  handle = provider.callback();
  return {
    issuer,
    lie() {
      isLying = true;
    },
    async passThrough(authorizationUrl, person) {
      const browser = openBrowser(issuer);
      await browser.open(authorizationUrl);
      for (const body of [`prompt=login&login=${person}&password=any`, 'prompt=consent']) {
        expect(browser.page.url).toContain('/interaction/');
        await browser.open(browser.page.url, { method: 'POST', body });
      }
      return browser.page.url;
    },
    close: () => new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    }),
  };
}

function signingKey(): Record<string, unknown> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: 'tests', use: 'sig', alg: 'RS256' };
}
