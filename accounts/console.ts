// Serves the console: its page to people who are signed in, for every address that nothing else answers, and its files, which never
// change under their names. Strangers are sent to sign in and come back. Registered by bin/ beside the pages of people.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { packagePath } from '../core/package-root.js';
import { findSession } from '../store/sessions.js';
import type { Store } from '../store/store.js';
import { readCookie } from './cookies.js';
import { createPlace } from './options.js';
import { sendOn } from './pages.js';
import { returnPath } from './return-path.js';

export interface ConsoleOptions {
  readonly store: Store;
  /** As AccountsOptions.publicUrl. */
  readonly publicUrl: string | null;
  readonly clock?: () => number;
  /** Where the build has put the console. */
  readonly folder?: string;
}

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' };

/** What the component library puts into style elements of its own; allowed by their digests, so that nothing else is. */
const LIBRARY_STYLES = [
  '@layer {\n  [data-react-aria-pressable] {\n    touch-action: pan-x pan-y pinch-zoom;\n  }\n}',
  '@layer {\n  * {\n    overscroll-behavior: contain;\n  }\n}',
];
const styleDigests = LIBRARY_STYLES.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`).join(' ');

// blob: pictures are those that are about to be uploaded, blob: frames the preview of a post, without a right to anything of this page.
const POLICY = [
  "default-src 'none'", "script-src 'self'", `style-src 'self' ${styleDigests}`, "img-src 'self' data: blob:", "connect-src 'self'", "frame-src 'self' blob:",
  "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
].join('; ');

const UNBUILT = '<!doctype html><html lang="en"><title>Sitegraph</title><p>The console is not built yet: run npm run build.</p></html>\n';

interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly byEncoding: Readonly<Record<'br' | 'gzip', Buffer>>;
}

/** Registers / and what is below it, also under the path of the public address. */
export async function registerConsole(fastify: FastifyInstance, { store, publicUrl, clock = Date.now, folder = packagePath('dist', 'console') }: ConsoleOptions): Promise<void> {
  const place = createPlace(publicUrl);
  const page = readPage(folder, place.prefix);
  const assets = readAssets(join(folder, 'assets'));

  const sendConsole = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (!/\btext\/html\b/i.test(request.headers.accept ?? '')) return notFound(reply);
    const session = readCookie(place, request, 'session');
    if (session === null || (await findSession(store.database, session, clock())) === null) {
      return sendOn(reply, `${place.prefix}/sign-in?return=${encodeURIComponent(returnPath(request.originalUrl, `${place.prefix}/`))}`);
    }
    protect(reply).headers({ 'cache-control': 'no-cache', etag: page.etag, vary: 'accept, cookie' });
    if (request.headers['if-none-match'] === page.etag) return reply.code(304).send();
    return reply.code(page.isBuilt ? 200 : 503).type('text/html; charset=utf-8').send(page.html);
  };

  await fastify.register(async (scope) => {
    for (const base of new Set(['', place.prefix])) {
      // Only listed files are served, so no path can lead out of the folder.
      scope.get(`${base}/assets/:name`, (request, reply) => {
        const asset = assets.get((request.params as { name: string }).name);
        if (asset === undefined) return notFound(reply);
        const accepted = request.headers['accept-encoding'] ?? '';
        const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : null;
        protect(reply).headers({ 'cache-control': 'public, max-age=31536000, immutable', vary: 'accept-encoding', ...(encoding === null ? {} : { 'content-encoding': encoding }) });
        return reply.type(asset.type).send(encoding === null ? asset.plain : asset.byEncoding[encoding]);
      });
      scope.get(`${base}/`, sendConsole);
      scope.get(`${base}/*`, sendConsole);
    }
  });
}

function readPage(folder: string, prefix: string): { readonly html: string; readonly etag: string; readonly isBuilt: boolean } {
  const path = join(folder, 'index.html');
  const isBuilt = existsSync(path);
  const html = isBuilt ? readFileSync(path, 'utf8').replaceAll('{base}', prefix) : UNBUILT;
  return { html, isBuilt, etag: `"${createHash('sha256').update(html).digest('base64url').slice(0, 22)}"` };
}

function readAssets(folder: string): ReadonlyMap<string, Asset> {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  return new Map(names.flatMap((name) => {
    const type = TYPES[extname(name)];
    return type === undefined ? [] : [[name, { type, plain: read(name), byEncoding: { br: read(`${name}.br`), gzip: read(`${name}.gz`) } }] as const];
  }));
}

function notFound(reply: FastifyReply): FastifyReply {
  reply.callNotFound();
  return reply;
}

function protect(reply: FastifyReply): FastifyReply {
  return reply.headers({
    'content-security-policy': POLICY,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
}
