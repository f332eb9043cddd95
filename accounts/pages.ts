// The frame of every page, its headers, and the page for what went wrong. Pages work without script, in one column, and say in their
// title what they are about. Called by the routes; each gives a heading and the HTML below it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyReply } from 'fastify';
import { packagePath } from '../core/package-root.js';
import { html, type Html, type HtmlValue } from './html.js';
import type { Place } from './options.js';

export interface Page {
  readonly title: string;
  readonly body: Html;
  /** Below the header: who is signed in, with a way out. */
  readonly person?: HtmlValue;
  /** Where else than here a form of this page may lead; browsers hold redirects to it as well. */
  readonly formOrigins?: readonly string[];
  /** The page leads on to this address by itself. */
  readonly leadsTo?: string;
  readonly status?: number;
}

export const STYLE_PATH = '/account/style.css';

/** The style sheet, with the colours of the console in front, and its version, so that browsers may keep it. */
export function readStyle(): { readonly text: string; readonly version: string } {
  const text = [packagePath('console', 'styles', 'tokens.css'), packagePath('accounts', 'style.css')].map((path) => readFileSync(path, 'utf8')).join('\n');
  return { text, version: createHash('sha256').update(text).digest('hex').slice(0, 12) };
}

let styleVersion: string | undefined;

/** Sends a page under a policy that lets nothing in but our own style sheet. */
export function sendPage(place: Place, reply: FastifyReply, page: Page): FastifyReply {
  styleVersion ??= readStyle().version;
  const formAction = ["'self'", ...(page.formOrigins ?? []).filter((origin) => /^https?:\/\/[a-z0-9.-]+(:\d+)?$/.test(origin))].join(' ');
  protect(reply).header(
    'content-security-policy',
    `default-src 'none'; style-src 'self'; img-src 'self'; form-action ${formAction}; base-uri 'none'; frame-ancestors 'none'`,
  );
  return reply.code(page.status ?? 200).type('text/html; charset=utf-8').send(
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title} – Sitegraph</title>
${page.leadsTo !== undefined && html`<meta http-equiv="refresh" content="0; url=${page.leadsTo}">`}
<link rel="stylesheet" href="${place.prefix}${STYLE_PATH}?v=${styleVersion}">
</head>
<body>
<header><p class="brand"><a href="${place.prefix}/">Sitegraph</a></p>${page.person}</header>
<main>
<h1>${page.title}</h1>
${page.body}
</main>
</body>
</html>
`.toString(),
  );
}

/** Sends a browser to a path of this server, or to an address that the caller has made sure of. */
export function sendOn(reply: FastifyReply, address: string): FastifyReply {
  return protect(reply).code(303).header('location', address).send();
}

// The referrer is kept on this host, not switched off: without any, browsers would not say where a form comes from.
function protect(reply: FastifyReply): FastifyReply {
  return reply.headers({
    'cache-control': 'no-store',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
}

/** What went wrong, read out at once and in focus when the page opens. */
export function alert(message: HtmlValue): Html {
  return html`<div class="alert" role="alert" tabindex="-1" autofocus><p>${message}</p></div>`;
}

/** What went well. */
export function notice(message: HtmlValue): Html {
  return html`<div class="notice" role="status"><p>${message}</p></div>`;
}

/** A point in time for people, in UTC. */
export function time(at: Date): Html {
  const iso = at.toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;
}
