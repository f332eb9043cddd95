// Opens the store that the configuration names.
import { loadRootKey } from '../store/secrets.js';
import { openStore, type Store } from '../store/store.js';
import { databaseFolder, type Config } from './config.js';

/** The embedded database of the data directory, or the PostgreSQL server of DATABASE_URL. */
export function openConfiguredStore(config: Config): Promise<Store> {
  return openStore({
    databaseUrl: config.databaseUrl,
    folder: config.databaseUrl === undefined ? databaseFolder(config) : undefined,
    rootKey: loadRootKey(config.dataDir, config.secret),
    cacheBytes: config.cacheBytes,
  });
}
