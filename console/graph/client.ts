// The one client of the graph: normalized cache, JSON posts with the session's cookie, subscriptions. What the server answers to somebody whose session
// has ended leads to the sign-in page, wherever it happens.
import { cacheExchange } from '@urql/exchange-graphcache';
import { createClient, fetchExchange, mapExchange, subscriptionExchange, type Client } from 'urql';
import { goToSignIn, serverPath } from '../app/base.js';
import { cacheRules } from './cache.js';
import { codesOf } from './errors.js';
import { forwardSubscription } from './live.js';

export function createGraph(): Client {
  return createClient({
    url: serverPath('/graphql'),
    // A session counts for JSON posts from our own pages only.
    preferGetMethod: false,
    fetchOptions: { credentials: 'same-origin' },
    exchanges: [
      mapExchange({
        onResult(result) {
          if (codesOf(result.error).includes('UNAUTHENTICATED')) goToSignIn();
        },
      }),
      cacheExchange(cacheRules),
      fetchExchange,
      subscriptionExchange({ forwardSubscription }),
    ],
  });
}
