// How pages follow something that changes by itself: its news comes into the cache, where the page's own query reads it. While the stream
// is not there the page asks again and again itself; it is opened anew after a while.
import { useEffect } from 'react';
import { useSubscription, type AnyVariables, type TypedDocumentNode } from 'urql';

const OPEN_ANEW_MS = 20_000;

/** Follows while not paused. Whether news comes by itself now; until then, and when it ends early, the page has to ask. */
export function useLive<Data, Variables extends AnyVariables>(query: TypedDocumentNode<Data, Variables>, variables: Variables, pause: boolean): boolean {
  const [{ data, error, fetching }, open] = useSubscription({ query, variables, pause });
  const isOpen = !pause && fetching && error === undefined;
  useEffect(() => {
    if (pause || isOpen) return undefined;
    const timer = setTimeout(() => open(), OPEN_ANEW_MS);
    return () => clearTimeout(timer);
  }, [pause, isOpen, open]);
  return isOpen && data !== undefined && data !== null;
}
