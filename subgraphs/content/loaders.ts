// Data access of one request: every loader of the content subgraph over one store, one viewer and one access loader.
// Visibility is decided in these loaders, once a row; resolvers hand on what they give.
import type DataLoader from 'dataloader';
import { currentTime } from '../../core/answer-sources.js';
import type { Viewer } from '../../auth/viewer.js';
import type { SiteClient } from '../../origin/site-calls.js';
import type { WriteDesk } from '../../origin/writes/run.js';
import type { Queryable } from '../../store/database.js';
import { readLocks, type EditLockRow } from '../../store/edit-locks.js';
import { keyText, type LocalKey } from '../../store/read/content.js';
import type { Store } from '../../store/store.js';
import { accessLoader, type AccessLoader } from '../shared/access.js';
import type { RequestContext } from '../shared/context.js';
import { freshnessLoader, type FreshnessLoader } from '../shared/freshness.js';
import { createWriter, type Writer } from '../shared/writes.js';
import { createBatchLoader } from './loaders/batch.js';
import { createCommentsLoader, type CommentsLoader } from './loaders/comments.js';
import { createContentsLoader, type ContentsLoader } from './loaders/contents.js';
import { createFactLoaders, type FactLoaders } from './loaders/facts.js';
import { createListsLoader, type ListsLoader } from './loaders/lists.js';
import { createTermsLoader, type TermsLoader } from './loaders/terms.js';
import { createMenuLoaders, type MenuLoaders } from './menus/loaders.js';
import type { ContentPlace } from './place.js';
import { createReaderLoaders, type ReaderLoaders } from './reader/loaders.js';

/** The context value of this subgraph's resolvers. */
export interface ContentContext {
  readonly viewer: Viewer;
  readonly access: AccessLoader;
  readonly freshness: FreshnessLoader;
  readonly contents: ContentsLoader;
  readonly lists: ListsLoader;
  readonly comments: CommentsLoader;
  readonly terms: TermsLoader;
  readonly facts: FactLoaders;
  readonly menus: MenuLoaders;
  readonly reader: ReaderLoaders;
  /** Who is editing content, whoever asks. */
  readonly locks: DataLoader<LocalKey, EditLockRow | null, string>;
  readonly store: Store;
  /** Null in a process that calls no sites. */
  readonly client: SiteClient | null;
  /** For what mutations read before they write. */
  readonly db: Queryable;
  readonly place: ContentPlace;
  readonly writer: Writer;
}

const localText = ({ siteId, localId }: LocalKey): string => keyText(siteId, localId);

/** Creates the context of one request. */
export function createContentContext(store: Store, request: Pick<RequestContext, 'viewer' | 'deadlineMs'>, desk: WriteDesk | null, place: ContentPlace): ContentContext {
  const { viewer } = request;
  const db = store.database;
  const access = accessLoader(store, request);
  const freshness = freshnessLoader(store, request);
  const facts = createFactLoaders(db, freshness);
  const terms = createTermsLoader(db, access, facts);
  return {
    viewer,
    access,
    freshness,
    contents: createContentsLoader(db, access, facts, terms),
    lists: createListsLoader(db, viewer, access, freshness, facts),
    comments: createCommentsLoader(db, viewer, access),
    terms,
    facts,
    menus: createMenuLoaders(store, access, freshness),
    reader: createReaderLoaders(store, access, viewer),
    locks: createBatchLoader(localText, async (keys) => {
      const held = await readLocks(db, keys, currentTime());
      return keys.map((key) => held.get(localText(key)) ?? null);
    }),
    store,
    client: desk?.client ?? null,
    db,
    place,
    writer: createWriter(desk, request),
  };
}
