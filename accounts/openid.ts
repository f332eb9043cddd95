// OpenID Connect: authorization code with PKCE, state and nonce, through openid-client, which checks everything that comes back, the
// signature of the ID token included. The provider is asked when somebody first signs in, so that it may be down when the server starts.
import * as client from 'openid-client';
import { AppError } from '../core/errors.js';

export interface OpenIdSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Null for a public client. */
  readonly clientSecret: string | null;
  /** What people know the provider by. */
  readonly name: string;
  /** Whether somebody unknown gets an account by signing in. */
  readonly allowsSignUp: boolean;
}

/** What must be kept between going to the provider and coming back. */
export interface OpenIdFlow {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Whom the provider says it is; `label` is for people's eyes and decides nothing. */
export interface OpenIdPerson {
  readonly issuer: string;
  readonly subject: string;
  readonly label: string;
}

export interface OpenIdProvider {
  readonly name: string;
  readonly issuer: string;
  readonly allowsSignUp: boolean;
  /** Begins a sign-in; returns where the browser goes. */
  begin(redirectUri: string): Promise<{ readonly url: string; readonly flow: OpenIdFlow }>;
  /** Ends it with the address that the browser came back to. Throws FORBIDDEN when anything does not hold. */
  finish(cameBackTo: string, flow: OpenIdFlow): Promise<OpenIdPerson>;
}

const TIMEOUT_SECONDS = 10;
const MAX_ANSWER_BYTES = 1024 * 1024;
/** How long the provider's description is believed; its keys are kept by the library. */
const DISCOVERED_MS = 3_600_000;
const MAX_SUBJECT_CHARACTERS = 255;
const MAX_LABEL_CHARACTERS = 100;

/** Checks the settings. Throws CONFIGURATION for an issuer over plain http that is not on this machine. */
export function createOpenIdProvider(settings: OpenIdSettings): OpenIdProvider {
  const issuer = URL.canParse(settings.issuer) ? new URL(settings.issuer) : null;
  const isLocal = issuer !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(issuer.hostname);
  if (issuer === null || !(issuer.protocol === 'https:' || (issuer.protocol === 'http:' && isLocal)) || issuer.search !== '' || issuer.hash !== '' || issuer.username !== '') {
    throw new AppError('CONFIGURATION', `SITEGRAPH_OIDC_ISSUER must be an https address without a query (http only on this machine), got "${settings.issuer}"`);
  }
  const configurationOf = remember(() => discover(settings, issuer));
  return {
    name: settings.name,
    issuer: settings.issuer,
    allowsSignUp: settings.allowsSignUp,
    async begin(redirectUri) {
      const configuration = await configurationOf();
      const flow = { state: client.randomState(), nonce: client.randomNonce(), verifier: client.randomPKCECodeVerifier() };
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri, scope: 'openid profile', state: flow.state, nonce: flow.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(flow.verifier), code_challenge_method: 'S256',
      });
      return { url: url.href, flow };
    },
    async finish(cameBackTo, flow) {
      const configuration = await configurationOf();
      const tokens = await refuseFaults(() =>
        client.authorizationCodeGrant(configuration, new URL(cameBackTo), {
          expectedState: flow.state, expectedNonce: flow.nonce, pkceCodeVerifier: flow.verifier, idTokenExpected: true,
        }),
      );
      const claims = tokens.claims();
      if (!claims || claims.sub.length > MAX_SUBJECT_CHARACTERS) throw new AppError('FORBIDDEN', 'The provider does not say who you are in a form that can be kept.');
      const named = [claims['preferred_username'], claims['name']].find((claim): claim is string => typeof claim === 'string' && claim.trim() !== '');
      return { issuer: settings.issuer, subject: claims.sub, label: (named ?? `${claims.sub} at ${issuer.host}`).slice(0, MAX_LABEL_CHARACTERS) };
    },
  };
}

async function discover({ clientId, clientSecret, name }: OpenIdSettings, issuer: URL): Promise<client.Configuration> {
  const execute = [client.enableNonRepudiationChecks, ...(issuer.protocol === 'http:' ? [client.allowInsecureRequests] : [])];
  const authentication = clientSecret === null ? client.None() : client.ClientSecretBasic(clientSecret);
  try {
    return await client.discovery(issuer, clientId, {}, authentication, { execute, timeout: TIMEOUT_SECONDS, [client.customFetch]: fetchBounded });
  } catch (cause) {
    throw new AppError('TIMEOUT', `${name} cannot be asked at this moment; try again later, or sign in another way.`, { cause });
  }
}

// What the library refuses is told as one sentence: which check failed is nobody's business but the log's, by its code.
async function refuseFaults<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new AppError('FORBIDDEN', 'The provider did not confirm the sign-in, or it took too long. Start again.', { cause });
  }
}

// One description at a time, for a while; a failed one is asked for again.
function remember<T>(ask: () => Promise<T>): () => Promise<T> {
  let known: { readonly value: Promise<T>; readonly untilMs: number } | null = null;
  return () => {
    if (known !== null && known.untilMs > Date.now()) return known.value;
    const value = ask();
    const mine = { value, untilMs: Date.now() + DISCOVERED_MS };
    known = mine;
    value.catch(() => {
      if (known === mine) known = null;
    });
    return value;
  };
}

/** The library's fetch with a bound on the answer; it sets the deadline and follows no redirect by itself. */
const fetchBounded: client.CustomFetch = async (url, options) => {
  const response = await fetch(url, { ...options, redirect: 'manual' } as RequestInit);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new AppError('PAYLOAD_TOO_LARGE', `the provider answered with more than ${MAX_ANSWER_BYTES} bytes`);
    parts.push(part);
  }
  const hasNoBody = [101, 204, 205, 304].includes(response.status);
  return new Response(hasNoBody ? null : Buffer.concat(parts), { status: response.status, headers: response.headers });
};
