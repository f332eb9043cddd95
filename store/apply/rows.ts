// Loads the rows that a batch touches and writes those that changed: one statement an entity each way.
import { createHash } from 'node:crypto';
import type { EntityName } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import type { Queryable, SqlValue } from '../database.js';
import { canonical, newRow, stableJson, type RowState } from './merge.js';
import { columnName, ENTITIES, type EntitySpec } from './entities.js';
import { touchedBy } from './touched-rows.js';

export type Key = Readonly<Record<string, string | number>>;

/** Rows of one entity: by their keys, or by a condition over a list of ids. */
export type LoadPart =
  | { readonly entity: EntityName; readonly keys: readonly Key[] }
  | { readonly entity: EntityName; readonly where: (list: string) => string; readonly values: readonly number[] };

/** Up to so many rows, one statement for all is cheaper than one an entity. */
export const FEW_ROWS = 100;

/** The rows of one batch, by entity and key. A key that was asked for and is not in the store has a new row. */
export class RowCache {
  readonly #rows = new Map<EntityName, Map<string, RowState>>();

  constructor(
    private readonly tx: Queryable,
    private readonly siteId: SiteId,
  ) {}

  get(entity: EntityName, key: Key): RowState | undefined {
    return this.#rows.get(entity)?.get(keyText(entity, key));
  }

  of(entity: EntityName): RowState[] {
    return [...(this.#rows.get(entity)?.values() ?? [])];
  }

  /** Loads rows by key, those not yet known, and makes empty rows for keys that the store lacks. */
  async load(entity: EntityName, keys: Iterable<Key>): Promise<void> {
    const known = this.#map(entity);
    const wanted = new Map<string, Key>();
    for (const key of keys) {
      const text = keyText(entity, key);
      if (!known.has(text)) wanted.set(text, key);
    }
    if (wanted.size === 0) return;
    const spec = ENTITIES[entity];
    const names = Object.keys(spec.key);
    const arrays = names.map((name) => [...wanted.values()].map((key) => key[name] ?? null));
    this.#take(entity, await this.tx.query(loadByKeySql(entity), [this.siteId, ...arrays]));
    for (const [text, key] of wanted) if (!known.has(text)) known.set(text, newRow(key));
  }

  /** Loads the rows whose `column` is one of the values (rows of an owner). */
  async loadBy(entity: EntityName, column: string, values: readonly number[]): Promise<void> {
    if (values.length === 0) return;
    this.#take(entity, await this.tx.query(`${selectSql(entity)} WHERE site_id = $1 AND ${columnName(column)} = ANY($2::bigint[])`, [this.siteId, values]));
  }

  /** Loads by key and by owner in one statement, for batches of a few rows. Rows travel as JSON here. */
  async loadTogether(parts: readonly LoadPart[]): Promise<void> {
    const values: SqlValue[] = [this.siteId];
    const selects = parts.map((part) => {
      const filters = 'where' in part ? [part.values] : Object.keys(ENTITIES[part.entity].key).map((name) => part.keys.map((key) => key[name] ?? null));
      const at = values.push(...filters) - filters.length + 1;
      return `SELECT '${part.entity}' AS entity, to_jsonb(found) AS row FROM (${selectSql(part.entity)} WHERE site_id = $1 AND ${'where' in part ? part.where(`$${at}::bigint[]`) : keyMatch(part.entity, at)}) found`;
    });
    const rows = await this.tx.query<{ entity: EntityName; row: Record<string, unknown> }>(selects.join(' UNION ALL '), values);
    for (const { entity, row } of rows) this.#take(entity, [row]);
    for (const part of parts) {
      if ('where' in part) continue;
      const known = this.#map(part.entity);
      for (const key of part.keys) if (!known.has(keyText(part.entity, key))) known.set(keyText(part.entity, key), newRow(key));
    }
  }

  /** Writes the rows that changed; those of a few entities with one statement. */
  async flush(): Promise<void> {
    const dirty = [...this.#rows.keys()].map((entity) => ({ entity, rows: this.of(entity).filter((row) => row.dirty) })).filter(({ rows }) => rows.length > 0);
    if (dirty.length > 1 && dirty.reduce((sum, { rows }) => sum + rows.length, 0) <= FEW_ROWS) {
      const parts = dirty.map(({ entity }, index) => `w${index} AS (${writeSql(entity).replaceAll('$2::jsonb', `$${index + 2}::jsonb`)})`);
      await this.tx.query(`WITH ${parts.join(', ')} SELECT 1`, [this.siteId, ...dirty.map(({ entity, rows }) => JSON.stringify(rows.map((row) => written(entity, row))))],
        dirty.map(({ entity, rows }) => touchedBy(this.siteId, entity, rows)));
      for (const { rows } of dirty) for (const row of rows) row.dirty = false;
      return;
    }
    for (const { entity, rows } of dirty) {
      await this.tx.query(writeSql(entity), [this.siteId, JSON.stringify(rows.map((row) => written(entity, row)))], [touchedBy(this.siteId, entity, rows)]);
      for (const row of rows) row.dirty = false;
    }
  }

  #map(entity: EntityName): Map<string, RowState> {
    let map = this.#rows.get(entity);
    if (!map) {
      map = new Map();
      this.#rows.set(entity, map);
    }
    return map;
  }

  #take(entity: EntityName, rows: readonly Record<string, unknown>[]): void {
    const map = this.#map(entity);
    const spec = ENTITIES[entity];
    for (const raw of rows) {
      const key = Object.fromEntries(Object.keys(spec.key).map((name) => [name, raw[name] as string | number]));
      const text = keyText(entity, key);
      if (map.has(text)) continue;
      const columns = Object.fromEntries(Object.entries(spec.columns).map(([name, type]) => [name, canonical(type, raw[name])]));
      map.set(text, {
        key,
        columns,
        rev: raw['rev'] as number | null,
        revs: raw['revs'] as Record<string, number>,
        deletedRev: raw['deletedRev'] as number | null,
        alive: raw['alive'] as boolean,
        before: { alive: raw['alive'] as boolean, columns: { ...columns } },
        dirty: false,
      });
    }
  }
}

/** What a row is written as. */
function written(entity: EntityName, row: RowState): Record<string, unknown> {
  const spec = ENTITIES[entity];
  return {
    ...row.key, ...row.columns, ...(spec.versioned === null ? {} : { version: versionOf(spec, row) }), alive: row.alive, rev: row.rev, revs: row.revs, deletedRev: row.deletedRev,
  };
}

export function keyText(entity: EntityName, key: Key): string {
  return Object.keys(ENTITIES[entity].key).map((name) => String(key[name])).join('\u001f');
}

/** A short digest of what a row holds; equal content has an equal version. */
export function versionOf(spec: EntitySpec, row: RowState): string | null {
  if (!row.alive || spec.versioned === null) return null;
  const held = spec.versioned.map((column) => row.columns[column] ?? null);
  return createHash('sha256').update(stableJson(held)).digest('base64url').slice(0, 16);
}

const cache = new Map<string, string>();

function memo(name: string, make: () => string): string {
  let text = cache.get(name);
  if (text === undefined) {
    text = make();
    cache.set(name, text);
  }
  return text;
}

function selectSql(entity: EntityName): string {
  return memo(`select ${entity}`, () => {
    const spec = ENTITIES[entity];
    const columns = [...Object.keys(spec.key), ...Object.keys(spec.columns)].map((name) => `${columnName(name)} AS "${name}"`);
    return `SELECT ${columns.join(', ')}, alive, rev, revs, deleted_rev AS "deletedRev" FROM ${spec.table}`;
  });
}

function loadByKeySql(entity: EntityName): string {
  return memo(`load ${entity}`, () => {
    return `${selectSql(entity)} WHERE site_id = $1 AND ${keyMatch(entity, 2)}`;
  });
}

/** The condition that a row's key is among those in the parameters from `at` on, one list a column. */
function keyMatch(entity: EntityName, at: number): string {
  const { key } = ENTITIES[entity];
  const names = Object.keys(key).map(columnName);
  const arrays = Object.values(key).map((type, index) => `$${at + index}::${type}[]`);
  return names.length === 1 ? `${names[0]} = ANY(${arrays[0]})` : `(${names.join(', ')}) IN (SELECT * FROM unnest(${arrays.join(', ')}))`;
}

function writeSql(entity: EntityName): string {
  return memo(`write ${entity}`, () => {
    const spec = ENTITIES[entity];
    const types: Record<string, string> = {
      ...spec.key,
      ...spec.columns,
      ...(spec.versioned === null ? {} : { version: 'text' }),
      alive: 'boolean',
      rev: 'bigint',
      revs: 'jsonb',
      deletedRev: 'bigint',
    };
    const names = Object.keys(types).map(columnName);
    const shape = Object.entries(types).map(([name, type]) => `"${name}" ${type}`).join(', ');
    const values = Object.keys(types).map((name) => (types[name] === 'text[]' ? `coalesce(x."${name}", '{}')` : `x."${name}"`)).join(', ');
    const keys = Object.keys(spec.key).map(columnName);
    const sets = names.filter((name) => !keys.includes(name)).map((name) => `${name} = excluded.${name}`).join(', ');
    return `INSERT INTO ${spec.table} (site_id, ${names.join(', ')}) SELECT $1, ${values} FROM jsonb_to_recordset($2::jsonb) AS x(${shape})
      ON CONFLICT (site_id, ${keys.join(', ')}) DO UPDATE SET ${sets}`;
  });
}

