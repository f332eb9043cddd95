// Answers a site that asks whether the nonce with which it is told to register is ours. Asked once a nonce: asking opens the door for
// one registration of the address that the nonce was made for (register.ts), whatever the policy.
import { takeGrant } from '../../store/grants.js';
import type { SiteAnswer } from '../site-requests.js';
import { refuse, refusedAnswer, type ConnectionContext } from './context.js';

/** The text OK for a nonce of ours that nobody asked about before, otherwise 403. */
export async function checkNonce({ store, clock }: ConnectionContext, nonce: string | null): Promise<SiteAnswer> {
  const isOurs = nonce !== null && /^[0-9a-f]{48}$/.test(nonce) && (await takeGrant(store.database, 'nonce', nonce, new Date(clock()))) !== null;
  return isOurs ? { kind: 'text', text: 'OK' } : refusedAnswer(refuse('unknown_nonce', 403, 'This nonce was not made here, has expired or was asked about before.'));
}
