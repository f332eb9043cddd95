// The lock that a site's own editor keeps on content: the meta `_edit_lock`, "time:user", which is renewed while somebody edits there. REST
// neither shows nor takes it, and sync does not carry it, but single objects of the sync tell it to the site's own token.
import { z } from 'zod';
import type { SiteId } from '../core/ids.js';
import { findCallTarget } from '../store/site-calls.js';
import type { Store } from '../store/store.js';
import type { SiteClient } from './site-calls.js';
import { askObjects } from './sync-objects.js';

/** How long WordPress takes a lock for held after it was last renewed. */
export const LOCK_MS = 150_000;
const KEY = '_edit_lock';
const TIMEOUT_MS = 5_000;

export type SiteLock = { readonly kind: 'held'; readonly userId: number; readonly renewedAgoMs: number } | { readonly kind: 'free' } | { readonly kind: 'unknown' };

const rowsShape = z.array(z.object({ meta_key: z.literal(KEY), meta_value: z.string().max(100) }));

/** Who edits content in the site's own editor; `unknown` when the site does not say. */
export async function readSiteLock(store: Store, client: SiteClient, siteId: SiteId, postId: number): Promise<SiteLock> {
  const site = await findCallTarget(store, siteId, null);
  if (!site || site.target.connectionKind === 'rest') return { kind: 'unknown' };
  const told = await askObjects(client, siteId, { module: 'meta', type: 'post', ids: [{ id: postId, meta_key: KEY }] }, TIMEOUT_MS);
  if (told === null) return { kind: 'unknown' };
  const rows = rowsShape.safeParse(told.objects[`${postId}-${KEY}`]);
  const match = rows.success ? /^([0-9]{9,11}):([1-9][0-9]{0,15})$/.exec(rows.data[0]?.meta_value ?? '') : null;
  const renewedAgoMs = match ? Math.max(0, (told.siteMs ?? Date.now()) - Number(match[1]) * 1000) : Infinity;
  return match && renewedAgoMs < LOCK_MS ? { kind: 'held', userId: Number(match[2]), renewedAgoMs } : { kind: 'free' };
}
