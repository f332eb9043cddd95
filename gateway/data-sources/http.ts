// Reaches a subgraph of another process: one keep-alive POST a fetch, the viewer signed, bounded in time and size. Equal queries of
// one viewer that are under way are sent once; a mutation is always sent, and never again.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { GraphQLDataSource } from '@apollo/gateway';
import { signViewer } from '../../auth/viewer.js';
import { tookUnwatched } from '../../core/answer-sources.js';
import { AppError } from '../../core/errors.js';
import type { SubgraphName } from '../../subgraphs/shared/context.js';
import type { GatewayContext } from '../context.js';
import type { SubgraphAnswer } from '../subgraph-execution.js';
import { createInFlight, type AnswerText } from './in-flight.js';

/** The header that carries the signed viewer, the request id and the deadline. */
export const VIEWER_HEADER = 'x-sitegraph-viewer';

export interface HttpDataSourceOptions {
  readonly name: SubgraphName;
  readonly url: string;
  readonly viewerKey: string | Uint8Array;
  /** Sockets kept open to this subgraph. */
  readonly sockets?: number;
  /** Largest answer that is read, 32 MiB unless told: 250,000 nodes of 100 bytes. */
  readonly answerBytes?: number;
}

const ANSWER_BYTES = 32 * 1024 * 1024;
const MUTATION = /^\s*mutation\b/;

async function readAnswer(response: IncomingMessage, name: string, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit) throw new AppError('INTERNAL', `subgraph ${name} answered more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseAnswer({ text, status }: AnswerText, name: string): SubgraphAnswer {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw new AppError('INTERNAL', `subgraph ${name} answered ${status} without JSON`, { cause });
  }
  if (typeof answer !== 'object' || answer === null || !('data' in answer || 'errors' in answer)) {
    throw new AppError('INTERNAL', `subgraph ${name} answered ${status} without data or errors`);
  }
  return answer as SubgraphAnswer;
}

/** Creates the data source of a subgraph served by subgraph-server.ts, and what closes its sockets. */
export function createHttpDataSource(options: HttpDataSourceOptions): GraphQLDataSource & { close(): void } {
  const url = new URL(options.url);
  const secure = url.protocol === 'https:';
  const settings = { keepAlive: true, maxSockets: options.sockets ?? 64 };
  const agent = secure ? new HttpsAgent(settings) : new HttpAgent(settings);
  const open = secure ? httpsRequest : httpRequest;
  const limit = options.answerBytes ?? ANSWER_BYTES;
  const inFlight = createInFlight();

  function post(body: string, headers: Record<string, string | number>, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = open(url, { method: 'POST', agent, headers, signal }, resolve);
      request.on('error', reject);
      request.end(body);
    });
  }

  async function send(body: string, { viewer, requestId, deadlineMs }: GatewayContext['request']): Promise<AnswerText> {
    const remainingMs = deadlineMs - Date.now();
    if (remainingMs <= 0) throw new AppError('TIMEOUT', 'The work did not finish before its deadline');
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      accept: 'application/json',
      'x-request-id': requestId,
      [VIEWER_HEADER]: signViewer(viewer, { requestId, expiresAt: deadlineMs }, options.viewerKey),
    };
    const signal = AbortSignal.timeout(remainingMs);
    try {
      const response = await post(body, headers, signal);
      return { text: await readAnswer(response, options.name, limit), status: response.statusCode };
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      if (signal.aborted) throw new AppError('TIMEOUT', 'The work did not finish before its deadline', { cause });
      throw new AppError('OVERLOADED', `A part of the graph cannot be reached (${options.name}); retry later`, { cause, retryAfterMs: 1000 });
    }
  }

  /** The answer of a question that another request sent; null when it failed or tells errors, which name that other request. */
  async function askTogether(body: string, { request, arrivedAt }: GatewayContext): Promise<SubgraphAnswer | null> {
    let isOwn = false;
    const sendOwn = (): Promise<AnswerText> => ((isOwn = true), send(body, request));
    try {
      const { answer } = await inFlight.ask(request.viewer, body, arrivedAt, sendOwn);
      const parsed = parseAnswer(answer, options.name);
      return isOwn || parsed.errors === undefined ? parsed : null;
    } catch (error) {
      if (isOwn) throw error;
      return null;
    }
  }

  return {
    async process({ request, context }) {
      const gateway = context as GatewayContext;
      tookUnwatched();
      const { query, variables, operationName } = request;
      const body = JSON.stringify({ query, variables, operationName });
      const together = MUTATION.test(query ?? '') ? null : await askTogether(body, gateway);
      return (together ?? parseAnswer(await send(body, gateway.request), options.name)) as object;
    },
    close: () => agent.destroy(),
  };
}
