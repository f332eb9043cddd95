// What the reader's resolvers hand on (codegen.yml names these as mappers).
import type { SiteId } from '../../../core/ids.js';
import type { PageInfoModel } from '../../shared/pages.js';
import type { PostModel } from '../models.js';

/** A site that the viewer follows. */
export interface SubscriptionModel {
  readonly siteId: SiteId;
  readonly title: string;
  readonly feedUrl: string;
  readonly followedAt: Date;
}

export interface ReaderEdgeModel {
  readonly cursor: string;
  readonly node: PostModel;
  readonly reason: 'FOLLOWED_SITE';
  readonly seen: boolean;
  readonly rankedAt: Date;
}

/** A page of the feed, with the sites that were read for it. */
export interface ReaderConnectionModel {
  readonly edges: readonly ReaderEdgeModel[];
  readonly pageInfo: PageInfoModel;
  readonly deltaCursor: string;
  readonly siteIds: readonly SiteId[];
}
