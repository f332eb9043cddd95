// The way of subscriptions: server-sent events at /graphql/stream, opened when a page first follows something. Not tried again from here;
// whoever follows asks in the ordinary way meanwhile (use-live.ts).
import type { Client } from 'graphql-sse';
import type { SubscriptionForwarder } from 'urql';
import { serverPath } from '../app/base.js';

let opened: Promise<Client> | null = null;

function open(): Promise<Client> {
  opened ??= import('graphql-sse').then(({ createClient }) => createClient({ url: serverPath('/graphql/stream'), credentials: 'same-origin', retryAttempts: 0 }));
  return opened;
}

/** Hands a subscription of the graph's client over. */
export const forwardSubscription: SubscriptionForwarder = ({ query = '', variables }) => ({
  subscribe(sink) {
    let isOver = false;
    let end = (): void => undefined;
    void open().then((client) => {
      if (isOver) return;
      end = client.subscribe({ query, variables: { ...variables } }, { next: (result) => sink.next(result as Parameters<typeof sink.next>[0]), error: (error) => sink.error(error), complete: () => sink.complete() });
    }, (error: unknown) => sink.error(error));
    return {
      unsubscribe() {
        isOver = true;
        end();
      },
    };
  },
});
