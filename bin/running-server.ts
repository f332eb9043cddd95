// How the command line finds and asks a running server: a file in the data directory says where it listens and holds a key
// that only the same user can read. Also keeps two servers off one embedded database.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { AppError, ERROR_CODES } from '../core/errors.js';
import type { Store } from '../store/store.js';
import { adminCommand, administer, type AdminAnswer, type AdminCommand } from './administration.js';
import type { AdminTools } from './connection-commands.js';

const ADMIN_PATH = '/_sitegraph/admin';
/** Longer than a site may take to register when it is asked to. */
const ANSWER_TIMEOUT_MS = 90_000;

interface ServerFile {
  readonly pid: number;
  readonly url: string;
  readonly key: string;
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'server.json');
}

/** The server that runs on this data directory, or null; a file left by a killed server counts as none. */
export function findRunningServer(dataDir: string): ServerFile | null {
  const file = fileOf(dataDir);
  if (!existsSync(file)) return null;
  try {
    const server = JSON.parse(readFileSync(file, 'utf8')) as ServerFile;
    return isAlive(server.pid) ? server : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Takes the data directory for this process. Throws when another server has it. */
export function claimDataDir(dataDir: string): { readonly key: string; announce(url: string): void; release(): void } {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const other = findRunningServer(dataDir);
  if (other) {
    throw new AppError('CONFIGURATION', `a server (process ${other.pid}${other.url === '' ? '' : `, ${other.url}`}) already runs on ${dataDir}; stop it, or set SITEGRAPH_DATA_DIR to another folder`);
  }
  const key = randomBytes(32).toString('base64url');
  const write = (url: string) => writeFileSync(fileOf(dataDir), JSON.stringify({ pid: process.pid, url, key } satisfies ServerFile), { mode: 0o600 });
  rmSync(fileOf(dataDir), { force: true });
  write('');
  return {
    key,
    announce: write,
    release: () => rmSync(fileOf(dataDir), { force: true }),
  };
}

/** Serves the command line of the same machine and user. */
export function registerAdministration(fastify: FastifyInstance, store: Store, tools: AdminTools, key: string): void {
  const expected = Buffer.from(`Bearer ${key}`);
  fastify.post(ADMIN_PATH, { bodyLimit: 64 * 1024, logLevel: 'silent' }, async (request, reply) => {
    const given = Buffer.from(request.headers.authorization ?? '');
    const isLocal = request.ip === '127.0.0.1' || request.ip === '::1' || request.ip === '::ffff:127.0.0.1';
    if (!isLocal || given.length !== expected.length || !timingSafeEqual(given, expected)) return reply.code(404).send({ code: 'NOT_FOUND', message: 'Not found' });
    const command = adminCommand.safeParse(request.body);
    if (!command.success) return reply.code(400).send({ code: 'BAD_REQUEST', message: 'this server does not know the command; use the sitegraph of the same version' });
    try {
      return await reply.send(await administer(store, tools, command.data));
    } catch (error) {
      const known = error instanceof AppError ? error : new AppError('INTERNAL', 'the server failed at this command; its log says why', { cause: error });
      if (known.code === 'INTERNAL') request.log.error(error);
      return reply.code(ERROR_CODES[known.code].status).send({ code: known.code, message: known.message });
    }
  });
}

/** Runs a command in a running server. */
export async function askRunningServer(server: ServerFile, command: AdminCommand): Promise<AdminAnswer> {
  if (server.url === '') throw new AppError('OVERLOADED', `the server (process ${server.pid}) is still starting; try again in a moment`);
  const response = await fetch(server.url + ADMIN_PATH, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(command),
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  const body = (await response.json()) as AdminAnswer & { code?: string; message?: string };
  if (!response.ok) throw new AppError((body.code as keyof typeof ERROR_CODES | undefined) ?? 'INTERNAL', body.message ?? `the server answered ${response.status}`);
  return body;
}
