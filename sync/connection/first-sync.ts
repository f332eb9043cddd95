// Asks for the full sync that a new connection needs: by itself a site sends only options, constants and the like. Called by token.ts and
// provision.ts once the site certainly has its token, and by bin/ a while after every registration. One run a registration.
import type { Log } from '../../core/log.js';
import type { SiteId } from '../../core/ids.js';
import type { Store } from '../../store/store.js';
import { requestRun } from '../../store/sync-runs.js';

/** How long a site that just registered may take to store its token; the run's calls would be refused before. */
const SETTLING_MS = 15_000;

/** Asks for a full sync of everything, unless this registration had one. */
export async function requestFirstSync(store: Store, siteId: SiteId): Promise<void> {
  const [site] = await store.database.query<{ key: string | null }>('SELECT blog_token_key AS key FROM site WHERE id = $1', [siteId]);
  if (!site?.key) return;
  await requestRun(store, { siteId, kind: 'FULL', requestedBy: 'connection', idempotencyKey: `connection ${site.key}` });
}

export interface FirstSyncs {
  /** Asks once the site has had time to store its token. */
  later(siteId: SiteId): void;
  close(): void;
}

/** Keeps the timers of one process. A restart in between costs nothing but the run, which a person's token asks for as well. */
export function createFirstSyncs(store: Store, log: Log, settlingMs = SETTLING_MS): FirstSyncs {
  const timers = new Set<NodeJS.Timeout>();
  return {
    later(siteId) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        requestFirstSync(store, siteId).catch((error: unknown) => log.error({ siteId, err: error }, 'the first full sync of a site could not be asked for'));
      }, settlingMs);
      timer.unref();
      timers.add(timer);
    },
    close() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
