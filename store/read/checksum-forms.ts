// Checksum rows of the two tables that hash what is kept as a form alone: what people may do (computed in PHP on the site) and the keys
// of orders. Called by checksum-tables.ts; it reads pages and never writes.
import type { Json } from '../../core/changes.js';
import { formHash } from '../apply/meta-forms.js';
import type { ChecksumRow, ChecksumSource } from './checksum-tables.js';

interface PersonRow extends Record<string, unknown> {
  id: number;
  roles: readonly string[];
  allCaps: readonly string[];
  isConnected: boolean | null;
  locale: string | null;
  /** By what is hashed; crc, bytes and hash of the kept value, as texts are in JSON. */
  forms: Readonly<Record<string, { readonly crc: number; readonly bytes: number; readonly hash: string | null }>>;
}

/** PHP's serialize() of a list of texts. */
function serializedList(texts: readonly string[]): string {
  return `a:${texts.length}:{${texts.map((text, index) => `i:${index};s:${Buffer.byteLength(text)}:"${text}";`).join('')}}`;
}

/** Everybody's roles; of connected people capabilities, own language and file types as well. They are salted in front alone. */
function rowsOfPerson({ id, roles, allCaps, isConnected, locale, forms }: PersonRow): ChecksumRow[] {
  const row = (body: string, more: Partial<ChecksumRow> = {}): ChecksumRow => ({ id, key: String(id), body, isSaltedInFront: true, ...more });
  const formed = (name: string, kept?: Json): ChecksumRow => {
    const form = forms[name];
    const isValid = form !== undefined && (kept === undefined || form.hash === formHash(kept));
    return isValid ? row(`${name}#`, { form: { crc: form.crc, bytes: form.bytes } }) : row(`${name}#`, { isUnknown: true });
  };
  const own = row(`roles#${serializedList(roles)}`);
  if (isConnected !== true) return [own];
  return [own, formed('capabilities', [...allCaps].sort()), ...(locale ? [row(`locale#${locale}`)] : []), formed('allowed_mime_types')];
}

/** `level`: the condition by which the site counts people. */
export function peopleSource(level: string): ChecksumSource {
  return {
    pageSql: `SELECT max(id) AS last, count(*) AS ids FROM (SELECT id FROM site_user WHERE site_id = $1 AND alive AND id >= $2 AND id <= $3 ORDER BY 1 LIMIT $4) page`,
    pageIds: 1000,
    async read(db, { siteId, from, to }) {
      const rows = await db.query<PersonRow>(
        `SELECT id, coalesce(roles, '{}') AS roles, coalesce(all_caps, '{}') AS "allCaps", is_connected AS "isConnected", locale,
           coalesce((SELECT jsonb_object_agg(o.meta_key, jsonb_build_object('crc', o.crc, 'bytes', o.value_bytes, 'hash', o.value_hash))
             FROM opaque_meta_checksum o WHERE o.site_id = $1 AND o.object_type = 'usermeta' AND o.owner_id = u.id), '{}') AS forms
         FROM site_user u WHERE site_id = $1 AND alive AND id >= $2 AND id <= $3 AND ${level} ORDER BY id`,
        [siteId, from, to],
      );
      return rows.flatMap(rowsOfPerson);
    },
  };
}

interface OperationalRow extends Record<string, unknown> {
  id: number;
  body: string;
  crc: number | null;
  bytes: number | null;
}

/** Dates of payment and completion, which are left out while unset, and the key of the order. Refunds tell no key: their rows are unknown. */
export function operationalSource(where: string): ChecksumSource {
  const date = (column: string) => `coalesce(to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || '#', '')`;
  return {
    pageSql: 'SELECT max(id) AS last, count(*) AS ids FROM (SELECT id FROM shop_order WHERE site_id = $1 AND alive AND id >= $2 AND id <= $3 ORDER BY 1 LIMIT $4) page',
    pageIds: 5000,
    async read(db, { siteId, from, to }) {
      const rows = await db.query<OperationalRow>(
        `SELECT s.id, ${date('paid_at')} || ${date('completed_at')} AS body, o.crc, o.value_bytes AS bytes FROM shop_order s
         LEFT JOIN opaque_meta_checksum o ON o.site_id = $1 AND o.object_type = 'wc_order_operational_data' AND o.meta_id = s.id
         WHERE s.site_id = $1 AND s.alive AND s.id >= $2 AND s.id <= $3 AND ${where} ORDER BY s.id`,
        [siteId, from, to],
      );
      return rows.map(({ id, body, crc, bytes }) => ({ id, key: String(id), body, ...(crc === null || bytes === null ? { isUnknown: true as const } : { form: { crc, bytes } }) }));
    },
  };
}
