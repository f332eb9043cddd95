// `sitegraph doctor`: looks at an installation and says what is wrong with it and what to do. It changes nothing.
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { packagePath } from '../core/package-root.js';
import type { AdminAnswer, AdminCommand } from './administration.js';
import type { Config } from './config.js';
import { findRunningServer } from './running-server.js';

export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'fault';
  readonly message: string;
}

const MIN_NODE = [20, 19] as const;
const HEALTH_TIMEOUT_MS = 5_000;

/** All findings, in the order in which a person would look. `ask` runs an administrative command wherever the data is. */
export async function examine(config: Config, ask: (command: AdminCommand) => Promise<AdminAnswer>): Promise<Finding[]> {
  return [
    examineNode(process.versions.node),
    examineBuild(),
    examineDataDir(config.dataDir),
    examineKey(config),
    await examineDatabase(ask),
    await examineServer(config),
    examinePublicUrl(config),
  ];
}

function finding(check: string, state: Finding['state'], message: string): Finding {
  return { check, state, message };
}

function examineNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  return isEnough ? finding('node', 'ok', `Node.js ${version}`) : finding('node', 'fault', `Node.js ${version} is too old; ${MIN_NODE.join('.')} or later is needed`);
}

function examineBuild(): Finding {
  const missing = ['embedded-database.tgz', 'graphiql/graphiql.js'].filter((file) => !existsSync(packagePath('dist', file)));
  return missing.length === 0 ? finding('build', 'ok', 'everything is built') : finding('build', 'warning', `not built: ${missing.join(', ')}; run npm run build`);
}

function examineDataDir(dataDir: string): Finding {
  if (!existsSync(dataDir)) return finding('data directory', 'ok', `${dataDir} will be made at the first start`);
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return finding('data directory', 'fault', `${dataDir} cannot be written by this user; change its owner`);
  }
  const isOpen = (statSync(dataDir).mode & 0o077) !== 0;
  return isOpen ? finding('data directory', 'warning', `${dataDir} can be read by other users; chmod 700 it`) : finding('data directory', 'ok', dataDir);
}

function examineKey(config: Config): Finding {
  if (config.secret !== undefined) return finding('key', 'ok', 'SITEGRAPH_SECRET is set');
  const file = join(config.dataDir, 'secret.key');
  if (!existsSync(file)) return finding('key', 'ok', 'a key file will be made at the first start');
  return (statSync(file).mode & 0o077) === 0
    ? finding('key', 'ok', `${file}: back it up with the database; without it the sites' tokens cannot be read`)
    : finding('key', 'fault', `${file} can be read by other users; chmod 600 it`);
}

async function examineDatabase(ask: (command: AdminCommand) => Promise<AdminAnswer>): Promise<Finding> {
  const committed = readdirSync(packagePath('prisma', 'migrations'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).length;
  try {
    const { kind, sites, migrations } = (await ask({ name: 'database.check' })).result as { kind: string; sites: number; migrations: number };
    if (migrations < committed) return finding('database', 'fault', `${committed - migrations} migrations are missing; restart the server of this version`);
    return finding('database', 'ok', `${kind === 'pglite' ? 'embedded database' : 'PostgreSQL'}, ${sites} sites, ${migrations} migrations`);
  } catch (error) {
    return finding('database', 'fault', error instanceof Error ? error.message : 'the database cannot be opened');
  }
}

async function examineServer(config: Config): Promise<Finding> {
  const server = findRunningServer(config.dataDir);
  if (!server) return finding('server', 'warning', 'no server runs on this data directory; start one with npm start');
  try {
    const answer = await fetch(`${server.url}/readyz`, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) });
    return answer.ok ? finding('server', 'ok', `ready at ${server.url}`) : finding('server', 'fault', `${server.url} is not ready: ${await answer.text()}`);
  } catch {
    return finding('server', 'fault', `process ${server.pid} runs but ${server.url || 'its port'} does not answer`);
  }
}

function examinePublicUrl(config: Config): Finding {
  if (config.publicUrl === null) {
    const isLocal = config.host === '127.0.0.1' || config.host === 'localhost' || config.host === '::1';
    return isLocal
      ? finding('public URL', 'ok', 'taken from the Host header (only this machine can connect)')
      : finding('public URL', 'warning', 'SITEGRAPH_PUBLIC_URL is not set; behind a proxy the signatures of sites will not verify without it');
  }
  return config.publicUrl.startsWith('https:') || /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])/.test(config.publicUrl)
    ? finding('public URL', 'ok', config.publicUrl)
    : finding('public URL', 'warning', `${config.publicUrl} is not https; sites send tokens and content to it in the clear`);
}
