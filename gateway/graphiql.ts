// GraphiQL for browsers, from files that the build has bundled: no CDN, no inline script. The token is typed into the
// page and kept in the tab's session storage; the server never sees it but as a bearer token.
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { packagePath } from '../core/package-root.js';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ttf': 'font/ttf',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
};

// The editor styles itself with style elements and attributes, hence 'unsafe-inline' for styles only.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sitegraph GraphiQL</title>
<link rel="stylesheet" href="/graphql/ui/graphiql.css">
<script type="module" src="/graphql/ui/graphiql.js"></script>
</head>
<body><div id="graphiql">Loading…</div></body>
</html>
`;

const UNBUILT = '<!doctype html><html lang="en"><title>Sitegraph GraphiQL</title><p>GraphiQL is not built yet: run npm run build.</p></html>\n';

/** Tells whether a client would rather have HTML than JSON: browsers that navigate here, and nobody else. */
export function wantsHtml(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const types = accept.split(',').map((part) => part.split(';')[0]?.trim().toLowerCase());
  const html = types.indexOf('text/html');
  const json = types.findIndex((type) => type === 'application/json' || type === 'application/graphql-response+json');
  return html >= 0 && (json < 0 || html < json);
}

declare module 'fastify' {
  interface FastifyReply {
    graphiql(): FastifyReply;
  }
}

/** Serves the bundled files under /graphql/ui/ and adds `reply.graphiql()`, which sends the page. */
export async function registerGraphiql(scope: FastifyInstance, folder = packagePath('dist', 'graphiql')): Promise<void> {
  const built = existsSync(join(folder, 'graphiql.js'));
  const files = new Map<string, string>();
  if (built) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && TYPES[extname(entry.name)]) files.set(relative(folder, path).split(sep).join('/'), path);
    }
  }
  scope.decorateReply('graphiql', function graphiql(this: FastifyReply): FastifyReply {
    return this.code(built ? 200 : 503)
      .headers({
        'content-security-policy': POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        vary: 'accept',
      })
      .type('text/html; charset=utf-8')
      .send(built ? PAGE : UNBUILT);
  });
  // Only listed files are served, so no path can lead out of the folder.
  scope.get('/graphql/ui/*', async (request, reply) => {
    const name = (request.params as { '*': string })['*'];
    const path = files.get(name);
    if (path === undefined) return reply.code(404).type('text/plain').send('Not found\n');
    return reply
      .headers({ 'x-content-type-options': 'nosniff', 'cache-control': 'public, max-age=3600' })
      .type(TYPES[extname(path)] ?? 'application/octet-stream')
      .send(readFileSync(path));
  });
}
