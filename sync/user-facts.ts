// What a site shows its administrators of the person behind a user's token: their own facts as the site sent them, for there is no
// account elsewhere. Asked over REST by Jetpack of today and over XML-RPC by that of 2023.
import { connectedUser } from '../store/site-contact.js';
import type { Store } from '../store/store.js';
import type { SignedRequest } from './signed-request.js';

export interface UserFacts {
  readonly ID: number;
  readonly login: string;
  readonly email: string;
  readonly display_name: string;
  readonly text_direction: 'ltr';
  readonly site_count: number;
}

/** The facts of the person who signed; empty texts before the site told them. */
export async function userFacts({ database }: Store, { site, userId }: SignedRequest): Promise<UserFacts> {
  const user = await connectedUser(database, site.id, userId);
  return { ID: userId, login: user?.login ?? '', email: user?.email ?? '', display_name: user?.displayName ?? '', text_direction: 'ltr', site_count: 1 };
}
