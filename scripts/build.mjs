// Builds what npm start runs: compiled JavaScript, the GraphiQL bundle and the template of the embedded database. Runs as
// npm's prepare, so that after npm ci nothing is left to build.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync } from 'node:fs';
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

const { writeEmbeddedTemplate } = await import('./embedded-template.mjs');
await writeEmbeddedTemplate();

const { bundleGraphiql } = await import('./graphiql-bundle.mjs');
await bundleGraphiql();
