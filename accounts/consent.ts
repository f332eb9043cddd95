// The page where a person lets a site act with their account: the browser comes from the site's own screen, signs in if it has not, sees
// which site asks and for which of its users, and goes back. What the request says is read anew each time; nothing of it is kept here.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../core/errors.js';
import type { AuthorizeRefusal, AuthorizeRequest } from './desk.js';
import { readForm, sessionToken } from './forms.js';
import { html } from './html.js';
import type { AccountsContext } from './options.js';
import { alert, sendOn, sendPage } from './pages.js';
import { findVisitor, personLine, type Visitor } from './visitor.js';

/** Requests are a few kilobytes; what is longer is no request of a site. */
const MAX_QUERY_CHARACTERS = 8_000;

/** The route /jetpack.authorize/1/, which sites build from the address they were given. */
export function registerConsent(scope: FastifyInstance, context: AccountsContext, base: string): void {
  for (const path of [`${base}/jetpack.authorize/1/`, `${base}/jetpack.authorize/1`]) {
    scope.get(path, (request, reply) => showRequest(context, request, reply));
    scope.post(path, (request, reply) => takeDecision(context, request, reply));
  }
}

function queryOf(request: FastifyRequest): string {
  const mark = request.originalUrl.indexOf('?');
  const query = mark < 0 ? '' : request.originalUrl.slice(mark + 1);
  if (query.length > MAX_QUERY_CHARACTERS) throw new AppError('BAD_REQUEST', `The site’s request is longer than ${MAX_QUERY_CHARACTERS} characters. Go back to the site and start again.`);
  return query;
}

function addressOf({ place }: AccountsContext, query: string): string {
  return `${place.prefix}/jetpack.authorize/1/?${query}`;
}

async function showRequest(context: AccountsContext, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const query = queryOf(request);
  const visitor = await findVisitor(context, request);
  if (!visitor) return sendOn(reply, `${context.place.prefix}/sign-in?return=${encodeURIComponent(addressOf(context, query))}`);
  const asked = await context.desk.describe(query);
  return asked.kind === 'refusal' ? sendRefusal(context, request, reply, visitor, asked) : sendConsent(context, request, reply, visitor, asked, query);
}

async function takeDecision(context: AccountsContext, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const query = queryOf(request);
  const form = readForm(context, request, 'session');
  const visitor = await findVisitor(context, request);
  if (!visitor) return sendOn(reply, `${context.place.prefix}/sign-in?return=${encodeURIComponent(addressOf(context, query))}`);
  const asked = await context.desk.describe(query);
  if (asked.kind === 'refusal') return sendRefusal(context, request, reply, visitor, asked);
  const decision = form.text('decision', 16);
  if (decision === 'cancel') return sendOn(reply, await context.desk.deny(asked));
  if (decision !== 'approve') throw new AppError('BAD_REQUEST', 'The form says neither approve nor cancel. Open the page again and send it from there.');
  const answer = await context.desk.approve(asked, visitor.account.id);
  if (typeof answer !== 'string') return sendRefusal(context, request, reply, visitor, answer);
  context.log.info({ accountId: visitor.account.id, siteId: asked.siteId, userId: asked.userId }, 'a person approved the request of a site');
  return sendOn(reply, answer);
}

function originsOf(asked: AuthorizeRequest): string[] {
  return [asked.redirectUri, asked.siteUrl].filter((url) => URL.canParse(url)).map((url) => new URL(url).origin);
}

function sendConsent(context: AccountsContext, request: FastifyRequest, reply: FastifyReply, visitor: Visitor, asked: AuthorizeRequest, query: string): FastifyReply {
  const path = addressOf(context, query);
  return sendPage(context.place, reply, {
    title: 'Connect this site?',
    person: personLine(context, request, visitor, path),
    formOrigins: originsOf(asked),
    body: html`<section class="card" aria-labelledby="site">
<h2 id="site"><bdi>${asked.siteName}</bdi></h2>
<dl>
<div><dt>Address</dt><dd class="address">${asked.siteUrl}</dd></div>
<div><dt>You are there</dt><dd><strong><bdi>${asked.userLogin === '' ? `user ${asked.userId}` : asked.userLogin}</bdi></strong>, ${asked.role}</dd></div>
<div><dt>You are here</dt><dd><strong><bdi>${visitor.account.label}</bdi></strong></dd></div>
</dl>
<p>If you approve:</p>
<ul>
<li>Here, you may see and do for this site what its ${asked.role} may.</li>
<li>What you ask for here, this server does on the site in that user’s name.</li>
${!asked.hasOwner && html`<li>You become the owner of the site’s connection to this server.</li>`}
</ul>
<p class="hint">Approve only if you have just come from this site’s own dashboard. You can end this at any time, here or there.</p>
<form method="post" action="${path}" class="actions">
${sessionToken(context, request)}
<button name="decision" value="approve">Approve</button>
<button name="decision" value="cancel" class="quiet">Cancel</button>
</form>
</section>`,
  });
}

function sendRefusal(context: AccountsContext, request: FastifyRequest, reply: FastifyReply, visitor: Visitor, refusal: AuthorizeRefusal): FastifyReply {
  context.log.info({ code: refusal.code, accountId: visitor.account.id }, 'the request of a site could not be shown for approval');
  return sendPage(context.place, reply, {
    title: 'This site cannot be connected now',
    status: 403,
    person: personLine(context, request, visitor),
    body: html`${alert(refusal.message)}
<h2>What to do</h2>
<ol>
<li>Go back to the site’s dashboard and start the connection again: links like this one work once and not for long.</li>
<li>If it fails again, give this code to whoever runs this server: <code>${refusal.code}</code></li>
</ol>
<p>Nothing was changed. <a href="${context.place.prefix}/account">Your account</a></p>`,
  });
}
