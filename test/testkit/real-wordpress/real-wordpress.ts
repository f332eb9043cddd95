// A real WordPress for tests: Debian's packages, PHP's own web server and a MariaDB, all in a temporary folder and gone
// afterwards. Without the packages there is none; `missingPackages` says what to install.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { packagePath } from '../../../core/package-root.js';

const run = promisify(execFile);
const KIT = packagePath('test', 'testkit', 'real-wordpress');
const CORE = '/usr/share/wordpress';
const NEEDED: Readonly<Record<string, string>> = {
  '/usr/bin/php': 'php-cli php-mysql php-xml php-mbstring php-gd php-curl',
  '/usr/sbin/mariadbd': 'mariadb-server',
  [`${CORE}/wp-load.php`]: 'wordpress',
  [`${CORE}/wp-content/themes/twentytwentyone/style.css`]: 'wordpress-theme-twentytwentyone',
};
const START_TIMEOUT_MS = 300_000;

export interface RealWordpress {
  /** Without a trailing slash. */
  readonly url: string;
  readonly version: string;
  readonly login: 'keeper';
  /** Application passwords of an administrator and of an editor. */
  readonly password: string;
  readonly editorPassword: string;
  /** Ids of what fill.php made, by its names. */
  readonly ids: Readonly<Record<string, number>>;
  /** Runs PHP within WordPress as its administrator; what it echoes is the answer. */
  php(code: string): Promise<string>;
  stop(): Promise<void>;
}

/** Packages that are not there; empty when a WordPress can be started. */
export function missingPackages(): string[] {
  return Object.entries(NEEDED).flatMap(([file, packages]) => (existsSync(file) ? [] : [packages]));
}

export interface RealWordpressOptions {
  /** Whether it answers signed calls about its plugins and themes, as a site with a connection does (connection/). */
  readonly connected?: boolean;
}

/** Starts a filled WordPress on a port of its own; `posts` ordinary posts besides the special ones. */
export async function startRealWordpress(posts: number, { connected = false }: RealWordpressOptions = {}): Promise<RealWordpress> {
  const folder = mkdtempSync(join(tmpdir(), 'real-wordpress-'));
  chmodSync(folder, 0o755);
  const stops: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const undo of stops.reverse()) await undo();
  };
  try {
    const root = join(folder, 'site');
    copySite(root, connected);
    const database = await startDatabase(folder);
    stops.push(database.stop);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const environment = {
      PATH: process.env['PATH'] ?? '', WORDPRESS_ROOT: root, WORDPRESS_URL: url, WORDPRESS_DB_SOCKET: database.socket, WORDPRESS_DB_USER: database.user,
      WORDPRESS_POSTS: `${posts}`, PHP_CLI_SERVER_WORKERS: '4',
    };
    const command = async (file: string, args: readonly string[] = []) => (await run('php', ['-d', 'memory_limit=512M', join(KIT, file), ...args], { env: environment, maxBuffer: 1 << 24 })).stdout;
    await command('install.php');
    const filled = JSON.parse((await command('fill.php')).trim()) as { password: string; editorPassword: string; ids: Record<string, number>; version: string };
    const server = spawn('php', ['-d', 'opcache.enable_cli=1', '-S', `127.0.0.1:${port}`, '-t', root, join(KIT, 'router.php')], { env: environment, stdio: 'ignore', detached: true });
    stops.push(() => endGroup(server));
    await answers(`${url}/?rest_route=/`, server);
    return { url, login: 'keeper', ...filled, php: (code) => command('eval.php', [code]), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Core is copied, because it looks for its configuration beside its own files. */
function copySite(root: string, connected: boolean): void {
  cpSync(CORE, root, { recursive: true, verbatimSymlinks: true, filter: (path) => path !== `${CORE}/wp-config.php` });
  for (const name of ['mu-plugins', 'uploads', 'plugins']) mkdirSync(join(root, 'wp-content', name), { recursive: true });
  cpSync(join(KIT, 'wp-config.php'), join(root, 'wp-config.php'));
  cpSync(join(KIT, 'books.php'), join(root, 'wp-content', 'mu-plugins', 'books.php'));
  if (connected) for (const name of readdirSync(join(KIT, 'connection'))) cpSync(join(KIT, 'connection', name), join(root, 'wp-content', 'mu-plugins', name));
  const akismet = join(root, 'wp-content', 'plugins', 'akismet');
  if (!existsSync(akismet)) symlinkSync('/var/lib/wordpress/wp-content/plugins/akismet', akismet);
}

async function startDatabase(folder: string): Promise<{ socket: string; user: string; stop(): Promise<void> }> {
  const isRoot = process.getuid?.() === 0;
  const home = join(folder, 'database');
  mkdirSync(home);
  if (isRoot) chownSync(home, Number((await run('id', ['-u', 'mysql'])).stdout), Number((await run('id', ['-g', 'mysql'])).stdout));
  const socket = join(home, 'socket');
  const options = ['--no-defaults', `--datadir=${home}/data`, ...(isRoot ? ['--user=mysql'] : [])];
  await run('mariadb-install-db', [...options, '--auth-root-authentication-method=normal', '--skip-test-db'], { maxBuffer: 1 << 24 });
  const server = spawn('mariadbd', [...options, `--socket=${socket}`, '--skip-networking', `--pid-file=${home}/pid`, '--innodb-flush-log-at-trx-commit=0', '--innodb-buffer-pool-size=64M', '--skip-log-bin'], { stdio: 'ignore' });
  await until(async () => existsSync(socket) && (await succeeds('mariadb', ['--no-defaults', `--socket=${socket}`, '-uroot', '-e', 'CREATE DATABASE IF NOT EXISTS wordpress'])), server, 'MariaDB');
  return { socket, user: 'root', stop: () => end(server) };
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, [...args]).then(() => true, () => false);
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  await until(() => fetch(url).then((answer) => answer.ok, () => false), server, 'WordPress');
}

/** There is no event to await across these processes, so they are asked until they answer. */
async function until(isReady: () => Promise<boolean>, server: ChildProcess, name: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await isReady())) {
    if (server.exitCode !== null) throw new Error(`${name} ended with code ${server.exitCode} instead of starting`);
    if (Date.now() > deadline) throw new Error(`${name} did not start within ${START_TIMEOUT_MS} ms`);
    await pause(50);
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill('SIGTERM');
  await once(server, 'exit');
}

/** PHP's web server leaves its workers behind unless the whole group ends. */
async function endGroup(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, 'exit');
  process.kill(-server.pid, 'SIGKILL');
  await gone;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
