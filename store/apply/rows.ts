// Loads the rows that a batch touches and writes those that changed: one statement an entity each way. Rows that are looked at only
// because they own others come without their content.
import { createHash } from 'node:crypto';
import type { EntityName } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import type { Queryable, SqlValue } from '../database.js';
import { canonicalOfStored, newRow, stableJson, type RowState } from './merge.js';
import { columnName, ENTITIES, OWNER_COLUMNS, type EntitySpec } from './entities.js';
import { listOf, memo, writeSql } from './row-lists.js';
import { touchedBy } from './touched-rows.js';

export type Key = Readonly<Record<string, string | number>>;

/** Rows of one entity: by their keys, as owners by their ids, or by a condition over a list of ids. */
export type LoadPart =
  | { readonly entity: EntityName; readonly keys: readonly Key[] }
  | { readonly entity: EntityName; readonly owners: readonly number[] }
  | { readonly entity: EntityName; readonly where: (list: string) => string; readonly values: readonly number[] };

/** Up to so many rows, one statement for all is cheaper than one an entity. */
export const FEW_ROWS = 100;

type KeyText = string | number;

/** The rows of one batch, by entity and key. A key that was asked for and is not in the store has a new row. */
export class RowCache {
  readonly #rows = new Map<EntityName, Map<KeyText, RowState>>();
  /** Owners that are only looked at: their marks and OWNER_COLUMNS. Never written; a row that is loaded whole counts before them. */
  readonly #owners = new Map<EntityName, Map<KeyText, RowState>>();

  constructor(
    private readonly tx: Queryable,
    private readonly siteId: SiteId,
  ) {}

  get(entity: EntityName, key: Key): RowState | undefined {
    return this.#rows.get(entity)?.get(keyText(entity, key));
  }

  /** The row of an owner, to look at: of its columns only OWNER_COLUMNS may be there. */
  owner(entity: EntityName, id: number): RowState | undefined {
    return this.#rows.get(entity)?.get(id) ?? this.#owners.get(entity)?.get(id);
  }

  of(entity: EntityName): RowState[] {
    return [...(this.#rows.get(entity)?.values() ?? [])];
  }

  /** Loads rows by key, those not yet known, and makes empty rows for keys that the store lacks. */
  async load(entity: EntityName, keys: Iterable<Key>): Promise<void> {
    const known = mapOf(this.#rows, entity);
    const wanted = new Map<KeyText, Key>();
    for (const key of keys) {
      const text = keyText(entity, key);
      if (!known.has(text)) wanted.set(text, key);
    }
    if (wanted.size === 0) return;
    const arrays = ENTITIES[entity].keyNames.map((name) => [...wanted.values()].map((key) => key[name] ?? null));
    take(known, entity, await this.tx.query(loadByKeySql(entity), [this.siteId, ...arrays]));
    for (const [text, key] of wanted) if (!known.has(text)) known.set(text, newRow(key));
  }

  /** Loads what is looked at of owners, those not yet known. */
  async loadOwners(entity: EntityName, ids: Iterable<number>): Promise<void> {
    const wanted = [...new Set(ids)].filter((id) => this.owner(entity, id) === undefined);
    if (wanted.length === 0) return;
    this.#takeOwners(entity, wanted, await this.tx.query(`${selectOwnerSql(entity)} WHERE site_id = $1 AND ${keyMatch(entity, 2)}`, [this.siteId, wanted]));
  }

  /** Loads the rows whose `column` is one of the values (rows of an owner). */
  async loadBy(entity: EntityName, column: string, values: readonly number[]): Promise<void> {
    if (values.length === 0) return;
    const rows = await this.tx.query(`${selectSql(entity)} WHERE site_id = $1 AND ${columnName(column)} = ANY($2::bigint[])`, [this.siteId, values]);
    take(mapOf(this.#rows, entity), entity, rows);
  }

  /** Loads by key and by owner in one statement, for batches of a few rows. Rows travel as JSON here. */
  async loadTogether(parts: readonly LoadPart[]): Promise<void> {
    const values: SqlValue[] = [this.siteId];
    const selects = parts.map((part, index) => {
      const filters = 'where' in part ? [part.values] : 'owners' in part ? [part.owners] : ENTITIES[part.entity].keyNames.map((name) => part.keys.map((key) => key[name] ?? null));
      const at = values.push(...filters) - filters.length + 1;
      const condition = 'where' in part ? part.where(`$${at}::bigint[]`) : keyMatch(part.entity, at);
      return `SELECT ${index} AS part, to_jsonb(found) AS row FROM (${'owners' in part ? selectOwnerSql(part.entity) : selectSql(part.entity)} WHERE site_id = $1 AND ${condition}) found`;
    });
    const rows = await this.tx.query<{ part: number; row: Record<string, unknown> }>(selects.join(' UNION ALL '), values);
    for (const [index, part] of parts.entries()) {
      const found = rows.filter((row) => row.part === index).map(({ row }) => row);
      if ('owners' in part) {
        this.#takeOwners(part.entity, part.owners, found);
        continue;
      }
      const known = mapOf(this.#rows, part.entity);
      take(known, part.entity, found);
      if ('where' in part) continue;
      for (const key of part.keys) if (!known.has(keyText(part.entity, key))) known.set(keyText(part.entity, key), newRow(key));
    }
  }

  /** Writes the rows that changed; those of a few entities with one statement. */
  async flush(): Promise<void> {
    const dirty = [...this.#rows.keys()].map((entity) => ({ entity, rows: this.of(entity).filter((row) => row.dirty) })).filter(({ rows }) => rows.length > 0);
    if (dirty.length > 1 && dirty.reduce((sum, { rows }) => sum + rows.length, 0) <= FEW_ROWS) {
      const values: SqlValue[] = [this.siteId];
      const parts = dirty.map(({ entity, rows }, index) => {
        const sql = writeSql(entity, values.length + 1);
        values.push(...written(entity, rows));
        return `w${index} AS (${sql})`;
      });
      await this.tx.query(`WITH ${parts.join(', ')} SELECT 1`, values, dirty.map(({ entity, rows }) => touchedBy(this.siteId, entity, rows)));
      for (const { rows } of dirty) for (const row of rows) row.dirty = false;
      return;
    }
    for (const { entity, rows } of dirty) {
      await this.tx.query(writeSql(entity, 2), [this.siteId, ...written(entity, rows)], [touchedBy(this.siteId, entity, rows)]);
      for (const row of rows) row.dirty = false;
    }
  }

  #takeOwners(entity: EntityName, wanted: Iterable<number>, rows: readonly Record<string, unknown>[]): void {
    const known = mapOf(this.#owners, entity);
    take(known, entity, rows, ownerColumns(entity));
    const [name = 'id'] = ENTITIES[entity].keyNames;
    for (const id of wanted) if (!known.has(id)) known.set(id, newRow({ [name]: id }));
  }
}

function mapOf(maps: Map<EntityName, Map<KeyText, RowState>>, entity: EntityName): Map<KeyText, RowState> {
  let map = maps.get(entity);
  if (!map) {
    map = new Map();
    maps.set(entity, map);
  }
  return map;
}

/** Takes rows as the database gave them; those known already stay as they are. */
function take(map: Map<KeyText, RowState>, entity: EntityName, rows: readonly Record<string, unknown>[], list = ENTITIES[entity].columnList): void {
  const { keyNames } = ENTITIES[entity];
  for (const raw of rows) {
    const text = keyText(entity, raw as Key);
    if (map.has(text)) continue;
    const key: Record<string, string | number> = {};
    for (const name of keyNames) key[name] = raw[name] as string | number;
    const columns: Record<string, unknown> = {};
    for (const [name, type] of list) columns[name] = canonicalOfStored(type, raw[name]);
    const alive = raw['alive'] as boolean;
    map.set(text, {
      key, columns, alive, dirty: false,
      rev: raw['rev'] as number | null, revs: raw['revs'] as Record<string, number>, deletedRev: raw['deletedRev'] as number | null,
      before: { alive, columns: { ...columns } },
    });
  }
}

/** What rows are written as: one list a column, as `writeSql` takes them. */
function written(entity: EntityName, rows: readonly RowState[]): string[] {
  const spec = ENTITIES[entity];
  return [
    ...spec.keyNames.map((name) => listOf(rows, (row) => row.key[name])),
    ...spec.columnList.map(([name, type]) => listOf(rows, (row) => row.columns[name], type)),
    ...(spec.versioned === null ? [] : [listOf(rows, (row) => versionOf(spec, row))]),
    listOf(rows, (row) => row.alive),
    listOf(rows, (row) => row.rev),
    listOf(rows, (row) => row.revs, 'jsonb'),
    listOf(rows, (row) => row.deletedRev),
  ];
}

/** What tells a row from the others of its entity. */
export function keyText(entity: EntityName, key: Key): KeyText {
  const { keyNames } = ENTITIES[entity];
  const first = key[keyNames[0] ?? ''] as KeyText;
  return keyNames.length === 1 ? first : `${first}\u001f${key[keyNames[1] ?? ''] as KeyText}`;
}

/** A short digest of what a row holds; equal content has an equal version. */
export function versionOf(spec: EntitySpec, row: RowState): string | null {
  if (!row.alive || spec.versioned === null) return null;
  const held = spec.versioned.map((column) => row.columns[column] ?? null);
  const text = held.some((value) => typeof value === 'object' && value !== null) ? stableJson(held) : JSON.stringify(held);
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

const ownerColumns = (entity: EntityName) => ENTITIES[entity].columnList.filter(([name]) => OWNER_COLUMNS[entity]?.includes(name));

function selectSql(entity: EntityName): string {
  return memo(`select ${entity}`, () => selectColumns(entity, Object.keys(ENTITIES[entity].columns)));
}

function selectOwnerSql(entity: EntityName): string {
  return memo(`select owner ${entity}`, () => selectColumns(entity, OWNER_COLUMNS[entity] ?? []));
}

function selectColumns(entity: EntityName, names: readonly string[]): string {
  const { keyNames, table } = ENTITIES[entity];
  const columns = [...keyNames, ...names].map((name) => `${columnName(name)} AS "${name}"`);
  return `SELECT ${columns.join(', ')}, alive, rev, revs, deleted_rev AS "deletedRev" FROM ${table}`;
}

function loadByKeySql(entity: EntityName): string {
  return memo(`load ${entity}`, () => `${selectSql(entity)} WHERE site_id = $1 AND ${keyMatch(entity, 2)}`);
}

/** The condition that a row's key is among those in the parameters from `at` on, one list a column. */
function keyMatch(entity: EntityName, at: number): string {
  const { key } = ENTITIES[entity];
  const names = Object.keys(key).map(columnName);
  const arrays = Object.values(key).map((type, index) => `$${at + index}::${type}[]`);
  return names.length === 1 ? `${names[0]} = ANY(${arrays[0]})` : `(${names.join(', ')}) IN (SELECT * FROM unnest(${arrays.join(', ')}))`;
}
