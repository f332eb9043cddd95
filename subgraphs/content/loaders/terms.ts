// Loaders of terms. A term is visible when its taxonomy is: public ones for everyone, others for those who may assign
// their terms. The terms of navigation menus are menus, not terms of the graph.
import type { SiteId } from '../../../core/ids.js';
import type { Queryable } from '../../../store/database.js';
import {
  countTerms, countTermUses, listTerms, readTerms, readTermsByTermId, readTermsOfContent, termIdText,
  type ObjectTermRow, type TermIdKey, type TermListQuery, type TermUseQuery,
} from '../../../store/read/content-terms.js';
import { keyText, type LocalKey } from '../../../store/read/content.js';
import type { AccessLoader, SiteAccess } from '../../shared/access.js';
import { badUserInput, createPage, decodeCursor, emptyPage, encodeCursor, hashList, parseFirst } from '../../shared/pages.js';
import { isStorable, parseName, parseSearch } from '../content-filter.js';
import type { ContentModel, TermConnectionModel, TermModel } from '../models.js';
import { createBatchLoader } from './batch.js';
import type { FactLoaders } from './facts.js';

export interface TermListArguments {
  readonly taxonomy: string;
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly search?: string | null | undefined;
}

export interface TermsLoader {
  /** A visible term by its term_taxonomy_id, which `localId` of the key holds. */
  byKey(key: LocalKey): Promise<TermModel | null>;
  /** The same after a write. */
  again(key: LocalKey): Promise<TermModel | null>;
  /** A visible term by the number that parents and menu items name. */
  byTermId(key: TermIdKey): Promise<TermModel | null>;
  /** Takes for known which terms content has, in every taxonomy. */
  know(content: LocalKey, terms: readonly ObjectTermRow[]): void;
  /** The terms of content in one taxonomy, by name. */
  ofContent(content: ContentModel, taxonomy: string): Promise<TermModel[]>;
  ofTaxonomy(siteId: SiteId, args: TermListArguments): Promise<TermConnectionModel>;
  /** How many published contents have the term. */
  useCount(term: TermModel): Promise<number>;
}

const DEFAULT_FIRST = 100;
/** Public on every site, whether or not its registrations have come. */
const BUILT_IN = new Set(['category', 'post_tag', 'post_format']);

/** Tells whether the viewer may see the terms of a taxonomy. */
export function maySeeTaxonomy(access: SiteAccess, taxonomy: string): boolean {
  if (taxonomy === 'nav_menu') return false;
  const registered = access.policy.input.taxonomies[taxonomy];
  if (access.isOperator || registered?.public || BUILT_IN.has(taxonomy)) return true;
  const assign = registered?.cap['assign_terms'];
  return assign !== undefined && access.can(assign);
}

/** Creates the loaders of one request. */
export function createTermsLoader(db: Queryable, access: AccessLoader, facts: FactLoaders): TermsLoader {
  const byKey = createBatchLoader(localText, async (keys: readonly LocalKey[]) => {
    const found = await readTerms(db, keys);
    return keys.map((key) => found.get(localText(key)) ?? null);
  });
  const byTermId = createBatchLoader(termIdText, async (keys: readonly TermIdKey[]) => {
    const found = await readTermsByTermId(db, keys);
    return keys.map((key) => found.get(termIdText(key)) ?? null);
  });
  const ofContent = createBatchLoader(localText, async (keys: readonly LocalKey[]) => {
    const found = await readTermsOfContent(db, keys);
    return keys.map((key): readonly ObjectTermRow[] => found.get(localText(key)) ?? []);
  });
  const uses = createBatchLoader(
    (query: TermUseQuery) => keyText(query.siteId, query.ttId),
    (queries) => countTermUses(db, queries),
  );

  const show = async (term: TermModel | null): Promise<TermModel | null> => {
    const viewed = term && (await access.site(term.siteId));
    return viewed && maySeeTaxonomy(viewed, term.taxonomy) ? term : null;
  };

  return {
    byKey: async (key) => show(await byKey.load(key)),
    again: async (key) => show(await byKey.clear(key).load(key)),
    byTermId: async (key) => show(await byTermId.load(key)),
    know: (content, terms) => void ofContent.clear(content).prime(content, terms),
    async ofContent(content, taxonomy) {
      if (!maySeeTaxonomy(content.access, taxonomy)) return [];
      return (await ofContent.load(content)).filter((term) => term.taxonomy === taxonomy);
    },
    async ofTaxonomy(siteId, args) {
      const first = parseFirst(args.first, DEFAULT_FIRST);
      const taxonomy = parseName('taxonomy', args.taxonomy);
      const pattern = parseSearch('search', args.search);
      const hash = hashList('taxonomyTerms', siteId, taxonomy, pattern);
      // Names are stored with entities, by WordPress's own choice of them; plugins may store them plain.
      const patterns = pattern === null ? null : [...new Set([pattern, escapeName(pattern)])];
      const after = decodeCursor(args.after, hash, ['text', 'number']);
      if (after && (after[0] === null || !isStorable(after[0]) || !Number.isSafeInteger(after[1]))) {
        throw badUserInput('after is not a cursor of this list; pass pageInfo.endCursor of the page before');
      }
      const viewed = await access.site(siteId);
      if (!viewed || !maySeeTaxonomy(viewed, taxonomy)) return { ...emptyPage<TermModel>(), countAll: async () => 0 };
      const query: TermListQuery = { siteId, taxonomy, patterns, after: after && { name: String(after[0]), ttId: Number(after[1]) }, take: first + 1 };
      const rows = await listTerms(db, query);
      return {
        ...createPage(rows, first, after === null, (row) => encodeCursor(hash, [row.storedName, row.ttId])),
        countAll: () => countTerms(db, query),
      };
    },
    async useCount(term) {
      const taxonomy = (await facts.registrations(term.siteId)).taxonomies.get(term.taxonomy);
      if (!taxonomy?.countsContent) return term.storedCount;
      return uses.load({ siteId: term.siteId, ttId: term.ttId, postTypes: taxonomy.objectTypes.map((type) => type.split(':')[0] ?? type) });
    },
  };
}

/** A text as WordPress stores it in names. */
const escapeName = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

const localText = (key: LocalKey): string => keyText(key.siteId, key.localId);
