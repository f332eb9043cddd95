import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerConsole } from '../../accounts/console.js';
import { beginSession } from '../../store/sessions.js';
import type { Store } from '../../store/store.js';
import { openTestStore } from '../testkit/store.js';
import { makeAccount } from './kit.js';

const SCRIPT = 'console.log(1);';
let store: Store;
let folder: string;
let fastify: FastifyInstance;
let cookie: string;

beforeAll(async () => {
  store = await openTestStore();
  folder = mkdtempSync(join(tmpdir(), 'sitegraph-console-files-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><html data-base="{base}"><script src="{base}/assets/main-ABC.js"></script>');
  writeFileSync(join(folder, 'pages.json'), '{}');
  writeFileSync(join(folder, 'assets', 'main-ABC.js'), SCRIPT);
  writeFileSync(join(folder, 'assets', 'main-ABC.js.br'), brotliCompressSync(SCRIPT));
  writeFileSync(join(folder, 'assets', 'main-ABC.js.gz'), gzipSync(SCRIPT));
  fastify = Fastify();
  await registerConsole(fastify, { store, publicUrl: 'http://hub.example/under', folder });
  cookie = `sitegraph_session=${await beginSession(store.database, (await makeAccount(store)).id, Date.now())}`;
});
afterAll(async () => {
  await fastify.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = (url: string, headers: Record<string, string> = {}) => fastify.inject({ url, headers: { accept: 'text/html', ...headers } });

describe('the console', () => {
  it('sends strangers to sign in and back to where they wanted to go', async () => {
    for (const [url, back] of [['/', '%2F'], ['/sites/abc?x=1', '%2Fsites%2Fabc%3Fx%3D1'], ['/under/sites', '%2Funder%2Fsites']] as const) {
      const answer = await get(url);
      expect([answer.statusCode, answer.headers['location']]).toEqual([303, `/under/sign-in?return=${back}`]);
    }
    expect((await get('/', { cookie: 'sitegraph_session=nonsense' })).statusCode).toBe(303);
  });

  it('is one page for every address, under a policy that lets nothing else in, asked again each time', async () => {
    const page = await get('/sites/abc/posts', { cookie });
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('src="/under/assets/main-ABC.js"');
    expect(page.headers['cache-control']).toBe('no-cache');
    const policy = String(page.headers['content-security-policy']);
    for (const part of ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) expect(policy.split('; ')).toContain(part);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const again = await get('/', { cookie, 'if-none-match': String(page.headers['etag']) });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it('leaves addresses alone that no browser navigates to', async () => {
    for (const accept of ['application/json', '*/*']) expect((await get('/wp-json', { accept, cookie })).statusCode).toBe(404);
    expect((await fastify.inject({ method: 'POST', url: '/sites' })).statusCode).toBe(404);
  });

  it('serves its files for ever, compressed as the browser takes them', async () => {
    const brotli = await get('/assets/main-ABC.js', { 'accept-encoding': 'gzip, br' });
    expect(brotli.headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable', 'content-encoding': 'br', vary: 'accept-encoding', 'content-type': 'text/javascript; charset=utf-8', 'x-content-type-options': 'nosniff' });
    expect(brotliDecompressSync(brotli.rawPayload).toString()).toBe(SCRIPT);
    expect((await get('/assets/main-ABC.js', { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBe('gzip');
    expect((await get('/under/assets/main-ABC.js')).body).toBe(SCRIPT);
  });

  it.each(['/assets/main-ABC.js.br', '/assets/..%2Fpages.json', '/assets/..%2f..%2fpackage.json', '/assets/nothing.js'])('serves no other file: %s', async (url) => {
    expect((await get(url, { cookie })).statusCode).toBe(404);
  });
});
