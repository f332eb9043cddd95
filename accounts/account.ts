// The account's own page and what it can change: tokens, sessions, links to sites and identities, the password. A person changes only
// what is theirs; every route asks for the session first. Registered by server.ts.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isScope, parseScopes } from '../auth/scopes.js';
import { AppError } from '../core/errors.js';
import type { SiteId } from '../core/ids.js';
import { findPasswordHash, listLinkedUsers, setPassword, unlinkSite } from '../store/accounts.js';
import { listIdentities, unlinkIdentity } from '../store/identities.js';
import { endSession, endSessions, listSessions } from '../store/sessions.js';
import { createToken, listTokensOf, revokeTokenOf } from '../store/tokens.js';
import { accountBody, TOKEN_DAYS } from './account-page.js';
import { networkOf } from '../core/network-address.js';
import { readForm, sessionToken, type Form } from './forms.js';
import type { HtmlValue } from './html.js';
import type { AccountsContext } from './options.js';
import { alert, notice, sendOn, sendPage } from './pages.js';
import { hashPassword, PASSWORD_MAX_CHARACTERS, passwordProblem, verifyPassword } from './password.js';
import { findVisitor, personLine, type Visitor } from './visitor.js';

const MAX_LABEL_CHARACTERS = 100;
const MAX_SCOPES = 100;
const DAY_MS = 86_400_000;

/** What a change comes to: words above the page, or null to show the page as it is now. */
type Outcome = { readonly status: number; readonly message: HtmlValue; readonly madeToken?: string } | null;
type Change = (context: AccountsContext, visitor: Visitor, form: Form, request: FastifyRequest) => Promise<Outcome>;

const CHANGES: Readonly<Record<string, Change>> = {
  '/account/tokens': makeToken,
  '/account/tokens/revoke': async ({ store }, { account }, form) => settled(await revokeTokenOf(store, account.id, form.text('token', 64) ?? ''), 'The token is revoked.', 'There is no such token any more.'),
  '/account/sessions/end': async ({ store }, { account }, form) =>
    settled(await endSession(store.database, account.id, Buffer.from(form.text('session', 64) ?? '', 'hex')), 'The session is ended.', 'There is no such session any more.'),
  '/account/sessions/end-others': async ({ store }, { account, session }) => {
    await endSessions(store.database, account.id, session.hash);
    return { status: 200, message: 'All other sessions are ended.' };
  },
  '/account/sites/unlink': async ({ store }, { account }, form) =>
    settled(await unlinkSite(store, account.id, siteIdOf(form.text('site', 16))), 'You are no longer a user of that site here.', 'You are no user of that site here.'),
  '/account/identities/unlink': async ({ store }, { account }, form) =>
    settled(await unlinkIdentity(store.database, account.id, form.text('issuer', 2048) ?? '', form.text('subject', 512) ?? ''), 'The sign-in is unlinked.', 'It is the only way to sign in to this account, or it is not linked.'),
  '/account/password': changePassword,
};

/** The routes /account and those below it. */
export function registerAccountPage(scope: FastifyInstance, context: AccountsContext, base: string): void {
  scope.get(`${base}/account`, async (request, reply) => {
    const visitor = await findVisitor(context, request);
    return visitor ? sendAccount(context, request, reply, visitor, null) : sendOn(reply, `${context.place.prefix}/sign-in`);
  });
  for (const [path, change] of Object.entries(CHANGES)) {
    scope.post(`${base}${path}`, async (request, reply) => {
      const form = readForm(context, request, 'session');
      const visitor = await findVisitor(context, request);
      if (!visitor) return sendOn(reply, `${context.place.prefix}/sign-in`);
      const outcome = await outcomeOf(() => change(context, visitor, form, request));
      // The session that was just ended may be this one.
      const still = await findVisitor(context, request);
      return still ? sendAccount(context, request, reply, still, outcome) : sendOn(reply, `${context.place.prefix}/sign-in`);
    });
  }
}

// What a person can set right is said on the page itself.
async function outcomeOf(change: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await change();
  } catch (error) {
    if (error instanceof AppError && (error.code === 'BAD_USER_INPUT' || error.code === 'LIMIT_EXCEEDED')) return { status: 422, message: error.message };
    throw error;
  }
}

function settled(isDone: boolean, done: string, otherwise: string): Outcome {
  return isDone ? { status: 200, message: done } : { status: 404, message: otherwise };
}

async function makeToken({ store, log, clock }: AccountsContext, { account }: Visitor, form: Form): Promise<Outcome> {
  const label = (form.text('label', MAX_LABEL_CHARACTERS) ?? '').trim();
  if (label === '') throw new AppError('BAD_USER_INPUT', `Give the token a name of at most ${MAX_LABEL_CHARACTERS} characters, so that you know it by.`);
  const chosen = form.list('scope', MAX_SCOPES);
  if (chosen.length === 0 || !chosen.every(isScope)) throw new AppError('BAD_USER_INPUT', 'Choose what the token may be used for.');
  const days = Number(form.text('days', 4));
  if (!TOKEN_DAYS.includes(days)) throw new AppError('BAD_USER_INPUT', `Choose when the token ends: after ${TOKEN_DAYS.join(', ')} days.`);
  const made = await createToken(store, { subject: { kind: 'account', accountId: account.id }, scopes: parseScopes(chosen), expiresAt: new Date(clock() + days * DAY_MS), label });
  log.info({ accountId: account.id, tokenId: made.id }, 'a person made a token');
  return { status: 200, message: `The token “${label}” is made.`, madeToken: made.token };
}

async function changePassword(context: AccountsContext, { account, session }: Visitor, form: Form, request: FastifyRequest): Promise<Outcome> {
  const { login } = account;
  if (login === null) throw new AppError('BAD_USER_INPUT', 'This account has no login, so it has no password either; it signs in elsewhere.');
  const [former, next, again] = ['former', 'next', 'again'].map((name) => form.text(name, PASSWORD_MAX_CHARACTERS * 2) ?? '') as [string, string, string];
  const problem = next === again ? passwordProblem(next, login) : 'The new password was typed in two ways.';
  if (problem !== null) throw new AppError('BAD_USER_INPUT', problem);
  const network = networkOf(request);
  const waitMs = await context.attempts.begin(login, network);
  if (waitMs > 0) return { status: 429, message: `Too many tries. Wait ${Math.ceil(waitMs / 1000)} seconds, then try again.` };
  const found = await findPasswordHash(context.store.database, login);
  const { matches } = await verifyPassword(former, found?.passwordHash ?? null, context.passwordCost);
  if (!matches) return { status: 403, message: 'The present password is not right.' };
  await context.attempts.succeed(login, network);
  await setPassword(context.store, account.id, await hashPassword(next, context.passwordCost), session.hash);
  context.log.info({ accountId: account.id }, 'a person changed their password');
  return { status: 200, message: 'The password is changed, and all other sessions are ended.' };
}

function siteIdOf(text: string | null): SiteId {
  if (text === null || !/^[1-9][0-9]{0,14}$/.test(text)) throw new AppError('BAD_USER_INPUT', 'The form names no site.');
  return Number(text) as SiteId;
}

async function sendAccount(context: AccountsContext, request: FastifyRequest, reply: FastifyReply, visitor: Visitor, outcome: Outcome): Promise<FastifyReply> {
  const { store, clock, place, providers } = context;
  const { account, session } = visitor;
  const [sites, sessions, tokens, identities] = [
    await listLinkedUsers(store.database, account.id), await listSessions(store.database, account.id, clock()),
    await listTokensOf(store, account.id, clock()), await listIdentities(store.database, account.id),
  ];
  const said = outcome !== null && (outcome.status === 200 ? notice(outcome.message) : alert(outcome.message));
  return sendPage(place, reply, {
    title: 'Your account',
    status: outcome?.status ?? 200,
    person: personLine(context, request, visitor),
    body: accountBody({
      prefix: place.prefix, token: sessionToken(context, request), account, session, sites, sessions, tokens, identities,
      providers: providers.map(({ name, issuer }) => ({ name, issuer })), said, madeToken: outcome?.madeToken ?? null,
    }),
  });
}
