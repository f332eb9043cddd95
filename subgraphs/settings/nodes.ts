// Stubs of everything that has a global id: what `node`, `nodes` and the changes feed hand on. The typename stands in the
// id, so that the subgraph that owns the type is asked next, and nothing is read here.
import { decodeGlobalId, encodeGlobalId, encodeSiteId, type SiteId } from '../../core/ids.js';
import type { SettingsLoaders } from './loaders.js';
import type { NodeModel, SiteModel } from './models.js';

/** The Node types of the graph; the schema of this subgraph declares a stub of each. A test holds it against the schema. */
export const NODE_TYPENAMES = [
  'Site', 'Post', 'Page', 'CustomContent', 'MediaItem', 'Comment', 'Term', 'Menu', 'ReaderSubscription', 'InstalledPlugin',
  'InstalledTheme', 'ExtensionOperation', 'User', 'Order', 'Product',
] as const;

export type NodeTypename = (typeof NODE_TYPENAMES)[number];

export interface NodeStub {
  readonly __typename: NodeTypename;
  readonly id: string;
}

const typenames: ReadonlySet<string> = new Set(NODE_TYPENAMES);

export function isNodeTypename(typename: string): typename is NodeTypename {
  return typenames.has(typename);
}

/** The stub of a site. */
export function siteModel(siteId: SiteId): SiteModel {
  return { __typename: 'Site', id: encodeSiteId(siteId), siteId };
}

/** The stub of a thing of a site. */
export function nodeModel(siteId: SiteId, typename: NodeTypename, localId: string): NodeModel {
  return typename === 'Site' ? siteModel(siteId) : { __typename: typename, id: encodeGlobalId(siteId, typename, localId) };
}

/** The stub that a global id stands for; null when it is none of ours or of no Node type. */
export function decodeNode(id: string): NodeModel | null {
  const decoded = decodeGlobalId(id);
  if (!decoded || !isNodeTypename(decoded.type)) return null;
  if (decoded.type === 'Site' && decoded.localId !== String(decoded.siteId)) return null;
  return nodeModel(decoded.siteId, decoded.type, decoded.localId);
}

/** The site that a global id stands for; null when it stands for none that is connected. */
export async function siteById(id: string, { loaders }: { readonly loaders: Pick<SettingsLoaders, 'siteFacts'> }): Promise<SiteModel | null> {
  const decoded = decodeGlobalId(id);
  if (decoded?.type !== 'Site' || decoded.localId !== String(decoded.siteId)) return null;
  return (await loaders.siteFacts(decoded.siteId)) ? siteModel(decoded.siteId) : null;
}
