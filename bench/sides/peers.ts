// Installs what the peers need (bench/peers/package.json) when it is not there, with npm and its lock. It is much, and none of it is the
// product's: where it cannot be had the benchmarks go on without the peers that need it, and say so.
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packagePath } from '../../core/package-root.js';

const INSTALL_TIMEOUT_MS = 10 * 60_000;
const folder = packagePath('bench', 'peers');

/** Tells whether the peers' packages are there, after trying to install them. */
export function installPeers(): boolean {
  const installed = join(folder, 'node_modules', '.package-lock.json');
  if (existsSync(installed)) return true;
  process.stderr.write('Installing the peers (bench/peers), which takes some minutes and 500 MB\n');
  try {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], timeout: INSTALL_TIMEOUT_MS });
    // Types of one graphql are not recognised by another.
    rmSync(join(folder, 'node_modules', 'graphql'), { recursive: true });
    symlinkSync(packagePath('node_modules', 'graphql'), join(folder, 'node_modules', 'graphql'));
    return true;
  } catch (error) {
    rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
    process.stderr.write(`The peers could not be installed, so Hive Gateway and the compiled schema are left out: ${(error as Error).message.split('\n')[0]}\n`);
    return false;
  }
}

/** Loads a module that stands beside the peers' packages. */
export function importPeer<Module>(name: 'hive.mjs' | 'jit.mjs'): Promise<Module> {
  return import(pathToFileURL(join(folder, name)).href) as Promise<Module>;
}
