// The load driver, in a process of its own so that it shares no event loop with what it measures. It is sent one job at a time
// and answers with the latencies it saw; an answer that is not 200 without errors ends the job.
import { Agent, request } from 'node:http';

export interface LoadJob {
  readonly url: string;
  readonly token: string;
  /** Headers beside those that every request has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Request bodies, taken in turn. */
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly durationMs: number;
}

export type LoadResult =
  | { readonly kind: 'measured'; readonly requests: number; readonly seconds: number; readonly p50Ms: number; readonly p99Ms: number }
  | { readonly kind: 'failed'; readonly message: string };

/** Sends one body and returns the answer's text. */
export function post(agent: Agent, { url, token, headers: more }: Pick<LoadJob, 'url' | 'token' | 'headers'>, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), authorization: `Bearer ${token}`, ...more };
    const sent = request(url, { agent, method: 'POST', headers, timeout: 30_000 }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        if (answer.statusCode === 200 && !text.includes('"errors":')) resolve(text);
        else reject(new Error(`answered ${answer.statusCode}: ${text.slice(0, 300)}`));
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer in 30 s')));
    sent.on('error', reject);
    sent.end(body);
  });
}

async function run(job: LoadJob): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: job.connections });
  const latencies: number[] = [];
  const started = performance.now();
  let next = 0;
  const client = async (): Promise<void> => {
    while (performance.now() - started < job.durationMs) {
      const sentAt = performance.now();
      await post(agent, job, job.bodies[next++ % job.bodies.length] ?? '');
      latencies.push(performance.now() - sentAt);
    }
  };
  try {
    await Promise.all(Array.from({ length: job.connections }, client));
  } finally {
    agent.destroy();
  }
  const seconds = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { kind: 'measured', requests: latencies.length, seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}

process.on('message', (job: LoadJob) => {
  run(job).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ kind: 'failed', message: String(error) } satisfies LoadResult),
  );
});
