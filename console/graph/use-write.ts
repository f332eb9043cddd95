// How pages write: a mutation with a key of its own, so that asking again after a lost answer does nothing twice.
import { useCallback, useRef, useState } from 'react';
import { useClient, type AnyVariables, type TypedDocumentNode } from 'urql';
import { problemOf, type Problem } from './errors.js';

export type Written<Data> = { readonly ok: true; readonly data: Data } | { readonly ok: false; readonly problem: Problem };

export interface Write<Data, Variables> {
  readonly isBusy: boolean;
  /** Sends it. The maker of the variables gets the key, which stays the same until an answer came. */
  readonly send: (make: (idempotencyKey: string) => Variables) => Promise<Written<Data>>;
}

/** Sends a mutation; its userErrors are the page's to show. */
export function useWrite<Data, Variables extends AnyVariables>(mutation: TypedDocumentNode<Data, Variables>): Write<Data, Variables> {
  const client = useClient();
  const [isBusy, setBusy] = useState(false);
  const pending = useRef<{ text: string; key: string } | null>(null);
  const send = useCallback(async (make: (idempotencyKey: string) => Variables): Promise<Written<Data>> => {
    const text = JSON.stringify(make(''));
    const key = pending.current?.text === text ? pending.current.key : newKey();
    pending.current = { text, key };
    setBusy(true);
    const { data, error } = await client.mutation(mutation, make(key)).toPromise();
    setBusy(false);
    if (error?.networkError === undefined && !asksForRetry(data)) pending.current = null;
    if (data !== undefined && data !== null && !error) return { ok: true, data };
    return { ok: false, problem: error ? problemOf(error) : { kind: 'failed', message: 'The server answered nothing.', requestId: null } };
  }, [client, mutation]);
  return { isBusy, send };
}

// Not crypto.randomUUID, which browsers keep from pages without https.
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Whether a payload says that the same may be asked again: its outcome is not known, or nothing was done. */
function asksForRetry(data: unknown): boolean {
  return Object.values((data ?? {}) as Record<string, { userErrors?: readonly { retryable?: boolean }[] } | null>).some((payload) => payload?.userErrors?.some(({ retryable }) => retryable === true) === true);
}
