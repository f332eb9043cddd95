// The directory of plugins as resolvers ask for it: pages of a search, and the entry of an installed plugin. Every fault is an error
// of its own field, with the reason.
import { GraphQLError } from 'graphql';
import { isFault, type DirectoryEntry, type PluginDirectory } from '../../origin/plugin-directory.js';
import { badUserInput, createPage, decodeCursor, encodeCursor, hashList, parseFirst, parseText, type ConnectionModel } from '../shared/pages.js';

export type CatalogConnectionModel = ConnectionModel<DirectoryEntry>;

export interface Catalog {
  search(text: string, page: { readonly first?: number | null | undefined; readonly after?: string | null | undefined }): Promise<CatalogConnectionModel>;
  /** Null when the directory has no such plugin. */
  find(slug: string): Promise<DirectoryEntry | null>;
}

const DEFAULT = 20;
const MAX_PAGE_NUMBER = 500;

/** Creates the catalog of a process; without a directory everything is refused with the reason. */
export function createCatalog(directory: PluginDirectory | null): Catalog {
  return {
    async search(search, args) {
      const first = parseFirst(args.first, DEFAULT);
      const text = parseText('search', search);
      if (text === null) throw badUserInput('search must have a word to look for');
      const list = hashList('pluginCatalog', text, first);
      const number = (decodeCursor(args.after, list, ['number'])?.[0] ?? 0) + 1;
      if (number < 1 || number > MAX_PAGE_NUMBER) throw badUserInput('after leads beyond what the directory tells; search for something narrower');
      const found = await open(directory).search(text, number, first);
      if (isFault(found)) throw unavailable(found.fault);
      const page = createPage(found.entries.slice(0, first), first, number === 1, () => encodeCursor(list, [number]));
      return { ...page, pageInfo: { ...page.pageInfo, hasNextPage: number < MAX_PAGE_NUMBER && number * first < found.total }, countAll: () => Promise.resolve(found.total) };
    },
    async find(slug) {
      const found = await open(directory).find(slug);
      if (isFault(found)) throw unavailable(found.fault);
      return found;
    },
  };
}

function open(directory: PluginDirectory | null): PluginDirectory {
  if (directory === null) throw unavailable('the directory of plugins is switched off here; SITEGRAPH_PLUGIN_DIRECTORY names one');
  return directory;
}

function unavailable(reason: string): GraphQLError {
  return new GraphQLError(`the directory of plugins cannot be asked: ${reason}`, { extensions: { code: 'DIRECTORY_UNAVAILABLE' } });
}
