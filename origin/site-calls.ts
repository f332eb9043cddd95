// What a call to a site is and how it can end: the words of origin/, used by everything that talks to sites.
// No types of a transport here; origin/site-client.ts makes the calls.
import type { Json } from '../core/changes.js';
import type { SiteId } from '../core/ids.js';
import type { XmlRpcValue } from '../sync/protocol/xml-rpc.js';

/** Who a call is made as: nobody (unsigned), the site's own token, or a connected person. */
export type CallAs = { readonly kind: 'nobody' } | { readonly kind: 'site' } | { readonly kind: 'user'; readonly userId: number };

export type QueryValue = string | number | boolean | readonly (string | number)[];

/** A file that is the body of a call, read from disk while it is sent. */
export interface CallFile {
  readonly path: string;
  /** How many of its bytes are sent: all of them. */
  readonly bytes: number;
  /** SHA-1 of these bytes in base64, which is signed. */
  readonly sha1: string;
  readonly mimeType: string;
  /** The name that the site is to give it. */
  readonly name: string;
}

/** What the calls of one write share, so that how the site is called is looked up once a person; made anew for each write. */
export type CallMemo = Map<string, unknown>;

/** Under which name a memo has how a site is called by a person of it. */
export const targetMemo = (siteId: SiteId, userId: number | null): string => `${siteId}:${userId}`;

export interface RestCall {
  readonly as: CallAs;
  /** Methods other than GET and POST travel as POST with `_method`. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Without leading slash, e.g. `wp/v2/posts/31` or `jetpack/v4/sync/status`. */
  readonly route: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  /** Sent as JSON. */
  readonly json?: Json;
  /** Sent as they are, as `wp/v2/media` takes a file. */
  readonly bytes?: { readonly content: Uint8Array; readonly type: string; readonly name: string };
  /** Sent as a form; for unsigned calls of the connection. */
  readonly form?: Readonly<Record<string, string>>;
  /** Sent as it is, with its type and name as headers; for media. */
  readonly file?: CallFile;
  /** Of `restAt` alone: an application password that is not kept yet, sent over https (or where private addresses are allowed). */
  readonly password?: { readonly login: string; readonly password: string };
  /** Deadline of the whole call; the client's default is 20 s. */
  readonly timeoutMs?: number;
  /** Largest answer that is read; the client's default is 8 MiB. */
  readonly maxAnswerBytes?: number;
  readonly memo?: CallMemo;
  /**
   * What the call changes a part of, where WordPress writes the whole of it anew without a lock (an option that is a list): calls of
   * this installation to one site that name the same are made one after another, or each would undo what the one beside it did.
   */
  readonly turn?: string;
  /** True for a POST that may be repeated without harm (a histogram, an object fetch): it is retried as reads are. */
  readonly isRead?: boolean;
}

export interface XmlRpcCall {
  readonly as: CallAs;
  readonly method: string;
  readonly params: readonly XmlRpcValue[];
  readonly timeoutMs?: number;
}

/**
 * Why a call came to nothing. They are the codes of `site_finding` too, so that a person reads what is wrong.
 * `unreachable`: refused, reset, no name; `timeout`; `certificate`: TLS was not believed; `clock`: the site refuses the time of our
 * signatures; `signature`: it refuses the signature; `private-address`: the address is not one that may be called;
 * `redirect`: it sends elsewhere; `too-large`: its answer is, or our call to it; `not-wordpress`: the answer is no JSON; `resting`: the site failed so often that it is
 * left alone for a while; `no-token`: there is nobody to sign as.
 */
export type CallFailureCode =
  | 'unreachable' | 'timeout' | 'certificate' | 'clock' | 'signature' | 'private-address' | 'redirect' | 'too-large' | 'not-wordpress' | 'resting' | 'no-token';

export type CallOutcome<T> =
  /** The site answered; `status` may still be a refusal of WordPress, whose code and message are in `error`. */
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: T; readonly error: SiteError | null }
  /** `wasSent` is true when the site may have acted on it: then the outcome is unknown until it is read back. */
  | { readonly kind: 'failure'; readonly code: CallFailureCode; readonly message: string; readonly wasSent: boolean };

/** WordPress's own refusal (`WP_Error` as JSON, or an XML-RPC fault). */
export interface SiteError {
  readonly code: string;
  readonly message: string;
}

/** Calls sites. One a process: it holds the connections, the limits of each site and its circuit breaker. */
export interface SiteClient {
  /** Calls a REST route of a connected site. */
  rest(siteId: SiteId, call: RestCall): Promise<CallOutcome<Json>>;
  /** Calls a REST route of an address that is not connected (yet): registration's call back, discovery. Never signed. */
  restAt(siteUrl: string, call: RestCall): Promise<CallOutcome<Json>>;
  /** Calls an XML-RPC method of a connected site. */
  xmlRpc(siteId: SiteId, call: XmlRpcCall): Promise<CallOutcome<XmlRpcValue>>;
  /** Calls an XML-RPC method of an address that is not connected (yet), for sites whose REST API is switched off. Never signed. */
  xmlRpcAt(siteUrl: string, call: XmlRpcCall): Promise<CallOutcome<XmlRpcValue>>;
  /** Fetches a page of a connected site the way a visitor sees it: same origin only, a few redirects within it, at most 8 MiB. */
  page(siteId: SiteId, page: PageCall): Promise<PageOutcome>;
  /** Fetches a file from an address that the configuration names, at most `maxBytes`. */
  download(url: string, maxBytes: number, timeoutMs: number): Promise<DownloadOutcome>;
  close(): Promise<void>;
}

export interface PageCall {
  /** Begins with one slash; below the site's home address. */
  readonly path: string;
  readonly timeoutMs: number;
}

export type PageOutcome =
  | { readonly kind: 'answer'; readonly status: number; readonly text: string }
  | { readonly kind: 'failure'; readonly code: CallFailureCode; readonly message: string };

export type DownloadOutcome =
  | { readonly kind: 'answer'; readonly content: Buffer }
  | { readonly kind: 'failure'; readonly code: CallFailureCode | 'refused'; readonly message: string };
