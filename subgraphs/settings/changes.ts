// The changes feed: the logs of several sites as one, without gaps, and only what the viewer may know.
// A site's place in the cursor moves only over entries that were handed out or passed by in the same snapshot, so
// nothing between two cursors is left out however much is written meanwhile.
import { GraphQLError } from 'graphql';
import { currentTime } from '../../core/answer-sources.js';
import type { Viewer } from '../../auth/viewer.js';
import { decodeGlobalId, encodeGlobalId, encodeSiteId, NODE_TYPES, type SiteId } from '../../core/ids.js';
import { readLog, type ChangeRow } from '../../store/read/changes.js';
import type { Store } from '../../store/store.js';
import type { AccessLoader, SiteAccess } from '../shared/access.js';
import { decodeDeltaCursor, encodeDeltaCursor } from '../shared/delta-cursor.js';
import { badUserInput, parseFirst } from '../shared/pages.js';
import { toActor } from './actors.js';
import { decideTellings, maySeeActor, maySeeSettingNames, type Telling } from './change-visibility.js';
import type { ChangeConnectionModel, ChangeModel } from './models.js';
import { isNodeTypename, nodeModel, siteModel } from './nodes.js';

export const MAX_CHANGES = 1000;
const DEFAULT_CHANGES = 100;
const MAX_SITES = 100;

export interface ChangesArguments {
  readonly siteIds: readonly SiteId[];
  readonly after?: string | null | undefined;
  readonly first?: number | null | undefined;
  readonly types?: readonly string[] | null | undefined;
}

/** Decodes the argument `siteIds`: global ids of sites, 1 to 100, repeats dropped. */
export function parseSiteIds(ids: readonly string[]): SiteId[] {
  if (ids.length < 1 || ids.length > MAX_SITES) throw badUserInput(`siteIds must hold 1 to ${MAX_SITES} ids; got ${ids.length}`);
  const siteIds = ids.map((id) => {
    const decoded = decodeGlobalId(id);
    if (decoded?.type !== 'Site' || decoded.localId !== String(decoded.siteId)) throw badUserInput(`siteIds holds ${JSON.stringify(id.slice(0, 60))}, which is not the id of a site`);
    return decoded.siteId;
  });
  return [...new Set(siteIds)];
}

/** Reads a piece of the feed for a viewer that is signed in. */
export async function readChanges(store: Store, access: AccessLoader, viewer: Viewer, args: ChangesArguments): Promise<ChangeConnectionModel> {
  if (viewer.kind === 'anonymous') throw new GraphQLError('sign in to read the change log', { extensions: { code: 'UNAUTHENTICATED' } });
  const first = parseFirst(args.first, DEFAULT_CHANGES, MAX_CHANGES);
  const types = parseTypes(args.types);
  const bound = new Map<SiteId, SiteAccess>();
  for (const found of await Promise.all(args.siteIds.map((siteId) => access.site(siteId)))) {
    if (found && (found.isOperator || found.userId !== null)) bound.set(found.siteId, found);
  }
  const positions = startPositions(args.after, args.siteIds);
  const log = await readLog(
    store.database,
    [...bound.keys()].map((siteId) => ({ siteId, after: positions.get(siteId) ?? 0 })),
    types,
    first + 1,
  );
  const entries = log.entries.slice(0, first);
  const tellings = await decideTellings(store.database, viewer, bound, entries);
  for (const siteId of log.broken) positions.set(siteId, log.heads.get(siteId) ?? 0);

  const feed = new Feed(viewer, bound, positions);
  for (const siteId of args.siteIds) if (!log.heads.has(siteId)) feed.addSiteEntry(siteId, 'ACCESS_LOST');
  for (const siteId of log.broken) feed.addSiteEntry(siteId, 'RESYNC_REQUIRED');
  entries.forEach((entry, index) => feed.add(entry, tellings[index] ?? 'quiet'));
  const hasMore = log.entries.length > first;
  // Everything up to the heads was seen in this snapshot, so entries of other types need not be passed by again.
  if (!hasMore) for (const [siteId, head] of log.heads) positions.set(siteId, head);
  return {
    nodes: feed.nodes,
    endCursor: encodeDeltaCursor(positions),
    hasMore,
    resyncRequired: log.broken.size > 0 || feed.nodes.some((node) => node.kind === 'RESYNC_REQUIRED'),
  };
}

/** Where each site's log is read on from: without a cursor from the beginning; -1, before any beginning, for a site that the cursor does not know. */
function startPositions(after: string | null | undefined, siteIds: readonly SiteId[]): Map<SiteId, number> {
  if (after === null || after === undefined) return new Map(siteIds.map((siteId) => [siteId, 0]));
  const known = decodeDeltaCursor(after);
  return new Map(siteIds.map((siteId) => [siteId, known.get(siteId) ?? -1]));
}

function parseTypes(types: readonly string[] | null | undefined): readonly string[] | null {
  if (types === null || types === undefined) return null;
  const unknown = types.filter((type) => !(NODE_TYPES as readonly string[]).includes(type));
  if (unknown.length > 0) throw badUserInput(`types holds ${JSON.stringify(unknown[0]?.slice(0, 60))}; expected some of ${NODE_TYPES.join(', ')}`);
  return [...new Set(types)];
}

/** Gathers the entries with the cursor after each; `positions` is moved on as entries are added. */
class Feed {
  readonly nodes: ChangeModel[] = [];

  constructor(
    private readonly viewer: Viewer,
    private readonly access: ReadonlyMap<SiteId, SiteAccess>,
    private readonly positions: Map<SiteId, number>,
  ) {}

  addSiteEntry(siteId: SiteId, kind: 'ACCESS_LOST' | 'RESYNC_REQUIRED'): void {
    const site = kind === 'RESYNC_REQUIRED' ? siteModel(siteId) : null;
    this.nodes.push({
      cursor: this.cursorHere(),
      sequence: String(this.positions.get(siteId) ?? 0),
      kind,
      typename: 'Site',
      nodeId: encodeSiteId(siteId),
      node: site,
      changedFields: [],
      at: currentTime(),
      actor: null,
      site,
    });
  }

  add(entry: ChangeRow, telling: Telling): void {
    this.positions.set(entry.siteId, entry.sequence);
    const access = this.access.get(entry.siteId);
    if (telling === 'quiet' || !access || !isNodeTypename(entry.typename)) return;
    const isLost = telling === 'lost';
    const mayName = entry.typename !== 'Site' || maySeeSettingNames(this.viewer, access);
    this.nodes.push({
      cursor: this.cursorHere(),
      sequence: String(entry.sequence),
      kind: isLost ? 'ACCESS_LOST' : kindOf(entry.kind),
      typename: entry.typename,
      nodeId: encodeGlobalId(entry.siteId, entry.typename, entry.localId),
      node: isLost || entry.kind === 'DELETED' || entry.kind === 'ACCESS_LOST' ? null : nodeModel(entry.siteId, entry.typename, entry.localId),
      changedFields: isLost || !mayName ? [] : entry.changedFields,
      at: entry.at,
      actor: isLost || !maySeeActor(access) ? null : toActor(entry.siteId, entry.actor),
      site: siteModel(entry.siteId),
    });
  }

  /** Made when somebody asks for it: copying the places is cheap, encoding them a thousand times is not. */
  private cursorHere(): () => string {
    const here = new Map(this.positions);
    return () => encodeDeltaCursor(here);
  }
}

function kindOf(kind: string): ChangeModel['kind'] {
  return kind === 'CREATED' || kind === 'DELETED' || kind === 'ACCESS_LOST' || kind === 'RESYNC_REQUIRED' ? kind : 'UPDATED';
}
