// A sync server in a process of its own, to be killed: prints its port as one line of JSON, then serves until it dies.
// Loaded by sync-process.mjs. Its arguments are a folder and, for PostgreSQL, a database URL.
import fastify from 'fastify';
import { createLog } from '../../core/log.js';
import { openStore } from '../../store/store.js';
import { registerSync } from '../../sync/server.js';

export const KILL_TEST_KEY = 'a root key that outlives a kill';
/** Small transactions, so that a batch is often half done when the process dies. */
export const ITEMS_PER_TRANSACTION = 7;

/** Serves the store of a folder, or of a PostgreSQL server when a URL is given. */
export async function serve(folder: string, databaseUrl: string | undefined): Promise<void> {
  const store = await openStore({ folder, databaseUrl, rootKey: KILL_TEST_KEY });
  const app = fastify();
  await registerSync(app, { store, publicUrl: null, log: createLog('silent'), limits: { itemsPerTransaction: ITEMS_PER_TRANSACTION } });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' ? address?.port : null })}\n`);
}
