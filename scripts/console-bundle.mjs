// Bundles the console into dist/console: one chunk a page, names with a digest of the content, and for each file what a server sends to
// browsers that take brotli or gzip. pages.json says what each page loads, for the test of the budget.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

export async function bundleConsole(folder = join(root, 'dist', 'console')) {
  const assets = join(folder, 'assets');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(assets, { recursive: true });
  const shared = { bundle: true, minify: true, logLevel: 'error', define: { 'process.env.NODE_ENV': '"production"' }, absWorkingDir: root, outdir: assets, entryNames: '[name]-[hash]', target: 'es2022', metafile: true, legalComments: 'none' };
  const { metafile } = await build({
    ...shared, entryPoints: { main: 'console/main.tsx' }, format: 'esm', splitting: true, chunkNames: '[name]-[hash]', jsx: 'automatic',
    tsconfig: 'console/tsconfig.json', plugins: [englishOnly, pastTheBarrel],
  });
  const { metafile: theme } = await build({ ...shared, entryPoints: { theme: 'console/app/theme-start.ts' }, format: 'iife' });
  const icon = readFileSync(join(root, 'console/icon.svg'));
  const iconName = `icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8)}.svg`;
  writeFileSync(join(assets, iconName), icon);

  const outputs = Object.fromEntries(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]));
  const main = Object.keys(outputs).find((name) => outputs[name].entryPoint === 'console/main.tsx');
  const first = closure(outputs, main);
  const names = {
    main, icon: iconName, style: basename(outputs[main].cssBundle), theme: basename(Object.keys(theme.outputs)[0]),
    preloads: first.filter((name) => name !== main).map((name) => `<link rel="modulepreload" href="{base}/assets/${name}">`).join('\n'),
  };
  const html = readFileSync(join(root, 'console/index.html'), 'utf8').replace(/\{(main|icon|style|theme|preloads)\}/g, (_, name) => names[name]);
  writeFileSync(join(folder, 'index.html'), html);

  const pages = Object.fromEntries(Object.entries(outputs).filter(([, { entryPoint }]) => /^console\/pages\/[^/]+\/page\.tsx$/.test(entryPoint ?? ''))
    .map(([name, { entryPoint }]) => [relative('console/pages', dirname(entryPoint)), [...new Set([...first, ...closure(outputs, name)])]]));
  writeFileSync(join(folder, 'pages.json'), `${JSON.stringify({ shell: first, pages }, null, 2)}\n`);
  for (const name of readdirSync(assets)) compress(join(assets, name));
}

/** A chunk with all that it imports at once. */
function closure(outputs, entry) {
  const found = new Set([entry]);
  for (const name of found) for (const { path, kind } of outputs[name].imports) if (kind === 'import-statement') found.add(basename(path));
  return [...found];
}

function compress(path) {
  const content = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }));
}

/** The component library brings its words in thirty languages; the console is in one. */
const englishOnly = {
  name: 'english-only',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]intl[\\/].*[\\/][a-z]{2}-[A-Z]{2}\.m?js$/ }, ({ path }) => (path.includes('en-US') ? undefined : { contents: 'export default {}', loader: 'js' }));
  },
};

/**
 * Leads imports from the component library's one index to the files behind it. esbuild assigns whole files to chunks, and through the
 * index every page would reach, and load, the components of all others.
 */
const pastTheBarrel = {
  name: 'past-the-barrel',
  setup(builder) {
    const library = 'react-aria-components';
    const index = join(root, 'node_modules', library, 'dist', 'exports', 'index.mjs');
    const places = placesOf(readFileSync(index, 'utf8'), dirname(index));
    builder.onLoad({ filter: /[\\/]console[\\/].*\.tsx?$/ }, ({ path }) => ({
      loader: path.endsWith('x') ? 'tsx' : 'ts',
      contents: readFileSync(path, 'utf8').replace(new RegExp(`^import \\{([^}]*)\\} from '${library}';$`, 'gm'), (_, names) =>
        names.split(',').map((name) => name.trim()).filter((name) => name !== '' && !name.startsWith('type ')).map((name) => {
          const [, wanted, local = wanted] = /^(\w+)(?: as (\w+))?$/.exec(name);
          const place = places.get(wanted);
          if (place === undefined) throw new Error(`${path} imports ${wanted}, which ${library} does not export in the way that scripts/console-bundle.mjs reads`);
          return `import { ${place.name} as ${local} } from ${JSON.stringify(place.from)};`;
        }).join('')),
    }));
  },
};

/** Where the index has each of its exports from. */
function placesOf(text, folder) {
  const pairs = (names) => names.split(',').map((name) => name.trim().split(/\s+as\s+/)).filter(([name]) => name !== '');
  const locals = new Map();
  for (const [, names, from] of text.matchAll(/import\s*\{([^}]*)\}\s*from\s*"([^"]+)"/g)) {
    for (const [name, local = name] of pairs(names)) locals.set(local, { name, from: from.startsWith('.') ? join(folder, from) : from });
  }
  return new Map([...text.matchAll(/export\s*\{([^}]*)\}/g)].flatMap(([, names]) => pairs(names)).map(([local, name = local]) => [name, locals.get(local)]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleConsole();
