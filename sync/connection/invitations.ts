// Invitations for new sites where SITEGRAPH_REGISTRATION=invite. Called by bin/. The code stands in the API base that a site is configured
// with, which is a string prefix (`https://hub/i/CODE/jetpack.`), so that the stock plugin carries it without knowing.
import { addressKey } from '../../store/connections.js';
import { issueGrant } from '../../store/grants.js';
import type { Store } from '../../store/store.js';

/** Makes an invitation for one new site, whichever or the one at `url`. Its text is shown once and never stored. */
export function inviteSite(store: Store, url: string | null, expiresAt: Date, now: Date): Promise<string> {
  return issueGrant(store.database, { kind: 'invitation', siteUrl: url === null ? null : addressKey(url), expiresAt }, now);
}
