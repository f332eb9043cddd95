// Who is in front of the page: the session of the request's cookie. Called by every route of people who are signed in.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { findAccount, type AccountRecord } from '../store/accounts.js';
import { beginSession, endSession, findSession, SESSION_LONGEST_MS, type OpenSession } from '../store/sessions.js';
import { dropCookie, readCookie, writeCookie } from './cookies.js';
import { sessionToken } from './forms.js';
import { html, type Html } from './html.js';
import type { AccountsContext } from './options.js';

export interface Visitor {
  readonly session: OpenSession;
  readonly account: AccountRecord;
}

/** The person who is signed in, or null. */
export async function findVisitor(context: AccountsContext, request: FastifyRequest): Promise<Visitor | null> {
  const value = readCookie(context.place, request, 'session');
  const session = value === null ? null : await findSession(context.store.database, value, context.clock());
  const account = session === null ? null : await findAccount(context.store.database, session.owner.accountId);
  return session !== null && account !== null ? { session, account } : null;
}

/** Signs a person in: a new session always, so that no value from before is worth anything; an earlier one of this browser ends. */
export async function signIn(context: AccountsContext, request: FastifyRequest, reply: FastifyReply, accountId: string): Promise<void> {
  const { database } = context.store;
  const former = await findVisitor(context, request);
  if (former) await endSession(database, former.account.id, former.session.hash);
  writeCookie(context.place, reply, 'session', await beginSession(database, accountId, context.clock()), SESSION_LONGEST_MS);
  context.log.info({ accountId }, 'a person signed in');
}

/** Ends this browser's session. */
export async function signOut(context: AccountsContext, reply: FastifyReply, visitor: Visitor | null): Promise<void> {
  if (visitor) await endSession(context.store.database, visitor.account.id, visitor.session.hash);
  dropCookie(context.place, reply, 'session');
}

/** Who is signed in, with a way out that comes back to `then`. */
export function personLine(context: AccountsContext, request: FastifyRequest, { account }: Visitor, then: string | null = null): Html {
  return html`<div class="person"><span>Signed in as <a href="${context.place.prefix}/account"><strong>${account.label}</strong></a></span>
<form method="post" action="${context.place.prefix}/sign-out">${sessionToken(context, request)}${then !== null && html`<input type="hidden" name="return" value="${then}">`}<button class="quiet">Sign out</button></form></div>`;
}
