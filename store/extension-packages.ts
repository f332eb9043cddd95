// Packages: zips of plugins and themes that were uploaded here, for installing them and for putting a version back. Written by the
// gateway's route for uploads (through bin/), read by operations.
import { createHash, randomUUID } from 'node:crypto';
import type { Queryable, Row } from './database.js';

export interface PackageRow extends Row {
  readonly id: string;
  readonly accountId: string;
  readonly kind: 'PLUGIN' | 'THEME';
  readonly slug: string;
  readonly version: string;
  /** A plugin's main file. */
  readonly file: string | null;
  readonly sha256: string;
  readonly bytes: number;
  readonly uploadedAt: Date;
}

/** Packages that one account may keep; the oldest go. */
export const KEPT_PACKAGES = 50;

const COLUMNS = 'id::text AS id, account_id::text AS "accountId", kind, slug, version, file, sha256, bytes, uploaded_at AS "uploadedAt"';

/** Keeps a package; the same bytes of an account are kept once. */
export async function keepPackage(db: Queryable, accountId: string, made: Pick<PackageRow, 'kind' | 'slug' | 'version' | 'file'>, content: Uint8Array, now: Date): Promise<PackageRow> {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const [known] = await db.query<PackageRow>(`SELECT ${COLUMNS} FROM extension_package WHERE account_id = $1::uuid AND sha256 = $2`, [accountId, sha256]);
  if (known) return known;
  const [row] = await db.query<PackageRow>(
    `INSERT INTO extension_package (id, account_id, kind, slug, version, file, sha256, bytes, content, uploaded_at)
     VALUES ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${COLUMNS}`,
    [randomUUID(), accountId, made.kind, made.slug, made.version, made.file, sha256, content.length, content, now],
  );
  await db.query(
    `DELETE FROM extension_package WHERE account_id = $1::uuid AND id IN (SELECT id FROM extension_package WHERE account_id = $1::uuid ORDER BY uploaded_at DESC OFFSET $2)`,
    [accountId, KEPT_PACKAGES],
  );
  return row as PackageRow;
}

/** Packages by id, without their content. */
export async function findPackages(db: Queryable, ids: readonly string[]): Promise<PackageRow[]> {
  return db.query<PackageRow>(`SELECT ${COLUMNS} FROM extension_package WHERE id = ANY($1::uuid[])`, [[...ids]]);
}

/** The content of a package; null when it is gone. */
export async function packageContent(db: Queryable, id: string): Promise<Buffer | null> {
  const [row] = await db.query<{ content: Uint8Array }>('SELECT content FROM extension_package WHERE id = $1::uuid', [id]);
  return row ? Buffer.from(row.content) : null;
}

/** The newest package of that very version that the account uploaded; null when there is none. */
export async function packageOfVersion(db: Queryable, accountId: string, kind: string, slug: string, version: string): Promise<PackageRow | null> {
  const [row] = await db.query<PackageRow>(
    `SELECT ${COLUMNS} FROM extension_package WHERE account_id = $1::uuid AND kind = $2 AND slug = $3 AND version = $4 ORDER BY uploaded_at DESC LIMIT 1`, [accountId, kind, slug, version],
  );
  return row ?? null;
}
