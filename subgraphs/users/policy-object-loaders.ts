// Answers Site.viewerCan. Things that are asked about together are read with one statement a kind of thing.
import DataLoader from 'dataloader';
import type { PolicyObject } from '../../auth/capabilities/input.js';
import { decodeGlobalId, type GlobalId, type SiteId } from '../../core/ids.js';
import {
  objectKey, readCommentObjects, readMenuObjects, readPostObjects, readTermObjects, readUserObjects, type ObjectKey, type ObjectMap,
} from '../../store/read/policy-objects.js';
import type { Queryable } from '../../store/database.js';
import type { Store } from '../../store/store.js';
import type { AccessLoader } from '../shared/access.js';
import { badUserInput } from '../shared/pages.js';

export interface CapabilityLoader {
  /** Whether the viewer has a capability on a site; null when there is no such site. `on` is a global id of that site. */
  viewerCan(siteId: SiteId, capability: string, on: string | null): Promise<boolean | null>;
}

type ObjectLoader = DataLoader<ObjectKey, PolicyObject | null, string>;

/** Creates the loader of one request. */
export function createCapabilityLoader(store: Store, access: AccessLoader): CapabilityLoader {
  function loaderOf<Value>(
    read: (db: Queryable, keys: readonly ObjectKey[]) => Promise<ObjectMap<Value>>,
    wrap: (value: Value) => PolicyObject,
  ): ObjectLoader {
    return new DataLoader(
      async (keys: readonly ObjectKey[]) => {
        const found = await read(store.database, keys);
        return keys.map((key) => {
          const value = found.get(objectKey(key));
          return value === undefined ? null : wrap(value);
        });
      },
      { cacheKeyFn: objectKey },
    );
  }
  const posts = loaderOf(readPostObjects, (post) => ({ kind: 'post', post }));
  const comments = loaderOf(readCommentObjects, (comment) => ({ kind: 'comment', comment }));
  const terms = loaderOf(readTermObjects, (term) => ({ kind: 'term', term }));
  const menus = loaderOf(readMenuObjects, (term) => ({ kind: 'term', term }));
  const users = loaderOf(readUserObjects, (user) => ({ kind: 'user', user }));

  function loaderFor(id: GlobalId): ObjectLoader | null {
    switch (id.type) {
      case 'Post':
      case 'Page':
      case 'CustomContent':
      case 'MediaItem':
      case 'Product':
      case 'Revision':
      case 'MenuItem':
        return posts;
      case 'Comment':
        return comments;
      case 'Term':
        return terms;
      case 'Menu':
        return menus;
      case 'User':
        return users;
      // WordPress asks the capabilities of plugins and themes without an object.
      case 'InstalledPlugin':
      case 'InstalledTheme':
        return null;
      default:
        throw badUserInput(`on is the id of a ${id.type}; capabilities are asked on posts, comments, terms, menus, users, plugins and themes`);
    }
  }

  async function objectOf(siteId: SiteId, on: string): Promise<PolicyObject | null> {
    const id = decodeGlobalId(on);
    if (!id) throw badUserInput('on is not a global id; pass the id of a node of this site');
    if (id.siteId !== siteId) throw badUserInput('on is the id of a node of another site; ask that site');
    const loader = loaderFor(id);
    return loader && /^[0-9]{1,15}$/.test(id.localId) ? loader.load({ siteId, id: Number(id.localId) }) : null;
  }

  return {
    async viewerCan(siteId, capability, on) {
      const site = await access.site(siteId);
      if (!site) return null;
      return site.can(capability, on === null ? null : await objectOf(siteId, on));
    },
  };
}
