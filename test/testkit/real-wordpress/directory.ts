// A directory of plugins and themes as WordPress.org's: a real site asks it which updates there are and what a slug is, and fetches packages
// from it. Only what WordPress itself asks of api.wordpress.org and downloads.wordpress.org is answered; anything else is not found.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { compareVersions } from '../../../core/version-order.js';

export type Listed = 'plugin' | 'theme';

export interface WordpressDirectory {
  /** Without a trailing slash. */
  readonly url: string;
  /** Paths that were asked for, without their queries. */
  readonly asked: readonly string[];
  /** Puts a version in; the newest one is offered. */
  publish(kind: Listed, slug: string, version: string, zip: Buffer): void;
  /** Puts a translation of a plugin in, offered to a site until that has it. */
  translate(slug: string, language: string, zip: Buffer): void;
  close(): Promise<void>;
}

interface Answer {
  readonly type: string;
  readonly body: Buffer | string;
}

const json = (value: unknown): Answer => ({ type: 'application/json', body: JSON.stringify(value) });

/** Starts an empty directory on a port of its own. */
export async function startWordpressDirectory(): Promise<WordpressDirectory> {
  const asked: string[] = [];
  const versions = new Map<string, Map<string, Buffer>>();
  const translations = new Map<string, Buffer>();
  let url = '';

  const newest = (kind: Listed, slug: string): string | undefined => [...(versions.get(`${kind}/${slug}`)?.keys() ?? [])].sort(compareVersions).at(-1);
  const package_ = (kind: Listed, slug: string, version: string): string => `${url}/${kind}/${slug}.${version}.zip`;
  const offers = (kind: Listed, installed: Readonly<Record<string, { readonly Version?: string }>>) => Object.fromEntries(Object.entries(installed).flatMap(([key, { Version: version = '' }]) => {
    const slug = key.split('/')[0] ?? key;
    const found = newest(kind, slug);
    if (found === undefined || compareVersions(found, version) <= 0) return [];
    const offer = { slug, new_version: found, url: `https://directory.example/${slug}/`, package: package_(kind, slug, found), requires: '6.0', requires_php: '7.4', tested: '6.1' };
    return [[key, kind === 'plugin' ? { ...offer, id: `w.org/plugins/${slug}`, plugin: key } : { ...offer, theme: key }]];
  }));
  const languages = (known: unknown) => [...translations.keys()].flatMap((name) => {
    const [slug = '', language = ''] = name.split('/');
    const has = (known as Record<string, Record<string, unknown>> | null)?.[slug]?.[language] !== undefined;
    return has ? [] : [{ type: 'plugin', slug, language, version: '1.0', updated: '2026-01-02 03:04:05', package: `${url}/translation/${slug}-${language}.zip`, autoupdate: true }];
  });

  const answer = async (request: IncomingMessage): Promise<Answer | null> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://directory.invalid');
    asked.push(pathname);
    const form = new URLSearchParams(request.method === 'POST' ? (await buffer(request)).toString() : '');
    const sent = (name: string): Record<string, unknown> => JSON.parse(form.get(name) ?? '{}') as Record<string, unknown>;
    const [, kind, slug = '', version = ''] = /^\/(plugin|theme)\/([a-z0-9-]+)\.([0-9][0-9.]*)\.zip$/.exec(pathname) ?? [];
    if (kind !== undefined) {
      const zip = versions.get(`${kind}/${slug}`)?.get(version);
      return zip ? { type: 'application/zip', body: zip } : null;
    }
    const [, name, language] = /^\/translation\/([a-z0-9-]+)-([a-z]{2}_[A-Z]{2})\.zip$/.exec(pathname) ?? [];
    if (name !== undefined) return { type: 'application/zip', body: translations.get(`${name}/${language}`) ?? '' };
    switch (pathname) {
      case '/plugins/update-check/1.1/': return json({ plugins: offers('plugin', (sent('plugins')['plugins'] ?? {}) as Record<string, { Version?: string }>), no_update: {}, translations: languages(sent('translations')) });
      case '/themes/update-check/1.1/': return json({ themes: offers('theme', (sent('themes')['themes'] ?? {}) as Record<string, { Version?: string }>), no_update: {}, translations: [] });
      case '/plugins/info/1.2/': case '/themes/info/1.2/': {
        const listed = pathname.startsWith('/plugins/') ? 'plugin' : 'theme';
        const wanted = searchParams.get('request[slug]') ?? '';
        const found = newest(listed, wanted);
        return found === undefined ? null : json({ name: wanted, slug: wanted, version: found, download_link: package_(listed, wanted, found), language_packs: [] });
      }
      default: return null;
    }
  };

  const server = createServer((request, response) => {
    answer(request).then(
      (found) => response.writeHead(found ? 200 : 404, { 'content-type': found?.type ?? 'application/json' }).end(found?.body ?? '{"error":"not found"}'),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url, asked,
    publish(kind, slug, version, zip) {
      const key = `${kind}/${slug}`;
      versions.set(key, (versions.get(key) ?? new Map<string, Buffer>()).set(version, zip));
    },
    translate: (slug, language, zip) => void translations.set(`${slug}/${language}`, zip),
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
