// Loads pages of the audit log with what is computed over them: totals, facets and the proof of the hash chain. The log of a
// site is for people who may manage its options; lists of many parents are read together.
import DataLoader from 'dataloader';
import { auditHash } from '../../core/audit-chain.js';
import { decodeGlobalId, decodeNumericId, type SiteId } from '../../core/ids.js';
import { maySeeAudit } from '../../auth/visibility.js';
import {
  AUDIT_FACETS, countAuditEvents, NO_CONDITIONS, readAuditEvents, readAuditFacets, readAuditLinks, readAuditPages,
  type AuditConditions, type AuditFacetBy, type AuditFacetRow, type AuditKey, type AuditLinks, type AuditList, type AuditPageRequest,
  type AuditRow, type AuditScan,
} from '../../store/read/audit.js';
import type { Store } from '../../store/store.js';
import type { AccessLoader } from '../shared/access.js';
import { forbidden } from '../shared/forbidden.js';
import { badUserInput, canonicalText, createPage, decodeCursor, encodeCursor, hashList, parseFirst, parseText } from '../shared/pages.js';
import type { AuditFilter } from './generated.js';
import type { AuditConnectionModel } from './models.js';

/** A list of events as a field asks for it. */
export interface AuditArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly filter?: AuditFilter | null | undefined;
}

export interface AuditLoaders {
  /**
   * A page of a site's log, or of its part about one thing or by one user; null when there is no such site. Rejects with
   * FORBIDDEN, naming `field`, when the viewer may not see the log.
   */
  events(siteId: SiteId, field: string, scan: AuditScan, args: AuditArguments, defaultFirst: number): Promise<AuditConnectionModel | null>;
  /** One event; null when there is none, or the viewer may not see it. */
  event(siteId: SiteId, sequence: number): Promise<AuditRow | null>;
}

/** Types whose rows share the ids of wp_posts: an event about any of them with the same id is about the same thing. */
export const POST_TYPENAMES = ['Post', 'Page', 'CustomContent', 'MediaItem', 'Product'] as const;

/** Creates the loaders of one request. */
export function createAuditLoaders(store: Store, access: AccessLoader): AuditLoaders {
  const { database } = store;
  const options = { cacheKeyFn: canonicalText };
  const pages = new DataLoader<AuditPageRequest, AuditRow[], string>(async (requests) => readAuditPages(database, requests), options);
  const counts = new DataLoader<AuditList, number, string>(async (lists) => countAuditEvents(database, lists), options);
  const facets = Object.fromEntries(
    AUDIT_FACETS.map((by) => [by, new DataLoader<AuditList, AuditFacetRow[], string>(async (lists) => readAuditFacets(database, by, lists), options)]),
  ) as Record<AuditFacetBy, DataLoader<AuditList, AuditFacetRow[], string>>;
  const links = new DataLoader<AuditKey, AuditLinks | null, string>(async (keys) => inOrder(keys, await readAuditLinks(database, keys)), options);
  const events = new DataLoader<AuditKey, AuditRow | null, string>(async (keys) => inOrder(keys, await readAuditEvents(database, keys)), options);

  const isGenuine = async (row: AuditRow): Promise<boolean> => {
    const sides = await links.load({ siteId: row.siteId, sequence: row.sequence });
    const before = row.sequence === 1 ? '' : sides?.hashBefore;
    return auditHash(row.previousHash, row) === row.hash && row.previousHash === before && row.hash === sides?.hashAfter;
  };

  return {
    async events(siteId, field, scan, args, defaultFirst) {
      const first = parseFirst(args.first, defaultFirst);
      const list: AuditList = { siteId, scan, conditions: conditionsOf(siteId, args.filter) };
      const hash = hashList('audit', list);
      const after = decodeCursor(args.after, hash, ['number']);
      const site = await access.site(siteId);
      if (!site) return null;
      if (!maySeeAudit(site.caps)) throw forbidden(`${field} is for people who manage the site: the capability manage_options is missing`);
      const rows = await pages.load({ list, before: after && (after[0] ?? 0), limit: first + 1 });
      const page = createPage(rows, first, after === null, (row) => encodeCursor(hash, [row.sequence]));
      return {
        ...page,
        countAll: () => counts.load(list),
        verify: async () => (await Promise.all(page.nodes.map(isGenuine))).every(Boolean),
        facetsBy: async (by) => (await facets[by].load(list)).map((facet) => ({ ...facet, siteId, by })),
      };
    },
    async event(siteId, sequence) {
      const site = await access.site(siteId);
      return site && maySeeAudit(site.caps) ? events.load({ siteId, sequence }) : null;
    },
  };
}

/** Parses the argument `by` of facets. */
export function parseFacetBy(by: string): AuditFacetBy {
  const known = AUDIT_FACETS.find((name) => name === by);
  if (known) return known;
  throw badUserInput(`by must be one of ${AUDIT_FACETS.join(', ')}; got ${JSON.stringify(by.slice(0, 40))}`);
}

function conditionsOf(siteId: SiteId, filter: AuditFilter | null | undefined): AuditConditions {
  if (!filter) return NO_CONDITIONS;
  return {
    categories: filter.categories ?? null,
    events: filter.actions?.flatMap((name) => parseText('filter.actions', name) ?? []) ?? null,
    actorIds: filter.actorIds?.map((id) => actorOf(siteId, id)) ?? null,
    actorKinds: filter.actorKinds ?? null,
    objects: filter.objectIds?.flatMap((id) => objectsOf(siteId, id)) ?? null,
    from: filter.after ?? null,
    until: filter.before ?? null,
    search: parseText('filter.search', filter.search),
  };
}

function actorOf(siteId: SiteId, text: string): number {
  const id = decodeNumericId(text, 'User');
  if (id?.siteId !== siteId) throw badUserInput('filter.actorIds must be ids of users of this site');
  return id.localId;
}

function objectsOf(siteId: SiteId, text: string): string[] {
  const id = decodeGlobalId(text);
  if (id?.siteId !== siteId) throw badUserInput('filter.objectIds must be ids of nodes of this site');
  const types: readonly string[] = POST_TYPENAMES;
  parseText('filter.objectIds', id.localId);
  return (types.includes(id.type) ? types : [id.type]).map((type) => `${type}:${id.localId}`);
}

function inOrder<Value extends AuditKey>(keys: readonly AuditKey[], rows: readonly Value[]): (Value | null)[] {
  const found = new Map(rows.map((row) => [`${row.siteId}:${row.sequence}`, row]));
  return keys.map((key) => found.get(`${key.siteId}:${key.sequence}`) ?? null);
}
