// Zips of plugins and themes made for tests, and a directory that serves them as WordPress.org does.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

/** A zip of a plugin of one file. */
export function zipOfPlugin(slug: string, version: string, body = ''): Promise<Buffer> {
  return zipOf({ [`${slug}/${slug}.php`]: `<?php\n/*\nPlugin Name: ${slug}\nVersion: ${version}\n*/\n${body}\n` });
}

/** A zip of files. */
export function zipOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [path, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), path);
  zip.end();
  return buffer(zip.outputStream as NodeJS.ReadableStream);
}

/** A zip of a theme without templates of its own; `body` is its functions.php. */
export function zipOfTheme(slug: string, version: string, body = '', index = '<?php get_header();'): Promise<Buffer> {
  return zipOf({ [`${slug}/style.css`]: `/*\nTheme Name: ${slug}\nVersion: ${version}\n*/\n`, [`${slug}/index.php`]: index, [`${slug}/functions.php`]: `<?php\n${body}\n` });
}

export interface TestDirectory {
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Serves any version of a plugin at /plugin/SLUG.VERSION.zip, of a theme at /theme/…; versions that are named missing are not there. */
export async function startDirectory(missing: readonly string[] = []): Promise<TestDirectory> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const [, kind, slug, version] = /^\/(plugin|theme)\/([a-z0-9-]+)\.([0-9][0-9.]*)\.zip$/.exec(path) ?? [];
    if (slug === undefined || version === undefined || missing.includes(version)) return void response.writeHead(404).end();
    void (kind === 'theme' ? zipOfTheme : zipOfPlugin)(slug, version).then((zip) => response.writeHead(200, { 'content-type': 'application/zip' }).end(zip));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
