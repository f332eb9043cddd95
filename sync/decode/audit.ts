// Building audit lines: one sentence for a person, the object it is about, and the fields that a decoder itself knows.
import { decode as decodeEntities } from 'html-entities';
import type { AuditCategory, AuditDraft } from '../../core/changes.js';
import type { ItemContext } from './item.js';

const MAX_LABEL = 120;

/** Text for a label: one line of at most 120 characters, without HTML's entities. */
export function short(text: string): string {
  const line = decodeEntities(text).replace(/\s+/g, ' ').trim();
  return line.length <= MAX_LABEL ? line : `${[...line].slice(0, MAX_LABEL - 1).join('')}…`;
}

interface AuditParts {
  readonly category: AuditCategory;
  readonly typename: string;
  readonly localId: string | number | null;
  readonly label: string;
  readonly summary: string;
  readonly fieldChanges?: AuditDraft['fieldChanges'];
}

/** An audit draft for the item's action. */
export function auditLine(item: ItemContext, parts: AuditParts): AuditDraft {
  return {
    event: item.action,
    category: parts.category,
    object: { typename: parts.typename, localId: parts.localId === null ? null : String(parts.localId), label: short(parts.label) },
    summary: parts.summary,
    fieldChanges: parts.fieldChanges ?? [],
  };
}
