// What went wrong between the console and the graph, in the words that the states show. The codes are those of docs/errors.md.
import type { CombinedError } from 'urql';

export interface Problem {
  readonly kind: 'offline' | 'denied' | 'failed';
  readonly message: string;
  /** What finds it in the server's log. */
  readonly requestId: string | null;
}

/** The codes of all errors of an answer. */
export function codesOf(error: CombinedError | undefined): string[] {
  return (error?.graphQLErrors ?? []).map(({ extensions }) => String(extensions['code'] ?? ''));
}

/** What to tell of an error; denied only when nothing else is wrong. */
export function problemOf(error: CombinedError): Problem {
  const requestId = error.graphQLErrors.map(({ extensions }) => extensions['requestId']).find((id): id is string => typeof id === 'string') ?? null;
  if (error.networkError) return { kind: 'offline', message: 'The server does not answer. It may be restarting, or the connection is down.', requestId };
  const codes = codesOf(error);
  if (codes.length > 0 && codes.every((code) => code === 'FORBIDDEN' || code === 'UNAUTHENTICATED')) {
    return { kind: 'denied', message: error.graphQLErrors[0]?.message ?? 'You may not see this.', requestId };
  }
  return { kind: 'failed', message: error.graphQLErrors[0]?.message ?? error.message, requestId };
}
