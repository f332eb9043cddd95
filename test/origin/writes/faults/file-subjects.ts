// Files in the fault table, the whole way: announced in the graph, brought to the upload's address over HTTP by an app whose connection breaks,
// resumed, and sent on by the desk to a site that meets the fault.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Upload } from 'tus-js-client';
import { registerUploads } from '../../../../gateway/uploads.js';
import { openUploadDesk, type UploadDesk } from '../../../../origin/uploads/upload-desk.js';
import { person } from '../../../testkit/ask.js';
import { startGraph, type TestGraph } from '../../../testkit/graph.js';
import type { Subject, Told, World } from './world.js';

const FIELDS = 'id state uploadUrl write { state errorCode } userErrors { code message }';
const CREATE = `mutation($input: MediaUploadInput!) { mediaUploadCreate(input: $input) { upload { ${FIELDS} } userErrors { code message } } }`;
const READ = `query($id: ID!) { mediaUpload(id: $id) { ${FIELDS} } }`;
const TUS = { 'tus-resumable': '1.0.0' };
/** Few, so that a call whose time is short brings them all. */
const BYTES = 6_000;

interface UploadTold {
  readonly id: string;
  readonly state: 'OPEN' | 'SENDING' | 'DONE' | 'FAILED' | 'EXPIRED';
  readonly uploadUrl: string | null;
  readonly write: { readonly state: string; readonly errorCode: string | null } | null;
  readonly userErrors: readonly { readonly code: string }[];
}

/** The gateway and the desk of a world, opened when it is first asked for. */
interface Side {
  readonly desk: UploadDesk;
  ask(query: string, variables: Record<string, unknown>): Promise<Record<string, unknown>>;
}

const sides = new WeakMap<World, Promise<Side>>();

function sideOf(world: World): Promise<Side> {
  const known = sides.get(world) ?? openSide(world);
  sides.set(world, known);
  return known;
}

async function openSide(world: World): Promise<Side> {
  const directory = mkdtempSync(join(tmpdir(), 'fault-uploads-'));
  const desk = await openUploadDesk(world.desk, directory);
  const viewers = { app: person([{ siteId: world.site.siteId, userId: 1 }]) };
  const graph: TestGraph = await startGraph(world.store, 'in-process', viewers, world.desk.client, { register: (fastify) => registerUploads(fastify, { desk, log: world.desk.log, maxBytes: 1_000_000 }) });
  world.atEnd(async () => {
    await graph.close();
    await desk.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    desk,
    async ask(query, variables) {
      const { data, codes } = await graph.ask(query, variables, 'app');
      if (codes.length > 0) throw new Error(`the graph answered ${JSON.stringify(codes)}`);
      return data ?? {};
    },
  };
}

const offsetOf = async (url: string): Promise<number> => Number((await fetch(url, { method: 'HEAD', headers: TUS })).headers.get('upload-offset'));

/** Begins to send all, sends so many bytes, and breaks the connection; gives how many have come at least. */
async function breakOff(method: 'PUT' | 'PATCH', url: string, body: Buffer, bytes: number): Promise<void> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const headers = method === 'PUT' ? '' : 'Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n';
  socket.write(`${method} ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${headers}Content-Length: ${body.length}\r\n\r\n`);
  await new Promise<void>((resolve) => socket.write(body.subarray(0, bytes), () => resolve()));
  socket.destroy();
  await once(socket, 'close');
}

function resume(url: string, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    new Upload(body, { uploadUrl: url, chunkSize: 2_500, retryDelays: [10, 50, 200, 800], onSuccess: () => resolve(), onError: reject }).start();
  });
}

/** The status of one PUT with everything; null when the connection broke, as it does when another request takes over. */
const putWhole = (url: string, body: Buffer): Promise<number | null> => fetch(url, { method: 'PUT', body: new Uint8Array(body) }).then(({ status }) => status, () => null);

async function whole(url: string, body: Buffer): Promise<void> {
  for (let tries = 0; tries < 5; tries += 1) {
    const status = await putWhole(url, body);
    if (status === 202) return;
    if (status !== null) throw new Error(`the whole file was answered with ${status}`);
  }
  throw new Error('the whole file could not be sent');
}

/** How an app gets its bytes here although its connection breaks. */
const WAYS: readonly ((url: string, body: Buffer) => Promise<void>)[] = [
  async (url, body) => {
    await breakOff('PATCH', url, body, BYTES / 2);
    await resume(url, body);
  },
  async (url, body) => {
    await breakOff('PUT', url, body, BYTES / 3);
    await resume(url, body);
  },
  async (url, body) => {
    await breakOff('PATCH', url, body, BYTES / 2);
    await breakOff('PUT', url, body, BYTES / 4);
    await whole(url, body);
  },
  // All came, and the answer to it was lost.
  async (url, body) => {
    await breakOff('PATCH', url, body, BYTES);
    await resume(url, body);
    if ((await offsetOf(url)) !== BYTES) throw new Error('what came whole is not told as whole');
  },
  // Twice at once: one of them is told that it came, the other that it came already, or it is broken off.
  async (url, body) => {
    const answers = await Promise.all([putWhole(url, body), putWhole(url, body)]);
    if (answers.filter((status) => status === 202).length !== 1 || answers.some((status) => status !== 202 && status !== 400 && status !== null)) throw new Error(`two at once were answered with ${answers.join()}`);
  },
];

export const FILE_SUBJECTS: readonly Subject[] = [
  {
    name: 'mediaUploadCreate', calls: ['writes', 'more'], repeats: /^wp\/v2\/media\/\d+$/,
    prepare(world) {
      const number = world.next();
      const title = `File ${number}`;
      const body = randomBytes(BYTES);
      let mark = '';
      const files = () => world.site.double.tables.posts.all().filter((post) => post.post_type === 'attachment' && (post.post_title === title || post.post_name === mark)).map((post) => [post.post_title, post.post_name]);
      return {
        async run(idempotencyKey) {
          const side = await sideOf(world);
          const input = {
            siteId: world.siteId, filename: 'tide.jpg', mimeType: 'image/jpeg', bytes: BYTES, sha256: createHash('sha256').update(body).digest('hex'), title, altText: 'Low tide', idempotencyKey,
          };
          const { upload, userErrors } = (await side.ask(CREATE, { input }))['mediaUploadCreate'] as { readonly upload: UploadTold | null; readonly userErrors: readonly unknown[] };
          if (upload === null) throw new Error(`the announcement was refused: ${JSON.stringify(userErrors)}`);
          mark = `upload-${Buffer.from(upload.id, 'base64url').toString().split(':')[1]}`;
          if (upload.uploadUrl !== null) await WAYS[number % WAYS.length]?.(upload.uploadUrl, body);
          // What waits for its site is tried again in half a minute; here it is now.
          else await world.rows('UPDATE media_upload SET lease_until = NULL WHERE site_id = $1 AND state = \'RECEIVED\' RETURNING id');
          await side.desk.drain();
          return toldOf((await side.ask(READ, { id: upload.id }))['mediaUpload'] as UploadTold);
        },
        // A file whose texts were refused is there, and told so; it is not what was asked for.
        done() {
          if (files().length > 1) throw new Error(`the file is there ${files().length} times`);
          return files().filter(([told]) => told === title).length;
        },
        onSite: files,
        inGraph: async () => (await world.rows<{ title: string; slug: string }>(`SELECT title, slug FROM post WHERE site_id = $1 AND type = 'attachment' AND (title = $2 OR slug = $3) AND alive`, title, mark)).map((row) => [row.title, row.slug]),
      };
    },
  },
];

/** What an app is told of its file: done, failed and why, or still being sent, and what the last try came to. */
function toldOf({ state, write, userErrors }: UploadTold): Told {
  if (state === 'DONE') return { code: null, state: write?.state ?? null };
  return { code: userErrors[0]?.code ?? write?.errorCode ?? state, state: write?.state ?? null };
}
