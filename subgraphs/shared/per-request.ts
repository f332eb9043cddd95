// Loaders that the subgraphs of one process share for the length of a request: what several of them ask is read once.
// Subgraphs of other processes are given requests of their own, and share nothing.
import type { Store } from '../../store/store.js';

/** Makes a factory that returns the same thing whenever it is asked with the same store for the same request. */
export function perRequest<Request extends object, T>(create: (store: Store, request: Request) => T): (store: Store, request: Request) => T {
  const made = new WeakMap<Request, WeakMap<Store, T>>();
  return (store, request) => {
    const ofRequest = made.get(request) ?? new WeakMap<Store, T>();
    made.set(request, ofRequest);
    const known = ofRequest.get(store);
    if (known !== undefined) return known;
    const fresh = create(store, request);
    ofRequest.set(store, fresh);
    return fresh;
  };
}
