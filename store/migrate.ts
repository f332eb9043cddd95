// Applies prisma/migrations at start, once, under a lock, recorded in Prisma's own table so that its tools agree.
// Called by store/store.ts. Never edits or repeats a migration that was applied.
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { packagePath } from '../core/package-root.js';
import { AppError } from '../core/errors.js';
import type { Database } from './database.js';

/** The lock that Prisma's own migrate takes, so that the two never run at once. */
const PRISMA_LOCK = 72707369;

const TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`;

/** Brings the database up to the committed migrations and returns how many were applied. */
export async function migrate(database: Database, folder = packagePath('prisma', 'migrations')): Promise<number> {
  await database.script(TABLE);
  return database.transaction(async (tx) => {
    // Another process may migrate for longer than other locks are waited for.
    await tx.query(`SELECT set_config('lock_timeout', '0', true)`);
    await tx.query('SELECT pg_advisory_xact_lock($1)', [PRISMA_LOCK]);
    const done = new Map<string, string>();
    for (const row of await tx.query<{ migration_name: string; checksum: string }>(
      'SELECT migration_name, checksum FROM "_prisma_migrations" WHERE rolled_back_at IS NULL AND finished_at IS NOT NULL',
    )) done.set(row.migration_name, row.checksum);
    let applied = 0;
    const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const name of entries.map((entry) => entry.name).sort()) {
      const sql = readFileSync(`${folder}/${name}/migration.sql`, 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      const known = done.get(name);
      if (known !== undefined && known !== checksum) {
        throw new AppError('CONFIGURATION', `migration ${name} was edited after it was applied; restore the file as it was`);
      }
      if (known !== undefined) continue;
      for (const statement of splitStatements(sql)) await tx.query(statement);
      await tx.query(
        'INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count) VALUES ($1, $2, $3, now(), now(), 1)',
        [randomUUID(), checksum, name],
      );
      applied += 1;
    }
    return applied;
  });
}

// Migrations hold plain statements, each ended by a semicolon at the end of a line.
function splitStatements(sql: string): string[] {
  return sql
    .split('\n')
    .filter((line) => !line.startsWith('--'))
    .join('\n')
    .split(/;\s*\n/)
    .map((statement) => statement.trim().replace(/;$/, ''))
    .filter((statement) => statement !== '');
}
