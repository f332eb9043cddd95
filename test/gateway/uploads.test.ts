import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Upload } from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId, encodeSiteId } from '../../core/ids.js';
import { registerUploads } from '../../gateway/uploads.js';
import { openUploadDesk, type UploadDesk } from '../../origin/uploads/upload-desk.js';
import { settleOpenWrites } from '../../origin/writes/settle.js';
import type { Store } from '../../store/store.js';
import { person } from '../testkit/ask.js';
import { startConnectedSite, type ConnectedSite } from '../testkit/connected-site.js';
import { startGraph, type TestGraph } from '../testkit/graph.js';
import { openTestStore } from '../testkit/store.js';

const MIB = 1024 * 1024;
const FIELDS = `id state uploadUrl write { state errorCode } userErrors { code message retryable }
  media { localId title altText caption sourceUrl width mimeType author { id } site { id } }`;
const CREATE = `mutation($input: MediaUploadInput!) { mediaUploadCreate(input: $input) { upload { ${FIELDS} } uploadUrl userErrors { code message field } } }`;
const READ = `query($id: ID!) { mediaUpload(id: $id) { ${FIELDS} } }`;

interface Told {
  readonly id: string;
  readonly state: string;
  readonly uploadUrl: string | null;
  readonly write: { readonly state: string; readonly errorCode: string | null } | null;
  readonly userErrors: readonly { readonly code: string; readonly message: string }[];
  readonly media: Readonly<Record<string, unknown>> | null;
}

interface Announced {
  readonly upload: Told | null;
  readonly uploadUrl: string | null;
  readonly userErrors: readonly { readonly code: string; readonly message: string; readonly field: readonly string[] | null }[];
}

let store: Store;
let site: ConnectedSite;
let desk: UploadDesk;
let graph: TestGraph;
let directory: string;
let keys = 0;
/** How far the desk's clock is ahead. */
let aheadMs = 0;

beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store, { maxBodyBytes: 230 * MIB });
  site.double.edit.setCallable('wp_max_upload_size', 210 * MIB);
  await site.sync();
  directory = join(mkdtempSync(join(tmpdir(), 'uploads-')), 'uploads');
  desk = await openUploadDesk({ ...site.desk, clock: () => Date.now() + aheadMs }, directory);
  const viewers = Object.fromEntries([1, 2, 3, 4].map((userId) => [`user-${userId}`, person([{ siteId: site.siteId, userId }], `00000000-0000-4000-8000-0000000001${userId}0`)]));
  graph = await startGraph(store, 'in-process', viewers, site.client, { register: (fastify) => registerUploads(fastify, { desk, log: site.desk.log, maxBytes: 256 * MIB }) });
});
afterAll(async () => {
  await graph.close();
  await desk.close();
  await site.close();
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

async function announce(userId: number, bytes: number, more: Record<string, unknown> = {}): Promise<Announced> {
  const input = { siteId: encodeSiteId(site.siteId), filename: 'harbour.jpg', mimeType: 'image/jpeg', bytes, idempotencyKey: `upload-${(keys += 1)}`, ...more };
  const { data, codes } = await graph.ask(CREATE, { input }, `user-${userId}`);
  expect(codes).toEqual([]);
  return data?.['mediaUploadCreate'] as Announced;
}

async function announced(userId: number, bytes: number, more: Record<string, unknown> = {}): Promise<{ readonly id: string; readonly url: string }> {
  const { upload, uploadUrl, userErrors } = await announce(userId, bytes, more);
  expect(userErrors).toEqual([]);
  return { id: upload?.id ?? '', url: uploadUrl ?? '' };
}

async function told(userId: number, id: string): Promise<Told> {
  const { data, codes } = await graph.ask(READ, { id }, `user-${userId}`);
  expect(codes).toEqual([]);
  return data?.['mediaUpload'] as Told;
}

const put = (url: string, body: Uint8Array): Promise<Response> => fetch(url, { method: 'PUT', body: new Uint8Array(body) });
const mediaCalls = () => site.double.calls.filter((call) => call.route.startsWith('wp/v2/media'));
const files = () => site.double.tables.posts.all().filter((post) => post.post_type === 'attachment');

/** Announces, sends and waits for what became of it. */
async function send(userId: number, body: Uint8Array, more: Record<string, unknown> = {}): Promise<Told> {
  const { id, url } = await announced(userId, body.length, more);
  expect((await put(url, body)).status).toBe(202);
  await desk.drain();
  return told(userId, id);
}

describe('an upload', () => {
  it('comes by one PUT, reaches the site as that person with its texts, and is in the graph at once', async () => {
    const post = site.double.edit.savePost({ post_title: 'With a picture', post_status: 'publish' });
    await site.sync();
    const body = randomBytes(300_000);
    const { id, url } = await announced(2, body.length, {
      title: 'The harbour', altText: 'Boats at low tide', caption: 'Seen\nfrom the quay', attachTo: encodeGlobalId(site.siteId, 'Post', post.ID), sha256: createHash('sha256').update(body).digest('hex'),
    });
    expect(await told(2, id)).toMatchObject({ state: 'OPEN', uploadUrl: url, media: null, write: null });
    const calls = mediaCalls().length;
    const response = await put(url, body);
    expect([response.status, await response.json()]).toEqual([202, { received: body.length }]);
    await desk.drain();
    const upload = await told(2, id);
    expect(upload).toMatchObject({ state: 'DONE', uploadUrl: null, write: { state: 'APPLIED', errorCode: null }, userErrors: [] });
    expect(upload.media).toMatchObject({ title: 'The harbour', altText: 'Boats at low tide', caption: 'Seen\nfrom the quay', width: 640, mimeType: 'image/jpeg', author: { id: encodeGlobalId(site.siteId, 'User', 2) } });
    expect(String(upload.media?.['sourceUrl'])).toMatch(/\/wp-content\/uploads\/\d{4}\/\d\d\/harbour\.jpg$/);
    expect(files().at(-1)).toMatchObject({ post_title: 'The harbour', post_name: 'the-harbour', post_parent: post.ID, post_author: 2 });
    expect(mediaCalls().slice(calls).map(({ method, as }) => [method, as])).toEqual([['POST', 2], ['POST', 2]]);
    expect(readdirSync(directory)).toEqual([]);
    await site.sync();
    expect((await told(2, id)).write?.state).toBe('CONFIRMED');
    const lines = await store.database.query<{ summary: string; via: string }>(`SELECT summary, actor_via AS via FROM audit_event WHERE site_id = $1 AND object_type = 'MediaItem' ORDER BY sequence`, [site.siteId]);
    expect(lines).toEqual([{ summary: 'Uploaded media "The harbour"', via: 'graph' }]);
  });

  it('goes on where a broken connection ended, by the tus protocol', async () => {
    const body = randomBytes(900_000);
    const { id, url } = await announced(3, body.length, { filename: 'long way.png' });
    await sendPart(url, body, 400_000);
    let offset = -1;
    for (let look = 0; look < 100 && offset < 1; look += 1) offset = Number((await fetch(url, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } })).headers.get('upload-offset'));
    expect(offset).toBeGreaterThan(0);
    expect(offset).toBeLessThan(body.length);
    const [name = ''] = readdirSync(directory);
    expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    let sentFrom = body.length;
    await new Promise<void>((resolve, reject) => {
      const upload = new Upload(body, {
        uploadUrl: url, chunkSize: 200_000, retryDelays: null, onSuccess: () => resolve(), onError: reject, onBeforeRequest: (request) => {
          const at = request.getHeader('Upload-Offset');
          if (at !== undefined) sentFrom = Math.min(sentFrom, Number(at));
        },
      });
      upload.start();
    });
    expect(sentFrom).toBe(offset);
    await desk.drain();
    expect(await told(3, id)).toMatchObject({ state: 'DONE', media: { title: 'long-way' }, userErrors: [] });
    expect(files().at(-1)?.post_author).toBe(3);
    const head = await fetch(url, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } });
    expect([head.status, head.headers.get('upload-offset')]).toEqual([200, String(body.length)]);
    expect((await put(url, body)).status).toBe(400);
  });

  it('of 200 MiB is never held in memory, on its way in or on', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const held = (): number => {
      gc();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const piece = randomBytes(MIB);
    const { id, url } = await announced(1, 200 * MIB, { filename: 'film.mp4', mimeType: 'video/mp4' });
    const before = held();
    let most = 0;
    const body = Readable.from((function* () {
      for (let sent = 0; sent < 200; sent += 1) {
        if (sent % 25 === 0) most = Math.max(most, held());
        yield piece;
      }
    })());
    expect(await putStream(url, body, 200 * MIB)).toBe(202);
    const looks = setInterval(() => (most = Math.max(most, held())), 1_000);
    await desk.drain();
    clearInterval(looks);
    expect(await told(1, id)).toMatchObject({ state: 'DONE', media: { mimeType: 'video/mp4' } });
    expect((most - before) / MIB).toBeLessThan(30);
  }, 180_000);

  it('is the same for the same key and input, and refused for another input', async () => {
    const body = randomBytes(1_000);
    const first = await announce(2, body.length, { idempotencyKey: 'twice' });
    const again = await announce(2, body.length, { idempotencyKey: 'twice' });
    expect(again.uploadUrl).toBe(first.uploadUrl);
    expect(await announce(2, 999, { idempotencyKey: 'twice' })).toMatchObject({ upload: null, userErrors: [{ code: 'IDEMPOTENCY_MISMATCH', field: ['idempotencyKey'] }] });
    await put(first.uploadUrl ?? '', body);
    await desk.drain();
    const calls = mediaCalls().length;
    expect((await announce(2, body.length, { idempotencyKey: 'twice' })).upload).toMatchObject({ state: 'DONE', uploadUrl: null, media: { title: expect.stringMatching(/^harbour/) as string } });
    expect(mediaCalls().length).toBe(calls);
  });
});

describe('what is refused', () => {
  it('is refused before the site is asked: without upload_files, to content of others, over the limits, and names that lead astray', async () => {
    const post = site.double.edit.savePost({ post_title: 'Of the administrator', post_status: 'publish', post_author: 1 });
    await site.sync();
    const calls = site.double.calls.length;
    const attachTo = encodeGlobalId(site.siteId, 'Post', post.ID);
    expect(await announce(4, 10)).toMatchObject({ upload: null, userErrors: [{ code: 'FORBIDDEN', message: 'you need the capability upload_files on this site' }] });
    expect(await announce(3, 10, { attachTo })).toMatchObject({ userErrors: [{ code: 'FORBIDDEN', field: ['attachTo'] }] });
    expect(await announce(2, 10, { attachTo, sha256: 'abc', mimeType: 'picture', filename: '../../x.php"; a' })).toMatchObject({ userErrors: [{ field: ['filename'] }, { field: ['mimeType'] }, { field: ['sha256'] }] });
    expect((await announce(2, 211 * MIB)).userErrors).toEqual([{ code: 'INVALID', field: ['bytes'], message: `bytes must be 1 to ${210 * MIB}, the most that the site takes (wp_max_upload_size); got ${211 * MIB}` }]);
    expect((await announce(2, 0)).userErrors).toHaveLength(1);
    expect(site.double.calls.length).toBe(calls);
    expect(await graph.ask(CREATE, { input: { siteId: encodeSiteId(site.siteId), filename: 'a.png', mimeType: 'image/png', bytes: 1, idempotencyKey: 'k' } })).toMatchObject({ codes: ['FORBIDDEN'] });
  });

  it('is what the site does not take, with its own reason, and what the server before it does not', async () => {
    const refused = await send(1, randomBytes(100), { filename: 'tool.exe', mimeType: 'application/octet-stream' });
    expect(refused).toMatchObject({ state: 'FAILED', media: null, write: { state: 'REJECTED' }, userErrors: [{ code: 'SITE_REJECTED' }] });
    expect(refused.userErrors[0]?.message).toContain('not allowed to upload this file type');
    site.double.failNext('wp/v2/media', { kind: 'status', status: 413, body: '<html>413</html>', contentType: 'text/html' });
    const tooLarge = await send(1, randomBytes(100));
    expect(tooLarge).toMatchObject({ state: 'FAILED', userErrors: [{ code: 'SITE_REJECTED' }] });
    expect(tooLarge.userErrors[0]?.message).toContain('takes nothing this large (HTTP 413)');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is what arrives otherwise than announced; the site is not asked', async () => {
    const calls = mediaCalls().length;
    expect(await send(1, randomBytes(100), { sha256: 'a'.repeat(64) })).toMatchObject({ state: 'FAILED', write: null, userErrors: [{ code: 'INVALID' }] });
    const { url } = await announced(1, 100);
    expect((await put(url, randomBytes(99))).status).toBe(400);
    expect((await fetch(url, { method: 'PATCH', headers: { 'tus-resumable': '1.0.0', 'upload-offset': '50', 'content-type': 'application/offset+octet-stream' }, body: 'x' })).status).toBe(409);
    expect((await fetch(url, { method: 'DELETE', headers: { 'tus-resumable': '1.0.0' } })).status).toBe(204);
    expect((await put(url, randomBytes(100))).status).toBe(400);
    expect(mediaCalls().length).toBe(calls);
  });

  it('is an address that was not made here or whose time is over, and the upload of somebody else', async () => {
    const { id, url } = await announced(1, 100);
    const [payload, seal = ''] = url.split('/').at(-1)?.split('.') ?? [];
    const at = (token: string) => url.replace(/[^/]+$/, token);
    for (const token of [`${payload}.${seal.slice(0, -1)}${seal.endsWith('A') ? 'B' : 'A'}`, `${payload}`, 'x.y', `${Buffer.from('1/00000000-0000-4000-8000-000000000000').toString('base64url')}.${seal}`]) {
      expect((await put(at(token), randomBytes(100))).status).toBe(404);
    }
    expect((await graph.ask(READ, { id }, 'user-2')).data).toEqual({ mediaUpload: null });
    await store.database.query(`UPDATE media_upload SET expires_at = now() - interval '1 second' WHERE site_id = $1 AND state = 'OPEN'`, [site.siteId]);
    expect((await put(url, randomBytes(100))).status).toBe(404);
    expect((await told(1, id)).state).toBe('EXPIRED');
  });
});

describe('a fault on the way to the site', () => {
  const once200 = (method: string) => (call: { readonly method: string; readonly route: string }) => call.method === method && call.route.startsWith('wp/v2/media');

  it.each([
    ['while the bytes are sent, answer lost', [['POST', { kind: 'lose-answer' }]]],
    ['while the texts are set, answer lost', [['POST-texts', { kind: 'lose-answer' }]]],
    ['while the texts are set, refused', [['POST-texts', { kind: 'reset' }]]],
    ['and the first reading back fails', [['POST', { kind: 'lose-answer' }], ['GET', { kind: 'status', status: 500 }]]],
  ] as const)('%s: the file is on the site once, with its texts', async (_name, faults) => {
    const before = files().length;
    for (const [where, fault] of faults) site.double.failNext((call) => (where === 'POST-texts' ? /^wp\/v2\/media\/\d+$/.test(call.route) && call.method === 'POST' : call.route === 'wp/v2/media' && call.method === where), fault);
    expect(await send(2, randomBytes(500), { altText: 'Set in any case', title: 'Once' })).toMatchObject({ state: 'DONE', media: { altText: 'Set in any case', title: 'Once' }, userErrors: [] });
    expect(files().length).toBe(before + 1);
    await site.sync();
  });

  it('that leaves the outcome unknown is settled by reading back, and nothing is sent twice', async () => {
    const before = files().length;
    for (const [route, fault] of [['POST', { kind: 'lose-answer' }], ['GET', { kind: 'status', status: 500 }], ['GET', { kind: 'status', status: 500 }]] as const) site.double.failNext(once200(route), fault);
    const open = await send(2, randomBytes(500), { title: 'Found later' });
    expect(open).toMatchObject({ state: 'SENDING', userErrors: [{ code: 'OUTCOME_UNKNOWN' }] });
    await settleOpenWrites({ ...site.desk, clock: () => Date.now() + 3_600_000 }, site.siteId);
    expect(await told(2, open.id)).toMatchObject({ state: 'DONE', media: { title: 'Found later' }, userErrors: [] });
    expect(files().length).toBe(before + 1);
  });

  it('before which the site did nothing ends as not done, once it can no longer be at work', async () => {
    const before = files().length;
    site.double.failNext((call) => call.route === 'wp/v2/media' && call.method === 'POST', { kind: 'reset' });
    const open = await send(2, randomBytes(500));
    expect(open).toMatchObject({ state: 'SENDING', userErrors: [{ code: 'OUTCOME_UNKNOWN' }] });
    await settleOpenWrites({ ...site.desk, clock: () => Date.now() + 3_600_000 }, site.siteId);
    expect(await told(2, open.id)).toMatchObject({ state: 'FAILED', userErrors: [{ code: 'SITE_REJECTED' }] });
    expect(files().length).toBe(before);
  });

  it('that is a site that cannot be reached leaves the bytes here until it can', async () => {
    await site.double.refuse();
    const waiting = await send(2, randomBytes(500), { title: 'Patient' });
    expect(waiting).toMatchObject({ state: 'SENDING', write: { state: 'REJECTED', errorCode: 'SITE_UNREACHABLE' }, userErrors: [] });
    expect(readdirSync(directory)).toHaveLength(1);
    await site.double.accept();
    aheadMs += 60_000;
    await desk.drain();
    expect(await told(2, waiting.id)).toMatchObject({ state: 'DONE', media: { title: 'Patient' } });
    expect(readdirSync(directory)).toEqual([]);
  });
});

/** The global fetch would hold the whole stream itself. */
async function putStream(url: string, body: Readable, bytes: number): Promise<number | undefined> {
  const outgoing = request(url, { method: 'PUT', headers: { 'content-length': String(bytes) } });
  body.pipe(outgoing);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

/** Sends so many bytes of a PATCH that announces all, and breaks the connection. */
async function sendPart(url: string, body: Buffer, bytes: number): Promise<void> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(`PATCH ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: ${body.length}\r\n\r\n`);
  await new Promise<void>((resolve) => socket.write(body.subarray(0, bytes), () => resolve()));
  socket.end();
  socket.destroy();
  await once(socket, 'close');
}
