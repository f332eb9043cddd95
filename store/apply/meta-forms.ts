// Keeps the stored forms of metas (opaque_meta_checksum) in step: what a checksum needs of rows whose text does not follow from
// what is kept. It is a memory, not a register: a form that a late item made stale is void or shows as a difference, and is learned again.
import { createHash } from 'node:crypto';
import type { DecodedItem, EntityName, Json } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import type { Queryable } from '../database.js';
import { stableJson } from './merge.js';

/** The site's names of the tables, by entity. */
const OBJECT_TYPES: Readonly<Partial<Record<EntityName, string>>> = {
  postMeta: 'postmeta', commentMeta: 'commentmeta', orderItemMeta: 'woocommerce_order_itemmeta', user: 'usermeta', order: 'wc_order_operational_data',
};

/** Which table's forms end with their owner. */
const OWNED_FORMS: Readonly<Partial<Record<EntityName, string>>> = {
  post: 'postmeta', comment: 'commentmeta', orderItem: 'woocommerce_order_itemmeta', user: 'usermeta', order: 'wc_order_operational_data',
};

/** What binds a form to the kept value that it is the form of. */
export function formHash(value: Json): string {
  return createHash('sha256').update(stableJson(value)).digest('base64url').slice(0, 16);
}

interface FormRow {
  readonly objectType: string;
  readonly metaId: number;
  readonly rev: number;
  readonly [column: string]: unknown;
}

/** Writes what a batch says about forms; items are in the order of their revisions. */
export async function writeMetaForms(tx: Queryable, siteId: SiteId, items: readonly DecodedItem[]): Promise<void> {
  const forms = new Map<string, FormRow>();
  const gone: { objectType: string; metaId: number; rev: number }[] = [];
  const keysGone: { objectType: string; ownerId: number; metaKey: string; rev: number }[] = [];
  const owners: { objectType: string; ownerId: number; rev: number }[] = [];
  for (const { changes } of items) {
    for (const change of changes) {
      if (change.kind === 'metaForm') {
        const objectType = OBJECT_TYPES[change.entity] ?? '';
        const { keptValue, ...form } = change.form;
        forms.set(`${objectType}:${form.metaId}`, { objectType, ...form, valueHash: keptValue === undefined ? null : formHash(keptValue), rev: change.rev });
      } else if (change.kind === 'metaFormGone') {
        for (const metaId of change.metaIds) gone.push({ objectType: OBJECT_TYPES[change.entity] ?? '', metaId, rev: change.rev });
      } else if (change.kind === 'metaFormsOfKeyGone') {
        keysGone.push({ objectType: OBJECT_TYPES[change.entity] ?? '', ownerId: change.ownerId, metaKey: change.metaKey, rev: change.rev });
      } else if (change.kind === 'metaSnapshot') {
        for (const ownerId of change.ownerIds) owners.push({ objectType: OBJECT_TYPES[change.entity] ?? '', ownerId, rev: change.rev });
      } else if (change.kind === 'delete' && OWNED_FORMS[change.entity] !== undefined) {
        owners.push({ objectType: OWNED_FORMS[change.entity] ?? '', ownerId: Object.values(change.key)[0] as number, rev: change.rev });
      }
    }
  }
  if (forms.size > 0) await tx.query(WRITE, [siteId, JSON.stringify([...forms.values()])]);
  if (gone.length > 0) await tx.query(END_ROWS, [siteId, JSON.stringify(gone)]);
  if (keysGone.length > 0) await tx.query(END_KEYS, [siteId, JSON.stringify(keysGone)]);
  if (owners.length > 0) await tx.query(END_OWNERS, [siteId, JSON.stringify(owners)]);
}

const WRITE = `INSERT INTO opaque_meta_checksum (site_id, object_type, meta_id, owner_id, meta_key, crc, value_bytes, value_hash, rev)
  SELECT $1, x."objectType", x."metaId", x."ownerId", x."metaKey", x.crc, x.bytes, x."valueHash", x.rev
  FROM jsonb_to_recordset($2::jsonb) AS x("objectType" text, "metaId" bigint, "ownerId" bigint, "metaKey" text, crc bigint, bytes integer, "valueHash" text, rev bigint)
  ON CONFLICT (site_id, object_type, meta_id) DO UPDATE SET owner_id = excluded.owner_id, meta_key = excluded.meta_key, crc = excluded.crc,
    value_bytes = excluded.value_bytes, value_hash = excluded.value_hash, rev = excluded.rev WHERE opaque_meta_checksum.rev <= excluded.rev`;

const END_ROWS = `DELETE FROM opaque_meta_checksum o USING jsonb_to_recordset($2::jsonb) AS x("objectType" text, "metaId" bigint, rev bigint)
  WHERE o.site_id = $1 AND o.object_type = x."objectType" AND o.meta_id = x."metaId" AND o.rev <= x.rev`;

const END_KEYS = `DELETE FROM opaque_meta_checksum o USING jsonb_to_recordset($2::jsonb) AS x("objectType" text, "ownerId" bigint, "metaKey" text, rev bigint)
  WHERE o.site_id = $1 AND o.object_type = x."objectType" AND o.owner_id = x."ownerId" AND o.meta_key = x."metaKey" AND o.rev <= x.rev`;

const END_OWNERS = `DELETE FROM opaque_meta_checksum o USING jsonb_to_recordset($2::jsonb) AS x("objectType" text, "ownerId" bigint, rev bigint)
  WHERE o.site_id = $1 AND o.object_type = x."objectType" AND o.owner_id = x."ownerId" AND o.rev < x.rev`;
