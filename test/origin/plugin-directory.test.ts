// The directory of plugins against a double of api.wordpress.org, and the catalog of the graph over it.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPluginDirectory } from '../../origin/plugin-directory.js';
import { createCatalog } from '../../subgraphs/extensions/catalog.js';

/** What the double knows, in the words of plugins/info/1.2. */
const PLUGINS = Array.from({ length: 45 }, (_, index) => ({
  slug: `form-${index}`, name: `Form &#038; Co ${index}`, version: '1.2.3', rating: 94, num_ratings: 10, active_installs: 1_000_000, last_updated: '2026-11-02 3:12pm GMT', tested: '7.1', requires: '6.5', requires_php: false,
}));

let asked: URLSearchParams[] = [];
let mode: 'well' | 'broken' | 'odd' = 'well';
let base = '';
const server = http.createServer((request, response) => {
  const url = new URL(request.url ?? '', 'http://x');
  asked.push(url.searchParams);
  const send = (status: number, body: unknown): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (url.pathname !== '/plugins/info/1.2/' || mode === 'broken') return send(503, 'busy');
  if (mode === 'odd') return send(200, { plugins: 'none' });
  const query = (name: string): string => url.searchParams.get(`request[${name}]`) ?? '';
  if (url.searchParams.get('action') === 'query_plugins') {
    const [page, size] = [Number(query('page')), Number(query('per_page'))];
    const found = PLUGINS.filter((plugin) => plugin.slug.includes(query('search')));
    return send(200, { info: { page, pages: Math.ceil(found.length / size), results: found.length }, plugins: found.slice((page - 1) * size, page * size) });
  }
  if (query('slug') === 'shut') return send(404, { error: 'closed', name: 'Shut', slug: 'shut', description: 'Closed.', closed: true });
  const one = PLUGINS.find((plugin) => plugin.slug === query('slug'));
  return one ? send(200, one) : send(404, { error: 'Plugin not found.' });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());
beforeEach(() => {
  asked = [];
  mode = 'well';
});

const refused = (reason: string) => expect.objectContaining({ message: expect.stringContaining(reason) as string, extensions: { code: 'DIRECTORY_UNAVAILABLE' } }) as Error;

describe('the directory of plugins', () => {
  it('is searched by pages, each asked once', async () => {
    const catalog = createCatalog(createPluginDirectory({ baseUrl: base }));
    const slugs: string[] = [];
    let after: string | null = null;
    for (let pages = 0; pages < 3; pages += 1) {
      const page = await catalog.search('form', { first: 20, after });
      slugs.push(...page.nodes.map((node) => node.slug));
      after = page.pageInfo.endCursor;
      expect(page.pageInfo.hasNextPage).toBe(pages < 2);
      expect(await page.countAll()).toBe(45);
    }
    expect(new Set(slugs).size).toBe(45);
    await catalog.search('form', { first: 20 });
    expect(asked).toHaveLength(3);
    await expect(catalog.search('form', { first: 10, after })).rejects.toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    await expect(catalog.search('  ', {})).rejects.toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
  });

  it('tells of one plugin what it knows, of a closed one that it is closed, and of an unknown one nothing', async () => {
    const catalog = createCatalog(createPluginDirectory({ baseUrl: base }));
    expect(await catalog.find('form-1')).toEqual({
      slug: 'form-1', name: 'Form & Co 1', latestVersion: '1.2.3', rating: 4.7, activeInstalls: 1_000_000, lastUpdatedAt: new Date('2026-11-02T15:12:00Z'), closed: false, testedUpTo: '7.1', requiresWp: '6.5', requiresPhp: null,
    });
    expect(await catalog.find('shut')).toMatchObject({ slug: 'shut', name: 'Shut', closed: true, latestVersion: '' });
    expect(await catalog.find('a&request[slug]=form-1')).toBeNull();
    await Promise.all([catalog.find('form-2'), catalog.find('form-2')]);
    expect(asked).toHaveLength(4);
  });

  it('is refused with the reason while it is switched off, does not answer or answers otherwise', async () => {
    await expect(createCatalog(null).find('form-1')).rejects.toThrow(refused('switched off'));
    mode = 'odd';
    await expect(createCatalog(createPluginDirectory({ baseUrl: base })).search('form', {})).rejects.toThrow(refused('form that is not known'));
    await expect(createCatalog(createPluginDirectory({ baseUrl: 'http://127.0.0.1:1' })).find('x')).rejects.toThrow(refused('127.0.0.1:1'));
  });

  it('is left alone for half a minute after it did not answer, and asked again then', async () => {
    let now = 1_000;
    const directory = createPluginDirectory({ baseUrl: base, now: () => now });
    mode = 'broken';
    const told = await Promise.all(Array.from({ length: 30 }, (_, index) => directory.find(`form-${index}`)));
    expect(told.every((one) => one !== null && 'fault' in one)).toBe(true);
    expect(asked.length).toBeLessThanOrEqual(4);
    mode = 'well';
    expect(await directory.find('form-1')).toHaveProperty('fault');
    now += 30_001;
    expect(await directory.find('form-1')).toMatchObject({ slug: 'form-1' });
  });
});
