// Metas whose checksum says too little: maps, whose stored text we guessed or never knew. The site's own text is fetched, of keys that
// are synced and kept alone (sync/object would tell any: session tokens), and compared as a value; where it is the same, its form is learned.
import { unserialize } from 'php-serialize';
import type { DomainChange, Json } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';
import { stableJson } from '../../store/apply/merge.js';
import type { Store } from '../../store/store.js';
import { changesOfMeta, keepsMeta } from '../decode/metas.js';
import { formOfText } from '../decode/meta-forms.js';
import type { DecodeOptions } from '../decode/item.js';
import type { MetaRow } from '../decode/shapes.js';
import { cleanJson } from '../protocol/codec.js';
import { idOfKey } from './compare.js';
import { fetchObjects, type Answer, type Refusal, type SiteAtWork } from './site-answers.js';

/** Tables of metas that sync/object tells; it knows no route for the metas of order items. */
export type FetchableMetaTable = 'postmeta' | 'commentmeta';

export const META_OWNERS = { postmeta: 'post', commentmeta: 'comment', woocommerce_order_itemmeta: 'orderItem' } as const;
const ENTITIES = { postmeta: 'postMeta', commentmeta: 'commentMeta' } as const;
const ROWS = {
  postmeta: 'SELECT meta_id AS "metaId", value FROM post_meta WHERE site_id = $1 AND alive AND post_id = $2 AND meta_key = $3',
  commentmeta: 'SELECT meta_id AS "metaId", value FROM comment_meta WHERE site_id = $1 AND alive AND comment_id = $2 AND meta_key = $3',
} as const;

/** No operator's own keys are known here; those rows are compared as missing nothing (docs/sync-protocol.md). */
const OPTIONS: DecodeOptions = { extraPostMeta: new Set() };
const KEYS_A_BATCH = 100;

/** The meta key of a drill-down's key "16-_price". */
export function metaKeyOf(key: string): string {
  return key.slice(key.indexOf('-') + 1);
}

/** Whether a meta of this key is kept at all, as a value or as a form. */
export function isKeptMeta(table: keyof typeof META_OWNERS, key: string): boolean {
  return keepsMeta(META_OWNERS[table], metaKeyOf(key), OPTIONS);
}

/** A meta as the site stores it. */
interface RawMeta extends MetaRow {
  readonly raw: string;
}

export interface FetchedMetas {
  /** By drill-down key; none for a key that the site has no row of. */
  readonly rows: ReadonlyMap<string, readonly RawMeta[]>;
  readonly rev: Rev;
}

/** Fetches metas in batches; `keys` that are not kept are never asked for. */
export async function* fetchMetas(site: SiteAtWork, table: FetchableMetaTable, keys: readonly string[]): AsyncGenerator<Answer<FetchedMetas>> {
  const asked = keys.filter((key) => isKeptMeta(table, key));
  for (let at = 0; at < asked.length; at += KEYS_A_BATCH) {
    const batch = asked.slice(at, at + KEYS_A_BATCH);
    const answer = await fetchObjects(site, 'meta', META_OWNERS[table], batch.map((key) => ({ id: idOfKey(key), meta_key: metaKeyOf(key) })));
    if (answer.kind === 'refused') {
      yield answer;
      return;
    }
    const rows = new Map(batch.map((key) => [key, readRows(key, answer.value.objects[key])]));
    yield { kind: 'value', value: { rows, rev: answer.value.rev } };
  }
}

function readRows(key: string, value: unknown): RawMeta[] {
  const rows = typeof value === 'object' && value !== null ? (Object.values(value) as unknown[]) : [];
  return rows.flatMap((row) => {
    if (typeof row !== 'object' || row === null) return [];
    const { meta_id: metaId, meta_value: raw } = row as Readonly<Record<string, unknown>>;
    if (!/^\d+$/.test(String(metaId)) || (typeof raw !== 'string' && raw !== null)) return [];
    return [{ metaId: Number(metaId), ownerId: idOfKey(key), metaKey: metaKeyOf(key), value: raw === null ? null : valueOf(raw), raw: raw ?? '' }];
  });
}

/** What WordPress takes for a serialized value; php-serialize's own check knows no empty array. */
const SERIALIZED = /^(?:N;|[sadObi]:.*[;}])$/s;

/** The value of a stored text, as sync would have sent it. */
export function valueOf(raw: string): Json {
  if (!SERIALIZED.test(raw)) return raw;
  try {
    return toJson(unserialize(raw, {}, { strict: false }));
  } catch {
    return raw;
  }
}

/** Objects become maps of their public properties, as on the wire; no class is ever made. */
function toJson(value: unknown): Json {
  const text = JSON.stringify(value instanceof Map ? Object.fromEntries(value) : value, (name, member: unknown) => (name === '__PHP_Incomplete_Class_Name' ? undefined : member));
  return cleanJson(JSON.parse(text)) as Json;
}

/** What the fetched rows of one key say: the rows, their forms, and that ours of that key which the site lacks are gone. */
export async function changesOfFetched(store: Store, siteId: number, table: FetchableMetaTable, key: string, rows: readonly RawMeta[], rev: Rev): Promise<DomainChange[]> {
  const held = await store.database.query<{ metaId: number }>(ROWS[table], [siteId, idOfKey(key), metaKeyOf(key)]);
  const kept = new Set(rows.map((row) => row.metaId));
  const entity = ENTITIES[table];
  const gone = held.filter((row) => !kept.has(row.metaId)).map((row): DomainChange => ({ kind: 'delete', entity, key: { metaId: row.metaId }, rev }));
  const formsGone: DomainChange[] = rows.length === 0 ? [{ kind: 'metaFormsOfKeyGone', entity, ownerId: idOfKey(key), metaKey: metaKeyOf(key), rev }] : [];
  return [...rows.flatMap((row) => [...changesOfMeta(META_OWNERS[table], row, rev, OPTIONS), ...formOf(table, row, rev)]), ...gone, ...formsGone];
}

/** The exact form, in place of the one that was guessed of the value. */
function formOf(table: FetchableMetaTable, row: RawMeta, rev: Rev): DomainChange[] {
  const guessed = changesOfMeta(META_OWNERS[table], row, rev, OPTIONS).find((change) => change.kind === 'metaForm');
  return guessed?.kind === 'metaForm' ? [{ ...guessed, form: { ...guessed.form, ...formOfText(row.raw) } }] : [];
}

export interface Settled {
  readonly different: ReadonlySet<string>;
  /** Forms that were learned of values that are the same. */
  readonly learned: readonly DomainChange[];
}

/** Tells of keys with an uncertain form whether their values differ. */
export async function settleMetas(store: Store, site: SiteAtWork, table: FetchableMetaTable, keys: readonly string[]): Promise<Settled | Refusal> {
  const different = new Set<string>();
  const learned: DomainChange[] = [];
  for await (const answer of fetchMetas(site, table, keys)) {
    if (answer.kind === 'refused') return answer;
    for (const [key, rows] of answer.value.rows) {
      const held = await store.database.query<{ metaId: number; value: Json }>(ROWS[table], [site.siteId, idOfKey(key), metaKeyOf(key)]);
      const values = new Map(held.map((row) => [row.metaId, row.value]));
      const isSame = rows.length === held.length && rows.every((row) => values.has(row.metaId) && stableJson(keptValue(table, row)) === stableJson(values.get(row.metaId)));
      if (isSame) learned.push(...rows.flatMap((row) => formOf(table, row, answer.value.rev)));
      else different.add(key);
    }
  }
  return { different, learned };
}

/** What would be kept of the site's value. */
function keptValue(table: FetchableMetaTable, row: RawMeta): unknown {
  const [change] = changesOfMeta(META_OWNERS[table], row, 0 as Rev, OPTIONS);
  return change?.kind === 'upsert' ? (change.groups as { core?: { value?: Json } }).core?.value ?? null : undefined;
}
