// The hash chain of the audit log: each event's hash covers the event and the hash before it, so that a changed, removed
// or inserted event shows. store/apply writes hashes with `auditHash`, the users subgraph recomputes them. Changing
// anything here makes every stored chain read as broken.
import { createHash } from 'node:crypto';
import type { ActorKind, AuditCategory, Json } from './changes.js';

/** What the hash of an audit event covers. */
export interface ChainedEvent {
  readonly siteId: number;
  /** 1 for a site's first event; no number is left out. */
  readonly sequence: number;
  readonly itemKey: string;
  readonly rev: number;
  readonly at: Date;
  readonly event: string;
  readonly category: AuditCategory;
  readonly actorKind: ActorKind;
  readonly actorUserId: number | null;
  readonly actorLabel: string;
  readonly actorVia: string | null;
  readonly objectType: string;
  readonly objectId: string | null;
  readonly objectLabel: string;
  readonly summary: string;
  readonly fieldChanges: readonly { readonly field: string; readonly before: Json; readonly after: Json; readonly redacted: boolean }[];
}

/**
 * The hash of an event: SHA-256, in hex, of the previous event's hash, a line feed and the event's canonical JSON.
 * `previousHash` is the empty text for a site's first event.
 */
export function auditHash(previousHash: string, event: ChainedEvent): string {
  return createHash('sha256').update(`${previousHash}\n${canonicalJson(coveredParts(event))}`).digest('hex');
}

function coveredParts(event: ChainedEvent): Json {
  return [
    event.siteId,
    event.sequence,
    event.itemKey,
    event.rev,
    event.at.toISOString(),
    event.event,
    event.category,
    event.actorKind,
    event.actorUserId,
    event.actorLabel,
    event.actorVia,
    event.objectType,
    event.objectId,
    event.objectLabel,
    event.summary,
    event.fieldChanges.map(({ field, before, after, redacted }) => ({ field, before: asStored(before), after: asStored(after), redacted })),
  ];
}

// A value as it comes back from the database: dates have become text there, and what JSON cannot say null.
function asStored(value: Json | undefined): Json {
  return value === undefined ? null : (JSON.parse(JSON.stringify(value)) as Json);
}

/**
 * JSON with the keys of every object in code unit order and no spaces: equal values give equal text, also after the
 * database has put keys in its own order.
 */
export function canonicalJson(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
