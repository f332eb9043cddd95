// The account's page as HTML: who the person is, their sites, tokens, sessions, ways to sign in. Called by account.ts; it reads nothing.
import { SCOPES } from '../auth/scopes.js';
import type { AccountRecord, LinkedUser } from '../store/accounts.js';
import type { Identity } from '../store/identities.js';
import type { OpenSession, SessionRecord } from '../store/sessions.js';
import type { TokenRecord } from '../store/tokens.js';
import { html, type Html, type HtmlValue } from './html.js';
import { time } from './pages.js';
import { PASSWORD_MAX_CHARACTERS, PASSWORD_MIN_CHARACTERS } from './password.js';

/** After how many days a token of a person's own making can end. */
export const TOKEN_DAYS: readonly number[] = [7, 30, 90, 365];

export interface AccountView {
  readonly prefix: string;
  /** The hidden field of every form. */
  readonly token: Html;
  readonly account: AccountRecord;
  readonly session: OpenSession;
  readonly sites: readonly LinkedUser[];
  readonly sessions: readonly SessionRecord[];
  readonly tokens: readonly TokenRecord[];
  readonly identities: readonly Identity[];
  readonly providers: readonly { readonly name: string; readonly issuer: string }[];
  readonly said: HtmlValue;
  readonly madeToken: string | null;
}

export function accountBody(view: AccountView): Html {
  return html`${view.said}
${view.madeToken !== null && madeToken(view.madeToken)}
${siteSection(view)}${tokenSection(view)}${sessionSection(view)}${identitySection(view)}${passwordSection(view)}`;
}

function madeToken(text: string): Html {
  return html`<section class="card" aria-labelledby="made"><h2 id="made">Copy the token now</h2>
<p>It is shown this once and kept nowhere. Whoever has it can do what it may be used for.</p>
<p><code class="secret">${text}</code></p></section>`;
}

/** A form of one button, for one thing of a list. */
function button({ prefix, token }: AccountView, action: string, fields: Readonly<Record<string, string | number>>, label: string, about: string): Html {
  const hidden = Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`);
  return html`<form method="post" action="${prefix}${action}">${token}${hidden}<button class="quiet" aria-label="${label}: ${about}">${label}</button></form>`;
}

function siteSection(view: AccountView): Html {
  const { account, sites } = view;
  const rows = sites.map(({ siteId, siteUrl, userId, login, displayName }) => html`<li><div><strong class="address">${siteUrl}</strong>
<span class="hint">as <bdi>${displayName ?? login ?? `user ${userId}`}</bdi>${login !== null && displayName !== null && html` (<bdi>${login}</bdi>)`}</span></div>
${button(view, '/account/sites/unlink', { site: siteId }, 'Unlink', siteUrl)}</li>`);
  return html`<section aria-labelledby="sites"><h2 id="sites">Your sites</h2>
${account.kind === 'operator' && html`<p>You run this server: you see every site, as its administrators do.</p>`}
${sites.length > 0 && html`<ul class="rows">${rows}</ul>`}
<p class="hint">To add a site, start in its dashboard: Jetpack leads back to this server, and you approve there who you are.</p></section>`;
}

function tokenSection(view: AccountView): Html {
  const rows = view.tokens.map(({ id, label, scopes, createdAt, expiresAt }) => html`<li><div><strong><bdi>${label === '' ? 'without a name' : label}</bdi></strong>
<span class="hint">${scopes.includes('*') ? 'everything you may' : scopes.join(', ')}; made ${time(createdAt)}, ${expiresAt === null ? 'does not end' : html`ends ${time(expiresAt)}`}</span></div>
${button(view, '/account/tokens/revoke', { token: id }, 'Revoke', label)}</li>`);
  const scopes = Object.entries(SCOPES).map(([scope, meaning]) => html`<label class="choice"><input type="checkbox" name="scope" value="${scope}"><span><code>${scope}</code> ${meaning}</span></label>`);
  const days = TOKEN_DAYS.map((count) => html`<option value="${count}"${count === 90 && html` selected`}>${count} days</option>`);
  return html`<section aria-labelledby="tokens"><h2 id="tokens">Tokens for apps</h2>
${rows.length > 0 ? html`<ul class="rows">${rows}</ul>` : html`<p>You have none.</p>`}
<details><summary>Make a token</summary>
<form method="post" action="${view.prefix}/account/tokens" class="card">${view.token}
<label for="label">Name</label><p class="hint" id="label-hint">What you know it by, such as the app’s name.</p>
<input id="label" name="label" type="text" required maxlength="100" autocomplete="off" aria-describedby="label-hint">
<label for="days">Ends after</label><select id="days" name="days">${days}</select>
<fieldset><legend>May be used for</legend>
<p class="hint">On each site it can never do more than you can there.</p>
<label class="choice"><input type="checkbox" name="scope" value="*"><span><strong>Everything</strong> that you may</span></label>
${scopes}</fieldset>
<button>Make the token</button></form></details></section>`;
}

function sessionSection(view: AccountView): Html {
  const own = Buffer.from(view.session.hash).toString('hex');
  const rows = view.sessions.map(({ hash, createdAt, seenAt, expiresAt }) => {
    const id = Buffer.from(hash).toString('hex');
    return html`<li><div><strong>${id === own ? 'This browser' : html`Signed in ${time(createdAt)}`}</strong>
<span class="hint">last used ${time(seenAt)}, ends ${time(expiresAt)} unless used</span></div>
${button(view, '/account/sessions/end', { session: id }, id === own ? 'Sign out' : 'End', id === own ? 'this browser' : `session of ${createdAt.toISOString()}`)}</li>`;
  });
  return html`<section aria-labelledby="sessions"><h2 id="sessions">Where you are signed in</h2><ul class="rows">${rows}</ul>
${view.sessions.length > 1 && button(view, '/account/sessions/end-others', {}, 'End all others', 'sessions of other browsers')}</section>`;
}

function identitySection(view: AccountView): HtmlValue {
  if (view.providers.length === 0 && view.identities.length === 0) return null;
  const rows = view.identities.map(({ issuer, subject, createdAt }) => html`<li><div><strong class="address">${view.providers.find((one) => one.issuer === issuer)?.name ?? issuer}</strong>
<span class="hint">as <bdi>${subject}</bdi>, linked ${time(createdAt)}</span></div>${button(view, '/account/identities/unlink', { issuer, subject }, 'Unlink', issuer)}</li>`);
  const links = view.providers.map(({ name }, index) => button(view, '/account/identities/link', { provider: index }, `Link ${name}`, 'another way to sign in'));
  return html`<section aria-labelledby="identities"><h2 id="identities">Signing in elsewhere</h2>
${rows.length > 0 && html`<ul class="rows">${rows}</ul>`}${links}</section>`;
}

function passwordSection({ prefix, token, account }: AccountView): HtmlValue {
  if (account.login === null) return null;
  return html`<section aria-labelledby="password"><h2 id="password">Password</h2><details><summary>Change the password</summary>
<form method="post" action="${prefix}/account/password" class="card">${token}
<input type="hidden" name="username" autocomplete="username" value="${account.login}">
<label for="former">Present password</label><input id="former" name="former" type="password" autocomplete="current-password" required maxlength="${PASSWORD_MAX_CHARACTERS}">
<label for="next">New password</label><p class="hint" id="next-hint">At least ${PASSWORD_MIN_CHARACTERS} characters; a few unrelated words are good.</p>
<input id="next" name="next" type="password" autocomplete="new-password" required minlength="${PASSWORD_MIN_CHARACTERS}" maxlength="${PASSWORD_MAX_CHARACTERS}" aria-describedby="next-hint">
<label for="again">New password once more</label><input id="again" name="again" type="password" autocomplete="new-password" required maxlength="${PASSWORD_MAX_CHARACTERS}">
<button>Change the password</button></form></details></section>`;
}
