// Reading from services that are no site and whose addresses the operator configured: the feed of vulnerabilities, the directory of
// plugins. A deadline, a size cap, no redirect followed, nothing of ours sent along. What an answer means is the caller's business.
import { createHttp, type Http } from './http.js';

export interface OutsideReader {
  /** Reads one address. Messages of failures name the host alone: an address may hold a key. */
  read(url: string, limits: OutsideLimits): Promise<OutsideAnswer | OutsideFailure>;
  close(): void;
}

export interface OutsideLimits {
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
}

export interface OutsideAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly body: Buffer;
}

export interface OutsideFailure {
  readonly kind: 'failure';
  readonly message: string;
}

/** Creates a reader. The operator chose the addresses, so a private one may be meant. */
export function createOutsideReader(http: Http = createHttp({ allowPrivateOrigins: true })): OutsideReader {
  return {
    async read(url, { timeoutMs, maxAnswerBytes }) {
      const answer = await http.send({
        method: 'GET', url, headers: { accept: 'application/json' }, body: Buffer.alloc(0), deadline: performance.now() + timeoutMs, maxAnswerBytes, mayReuse: true,
      });
      if (answer.kind === 'failure') return { kind: 'failure', message: answer.message };
      if (answer.status >= 300 && answer.status < 400) return { kind: 'failure', message: `${new URL(url).host} answers with a redirect (${answer.status}); configure the address it leads to` };
      return { kind: 'answer', status: answer.status, body: answer.body };
    },
    close: () => http.close(),
  };
}
