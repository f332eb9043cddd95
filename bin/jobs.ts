// The jobs of a process, with everything that runs need. Called by serve.ts.
import type { Log } from '../core/log.js';
import type { Jobs } from '../jobs/start-jobs.js';
import { FLEET_TIMES } from '../origin/extensions/situation.js';
import type { SiteClient } from '../origin/site-calls.js';
import type { Store } from '../store/store.js';
import { createFullSyncRunner } from '../sync/drive/full-sync.js';
import { createImportRunner } from '../sync/import/runner.js';
import { createVerifyRunner } from '../sync/verify/runner.js';
import type { Config } from './config.js';

/** Starts them as the configuration says. */
export async function startConfiguredJobs(config: Config, store: Store, client: SiteClient, log: Log): Promise<Jobs> {
  const { startJobs } = await import('../jobs/start-jobs.js');
  return startJobs({
    store, client, log,
    fleet: { downloadsUrl: config.downloadsUrl, times: { callMs: config.operationDeadlineMs, graceMs: Math.min(FLEET_TIMES.graceMs, config.operationDeadlineMs), pageMs: Math.min(FLEET_TIMES.pageMs, config.operationDeadlineMs) } },
    vulnerabilityFeed: config.vulnerabilityFeed,
    runners: {
      FULL: createFullSyncRunner({ store, client, log, modulesOff: config.modulesOff }),
      VERIFY: createVerifyRunner({ store, client }, 'VERIFY'),
      REPAIR: createVerifyRunner({ store, client }, 'REPAIR'),
      IMPORT: createImportRunner({ store, client, clock: Date.now }),
    },
  });
}
