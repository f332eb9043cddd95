// Which metas may be written through the graph: those that it keeps and shows (the sync's own allow-list), but none that WordPress
// or a plugin keeps for itself under an underscore. Asked by the mutations before a site is.
import { keepsPostMeta } from '../../../sync/decode/privacy.js';

const NO_MORE: ReadonlySet<string> = new Set();

/** Tells whether a save may name a meta key. */
export function isWritableMeta(key: string): boolean {
  return !key.startsWith('_') && keepsPostMeta(key, NO_MORE);
}
