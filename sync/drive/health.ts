// Tells a site the verdict of a verification, which its own administration shows. Called after verifications and repairs.
import { z } from 'zod';
import type { SiteId } from '../../core/ids.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { callJetpack, type Answer } from './answers.js';

/** Sets the site's sync health. */
export function tellHealth(client: SiteClient, siteId: SiteId, verdict: 'in_sync' | 'out_of_sync'): Promise<Answer<unknown>> {
  return callJetpack(client, siteId, { method: 'POST', route: 'sync/health', json: { status: verdict } }, z.unknown());
}
