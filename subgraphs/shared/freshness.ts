// How fresh what is read of a site is, and where its change log stands. The subgraphs of a process share one loader a request; sites
// asked together are read with one statement, and a site is read once a request, before the lists that name its sequence.
import DataLoader from 'dataloader';
import { AppError } from '../../core/errors.js';
import type { SiteId } from '../../core/ids.js';
import { sitesByIds, type SiteRecord } from '../../store/sites.js';
import type { Store } from '../../store/store.js';
import type { RequestContext } from './context.js';
import { encodeDeltaCursor } from './delta-cursor.js';
import { perRequest } from './per-request.js';

/** `Freshness` of the schema. Whether the copy was verified against the site is not known to what a site sends. */
export interface FreshnessModel {
  readonly source: 'REPLICA';
  /** When the site was last heard from; when it was connected, if it never was. */
  readonly syncedAt: Date;
  /** How old the oldest event still waiting on the site was when it last sent, in milliseconds. */
  readonly lagMs: number;
  /** The last sequence of the site's change log, as text. */
  readonly sequence: string;
  /** When a verification last found the whole copy equal to the site, or made it so. */
  readonly verifiedAt: Date | null;
}

export interface FreshnessLoader {
  /** A site's record; null when there is no such site. */
  site(siteId: SiteId): Promise<SiteRecord | null>;
  /** The freshness of what is read of a site. */
  freshness(siteId: SiteId): Promise<FreshnessModel>;
  /** The cursor into one site's change log; take it before reading the list that it is handed out with. */
  deltaCursor(siteId: SiteId): Promise<string>;
}

/** The freshness that a site's record says. */
export function freshnessOf(site: Pick<SiteRecord, 'lastReceivedAt' | 'createdAt' | 'queueLagSeconds' | 'sequence' | 'verifiedAt'>): FreshnessModel {
  return {
    source: 'REPLICA',
    syncedAt: site.lastReceivedAt ?? site.createdAt,
    lagMs: Math.min(Math.max(0, Math.round(site.queueLagSeconds * 1000)), MAX_LAG_MS),
    sequence: String(site.sequence),
    verifiedAt: site.verifiedAt,
  };
}

/** GraphQL's Int has 32 bits: some 24 days; a longer lag is told as that. */
const MAX_LAG_MS = 2_147_483_647;

/** The freshness loader of one request. */
export const freshnessLoader = perRequest((store: Store, _request: Pick<RequestContext, 'viewer'>): FreshnessLoader => {
  const loader = new DataLoader<SiteId, SiteRecord | null>(async (siteIds) => {
    const sites = await sitesByIds(store.database, siteIds);
    return siteIds.map((siteId) => sites.get(siteId) ?? null);
  });
  const known = async (siteId: SiteId): Promise<SiteRecord> => {
    const site = await loader.load(siteId);
    if (!site) throw new AppError('NOT_FOUND', 'the site was removed while it was being read');
    return site;
  };
  return {
    site: (siteId) => loader.load(siteId),
    freshness: async (siteId) => freshnessOf(await known(siteId)),
    deltaCursor: async (siteId) => encodeDeltaCursor(new Map([[siteId, (await known(siteId)).sequence]])),
  };
});
