// What the audit log says of a saved menu: how many items came, went, moved and changed, and the fields of each.
import type { AuditDraft, Json } from '../../../core/changes.js';
import type { HeldItem, HeldMenu, LiveMenu } from './menu.js';

type FieldChange = AuditDraft['fieldChanges'][number];

/** Fields that one line tells at most; the summary counts all. */
const MAX_FIELDS = 200;
const MAX_TEXT = 300;
const TOLD = ['title', 'url', 'object', 'objectId', 'target', 'classes'] as const;

export function auditOfSave(before: { readonly menu: HeldMenu; readonly items: readonly HeldItem[] } | null, { menu, items }: LiveMenu): AuditDraft {
  const old = new Map((before?.items ?? []).filter(({ status }) => status === 'publish').map((item) => [item.id, item]));
  const now = new Map(items.map((item) => [item.id, item]));
  const changes: FieldChange[] = [];
  const counts = { added: 0, removed: 0, moved: 0, changed: 0 };
  if (before !== null && before.menu.name !== menu.name) changes.push(told('name', before.menu.name, menu.name));
  if (before !== null && before.menu.locations.join() !== menu.locations.join()) changes.push(told('locations', before.menu.locations, menu.locations));
  for (const item of items) {
    const was = old.get(item.id);
    if (!was) {
      counts.added += 1;
      changes.push(told(`items.${item.id}`, null, item.title));
      continue;
    }
    const moves = (['parent', 'order'] as const).filter((field) => was[field] !== item[field]);
    const edits = TOLD.filter((field) => JSON.stringify(was[field]) !== JSON.stringify(item[field]));
    if (moves.length > 0) counts.moved += 1;
    if (edits.length > 0) counts.changed += 1;
    for (const field of [...edits, ...moves]) changes.push(told(`items.${item.id}.${field}`, was[field], item[field]));
  }
  for (const item of old.values()) {
    if (now.has(item.id)) continue;
    counts.removed += 1;
    changes.push(told(`items.${item.id}`, item.title, null));
  }
  const summary = Object.entries(counts).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`])).join(', ');
  return {
    event: before === null ? 'menu.created' : 'menu.updated', category: 'CONTENT', object: objectOf(menu),
    summary: `${before === null ? 'Created' : 'Updated'} menu "${menu.name.slice(0, 80)}"${summary === '' ? '' : `: items ${summary}`}`, fieldChanges: changes.slice(0, MAX_FIELDS),
  };
}

export function objectOf({ id, name }: Pick<HeldMenu, 'id' | 'name'>): AuditDraft['object'] {
  return { typename: 'Menu', localId: String(id), label: name.slice(0, 80) || String(id) };
}

export function told(field: string, before: Json, after: Json): FieldChange {
  const short = (value: Json): Json => (typeof value === 'string' ? value.slice(0, MAX_TEXT) : value);
  return { field, before: short(before), after: short(after), redacted: false };
}
