// Identifiers: branded numbers of the sites' own ids and the codec of global ids.
// Every layer uses these; nothing else builds or takes apart a global id.

import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]?: Name };

/** The numeric id of a connected site (the Jetpack blog id), positive, unique in one installation. */
export type SiteId = Branded<number, 'SiteId'>;

/** A row's revision: the site's clock when the event was recorded, in microseconds since 1970 (fits a double until 2255). */
export type Rev = Branded<number, 'Rev'>;

/** Every typename that can stand in a global id. */
export const NODE_TYPES = [
  'Site', 'Post', 'Page', 'CustomContent', 'MediaItem', 'Comment', 'Term', 'Menu', 'MenuItem', 'Revision', 'ReaderSubscription',
  'InstalledPlugin', 'InstalledTheme', 'ExtensionOperation', 'User', 'Viewer', 'AuditEvent', 'Order', 'OrderItem', 'OrderRefund', 'Product',
] as const;

export type NodeType = (typeof NODE_TYPES)[number];

/** What a global id says: the site, the GraphQL typename and the site's own key (a number as text, or a file path). */
export interface GlobalId {
  readonly siteId: SiteId;
  readonly type: NodeType;
  readonly localId: string;
}

const PREFIX = 'gid://sitegraph/';
const nodeTypes: ReadonlySet<string> = new Set(NODE_TYPES);

/** Encodes `gid://sitegraph/<site>/<Type>/<localId>` as base64url. A site's own id has the site as local id. */
export function encodeGlobalId(siteId: SiteId, type: NodeType, localId: string | number): string {
  return Buffer.from(`${PREFIX}${siteId}/${type}/${localId}`, 'utf8').toString('base64url');
}

/** The global id of a site. */
export function encodeSiteId(siteId: SiteId): string {
  return encodeGlobalId(siteId, 'Site', siteId);
}

/** Decodes a global id; null when the text is not one of ours (clients may send anything). */
export function decodeGlobalId(text: string): GlobalId | null {
  if (text.length > 1024 || !/^[A-Za-z0-9_-]+$/.test(text)) return null;
  const plain = Buffer.from(text, 'base64url').toString('utf8');
  if (!plain.startsWith(PREFIX)) return null;
  const rest = plain.slice(PREFIX.length);
  const first = rest.indexOf('/');
  const second = rest.indexOf('/', first + 1);
  if (first < 1 || second < 0) return null;
  const site = rest.slice(0, first);
  const type = rest.slice(first + 1, second);
  const localId = rest.slice(second + 1);
  if (!/^[1-9][0-9]{0,15}$/.test(site) || !nodeTypes.has(type) || localId === '') return null;
  return { siteId: Number(site) as SiteId, type: type as NodeType, localId };
}

/** Decodes a global id of one of the given types with a numeric local id; null when it is anything else. */
export function decodeNumericId(text: string, ...types: readonly NodeType[]): { siteId: SiteId; localId: number } | null {
  const id = decodeGlobalId(text);
  if (!id || !types.includes(id.type) || !/^[0-9]{1,15}$/.test(id.localId)) return null;
  return { siteId: id.siteId, localId: Number(id.localId) };
}

/** From here on ids stand for rows whose own ids a site did not tell; far above any id that a site gives, and fifteen digits long. */
export const STAND_IN_FROM = 900_000_000_000_000;

/**
 * The id that stands for the n-th row of an owner's meta key: a site's REST answers name keys, not rows. The same at every read;
 * the site's own row replaces it when its event arrives. Two of a million rows collide with a chance of 1 in 100.
 */
export function standInMetaId(owner: 'post' | 'comment' | 'orderItem', ownerId: number, metaKey: string, index: number): number {
  const hash = createHash('sha256').update(`${owner}:${ownerId}:${metaKey}:${index}`).digest();
  return STAND_IN_FROM + (hash.readUIntBE(0, 6) % 2 ** 45);
}

/** A UUID that sorts after every one this process made before, for what is done in the order it was asked for: clocks tie (RFC 9562, version 7). */
export function orderedId(): string {
  return uuidv7();
}
