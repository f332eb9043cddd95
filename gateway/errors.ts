// Turns every error into what a client may see: a code of the catalogue, a message without internals, the request id.
// The unexpected is masked and logged once, where it is first seen: in the subgraph's execution, else in the gateway.
import { ApolloServerErrorCode } from '@apollo/server/errors';
import { HeaderMap } from '@apollo/server';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { AppError, ERROR_CODES, type ErrorCode } from '../core/errors.js';
import type { Log } from '../core/log.js';

/** Codes of GraphQL itself that keep their well-known names. */
const GRAPHQL_CODES: ReadonlySet<string> = new Set([
  ApolloServerErrorCode.GRAPHQL_PARSE_FAILED,
  ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED,
  ApolloServerErrorCode.PERSISTED_QUERY_NOT_FOUND,
  ApolloServerErrorCode.PERSISTED_QUERY_NOT_SUPPORTED,
]);

/** Messages of these say what the installation is like, which is nobody else's business. */
const MASKED: ReadonlySet<string> = new Set(['INTERNAL', 'CONFIGURATION']);

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
}

function rootCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}

/** Names an error by the catalogue; INTERNAL when it is not known to be anything else. */
export function codeOf(error: unknown): string {
  const cause = rootCause(error);
  if (cause instanceof AppError) return cause.code;
  const code = error instanceof GraphQLError ? error.extensions['code'] : undefined;
  if (isErrorCode(code) || (typeof code === 'string' && GRAPHQL_CODES.has(code))) return code;
  if (code === ApolloServerErrorCode.OPERATION_RESOLUTION_FAILURE) return 'BAD_REQUEST';
  // graphql-js reports bad variables with neither a code nor a path.
  if (code === undefined && cause instanceof GraphQLError && cause.path === undefined) return 'BAD_USER_INPUT';
  return 'INTERNAL';
}

/** What a client sees of an error. Pure; the caller logs it when `code` is INTERNAL or CONFIGURATION. */
export function describeError(error: unknown, requestId: string | undefined): GraphQLFormattedError {
  const code = codeOf(error);
  const cause = rootCause(error);
  const source = error instanceof GraphQLError ? error.toJSON() : { message: error instanceof Error ? error.message : String(error) };
  const { stacktrace, exception, http, serviceName, ...extensions } = error instanceof GraphQLError ? error.extensions : {};
  const masked = MASKED.has(code);
  const quote = requestId === undefined ? '' : `; quote request id ${requestId}`;
  return {
    ...source,
    message: masked ? `Something went wrong${quote}` : source.message,
    extensions: {
      ...(masked ? {} : extensions),
      code,
      ...(requestId === undefined ? {} : { requestId }),
      ...(cause instanceof AppError && cause.retryAfterMs !== null ? { retryAfterMs: cause.retryAfterMs } : {}),
    },
  };
}

/** Tells whether an error is a fault to be logged, rather than an answer. */
export function isFault(error: unknown): boolean {
  return MASKED.has(codeOf(error));
}

/** Logs a fault with what finds it again; never variables, tokens or bodies. */
export function logFault(log: Log, error: unknown, where: Readonly<Record<string, unknown>>): void {
  const path = error instanceof GraphQLError ? error.path?.join('.') : undefined;
  const cause = rootCause(error);
  log.error({ ...where, code: codeOf(error), ...(path === undefined ? {} : { path }), err: cause }, 'request failed');
}

/** An error that decides the HTTP status of the whole answer. */
export function requestError(code: ErrorCode, message: string, extensions: Readonly<Record<string, unknown>> = {}): GraphQLError {
  const headers = new HeaderMap();
  if (code === 'UNAUTHENTICATED') headers.set('www-authenticate', 'Bearer');
  return new GraphQLError(message, { extensions: { ...extensions, code, http: { status: ERROR_CODES[code].status, headers } } });
}

/** Gives an AppError the HTTP status of its code; anything else stays what it is. */
export function asRequestError(error: unknown, requestId: string): unknown {
  if (!(error instanceof AppError)) return error;
  const headers = new HeaderMap();
  if (error.code === 'UNAUTHENTICATED') headers.set('www-authenticate', 'Bearer error="invalid_token"');
  if (error.retryAfterMs !== null) headers.set('retry-after', String(Math.ceil(error.retryAfterMs / 1000)));
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: { code: error.code, requestId, http: { status: ERROR_CODES[error.code].status, headers } },
  });
}
