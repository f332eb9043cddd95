// Bundles the compiled command line with all it imports, in place: node finds, reads and compiles some hundred files instead of over a thousand,
// which is most of what a start takes. What a command loads later stays a chunk of its own. The other compiled files stay for tests and benchmarks.
import { chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** These read files beside their own. */
const AS_THEY_ARE = ['@electric-sql/pglite', '@prisma/client', '@prisma/adapter-pg', 'pglite-prisma-adapter', '@apollo/gateway'];
/** CommonJS in a bundle of modules asks for these. */
const BANNER = `import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as pathOfBundle } from 'node:url';
import { dirname as folderOfBundle } from 'node:path';
const require = createRequireOfBundle(import.meta.url);
const __filename = pathOfBundle(import.meta.url);
const __dirname = folderOfBundle(__filename);`;

export async function bundleProgram(folder = join(root, 'dist', 'bin')) {
  await build({
    entryPoints: [join(folder, 'sitegraph.js')], outdir: folder, allowOverwrite: true, bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20',
    chunkNames: 'chunks/[name]-[hash]', external: [...AS_THEY_ARE, 'pg-native'], banner: { js: BANNER }, legalComments: 'none', logLevel: 'error', absWorkingDir: root,
  });
  chmodSync(join(folder, 'sitegraph.js'), 0o755);
}
