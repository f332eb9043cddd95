// Ends a connection from this side. Called by bin/. The site is told first, while our signature still counts, and calls back to deregister;
// whatever it answers, its tokens are forgotten here and its rows stay.
import type { SiteId } from '../../core/ids.js';
import type { CallAs } from '../../origin/site-calls.js';
import { endConnection } from '../../store/connections.js';
import { findDrivenSite } from '../../store/read/drive.js';
import type { ProvisionContext } from './provision.js';

export interface Disconnected {
  /** False when the site could not be told: it will believe itself connected until it syncs and is refused. */
  readonly isSiteTold: boolean;
  /** Why it was not told; null when it was. */
  readonly reason: string | null;
}

const TIMEOUT_MS = 20_000;

/** Disconnects a site: over XML-RPC, or over REST where that is blocked; as its owner where Jetpack lets only people do it (that of 2023). */
export async function disconnectSite({ store, client, clock }: ProvisionContext, siteId: SiteId): Promise<Disconnected> {
  const as = { kind: 'site' } as const;
  const asked = await client.xmlRpc(siteId, { as, method: 'jetpack.disconnectBlog', params: [], timeoutMs: TIMEOUT_MS });
  let reason: string | null = null;
  if (asked.kind === 'failure' || asked.error !== null || asked.body !== true) {
    const leave = (who: CallAs) => client.rest(siteId, { as: who, method: 'POST', route: 'jetpack/v4/connection', json: { isActive: false }, timeoutMs: TIMEOUT_MS });
    let again = await leave(as);
    const ownerId = (await findDrivenSite(store.database, siteId))?.ownerUserId ?? null;
    if (again.kind === 'answer' && again.error !== null && ownerId !== null) again = await leave({ kind: 'user', userId: ownerId });
    if (again.kind === 'failure') reason = again.message;
    else if (again.error !== null) reason = `the site answered ${again.error.code}`;
  }
  await store.database.transaction((tx) => endConnection(tx, siteId, new Date(clock())));
  return { isSiteTold: reason === null, reason };
}
