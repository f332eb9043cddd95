// Writes every generated file: the supergraphs and their tables, the subgraphs' types, the Prisma client.
//   node scripts/generate.mjs [--check] [--only supergraph|types|prisma]
// --check writes nothing and fails naming each file that differs from what would be written.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkPrisma, writePrisma } from '../codegen/prisma.mjs';
import { generateSupergraph } from '../codegen/supergraph.mjs';
import { generateTypes } from '../codegen/types.mjs';

const PARTS = ['supergraph', 'types', 'prisma'];
const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    only: { type: 'string' },
    root: { type: 'string' },
  },
});
if (values.only !== undefined && !PARTS.includes(values.only)) {
  console.error(`--only takes one of ${PARTS.join(', ')}; got ${values.only}`);
  process.exit(2);
}
const root = resolve(values.root ?? join(dirname(fileURLToPath(import.meta.url)), '..'));
const wanted = (part) => values.only === undefined || values.only === part;

const problems = [];
if (wanted('supergraph')) {
  const { outputs, findings } = generateSupergraph(root);
  settle(outputs);
  problems.push(...findings);
}
// After the supergraph, which the console's operations are held against.
if (wanted('types')) settle(await generateTypes(root));
if (wanted('prisma')) {
  if (values.check) problems.push(...checkPrisma(root));
  else writePrisma(root);
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

function settle(files) {
  for (const [path, content] of files) {
    const target = join(root, path);
    const current = existsSync(target) ? readFileSync(target, 'utf8') : null;
    if (current === content) continue;
    if (values.check) {
      problems.push(`${path} ${current === null ? 'is missing' : 'is out of date'}: run npm run generate and commit the result`);
      continue;
    }
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    console.log(`wrote ${path}`);
  }
}
