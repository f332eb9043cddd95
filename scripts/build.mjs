// Builds what npm start runs: compiled JavaScript, the bundles of the console and GraphiQL, and the template of the embedded database. Runs as
// npm's prepare, so that after npm ci nothing is left to build.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

rmSync(join(root, 'dist'), { recursive: true, force: true });
const compiled = spawnSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

const program = join(root, 'dist/bin/sitegraph.js');
if (existsSync(program)) chmodSync(program, 0o755);
linkCommand();

const { bundleProgram } = await import('./program-bundle.mjs');
await bundleProgram();

const { writeEmbeddedTemplate } = await import('./embedded-template.mjs');
await writeEmbeddedTemplate();

const { bundleGraphiql } = await import('./graphiql-bundle.mjs');
await bundleGraphiql();

const { bundleConsole } = await import('./console-bundle.mjs');
await bundleConsole();

/**
 * Makes `npx sitegraph` find the program at once. With a `bin` of its own in package.json npx would install this folder into its cache
 * first, which takes 20 s and fails when two do it at a time. A node_modules of another checkout is left alone.
 */
function linkCommand() {
  const modules = join(root, 'node_modules');
  const commands = join(modules, '.bin');
  if (lstatSync(modules).isSymbolicLink() || !existsSync(commands)) return;
  if (process.platform === 'win32') return writeFileSync(join(commands, 'sitegraph.cmd'), '@node "%~dp0\\..\\..\\dist\\bin\\sitegraph.js" %*\r\n');
  const link = join(commands, 'sitegraph');
  rmSync(link, { force: true });
  symlinkSync(join('..', '..', 'dist', 'bin', 'sitegraph.js'), link);
}
