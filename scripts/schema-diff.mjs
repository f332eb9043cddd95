// Prints the SQL that leads from the committed migrations to prisma/schema.prisma; empty when they agree.
// Prisma's own command line would download an engine for this; the same engine exists as WebAssembly, given a PGlite
// database that the migrations were applied to.
//   node scripts/schema-diff.mjs           print the difference
//   node scripts/schema-diff.mjs --check   exit 1 when there is one
import { readFileSync, readdirSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

async function loadEngine() {
  const module = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const wasm = join(dirname(require.resolve('@prisma/schema-engine-wasm/schema_engine_bg')), 'schema_engine_bg.wasm');
  const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasm)), { './schema_engine_bg.js': module });
  module.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return module.SchemaEngine;
}

/** Statements that lead from the migrations to the schema, as SQL text; '' when there are none. */
export async function schemaDiff() {
  const SchemaEngine = await loadEngine();
  const database = new PGlite();
  const migrations = join(root, 'prisma/migrations');
  if (existsSync(migrations)) {
    for (const entry of readdirSync(migrations, { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => e.name).sort()) {
      await database.exec(readFileSync(join(migrations, entry, 'migration.sql'), 'utf8'));
    }
  }
  const adapter = new PrismaPGlite(database);
  const factory = {
    provider: 'postgres',
    adapterName: adapter.adapterName,
    connect: () => adapter.connect(),
    connectToShadowDb: () => new PrismaPGlite(new PGlite()).connect(),
  };
  const path = 'prisma/schema.prisma';
  const content = readFileSync(join(root, path), 'utf8');
  const engine = await SchemaEngine.new({ datamodels: [[path, content]] }, () => {}, bindMigrationAwareSqlAdapterFactory(factory));
  const result = await engine.diff({
    from: { tag: 'schemaDatasource', files: [{ path, content }], configDir: root },
    to: { tag: 'schemaDatamodel', files: [{ path, content }] },
    script: true,
    shadowDatabaseUrl: null,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  await database.close();
  const sql = (result.stdout ?? '').trim();
  return /^-- This is an empty migration\.?$/.test(sql) ? '' : sql;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sql = await schemaDiff();
  if (sql !== '') console.log(sql);
  process.exit(process.argv.includes('--check') && sql !== '' ? 1 : 0);
}
