// Runs `prisma generate` without its engine download: generation is WebAssembly, but the command line first looks for a
// schema engine binary, and any existing file satisfies it. Never run a migration command this way: it would do nothing
// and report success.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';

const CLIENT = join('prisma', 'client');

function runPrisma(root) {
  execFileSync(process.execPath, [join(root, 'node_modules', 'prisma', 'build', 'index.js'), 'generate', '--no-hints'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' },
  });
}

function readTree(folder) {
  const files = new Map();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(relative(folder, path), readFileSync(path, 'utf8'));
  }
  return files;
}

/** Writes the client in place. */
export function writePrisma(root) {
  rmSync(join(root, CLIENT), { recursive: true, force: true });
  runPrisma(root);
  console.log(`wrote ${CLIENT}`);
}

/** Generates the client beside the repository and returns a sentence for each file that differs. */
export function checkPrisma(root) {
  const scratch = mkdtempSync(join(root, 'node_modules', '.sitegraph-check-'));
  try {
    for (const name of ['package.json', 'prisma.config.ts']) cpSync(join(root, name), join(scratch, name));
    cpSync(join(root, 'prisma'), join(scratch, 'prisma'), { recursive: true, filter: (path) => !path.includes(join(root, CLIENT)) });
    symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'));
    runPrisma(scratch);
    const fresh = readTree(join(scratch, CLIENT));
    const committed = readTree(join(root, CLIENT));
    const paths = new Set([...fresh.keys(), ...committed.keys()]);
    return [...paths]
      .filter((path) => fresh.get(path) !== committed.get(path))
      .map((path) => `${join(CLIENT, path)} is out of date: run npm run generate and commit the result`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
