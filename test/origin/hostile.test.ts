import { createServer, type Server } from 'node:https';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { LookupAddress } from 'node:dns';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { packagePath } from '../../core/package-root.js';
import type { SiteId } from '../../core/ids.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { findingsOfSite } from '../../store/site-findings.js';
import type { Store } from '../../store/store.js';
import { openTestStore } from '../testkit/store.js';
import { json, page, startHttpSite, type HttpSite } from './http-site.js';
import { connect, createClient, endOf, logged, openFindings, SITE, STATUS, WRITE } from './origin-kit.js';

const LOOPBACK: LookupAddress[] = [{ address: '127.0.0.1', family: 4 }];
const MEBIBYTE = 1024 * 1024;

let store: Store;
let site: HttpSite;
let siteId: SiteId;
const clients: SiteClient[] = [];

beforeAll(async () => {
  store = await openTestStore();
});

beforeEach(async () => {
  site = await startHttpSite();
  siteId = await connect(store, site);
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await site.close();
});

function client(options: Parameters<typeof createClient>[1] = {}): SiteClient {
  const made = createClient(store, options);
  clients.push(made);
  return made;
}

describe('a site at an address that may not be called', () => {
  it.each([
    ['a private address', [{ address: '10.0.0.5', family: 4 }]],
    ['loopback', LOOPBACK],
    ['a public and a private address', [{ address: '8.8.8.8', family: 4 }, ...LOOPBACK]],
    ['loopback inside an IPv6 address', [{ address: '::ffff:127.0.0.1', family: 6 }]],
    ['the metadata service of a cloud', [{ address: '169.254.169.254', family: 4 }]],
  ])('is not called when its name resolves to %s', async (_what, addresses) => {
    const named = await connect(store, site, `http://shop-${siteId}.example:${site.port}`);
    const outcome = await client({ allowPrivateOrigins: false, lookup: () => Promise.resolve(addresses) }).rest(named, STATUS);
    expect(outcome).toMatchObject({ kind: 'failure', code: 'private-address', wasSent: false });
    expect(site.received).toHaveLength(0);
    expect(await openFindings(store, named)).toEqual(['private-address']);
  });

  it.each(['127.0.0.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'])('is not called as http://%s', async (host) => {
    const outcome = await client({ allowPrivateOrigins: false }).restAt(`http://${host}:${site.port}`, { ...STATUS, as: { kind: 'nobody' } });
    expect(outcome).toMatchObject({ kind: 'failure', code: 'private-address', wasSent: false });
    expect(site.received).toHaveLength(0);
  });

  it('is not called when its name resolves to a private address only the second time', async () => {
    // 3ffe::/16 is global unicast that was given back: nobody answers there.
    const answers: LookupAddress[][] = [[{ address: '3ffe::1', family: 6 }], LOOPBACK];
    let lookups = 0;
    const named = await connect(store, site, `http://rebinding-${siteId}.example:${site.port}`);
    const guarded = client({ allowPrivateOrigins: false, limits: { maxRetries: 0 }, lookup: () => Promise.resolve(answers[lookups++] ?? LOOPBACK) });
    expect(['unreachable', 'timeout']).toContain(endOf(await guarded.rest(named, { ...STATUS, timeoutMs: 1_500 })));
    expect(lookups).toBe(1);
    expect(await guarded.rest(named, STATUS)).toMatchObject({ code: 'private-address', wasSent: false });
    expect(site.received).toHaveLength(0);
    expect(await openFindings(store, named)).toContain('private-address');
  });

  it('is not called when another site redirects to it', async () => {
    const inner = await startHttpSite();
    site.handle = (received, response) => response.writeHead(received.method === 'GET' ? 302 : 307, { location: `${inner.url}/latest/meta-data?token=x` }).end();
    const [read, write] = [await client().rest(siteId, STATUS), await client().rest(siteId, WRITE)];
    expect([read, write]).toEqual([read, write].map(() => expect.objectContaining({ kind: 'failure', code: 'redirect', wasSent: true }) as unknown));
    expect(read).toMatchObject({ message: expect.stringContaining(`${inner.url}/latest/meta-data;`) as string });
    expect(inner.received).toHaveLength(0);
    expect(await openFindings(store, siteId)).toEqual(['redirect']);
    await inner.close();
  });
});

describe('a site that answers wrongly', () => {
  it('is told where it sends to when only its address changed, and has not acted', async () => {
    site.handle = (received, response) => response.writeHead(301, { location: `https://www.shop.example${received.path}${received.rawQuery}` }).end();
    const outcome = await client().rest(siteId, WRITE);
    expect(outcome).toMatchObject({ code: 'redirect', wasSent: false, message: expect.stringContaining('to https://www.shop.example;') as string });
    expect(JSON.stringify(outcome)).not.toContain('signature=');
    expect(site.received).toHaveLength(1);
  });

  it('is given up at the deadline when it sends no headers', async () => {
    site.handle = () => undefined;
    const startedAt = performance.now();
    expect(await client().rest(siteId, { ...STATUS, timeoutMs: 1_500 })).toMatchObject({ code: 'timeout', wasSent: true });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(site.received).toHaveLength(1);
    expect(await openFindings(store, siteId)).toEqual(['timeout']);
  });

  it('is given up at the deadline when its body never ends', async () => {
    site.handle = (_received, response) => {
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(timer));
    };
    const startedAt = performance.now();
    expect(await client().rest(siteId, { ...WRITE, timeoutMs: 1_500 })).toMatchObject({ code: 'timeout', wasSent: true });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(await openFindings(store, siteId)).toEqual(['timeout']);
  });

  it('is read no further than the cap when it answers with 1 GB', async () => {
    let sentBytes = 0;
    site.handle = (_received, response) => {
      const chunk = Buffer.alloc(MEBIBYTE, 32);
      const push = (): void => {
        while (sentBytes < 1024 * MEBIBYTE && !response.destroyed) {
          sentBytes += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', push);
        }
      };
      push();
    };
    const before = process.memoryUsage().rss;
    expect(await client().rest(siteId, STATUS)).toMatchObject({ code: 'too-large', wasSent: true });
    expect(sentBytes).toBeLessThan(64 * MEBIBYTE);
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * MEBIBYTE);
    expect(await openFindings(store, siteId)).toEqual(['too-large']);
  });

  it('is not read at all when it announces more than the cap', async () => {
    site.handle = (_received, response) => void response.writeHead(200, { 'content-length': String(1024 * MEBIBYTE) }).flushHeaders();
    expect(endOf(await client().rest(siteId, { ...STATUS, maxAnswerBytes: 1000 }))).toBe('too-large');
  });

  it('does not inflate past the cap', async () => {
    const bomb = gzipSync(Buffer.alloc(100 * MEBIBYTE));
    expect(bomb.length).toBeLessThan(MEBIBYTE);
    site.handle = (_received, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    expect(endOf(await client().rest(siteId, STATUS))).toBe('too-large');
  });

  it('does not read a compression of nothing past the cap', async () => {
    site.handle = (_received, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).write(Buffer.from('1f8b0800000000000003', 'hex'));
      const emptyBlocks = Buffer.alloc(5 * 100_000, Buffer.from('000000ffff', 'hex'));
      const push = (): void => void (!response.destroyed && (response.write(emptyBlocks) ? setImmediate(push) : response.once('drain', push)));
      push();
    };
    expect(endOf(await client().rest(siteId, { ...STATUS, maxAnswerBytes: MEBIBYTE }))).toBe('too-large');
  });

  it('is understood when it compresses as it was asked to', async () => {
    site.handle = (received, response) => {
      expect(received.headers['accept-encoding']).toBe('gzip');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":"é"}'));
    };
    expect(await client().rest(siteId, STATUS)).toMatchObject({ status: 200, body: { a: 'é' } });
    site.handle = (_received, response) => response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': '0' }).end();
    expect(await client().rest(siteId, STATUS)).toMatchObject({ status: 200, body: null });
  });

  it.each([
    ['half of its JSON', (response: import('node:http').ServerResponse) => response.end('{"a":')],
    ['a page', (response: import('node:http').ServerResponse) => page(response, 500)],
    ['a broken compression', (response: import('node:http').ServerResponse) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip')],
    ['an encoding that was not asked for', (response: import('node:http').ServerResponse) => response.writeHead(200, { 'content-encoding': 'zstd' }).end('x')],
  ])('is no WordPress when it answers with %s', async (_what, answer) => {
    site.handle = (_received, response) => answer(response);
    expect(await client().rest(siteId, WRITE)).toMatchObject({ kind: 'failure', code: 'not-wordpress', wasSent: true });
    expect(site.received).toHaveLength(1);
    expect(await openFindings(store, siteId)).toEqual(['not-wordpress']);
  });

  it.each([
    ['not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'not-wordpress'],
    ['endless headers', `HTTP/1.1 200 OK\r\n${'x-filler: yyyyyyyyyyyyyyyyyyyy\r\n'.repeat(5_000)}`, 'too-large'],
    ['a connection that breaks', '', 'unreachable'],
    ['a body that breaks', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a":1', 'unreachable'],
  ])('has its own failure when it answers with %s', async (_what, bytes, code) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(bytes));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const rude = await connect(store, site, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect(await client().rest(rude, { ...WRITE, timeoutMs: 3_000 })).toMatchObject({ code, wasSent: true });
    server.close();
  });

  it('cannot write into findings or the log, and neither holds a token or a signature', async () => {
    site.handle = (received, response) => json(response, 500, { code: 'CODE-OF-SITE', message: `${String(received.query.get('signature'))} MESSAGE-OF-SITE` });
    const patient = client();
    await patient.rest(siteId, STATUS);
    site.handle = (_received, response) => response.writeHead(500, 'REASON-OF-SITE').end('BODY-OF-SITE');
    await patient.rest(siteId, STATUS);
    const found = JSON.stringify(await findingsOfSite(store.database, siteId, 100));
    expect(found).toContain('not-wordpress');
    for (const text of [found, logged.join('\n')]) {
      expect(text).not.toMatch(/OF-SITE|signature=|body-hash/);
      for (const secret of [`secret${siteId}`, `blog${siteId}`]) expect(text).not.toContain(secret);
    }
  });
});

describe('the TLS of a site', () => {
  const tls = (name: string): Buffer => readFileSync(packagePath('test', 'fixtures', 'tls', name));
  let server: Server;

  async function start(certificate: string, key: string, host = 'shop.example'): Promise<SiteId> {
    server = createServer({ cert: tls(certificate), key: tls(key) }, (_request, response) => json(response, 200, {}));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return connect(store, site, `https://${host}:${(server.address() as AddressInfo).port}`);
  }

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const trusting = () => client({ lookup: () => Promise.resolve(LOOPBACK), ca: tls('ca.pem').toString() });

  it('is believed with the certificate of its name', async () => {
    expect(endOf(await trusting().rest(await start('shop.pem', 'shop.key'), STATUS))).toBe(200);
  });

  it.each([
    ['signed by itself', 'self-signed.pem', 'self-signed.key', 'shop.example', 'signed by itself'],
    ['expired', 'shop-expired.pem', 'shop.key', 'shop.example', 'has expired'],
    ['for another name', 'shop.pem', 'shop.key', 'other.example', 'for another name'],
  ])('is not believed with a certificate that is %s, and nothing is sent', async (_what, certificate, key, host, reason) => {
    const id = await start(certificate, key, host);
    const outcome = await trusting().rest(id, WRITE);
    expect(outcome).toMatchObject({ kind: 'failure', code: 'certificate', wasSent: false, message: expect.stringContaining(reason) as string });
    expect(await openFindings(store, id)).toEqual(['certificate']);
  });

  it('is told when the port speaks plain HTTP', async () => {
    await start('shop.pem', 'shop.key');
    const plain = await connect(store, site, `https://shop.example:${site.port}`);
    expect(await trusting().rest(plain, { as: SITE, method: 'GET', route: '' })).toMatchObject({ code: 'certificate', wasSent: false });
  });
});
