// Subscriptions over server-sent events and WebSocket: what is told, to whom, and when they end.
import { randomUUID } from 'node:crypto';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { Viewer } from '../../auth/viewer.js';
import { encodeGlobalId, type SiteId } from '../../core/ids.js';
import { allItems, claimOperation, saveItem, setOperationState } from '../../store/extension-items.js';
import { createOperation, type OperationRow } from '../../store/extension-operations.js';
import type { Store } from '../../store/store.js';
import { ACCOUNT_ID, OPERATOR } from '../testkit/ask.js';
import { startGraph, type TestGraph } from '../testkit/graph.js';
import { nextSiteId, openTestStore } from '../testkit/store.js';

const STRANGER: Viewer = { kind: 'person', accountId: '00000000-0000-4000-8000-000000000009', scopes: ['*'], users: [] };
const READER: Viewer = { kind: 'operator', accountId: '00000000-0000-4000-8000-000000000008', scopes: ['content:read'] };
const PROGRESS = 'subscription($id: ID!) { extensionOperationProgress(id: $id) { operationState progress { total done } steps { state } } }';

interface Told { data?: { extensionOperationProgress?: { operationState: string; progress: { done: number } } | null } | null; errors?: readonly { message: string; extensions?: { code?: unknown } }[] }

let store: Store;
let graph: TestGraph;
let site: SiteId;
const viewers: Record<string, Viewer> = { operator: OPERATOR, stranger: STRANGER, reader: READER };

beforeAll(async () => {
  store = await openTestStore();
  graph = await startGraph(store, 'in-process', viewers);
  site = nextSiteId();
}, 120_000);
afterAll(() => graph.close());

async function newOperation(): Promise<{ row: OperationRow; id: string; holder: string }> {
  const holder = randomUUID();
  const item = { siteId: site, kind: 'PLUGIN' as const, slug: 'tideline', file: null, toVersion: null, fromVersion: null, expectedVersion: null, packageId: null, userId: null, actorLabel: 'x', canary: false, blocked: null };
  const { row } = await createOperation(store.database, {
    accountId: ACCOUNT_ID, idempotencyKey: holder, inputHash: '', origin: 'REQUEST', action: 'UPDATE', concurrency: 1, stopOnFailureRate: 1, healthCheck: false, paths: [], autoRollback: true,
    // Nobody carries these out.
    scheduleAt: new Date(Date.now() + 3_600_000), items: [item],
  }, new Date());
  await store.database.query('UPDATE extension_operation SET schedule_at = NULL WHERE id = $1::uuid', [row.id]);
  await claimOperation(store.database, row.id, holder, 600);
  return { row, id: encodeGlobalId(site, 'ExtensionOperation', row.id), holder };
}

/** Carries the operation's item to its end. */
async function carryOn({ row, holder }: { row: OperationRow; holder: string }): Promise<void> {
  const [item] = await allItems(store.database, row.id);
  if (!item) throw new Error('the operation has an item');
  await saveItem(store.database, item, holder, { state: 'SUCCEEDED', finishedAt: new Date() });
  await setOperationState(store.database, row.id, holder, 'SUCCEEDED', null);
}

const sse = (token: string | null) => createSseClient({ url: `${graph.url}/stream`, retryAttempts: 0, ...(token === null ? {} : { headers: { authorization: `Bearer ${token}` } }) });
const ws = (token: string | null) => createWsClient({ url: `${graph.url.replace('http', 'ws')}/ws`, webSocketImpl: WebSocket, retryAttempts: 0, ...(token === null ? {} : { connectionParams: { authorization: `Bearer ${token}` } }) });

describe.each([['server-sent events', sse], ['WebSocket', ws]] as const)('a subscription over %s', (_name, connect) => {
  it('tells an operation at once, at each change, and ends with it', async () => {
    const operation = await newOperation();
    const client = connect('operator');
    const states: unknown[] = [];
    for await (const result of client.iterate({ query: PROGRESS, variables: { id: operation.id } }) as AsyncIterable<Told>) {
      expect(result.errors).toBeUndefined();
      states.push(result.data?.extensionOperationProgress?.operationState);
      if (states.length === 1) await carryOn(operation);
    }
    expect(states[0]).toBe('RUNNING');
    expect(states.at(-1)).toBe('SUCCEEDED');
    void client.dispose();
  });

  it('tells nothing to those who may not see the operation, and refuses a token without the scope', async () => {
    const { id } = await newOperation();
    for (const [token, codes] of [['stranger', []], ['reader', ['FORBIDDEN']]] as const) {
      const client = connect(token);
      const results: Told[] = [];
      for await (const result of client.iterate({ query: PROGRESS, variables: { id } }) as AsyncIterable<Told>) {
        results.push(result);
        break;
      }
      expect(results[0]?.data).toEqual({ extensionOperationProgress: null });
      expect((results[0]?.errors ?? []).map((error) => error.extensions?.code)).toEqual(codes);
      void client.dispose();
    }
  });

  it('refuses visitors, queries and fields that nothing tells of', async () => {
    const first = async (token: string | null, query: string): Promise<unknown> => {
      const client = connect(token);
      try {
        for await (const result of client.iterate({ query, variables: { id: 'x' } }) as AsyncIterable<Told>) return result.errors ?? result.data;
        return 'nothing';
      } catch {
        return 'refused';
      } finally {
        void client.dispose();
      }
    };
    expect(await first(null, PROGRESS)).toBe('refused');
    expect(await first('nobody', PROGRESS)).toBe('refused');
    expect(await first('operator', '{ __typename }')).toBe('refused');
    expect(await first('operator', 'subscription { nothing }')).toBe('refused');
    expect(await first('operator', 'subscription { a: extensionOperationProgress(id: "x") { id } b: extensionOperationProgress(id: "y") { id } }')).toBe('refused');
  });
});

describe('subscriptions', () => {
  it('are limited for each account, and give their place back when the client leaves', async () => {
    const { id } = await newOperation();
    const client = sse('operator');
    const open = Array.from({ length: 3 }, () => client.iterate({ query: PROGRESS, variables: { id } }));
    for (const one of open) expect((await one.next()).done).toBe(false);
    const status = async (): Promise<number> => {
      const leave = new AbortController();
      const response = await fetch(`${graph.url}/stream`, { method: 'POST', signal: leave.signal, headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: 'Bearer operator' }, body: JSON.stringify({ query: PROGRESS, variables: { id } }) });
      leave.abort();
      return response.status;
    };
    expect(await status()).toBe(429);
    for (const one of open) await one.return?.(undefined);
    client.dispose();
    await expect.poll(status, { timeout: 10_000 }).toBe(200);
  });

  it('end when the token is no longer good', async () => {
    const operation = await newOperation();
    viewers['short'] = OPERATOR;
    const results: unknown[] = [];
    const client = ws('short');
    await expect(async () => {
      for await (const result of client.iterate({ query: PROGRESS, variables: { id: operation.id } })) {
        results.push(result);
        delete viewers['short'];
        await carryOn(operation);
      }
    }).rejects.toBeDefined();
    expect(results).toHaveLength(1);
    void client.dispose();
  });
});
