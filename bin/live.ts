// Where subscriptions get their news: what each live field of the gateway follows in the store. Used by the servers with a gateway.
import { decodeGlobalId } from '../core/ids.js';
import type { LiveSource } from '../gateway/live/server.js';
import { followOperation } from '../store/follow-operation.js';
import type { Store } from '../store/store.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Creates the source over a store. What cannot be followed is answered once. */
export function createLiveSource(store: Store): LiveSource {
  return {
    news(field, id, signal) {
      const decoded = decodeGlobalId(id);
      if (field === 'extensionOperationProgress' && decoded?.type === 'ExtensionOperation' && UUID.test(decoded.localId)) return followOperation(store.database, decoded.localId, signal);
      return once();
    },
  };
}

async function* once(): AsyncGenerator<void, void, undefined> {
  yield;
}
