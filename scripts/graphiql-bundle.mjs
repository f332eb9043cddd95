// Bundles GraphiQL and its editor's workers into dist/graphiql, so that browsers load nothing from another host.
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const WORKERS = {
  'editor.worker': 'monaco-editor/esm/vs/editor/editor.worker.js',
  'json.worker': 'monaco-editor/esm/vs/language/json/json.worker.js',
  'graphql.worker': 'monaco-graphql/esm/graphql.worker.js',
};

export async function bundleGraphiql(folder = join(root, 'dist', 'graphiql')) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const shared = { bundle: true, minify: true, logLevel: 'error', define: { 'process.env.NODE_ENV': '"production"' }, loader: { '.ttf': 'file' }, absWorkingDir: root };
  await build({ ...shared, entryPoints: { graphiql: 'scripts/graphiql-page.jsx' }, outdir: folder, format: 'esm', jsx: 'automatic', assetNames: '[name]' });
  await build({ ...shared, entryPoints: WORKERS, outdir: folder, format: 'iife' });
  appendFileSync(join(folder, 'graphiql.css'), `\n${readFileSync(join(root, 'node_modules/graphiql/dist/style.css'), 'utf8')}\n${PAGE_CSS}`);
}

const PAGE_CSS = `html,body{height:100%;margin:0}#graphiql{display:flex;flex-direction:column;height:100dvh}#graphiql>.graphiql-container{flex:1;min-height:0}
.token{display:flex;gap:.5rem;align-items:center;padding:.4rem .8rem;font:14px system-ui,sans-serif;background:Canvas;color:CanvasText;border-bottom:1px solid GrayText}
.token input{flex:1;max-width:36rem;font:inherit;padding:.2rem .4rem}`;

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleGraphiql();
