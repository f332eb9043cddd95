// Loaders of what surrounds content: meta rows, options, registrations of types and taxonomies, files of attachments.
// Meta is narrowed here to what the viewer may see.
import DataLoader from 'dataloader';
import { isTruthy } from '../../../auth/capabilities/decode.js';
import type { SiteId } from '../../../core/ids.js';
import {
  metaValueText, readContentOptions, readMeta, readMetaValues, readRegistrations,
  type ContentOptions, type MetaOwner, type MetaRow, type RegistrationRow,
} from '../../../store/read/content-facts.js';
import type { LocalKey } from '../../../store/read/content.js';
import type { Queryable } from '../../../store/database.js';
import type { FreshnessLoader } from '../../shared/freshness.js';
import { badUserInput, canonicalText } from '../../shared/pages.js';
import { parseName } from '../content-filter.js';
import { mediaFile, type MediaFileModel } from '../media-files.js';
import type { ContentTypeModel, TaxonomyModel } from '../models.js';
import { decodeName } from '../plain-text.js';
import { createBatchLoader } from './batch.js';

/** The registrations of one site, by slug. */
export interface Registrations {
  readonly types: ReadonlyMap<string, ContentTypeModel>;
  readonly taxonomies: ReadonlyMap<string, TaxonomyModel>;
}

export interface FactLoaders {
  /** Meta rows of a post or comment, all or of some keys, whoever asks. */
  meta(owner: MetaOwner, key: LocalKey, keys: readonly string[] | null | undefined): Promise<readonly MetaRow[]>;
  /** The first value of a post's meta key; undefined when there is no row. */
  metaValue(key: LocalKey, metaKey: string): Promise<unknown>;
  options(siteId: SiteId): Promise<ContentOptions>;
  /** The meta keys that are public by declaration. */
  publicMetaKeys(siteId: SiteId): Promise<ReadonlySet<string>>;
  stickyIds(siteId: SiteId): Promise<readonly number[]>;
  registrations(siteId: SiteId): Promise<Registrations>;
  /** Takes for known what was read of a post beside the loaders: first values of some keys, and its site's options. */
  know(key: LocalKey, metaKeys: readonly string[], read: { readonly metas: Readonly<Record<string, unknown>>; readonly options: ContentOptions }): void;
  mediaFile(attachment: LocalKey & { readonly guid: string }): Promise<MediaFileModel>;
}

/** No field asks for more keys. */
const MAX_META_KEYS = 50;
const MAX_KEY_CHARACTERS = 255;
/** Shown on the page itself: footnotes below the content, the description in its head. */
const SHOWN_KEYS = ['footnotes', 'advanced_seo_description'];

/** Creates the loaders of one request. */
export function createFactLoaders(db: Queryable, freshness: FreshnessLoader): FactLoaders {
  const metaLoader = createBatchLoader(
    (query: LocalKey & { readonly owner: MetaOwner; readonly keys: readonly string[] | null }) => canonicalText([query.owner, query.siteId, query.localId, query.keys]),
    async (queries) => {
      const lists: (readonly MetaRow[])[] = queries.map(() => []);
      for (const owner of ['post', 'comment'] as const) {
        const indexes = queries.flatMap((query, index) => (query.owner === owner ? [index] : []));
        if (indexes.length === 0) continue;
        const rows = await readMeta(db, owner, indexes.flatMap((index) => queries[index] ?? []));
        indexes.forEach((index, place) => (lists[index] = rows[place] ?? []));
      }
      return lists;
    },
  );
  const values = createBatchLoader(metaValueText, async (keys) => {
    const found = await readMetaValues(db, keys);
    return keys.map((key) => found.get(metaValueText(key)));
  });
  const options = new DataLoader<SiteId, ContentOptions>(async (siteIds) => {
    const found = await readContentOptions(db, siteIds);
    return siteIds.map((siteId) => found.get(siteId) ?? {});
  });
  const registrations = new DataLoader<SiteId, Registrations>(async (siteIds) => {
    const rows = await readRegistrations(db, siteIds);
    return siteIds.map((siteId) => toRegistrations(rows.filter((row) => row.siteId === siteId)));
  });
  const metaValue = (key: LocalKey, metaKey: string) => values.load({ siteId: key.siteId, localId: key.localId, key: metaKey });
  return {
    meta(owner, { siteId, localId }, keys) {
      if (keys && keys.length > MAX_META_KEYS) throw badUserInput(`keys must name at most ${MAX_META_KEYS} keys; got ${keys.length}`);
      for (const key of keys ?? []) parseName('keys', key, MAX_KEY_CHARACTERS);
      return metaLoader.load({ owner, siteId, localId, keys: keys ?? null });
    },
    metaValue,
    options: (siteId) => options.load(siteId),
    async publicMetaKeys(siteId) {
      const declared = listOf((await options.load(siteId))['rest_api_allowed_public_metadata']).map(String);
      return new Set([...SHOWN_KEYS, ...declared].filter((key) => !key.startsWith('_')));
    },
    async stickyIds(siteId) {
      return listOf((await options.load(siteId))['sticky_posts']).map(Number).filter((id) => Number.isSafeInteger(id) && id > 0);
    },
    registrations: (siteId) => registrations.load(siteId),
    know({ siteId, localId }, metaKeys, read) {
      options.clear(siteId).prime(siteId, read.options);
      for (const metaKey of metaKeys) {
        const key = { siteId, localId, key: metaKey };
        values.clear(key).prime(key, read.metas[metaKey]);
      }
    },
    async mediaFile(attachment) {
      const [attachedFile, metadata, altText, settings] = await Promise.all([
        metaValue(attachment, '_wp_attached_file'),
        metaValue(attachment, '_wp_attachment_metadata'),
        metaValue(attachment, '_wp_attachment_image_alt'),
        options.load(attachment.siteId),
      ]);
      const told = settings['site_url'];
      const isTold = typeof told === 'string' && /^https?:\/\/[^/]/.test(told) && URL.canParse(told);
      const siteUrl = isTold ? told.replace(/\/+$/, '') : ((await freshness.site(attachment.siteId))?.url ?? '');
      return mediaFile({ attachedFile, metadata, altText, guid: attachment.guid, siteUrl, uploadUrlPath: settings['upload_url_path'] });
    },
  };
}

/** A PHP array as it came: a list, or an object when its keys have gaps. */
function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => (key === '__o' ? [] : [item]));
}

function toRegistrations(rows: readonly RegistrationRow[]): Registrations {
  const ofKind = (kind: RegistrationRow['kind']) => rows.filter((row) => row.kind === kind);
  const features = new Map(ofKind('post_type_features').map((row) => [row.slug, featuresOf(row.features)]));
  const typeNames = new Set([...ofKind('post_types').map((row) => row.slug), 'attachment']);
  const taxonomies = new Map(ofKind('taxonomies').map((row) => [row.slug, toTaxonomy(row, typeNames)]));
  const types = ofKind('post_types').map((row): [string, ContentTypeModel] => [
    row.slug,
    {
      slug: row.slug,
      label: labelOf(row),
      hierarchical: isTruthy(row.hierarchical),
      supports: features.get(row.slug) ?? [],
      taxonomies: [...taxonomies.values()].filter((taxonomy) => taxonomy.objectTypes.includes(row.slug)).map((taxonomy) => taxonomy.slug),
      public: isTruthy(row.isPublic),
      restBase: isTruthy(row.showInRest) ? (typeof row.restBase === 'string' && row.restBase !== '' ? row.restBase : row.slug) : null,
    },
  ]);
  return { types: new Map(types), taxonomies };
}

function toTaxonomy(row: RegistrationRow, typeNames: ReadonlySet<string>): TaxonomyModel {
  const objectTypes = listOf(row.objectTypes).map(String);
  const callback = row.countCallback;
  const isDefault = callback === null || callback === '' || callback === '_update_post_term_count';
  return {
    slug: row.slug,
    label: labelOf(row),
    hierarchical: isTruthy(row.hierarchical),
    public: isTruthy(row.isPublic),
    objectTypes,
    countsContent: isDefault && objectTypes.length > 0 && objectTypes.every((type) => typeNames.has(bareType(type))),
  };
}

/** A taxonomy of attachments may name the media type too: attachment:image. */
const bareType = (type: string): string => type.split(':')[0] ?? type;

const labelOf = (row: RegistrationRow): string => (typeof row.label === 'string' && row.label !== '' ? decodeName(row.label) : row.slug);

function featuresOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([feature, supported]) => (feature !== '__o' && isTruthy(supported) ? [feature] : []));
}
