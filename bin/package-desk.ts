// Keeps packages that are uploaded: finds out what is in them and puts them into the store. Used by the servers with a gateway.
import type { KeptPackage } from '../gateway/package-upload.js';
import { readZippedExtension } from '../origin/extensions/zip-headers.js';
import { keepPackage } from '../store/extension-packages.js';
import type { Store } from '../store/store.js';

/** Creates the keeper over a store. */
export function createPackageDesk(store: Store): (accountId: string, content: Buffer) => Promise<KeptPackage | null> {
  return async (accountId, content) => {
    const found = readZippedExtension(content);
    return found && keepPackage(store.database, accountId, found, content, new Date());
  };
}
