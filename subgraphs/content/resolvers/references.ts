// Ids in and out: global ids of what this subgraph serves, and stubs of what others do. Called by the resolvers.
import { decodeNumericId, encodeGlobalId, encodeSiteId, type NodeType, type SiteId } from '../../../core/ids.js';
import type { LocalKey } from '../../../store/read/content.js';
import type { ContentContext } from '../loaders.js';
import type { SiteModel, UserModel } from '../models.js';

/** The key in a global id of the type; null for any other text. */
export function parseKey(id: string, type: NodeType): LocalKey | null {
  return decodeNumericId(id, type);
}

/** Loads what a global id names; null when it names nothing of the type. */
export async function loadReference<Model>(id: string, type: NodeType, load: (key: LocalKey) => Promise<Model | null>): Promise<Model | null> {
  const key = parseKey(id, type);
  return key && load(key);
}

/** The site of an id; null when there is no such site. */
export async function loadSite(id: string, context: ContentContext): Promise<SiteModel | null> {
  const key = decodeNumericId(id, 'Site');
  const site = key && key.localId === key.siteId ? await context.freshness.site(key.siteId) : null;
  return site && siteStub(site.id);
}

export const siteStub = (siteId: SiteId): SiteModel => ({ id: encodeSiteId(siteId), siteId });

/** A user by reference; null for number 0, which is nobody. */
export const userStub = (siteId: SiteId, userId: number): UserModel | null => (userId > 0 ? { id: encodeGlobalId(siteId, 'User', userId) } : null);

/** The text when it is an absolute http or https address; null for anything else. */
export function absoluteUrl(text: string | null): string | null {
  const url = text !== null && URL.canParse(text) ? new URL(text) : null;
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') ? text : null;
}
