// The error catalogue: every code a client can see, with the HTTP status it travels under when it travels alone.
// docs/errors.md lists the same codes; a test holds the two together.

export const ERROR_CODES = {
  BAD_REQUEST: { status: 400, meaning: 'The request could not be understood; the message says what was expected.' },
  BAD_USER_INPUT: { status: 400, meaning: 'An argument has a value that cannot be used; the message names it.' },
  UNAUTHENTICATED: { status: 401, meaning: 'The token is missing, unknown, revoked or expired.' },
  FORBIDDEN: { status: 403, meaning: 'The token lacks a scope, or the person lacks a capability on that site.' },
  NOT_FOUND: { status: 404, meaning: 'There is no such thing, or the viewer may not know of it.' },
  LIMIT_EXCEEDED: { status: 400, meaning: 'The document is too deep, too long or too costly; the message names the limit.' },
  PAYLOAD_TOO_LARGE: { status: 413, meaning: 'The body is larger than the limit that the message names.' },
  RATE_LIMITED: { status: 429, meaning: 'Too many requests; retry after the given time.' },
  OVERLOADED: { status: 503, meaning: 'The server is busy; retry after the given time.' },
  DIRECTORY_UNAVAILABLE: { status: 502, meaning: 'The directory of plugins is switched off or does not answer; the message says which.' },
  TIMEOUT: { status: 504, meaning: 'The work did not finish before its deadline.' },
  CONFIGURATION: { status: 500, meaning: 'The installation is misconfigured; the message says what to change.' },
  INTERNAL: { status: 500, meaning: 'A fault of the server; the log has the details under the request id.' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An unexpected failure with a stable code. The message never holds secrets, tokens or bodies. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** Marks a branch that the type system has proven impossible. */
export function unreachable(value: never): never {
  throw new AppError('INTERNAL', `unreachable branch reached with ${JSON.stringify(value)}`);
}
