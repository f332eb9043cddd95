// Faults that a test puts into the double's answers: of the wire (reset, delay, lost answer) and of the server behind it (500, garbage,
// 401, a body without end). The double is otherwise well-behaved.
import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

export type Fault =
  /** The connection is torn down after the request was read; the site did nothing. */
  | { readonly kind: 'reset' }
  /** The site acts, then the connection is torn down: the outcome is unknown to the caller. */
  | { readonly kind: 'lose-answer' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Never answers; until the connection is closed. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'status'; readonly status: number; readonly body?: string; readonly contentType?: string; readonly headers?: Readonly<Record<string, string>> }
  /** 200 with HTML, as a plugin's warning or a parked domain gives. */
  | { readonly kind: 'garbage' }
  | { readonly kind: 'huge'; readonly bytes: number };

export interface Call {
  readonly method: string;
  /** The REST route without leading slash, `xmlrpc:<method>`, or the path of anything else. */
  readonly route: string;
}

export type CallMatcher = string | RegExp | ((call: Call) => boolean);

export interface Faults {
  /** The next call that matches fails so; `times` calls do when given. */
  failNext(matcher: CallMatcher, fault: Fault, times?: number): void;
  take(call: Call): Fault | null;
  clear(): void;
}

export function createFaults(): Faults {
  const planned: { matcher: CallMatcher; fault: Fault; left: number }[] = [];
  return {
    failNext: (matcher, fault, times = 1) => void planned.push({ matcher, fault, left: times }),
    take(call) {
      const found = planned.find((plan) => plan.left > 0 && matchesCall(plan.matcher, call));
      if (!found) return null;
      found.left -= 1;
      return found.fault;
    },
    clear: () => void planned.splice(0),
  };
}

/** A text matches the whole route. */
export function matchesCall(matcher: CallMatcher, call: Call): boolean {
  if (typeof matcher === 'string') return matcher === call.route;
  return matcher instanceof RegExp ? matcher.test(call.route) : matcher(call);
}

/** Plays a fault that replaces the answer; false when the site is to act after it. */
export async function playFault(fault: Fault, response: ServerResponse): Promise<boolean> {
  switch (fault.kind) {
    case 'reset':
      response.socket?.resetAndDestroy();
      return true;
    case 'lose-answer':
      return false;
    case 'delay':
      await wait(fault.ms);
      return false;
    case 'hang':
      return true;
    case 'status':
      response.writeHead(fault.status, { 'content-type': fault.contentType ?? 'application/json; charset=utf-8', ...fault.headers });
      response.end(fault.body ?? JSON.stringify({ code: 'internal_server_error', message: 'There has been a critical error on this website.', data: { status: fault.status } }));
      return true;
    case 'garbage':
      response.writeHead(200, { 'content-type': 'text/html; charset=UTF-8' });
      response.end('<br />\n<b>Warning</b>: Cannot modify header information - headers already sent\n<!doctype html><title>Parked</title>');
      return true;
    case 'huge':
      await pour(fault.bytes, response);
      return true;
  }
}

/** A JSON text of so many bytes, as fast as it is read, until the caller has enough. */
async function pour(bytes: number, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
  response.write('["');
  const piece = 'x'.repeat(65_536);
  for (let sent = 0; sent < bytes && !response.destroyed; sent += piece.length) {
    if (response.write(piece)) continue;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        response.off('drain', done).off('close', done);
        resolve();
      };
      response.on('drain', done).on('close', done);
    });
  }
  response.end('"]');
}
