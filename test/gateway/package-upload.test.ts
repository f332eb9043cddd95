// Packages of plugins and themes: who may upload them, what is a package, and that one is installed where it is asked for.
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { buffer } from 'node:stream/consumers';
import { ANONYMOUS, type Viewer } from '../../auth/viewer.js';
import { createPackageDesk } from '../../bin/package-desk.js';
import { createLog } from '../../core/log.js';
import { registerPackageUpload } from '../../gateway/package-upload.js';
import type { Store } from '../../store/store.js';
import { OPERATOR } from '../testkit/ask.js';
import { zipOfPlugin } from '../testkit/plugin-zips.js';
import { openTestStore } from '../testkit/store.js';

let store: Store;
let server: FastifyInstance;
let url: string;
let viewer: Viewer = OPERATOR;

beforeAll(async () => {
  store = await openTestStore();
  server = Fastify();
  await registerPackageUpload(server, { log: createLog('silent'), authenticate: () => Promise.resolve(viewer), keep: createPackageDesk(store) });
  url = `${await server.listen({ port: 0, host: '127.0.0.1' })}/extensions/packages`;
}, 120_000);
afterAll(() => server.close());

async function upload(content: Uint8Array, type = 'application/zip'): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body: new Uint8Array(content) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function zipOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  return buffer(zip.outputStream as NodeJS.ReadableStream);
}

describe('uploading a package', () => {
  it('keeps a plugin and a theme under what their headers say, the same bytes once', async () => {
    const zip = await zipOfPlugin('tideline', '2.1');
    const first = await upload(zip);
    expect(first).toMatchObject({ status: 201, body: { kind: 'PLUGIN', slug: 'tideline', version: '2.1', file: 'tideline/tideline.php', bytes: zip.length } });
    expect((await upload(zip)).body['id']).toBe(first.body['id']);
    const theme = await upload(await zipOf({ 'harbour/style.css': '/*\nTheme Name: Harbour\nVersion: 3.0\n*/', 'harbour/index.php': '<?php' }));
    expect(theme).toMatchObject({ status: 201, body: { kind: 'THEME', slug: 'harbour', version: '3.0', file: null } });
  });

  it('refuses what is no package', async () => {
    const bomb = await zipOf({ 'bomb/bomb.php': `<?php /*\nPlugin Name: Bomb\n*/${' '.repeat(6 * 1024 * 1024)}` });
    const broken = Buffer.from(await zipOfPlugin('tideline', '2.2'));
    broken.writeUInt32LE(0xffff_fff0, broken.length - 6);
    for (const content of [Buffer.from('not a zip'), Buffer.alloc(0), await zipOf({ 'readme.txt': 'x' }), await zipOf({ 'a/b/c.php': '<?php /*\nPlugin Name: Deep\n*/' }), bomb, broken]) {
      expect((await upload(content)).status).toBe(400);
    }
    expect((await upload(Buffer.from('{}'), 'application/json')).status).toBe(400);
  });

  it('is for people with the scope, before a byte of the body is read', async () => {
    const zip = await zipOfPlugin('tideline', '2.3');
    try {
      viewer = ANONYMOUS;
      expect((await upload(zip)).status).toBe(401);
      viewer = { kind: 'operator', accountId: '00000000-0000-4000-8000-000000000007', scopes: ['extensions:read'] };
      expect((await upload(zip)).status).toBe(403);
    } finally {
      viewer = OPERATOR;
    }
  });
});
