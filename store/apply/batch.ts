// One batch in the making: the rows it touches and the nodes whose readers must hear of it.
// store/apply/apply.ts drives it; the files beside it merge, cascade and reconcile through it.
import type { ActorRef, DecodedItem, EntityName } from '../../core/changes.js';
import type { NodeType, SiteId } from '../../core/ids.js';
import type { Queryable } from '../database.js';
import { ENTITIES, OWNERS } from './entities.js';
import { mergeDeletion, mergeGroup, type FieldChange, type RowState } from './merge.js';
import { RowCache } from './rows.js';

/** What a node's readers are told: the fields of other rows (meta, terms, items) that changed with it. */
export interface TouchedNode {
  readonly fields: Set<string>;
  at: string;
  actor: ActorRef | null;
}

/** A change of a derived row (plugin, theme), which has no register of its own. */
export interface NotedNode {
  readonly typename: NodeType;
  readonly localId: string;
  readonly kind: 'CREATED' | 'UPDATED' | 'DELETED';
  readonly changedFields: readonly string[];
  readonly item: DecodedItem;
}

export class Batch {
  readonly rows: RowCache;
  /** By `${typename}:${localId}`: touches that do not show in the node's own row. */
  readonly touched = new Map<string, TouchedNode>();
  /** The last item that changed a row, for the change log's actor and time. */
  readonly lastItem = new Map<RowState, DecodedItem>();
  /** Column changes of the rows of each item that has a line in the audit log. */
  readonly fieldChanges = new Map<DecodedItem, FieldChange[]>();
  readonly floors = new Map<string, number>();
  /** When the site was heard last before this batch. */
  lastReceivedAt: Date | null = null;
  /** Whether writes of ours wait for the site to tell of them. */
  awaitsEchoes = false;
  /** Whether the site has meta rows under stand-in ids, because its own were not told (core/ids.ts). */
  hasStandIns = false;
  readonly noted: NotedNode[] = [];

  constructor(
    readonly tx: Queryable,
    readonly siteId: SiteId,
  ) {
    this.rows = new RowCache(tx, siteId);
  }

  touch(typename: string, localId: string | number, field: string, item: Pick<DecodedItem, 'at' | 'actor'>): void {
    const key = `${typename}:${localId}`;
    const known = this.touched.get(key);
    if (known) {
      known.fields.add(field);
      if (item.at >= known.at) Object.assign(known, { at: item.at, actor: item.actor ?? known.actor });
    } else {
      this.touched.set(key, { fields: new Set([field]), at: item.at, actor: item.actor });
    }
  }

  noteNode(typename: NodeType, localId: string, kind: NotedNode['kind'], changedFields: readonly string[], item: DecodedItem): void {
    this.noted.push({ typename, localId, kind, changedFields, item });
  }

  /** Writes groups of a row, unless its owner's deletion, a snapshot or a full sync already said that it is gone. */
  upsert(entity: EntityName, row: RowState, groups: Readonly<Record<string, unknown>>, rev: number, item: DecodedItem): void {
    const spec = ENTITIES[entity];
    // Only the audit log asks which fields they were.
    const changes: FieldChange[] | null = item.audit === null ? null : [];
    let isChanged = false;
    for (const group of Object.keys(groups)) {
      const values = groups[group];
      if (values !== undefined && mergeGroup(spec, row, group, values as Record<string, unknown>, rev, changes)) isChanged = true;
    }
    if (!isChanged) return;
    this.lastItem.set(row, item);
    if (changes === null) return;
    const known = this.fieldChanges.get(item);
    if (known) known.push(...changes);
    else this.fieldChanges.set(item, changes);
  }

  /** Deletes a row and what it owns. The owned rows were loaded before (apply.ts). */
  remove(entity: EntityName, row: RowState, rev: number, item: DecodedItem): void {
    if (!mergeDeletion(ENTITIES[entity], row, rev)) return;
    this.lastItem.set(row, item);
    const id = Object.values(row.key)[0];
    for (const [child, link] of Object.entries(OWNERS)) {
      if (link.owner !== entity) continue;
      for (const owned of this.rows.of(child as EntityName)) {
        if (owned.columns[link.column] === id) this.remove(child as EntityName, owned, rev, item);
      }
    }
    if (entity === 'post') {
      for (const relation of this.rows.of('termRelation')) if (relation.key['objectId'] === id) this.remove('termRelation', relation, rev, item);
      const link = this.rows.get('menuItemLink', { id: id as number });
      if (link) this.remove('menuItemLink', link, rev, item);
    }
    if (entity === 'term') {
      for (const relation of this.rows.of('termRelation')) if (relation.key['ttId'] === id) this.remove('termRelation', relation, rev, item);
    }
  }
}

/**
 * True when nothing since `rev` said that the row is there: an older statement about it may then be about something long gone. A
 * tombstone is no such statement, however old, for what is told between it and `rev` is gone as well.
 */
export function isSilentSince(row: RowState, rev: number): boolean {
  return row.rev === null && Object.values(row.revs).every((known) => known < rev);
}
