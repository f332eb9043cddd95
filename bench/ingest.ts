// Ingest through the HTTP endpoint beside a plain SQL bulk upsert of the same rows into the same database, in one run.
//   node dist/bench/ingest.js [posts]      default 100000; DATABASE_URL chooses a PostgreSQL server
// Asserts what arrived before it prints anything.
import { openStore } from '../store/store.js';
import { loadRootKey } from '../store/secrets.js';
import type { Queryable } from '../store/database.js';
import { signRequest } from '../sync/protocol/sign-request.js';
import { generateFullSync, META_KEYS, postRow, type GeneratedSite } from './generate.js';
import { startServer } from './server.js';

const SITE_ID = 700_001;
const TOKEN = 'benchkey0123456789.benchsecret0123456789';
const BATCH_ROWS = 500;

async function ingestOverHttp(base: string, site: GeneratedSite): Promise<{ rows: number; seconds: number }> {
  // Made beforehand, as the peer's rows are: it is the server that is measured.
  const requests = [...generateFullSync(site)];
  const started = performance.now();
  let rows = 0;
  let told = 0;
  for (const request of requests) {
    const url = `${base}/wpcom/v2/sites/${SITE_ID}/jetpack-sync-actions?sync=1&codec=deflate-json-array&timestamp=1790000000.1&queue=${request.queue}&timeout=30`;
    const authorization = signRequest({ token: TOKEN, userId: 0, method: 'POST', url, body: request.body, bodyHashKind: 'jsonl', nowMs: Date.now() });
    const answer = await fetch(url, { method: 'POST', headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' }, body: request.body });
    const body = (await answer.json()) as { processed_items?: string[] };
    if (answer.status !== 200 || body.processed_items?.length !== 1) throw new Error(`a request was not acknowledged: ${answer.status} ${JSON.stringify(body)}`);
    rows += request.rows;
    if (rows - told >= 50_000) {
      told = rows;
      process.stderr.write(`  ${rows} rows, ${Math.round(rows / ((performance.now() - started) / 1000))} a second\n`);
    }
  }
  return { rows, seconds: (performance.now() - started) / 1000 };
}

/** Rows of a few hundred posts, as the peer's statements take them. */
export interface PlainBatch {
  readonly rows: number;
  readonly posts: string;
  readonly metas: string;
  readonly relations: string;
}

/** The rows of a site in batches, already decoded, in the order in which the site sends them. */
export function* plainBatches(site: GeneratedSite): Generator<PlainBatch> {
  for (let last = site.posts; last > 0; last -= BATCH_ROWS) {
    const ids = Array.from({ length: Math.min(BATCH_ROWS, last) }, (_, index) => last - index);
    const posts = ids.map(postRow);
    const metas = ids.flatMap((id) =>
      Array.from({ length: site.metasPerPost }, (_, index) => ({ m: (id - 1) * site.metasPerPost + index + 1, p: id, k: META_KEYS[index % META_KEYS.length], v: String(id + index) })));
    const relations = ids.flatMap((id) => Array.from({ length: site.termsPerPost }, (_, index) => ({ o: id, t: ((id * 7 + index) % site.terms) + 1 })));
    yield { rows: posts.length + metas.length + relations.length, posts: JSON.stringify(posts), metas: JSON.stringify(metas), relations: JSON.stringify(relations) };
  }
}

const PEER_TABLES = ['post', 'post_meta', 'term_relation'] as const;

/** Runs work beside tables of the same shape and with the same indexes as the product's, named peer_…, which are gone afterwards. */
export async function withPeerTables<T>(script: (sql: string) => Promise<void>, work: () => Promise<T>): Promise<T> {
  for (const table of PEER_TABLES) await script(`CREATE TABLE peer_${table} (LIKE ${table} INCLUDING ALL)`);
  const result = await work();
  for (const table of PEER_TABLES) await script(`DROP TABLE peer_${table}`);
  return result;
}

/** The peer: the same rows with the same columns, upserted in batches, with no log and no checks. Only its statements are timed. */
export async function upsertPlainly(db: Queryable, batches: Iterable<PlainBatch>, siteId: number): Promise<{ rows: number; seconds: number }> {
  let rows = 0;
  let seconds = 0;
  for (const batch of batches) {
    const started = performance.now();
    await db.query(
      `INSERT INTO peer_post (site_id, id, type, status, parent_id, menu_order, title, content, excerpt, slug, local_date, date_gmt, modified_gmt, comment_status, ping_status,
         mime_type, guid, password_protected, author_id, permalink, shortlink, alive, rev)
       SELECT $1, x."ID", x.post_type, x.post_status, x.post_parent, x.menu_order, x.post_title, x.post_content, x.post_excerpt, x.post_name, x.post_date, x.post_date_gmt,
         x.post_modified_gmt, x.comment_status, x.ping_status, x.post_mime_type, x.guid, x.post_password <> '', x.post_author, x.permalink, x.shortlink, true, 1
       FROM jsonb_to_recordset($2::jsonb) AS x("ID" bigint, post_type text, post_status text, post_parent bigint, menu_order integer, post_title text, post_content text,
         post_excerpt text, post_name text, post_date timestamp, post_date_gmt timestamptz, post_modified_gmt timestamptz, comment_status text, ping_status text,
         post_mime_type text, guid text, post_password text, post_author bigint, permalink text, shortlink text)
       ON CONFLICT (site_id, id) DO UPDATE SET title = excluded.title, content = excluded.content, status = excluded.status, modified_gmt = excluded.modified_gmt`,
      [siteId, batch.posts],
    );
    await db.query(
      `INSERT INTO peer_post_meta (site_id, meta_id, post_id, meta_key, value, alive, rev) SELECT $1, x.m, x.p, x.k, to_jsonb(x.v), true, 1
       FROM jsonb_to_recordset($2::jsonb) AS x(m bigint, p bigint, k text, v text) ON CONFLICT (site_id, meta_id) DO UPDATE SET value = excluded.value`,
      [siteId, batch.metas],
    );
    await db.query(
      `INSERT INTO peer_term_relation (site_id, object_id, tt_id, present, alive, rev) SELECT $1, x.o, x.t, true, true, 1
       FROM jsonb_to_recordset($2::jsonb) AS x(o bigint, t bigint) ON CONFLICT (site_id, object_id, tt_id) DO UPDATE SET present = excluded.present`,
      [siteId, batch.relations],
    );
    seconds += (performance.now() - started) / 1000;
    rows += batch.rows;
  }
  return { rows, seconds };
}

/** Runs the benchmark and returns its figures. */
export async function benchIngest(posts: number): Promise<Record<string, unknown>> {
  const site: GeneratedSite = { posts, terms: 200, metasPerPost: 3, termsPerPost: 3 };
  const server = await startServer();
  let ours: { rows: number; seconds: number };
  let peakMemoryMiB: number | null;
  try {
    server.cli('site', 'add', '--id', String(SITE_ID), '--url', 'http://generated.example', '--blog-token', TOKEN);
    ours = await ingestOverHttp(server.base, site);
    peakMemoryMiB = server.peakMemoryMiB();
  } finally {
    await server.stop();
  }
  const store = await openStore({
    databaseUrl: process.env['DATABASE_URL'],
    folder: `${server.dataDir}/database`,
    rootKey: loadRootKey(server.dataDir, process.env['SITEGRAPH_SECRET']),
  });
  try {
    const [counted] = await store.database.query<{ posts: number; metas: number; relations: number }>(
      `SELECT (SELECT count(*) FROM post WHERE site_id = $1 AND alive) AS posts, (SELECT count(*) FROM post_meta WHERE site_id = $1 AND alive) AS metas,
         (SELECT count(*) FROM term_relation WHERE site_id = $1 AND alive AND present) AS relations`,
      [SITE_ID],
    );
    if (counted?.posts !== posts || counted.metas !== posts * 3 || counted.relations !== posts * 3) {
      throw new Error(`the rows are not what was sent: ${JSON.stringify(counted)}`);
    }
    process.stderr.write('  the same rows by plain SQL\n');
    const { database } = store;
    const peer = await withPeerTables((sql) => database.script(sql), () => upsertPlainly(database, plainBatches(site), SITE_ID));
    const rate = (run: { rows: number; seconds: number }) => Math.round(run.rows / run.seconds);
    return {
      posts, rows: ours.rows, database: store.database.kind, seconds: Math.round(ours.seconds * 10) / 10, rowsPerSecond: rate(ours),
      plainSqlRowsPerSecond: rate(peer), ratioToPlainSql: Math.round((rate(ours) / rate(peer)) * 100) / 100, peakMemoryMiB,
    };
  } finally {
    await store.close();
  }
}
