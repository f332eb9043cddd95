// Signing in with login and password, and out. What it answers to a wrong password and to an unknown login is the same, in words and in
// time. Registered by server.ts.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findPasswordHash, normalizeLogin, refreshPasswordHash } from '../store/accounts.js';
import { networkOf } from '../core/network-address.js';
import { readForm, signInToken } from './forms.js';
import { html, type Html } from './html.js';
import type { AccountsContext } from './options.js';
import { alert, sendOn, sendPage } from './pages.js';
import { hashPassword, PASSWORD_MAX_CHARACTERS, verifyPassword } from './password.js';
import { returnPath } from './return-path.js';
import { findVisitor, personLine, signIn, signOut } from './visitor.js';

const MAX_LOGIN_CHARACTERS = 128;
/** A path, at most twice as long when it is percent-encoded in a form. */
const MAX_RETURN_CHARACTERS = 8_192;

interface Given {
  readonly next: string;
  readonly login?: string;
  readonly problem?: string;
  readonly status?: number;
}

/** The routes /sign-in and /sign-out. */
export function registerSignIn(scope: FastifyInstance, context: AccountsContext, base: string): void {
  const home = `${context.place.prefix}/account`;
  scope.get(`${base}/sign-in`, async (request, reply) => {
    const { return: next } = request.query as { return?: unknown };
    const path = returnPath(typeof next === 'string' ? next : null, home);
    return (await findVisitor(context, request)) ? sendOn(reply, path) : sendSignIn(context, request, reply, { next: path });
  });
  scope.post(`${base}/sign-in`, (request, reply) => takeSignIn(context, request, reply));
  scope.post(`${base}/sign-out`, async (request, reply) => {
    const form = readForm(context, request, 'session');
    await signOut(context, reply, await findVisitor(context, request));
    return sendOn(reply, `${context.place.prefix}/sign-in?return=${encodeURIComponent(returnPath(form.text('return', MAX_RETURN_CHARACTERS), home))}`);
  });
}

async function takeSignIn(context: AccountsContext, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const form = readForm(context, request, 'form');
  const next = returnPath(form.text('return', MAX_RETURN_CHARACTERS), `${context.place.prefix}/account`);
  const login = normalizeLogin(form.text('login', MAX_LOGIN_CHARACTERS) ?? '');
  const password = form.text('password', PASSWORD_MAX_CHARACTERS * 2) ?? '';
  if (login === '' || password === '') return sendSignIn(context, request, reply, { next, login, problem: 'Enter your login and your password.', status: 422 });
  const network = networkOf(request);
  const waitMs = await context.attempts.begin(login, network);
  if (waitMs > 0) {
    const seconds = Math.ceil(waitMs / 1000);
    void reply.header('retry-after', String(seconds));
    return sendSignIn(context, request, reply, { next, login, problem: `Too many tries. Wait ${seconds === 1 ? 'a second' : `${seconds} seconds`}, then try again.`, status: 429 });
  }
  const found = await findPasswordHash(context.store.database, login);
  const { matches, isOutdated } = await verifyPassword(password, found?.passwordHash ?? null, context.passwordCost);
  if (!found || !matches) {
    context.log.info('a sign-in was refused');
    return sendSignIn(context, request, reply, { next, login, problem: 'This login and this password do not belong together. Check both and try again.', status: 403 });
  }
  await context.attempts.succeed(login, network);
  if (isOutdated) await refreshPasswordHash(context.store, found.accountId, found.passwordHash, await hashPassword(password, context.passwordCost));
  await signIn(context, request, reply, found.accountId);
  return sendOn(reply, next);
}

/** The page of the sign-in form; also after a sign-in elsewhere that went wrong. */
export async function sendSignIn(context: AccountsContext, request: FastifyRequest, reply: FastifyReply, given: Given): Promise<FastifyReply> {
  const { place } = context;
  const token = signInToken(context, request, reply);
  const visitor = await findVisitor(context, request);
  const isWrong = given.status === 403 || given.status === 422;
  const described = isWrong && html` aria-invalid="true"`;
  return sendPage(place, reply, {
    title: 'Sign in',
    status: given.status ?? 200,
    ...(visitor ? { person: personLine(context, request, visitor) } : {}),
    body: html`${given.problem !== undefined && alert(given.problem)}
${given.next.includes('/jetpack.authorize/') && html`<p>Sign in to go on connecting your site.</p>`}
<form method="post" action="${place.prefix}/sign-in" class="card">
${token}<input type="hidden" name="return" value="${given.next}">
<label for="login">Login</label>
<input id="login" name="login" type="text" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="64" value="${given.login ?? ''}"${described}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="${PASSWORD_MAX_CHARACTERS}"${described}>
<button>Sign in</button>
</form>
${otherWays(context, token, given.next)}
<p class="hint">No account yet? Whoever runs this server can make one: <code>npx sitegraph account create --login NAME</code></p>`,
  });
}

function otherWays({ place, providers }: AccountsContext, token: Html, next: string): Html[] {
  return providers.map(
    (provider, index) => html`<form method="post" action="${place.prefix}/sign-in/openid" class="other">
${token}<input type="hidden" name="return" value="${next}"><input type="hidden" name="provider" value="${index}">
<button class="quiet wide">Sign in with ${provider.name}</button>
</form>`,
  );
}
