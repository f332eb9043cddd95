// Makes the template of an empty embedded database, once at build: creating one takes seconds and three times the memory
// of opening one, which the server should not spend at its first start.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';

/** Where store/database.ts looks for it. */
export const TEMPLATE = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', 'embedded-database.tgz');

export async function writeEmbeddedTemplate(file = TEMPLATE) {
  const database = await PGlite.create();
  const archive = await database.dumpDataDir('gzip');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, Buffer.from(await archive.arrayBuffer()));
  await database.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeEmbeddedTemplate();
