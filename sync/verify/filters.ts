// Which rows the site counts in its checksums: its own lists, asked by sync/settings, else those that it synced as options.
// Lists of what is left out need no built-in fallback: what the site never syncs is not in the store.
import type { Json } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import type { SiteClient } from '../../origin/site-calls.js';
import type { ChecksumFilters } from '../../store/read/checksum-tables.js';
import type { Store } from '../../store/store.js';

/** Comment types of Jetpack's list; `review` is WooCommerce's, and a site without it has none. */
export const COMMENT_TYPES: readonly string[] = ['', 'comment', 'trackback', 'pingback', 'note', 'review'];

/** Lists arrive as lists, or as maps when they have holes. */
function texts(value: Json | undefined): readonly string[] | null {
  if (typeof value !== 'object' || value === null) return null;
  return Object.values(value).filter((member): member is string => typeof member === 'string');
}

/** The filters of a site, out of its settings (null: only what it synced is known). */
export async function checksumFilters(store: Store, siteId: SiteId, settings: Readonly<Record<string, Json>> | null): Promise<ChecksumFilters> {
  const rows = await store.database.query<{ name: string; value: Json }>(
    `SELECT name, value FROM setting WHERE site_id = $1 AND alive AND ((setting_kind = 'OPTION' AND name LIKE 'jetpack\\_sync\\_settings\\_%') OR (setting_kind = 'CALLABLE' AND name = 'taxonomies'))`,
    [siteId],
  );
  const stored = new Map(rows.map(({ name, value }) => [name, value]));
  const listed = (name: string) => texts(settings?.[name]) ?? texts(stored.get(`jetpack_sync_settings_${name}`));
  const whitelist = (name: string) => {
    const list = listed(name);
    return list === null || list.length === 0 ? null : list;
  };
  const taxonomies = stored.get('taxonomies');
  const isMap = typeof taxonomies === 'object' && taxonomies !== null && !Array.isArray(taxonomies);
  return {
    postTypesLeftOut: listed('post_types_blacklist') ?? [],
    taxonomiesLeftOut: listed('taxonomies_blacklist') ?? [],
    taxonomies: isMap ? Object.keys(taxonomies) : null,
    commentTypes: COMMENT_TYPES,
    postMeta: whitelist('post_meta_whitelist'),
    commentMeta: whitelist('comment_meta_whitelist'),
  };
}

/** All settings of the site's sync, or null when it does not tell them. */
export async function readSyncSettings(client: SiteClient, siteId: SiteId): Promise<Readonly<Record<string, Json>> | null> {
  const outcome = await client.rest(siteId, { as: { kind: 'site' }, method: 'GET', route: 'jetpack/v4/sync/settings' });
  if (outcome.kind === 'failure' || outcome.error !== null || typeof outcome.body !== 'object' || outcome.body === null || Array.isArray(outcome.body)) return null;
  return outcome.body as Readonly<Record<string, Json>>;
}
