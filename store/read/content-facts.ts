// Reads what surrounds content: meta rows, the registrations of post types and taxonomies, and the options that content
// fields depend on. Called by the loaders of the content subgraph; one statement for everything asked.
import type { SiteId } from '../../core/ids.js';
import { cachedRows } from '../cache/cached-rows.js';
import type { Queryable, Row } from '../database.js';
import { type LocalKey, keyText, localIdsOf, rowsOf, siteIdsOf } from './content.js';

export type MetaOwner = 'post' | 'comment';

/** The meta rows of one owner that are wanted: those of the given keys, or all. */
export interface MetaQuery extends LocalKey {
  readonly keys: readonly string[] | null;
}

export interface MetaRow extends Row {
  readonly ord: number;
  readonly key: string;
  readonly value: unknown;
}

const metaSql = (table: string, owner: string) => `
  SELECT asked.ord, m.meta_key AS key, m.value
  FROM jsonb_to_recordset($1::jsonb) AS asked (ord int, "siteId" bigint, "localId" bigint, keys text[])
  JOIN ${table} m ON m.site_id = asked."siteId" AND m.${owner} = asked."localId" AND m.alive AND m.meta_key IS NOT NULL
    AND (asked.keys IS NULL OR m.meta_key = ANY(asked.keys))
  ORDER BY asked.ord, m.meta_id`;

const META = { post: metaSql('post_meta', 'post_id'), comment: metaSql('comment_meta', 'comment_id') } as const;

/** Meta rows in the order they were made; at the place of their query. */
export async function readMeta(db: Queryable, owner: MetaOwner, queries: readonly MetaQuery[]): Promise<MetaRow[][]> {
  const rows = await cachedRows<MetaRow>(db, META[owner], [JSON.stringify(queries.map((query, ord) => ({ ord, ...query })))], {
    sites: siteIdsOf(queries), rows: owner === 'post' ? { post_meta: rowsOf(queries) } : { comment_meta: rowsOf(queries) },
  });
  const lists: MetaRow[][] = queries.map(() => []);
  for (const row of rows) lists[row.ord]?.push(row);
  return lists;
}

/** One value of a post's meta: that of the first row of the key, as WordPress reads it. */
export interface MetaValueKey extends LocalKey {
  readonly key: string;
}

const FIRST_VALUES = `
  SELECT DISTINCT ON (m.site_id, m.post_id, m.meta_key) m.site_id AS "siteId", m.post_id AS "localId", m.meta_key AS key, m.value
  FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS asked (site_id, post_id, meta_key)
  JOIN post_meta m ON m.site_id = asked.site_id AND m.post_id = asked.post_id AND m.meta_key = asked.meta_key AND m.alive
  ORDER BY m.site_id, m.post_id, m.meta_key, m.meta_id`;

/** First values by `metaValueText`; keys without a row are absent. */
export async function readMetaValues(db: Queryable, keys: readonly MetaValueKey[]): Promise<Map<string, unknown>> {
  const rows = await cachedRows<{ siteId: SiteId; localId: number; key: string; value: unknown }>(
    db, FIRST_VALUES, [siteIdsOf(keys), localIdsOf(keys), keys.map((key) => key.key)], { sites: siteIdsOf(keys), rows: { post_meta: rowsOf(keys) } },
  );
  return new Map(rows.map((row) => [metaValueText(row), row.value]));
}

export const metaValueText = (key: MetaValueKey): string => keyText(key.siteId, `${key.localId}:${key.key}`);

/** The options and lists that content fields depend on, as they came, by name; `woocommerce` is the active version of that plugin. */
export type ContentOptions = Readonly<Record<string, unknown>>;

/** The statement over a list of sites. */
export const optionsSql = (sites: string): string => `
  SELECT s.site_id AS "siteId", s.setting_kind AS kind, s.name, s.value
  FROM setting s
  WHERE s.site_id = ANY(${sites}) AND s.alive AND (
    (s.setting_kind = 'OPTION' AND s.name IN ('sticky_posts', 'show_avatars', 'avatar_default', 'avatar_rating', 'upload_url_path'))
    OR (s.setting_kind = 'CALLABLE' AND s.name IN ('rest_api_allowed_public_metadata', 'site_url')))
  UNION ALL
  SELECT p.site_id, 'PLUGIN', 'woocommerce', to_jsonb(p.version)
  FROM plugin p
  WHERE p.site_id = ANY(${sites}) AND p.file = 'woocommerce/woocommerce.php' AND p.active`;

const OPTIONS = optionsSql('$1::bigint[]');

/** The options of sites. */
export async function readContentOptions(db: Queryable, siteIds: readonly SiteId[]): Promise<Map<SiteId, ContentOptions>> {
  const rows = await cachedRows<{ siteId: SiteId; name: string; value: unknown }>(db, OPTIONS, [siteIds], { sites: siteIds });
  const options = new Map<SiteId, Record<string, unknown>>(siteIds.map((siteId) => [siteId, {}]));
  for (const row of rows) (options.get(row.siteId) ?? {})[row.name] = row.value;
  return options;
}

/** The registrations of a site, each with the properties that the graph tells, as they came. */
export interface RegistrationRow extends Row {
  readonly siteId: SiteId;
  readonly kind: 'post_types' | 'taxonomies' | 'post_type_features';
  readonly slug: string;
  readonly label: unknown;
  readonly hierarchical: unknown;
  readonly isPublic: unknown;
  readonly restBase: unknown;
  readonly showInRest: unknown;
  /** Taxonomies: the kinds of objects. */
  readonly objectTypes: unknown;
  /** Taxonomies: how the site counts uses; null for WordPress's default. */
  readonly countCallback: unknown;
  /** Features: the whole list. */
  readonly features: unknown;
}

const REGISTRATIONS = `
  SELECT s.site_id AS "siteId", s.name AS kind, entry.key AS slug, entry.value -> 'label' AS label, entry.value -> 'hierarchical' AS hierarchical,
    entry.value -> 'public' AS "isPublic", entry.value -> 'rest_base' AS "restBase", entry.value -> 'show_in_rest' AS "showInRest",
    entry.value -> 'object_type' AS "objectTypes", entry.value -> 'update_count_callback' AS "countCallback",
    CASE WHEN s.name = 'post_type_features' THEN entry.value END AS features
  FROM setting s
  CROSS JOIN LATERAL jsonb_each(CASE WHEN jsonb_typeof(s.value) = 'object' THEN s.value ELSE '{}' END) WITH ORDINALITY AS entry (key, value, place)
  WHERE s.site_id = ANY($1::bigint[]) AND s.alive AND s.setting_kind = 'CALLABLE' AND s.name IN ('post_types', 'taxonomies', 'post_type_features')
    AND jsonb_typeof(entry.value) = 'object'
  ORDER BY s.site_id, s.name, entry.key`;

/** The registrations of sites, by name. */
export async function readRegistrations(db: Queryable, siteIds: readonly SiteId[]): Promise<RegistrationRow[]> {
  return cachedRows<RegistrationRow>(db, REGISTRATIONS, [siteIds], { sites: siteIds });
}
