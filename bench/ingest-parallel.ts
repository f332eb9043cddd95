// Ten sites that send at once, on PostgreSQL, beside plain SQL that upserts the same rows over ten connections at once; and how long after
// its acknowledgement an event is seen by a reader who asks through the graph. Called by run.ts where DATABASE_URL is set.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { encodeGlobalId, type SiteId } from '../core/ids.js';
import { openStore, type Store } from '../store/store.js';
import { addSite } from '../store/sites.js';
import { createToken } from '../store/tokens.js';
import { signRequest } from '../sync/protocol/sign-request.js';
import { rounded } from './driver.js';
import { generateFullSync, type GeneratedRequest, type GeneratedSite } from './generate.js';
import { plainBatches, upsertPlainly, withPeerTables } from './ingest.js';
import { startServer } from './server.js';

const SITES = 10;
const FIRST_SITE = 720_001;
const SECRET = 'the secret of the benchmark of parallel ingest';
const tokenOf = (siteId: number): string => `benchkey${siteId}.benchsecret${siteId}`;
const RETRY_MS = 20;
/** Longer than an event may stay unseen without the run being given up. */
const GIVE_UP_MS = 10_000;

/** As `npm start` runs, and as is documented for more than one core. */
const WORKERS = [null, 2] as const;

/** Measures with so many posts a site, over one process and over workers. */
export async function benchParallelIngest(postsOfSite: number): Promise<Record<string, unknown>> {
  const runs: unknown[] = [];
  for (const workers of WORKERS) {
    process.stderr.write(`Ten sites at once, ${workers === null ? 'one process' : `${workers} workers`}\n`);
    runs.push({ workers, ...(await measure(postsOfSite, workers)) });
  }
  return { sites: SITES, postsOfSite, runs };
}

async function measure(postsOfSite: number, workers: number | null): Promise<Record<string, unknown>> {
  const given = process.env['DATABASE_URL'] ?? '';
  const name = `sitegraph_ingest_${randomBytes(4).toString('hex')}`;
  const admin = new pg.Client({ connectionString: given });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(given);
  url.pathname = `/${name}`;
  const store = await openStore({ databaseUrl: url.href, rootKey: SECRET });
  const server = await startServer({ DATABASE_URL: url.href, SITEGRAPH_SECRET: SECRET, LOG_LEVEL: 'error' }, { args: workers === null ? [] : ['--workers', String(workers)] });
  try {
    const siteIds = Array.from({ length: SITES }, (_, index) => (FIRST_SITE + index) as SiteId);
    for (const id of siteIds) await addSite(store, { id, url: `http://parallel-${id}.example`, blogToken: tokenOf(id) });
    const { token } = await createToken(store, { subject: { kind: 'operator' }, scopes: ['*'], expiresAt: null, label: 'bench' });
    const site: GeneratedSite = { posts: postsOfSite, terms: 200, metasPerPost: 3, termsPerPost: 3 };
    const lags: number[] = [];
    // Made beforehand, for all sites the same, as the peer's rows are.
    const requests = [...generateFullSync(site)];
    const before = server.cpuMs() ?? 0;
    const started = performance.now();
    const rows = await Promise.all(siteIds.map((id) => sendAll(server.base, id, requests, async (postId, ackedAt) => lags.push(await seenAfter(server.base, token, id, postId, ackedAt)))));
    const seconds = (performance.now() - started) / 1000;
    const sent = rows.reduce((sum, count) => sum + count, 0);
    await assertArrived(store, siteIds, site);
    const cpuSeconds = ((server.cpuMs() ?? 0) - before) / 1000;
    const batches = [...plainBatches(site)];
    process.stderr.write('  the same rows by plain SQL\n');
    let peerSeconds = 0;
    const peer = await withPeerTables((sql) => store.database.script(sql), async () => {
      const peerStarted = performance.now();
      const done = await Promise.all(siteIds.map((id) => upsertPlainly(store.database, batches, id)));
      peerSeconds = (performance.now() - peerStarted) / 1000;
      return done;
    });
    const peerRows = peer.reduce((sum, { rows: count }) => sum + count, 0);
    lags.sort((a, b) => a - b);
    const at = (share: number): number => rounded(lags[Math.min(lags.length - 1, Math.floor(lags.length * share))] ?? 0);
    const rates = { rowsPerSecond: Math.round(sent / seconds), plainSqlRowsPerSecond: Math.round(peerRows / peerSeconds) };
    return {
      rows: sent, seconds: rounded(seconds), serverCpuSeconds: rounded(cpuSeconds), ...rates, ratioToPlainSql: rounded(rates.rowsPerSecond / rates.plainSqlRowsPerSecond),
      seenAfterAcknowledgementMs: { looks: lags.length, p50: at(0.5), p99: at(0.99), most: at(1) }, peakMemoryMiB: server.peakMemoryMiB(),
    };
  } finally {
    await server.stop();
    await store.close();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  }
}

/** Sends a full sync; after each acknowledged chunk of posts `look` is asked about its last post. Returns the rows. */
async function sendAll(base: string, siteId: SiteId, requests: readonly GeneratedRequest[], look: (postId: number, ackedAt: number) => Promise<unknown>): Promise<number> {
  let rows = 0;
  for (const request of requests) {
    const url = `${base}/wpcom/v2/sites/${siteId}/jetpack-sync-actions?sync=1&codec=deflate-json-array&timestamp=1790000000.1&queue=${request.queue}&timeout=30`;
    const answer = await sendUntilTaken(siteId, url, request.body);
    const ackedAt = performance.now();
    const body = (await answer.json()) as { processed_items?: string[] };
    if (answer.status !== 200 || body.processed_items?.length !== 1) throw new Error(`a request was not acknowledged: ${answer.status} ${JSON.stringify(body)}`);
    rows += request.rows;
    if (request.lastPostId !== null) await look(request.lastPostId, ackedAt);
  }
  return rows;
}

/** A server that has enough to do says so, and a site comes back. */
async function sendUntilTaken(siteId: SiteId, url: string, body: Buffer): Promise<Response> {
  for (;;) {
    const authorization = signRequest({ token: tokenOf(siteId), userId: 0, method: 'POST', url, body, bodyHashKind: 'jsonl', nowMs: Date.now() });
    const answer = await fetch(url, { method: 'POST', headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' }, body: new Uint8Array(body) });
    if (answer.status !== 503) return answer;
    await answer.arrayBuffer();
    await sleep(RETRY_MS);
  }
}

/** Milliseconds from an acknowledgement to the answer that shows the post, asked again until one does. */
async function seenAfter(base: string, token: string, siteId: SiteId, postId: number, ackedAt: number): Promise<number> {
  const body = JSON.stringify({ query: 'query($id: ID!) { node(id: $id) { ... on Post { title } } }', variables: { id: encodeGlobalId(siteId, 'Post', postId) } });
  for (;;) {
    const answer = await fetch(`${base}/graphql`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body });
    const { data } = (await answer.json()) as { data: { node: { title: string } | null } };
    const tookMs = performance.now() - ackedAt;
    if (data.node?.title.startsWith(`Post ${postId} of`)) return tookMs;
    if (tookMs > GIVE_UP_MS) throw new Error(`post ${postId} of site ${siteId} was acknowledged and is not seen after ${GIVE_UP_MS / 1000} s`);
  }
}

async function assertArrived(store: Store, siteIds: readonly SiteId[], site: GeneratedSite): Promise<void> {
  const rows = await store.database.query<{ siteId: number; count: number }>(
    'SELECT site_id AS "siteId", count(*) AS count FROM post WHERE site_id = ANY($1::bigint[]) AND alive GROUP BY site_id', [siteIds]);
  if (rows.length !== siteIds.length || rows.some(({ count }) => count !== site.posts)) throw new Error(`the rows are not what was sent: ${JSON.stringify(rows)}`);
}
