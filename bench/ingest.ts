// Ingest through the HTTP endpoint beside a plain SQL bulk upsert of the same rows into the same database, in one run.
//   node dist/bench/ingest.js [posts]      default 100000; DATABASE_URL chooses a PostgreSQL server
// Asserts what arrived before it prints anything.
import { openStore } from '../store/store.js';
import { loadRootKey } from '../store/secrets.js';
import type { Queryable } from '../store/database.js';
import { signRequest } from '../sync/protocol/sign-request.js';
import { generateFullSync, postRow, type GeneratedSite } from './generate.js';
import { startServer } from './server.js';

const SITE_ID = 700_001;
const TOKEN = 'benchkey0123456789.benchsecret0123456789';
const BATCH_ROWS = 500;

async function ingestOverHttp(base: string, site: GeneratedSite): Promise<{ rows: number; seconds: number }> {
  const started = performance.now();
  let rows = 0;
  let told = 0;
  for (const request of generateFullSync(site)) {
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

/** The rows of a site in batches, already decoded. */
export function* plainBatches(site: GeneratedSite): Generator<PlainBatch> {
  for (let first = 1; first <= site.posts; first += BATCH_ROWS) {
    const ids = Array.from({ length: Math.min(BATCH_ROWS, site.posts - first + 1) }, (_, index) => first + index);
    const posts = ids.map(postRow);
    const metas = ids.flatMap((id) => Array.from({ length: site.metasPerPost }, (_, index) => ({ m: (id - 1) * site.metasPerPost + index + 1, p: id, k: `k${index}`, v: String(id + index) })));
    const relations = ids.flatMap((id) => Array.from({ length: site.termsPerPost }, (_, index) => ({ o: id, t: ((id * 7 + index) % site.terms) + 1 })));
    yield { rows: posts.length + metas.length + relations.length, posts: JSON.stringify(posts), metas: JSON.stringify(metas), relations: JSON.stringify(relations) };
  }
}

/** The peer: the same rows, upserted in batches into tables of the same shape, with no log and no checks. Only its statements are timed. */
export async function upsertPlainly(
  db: Queryable, script: (sql: string) => Promise<void>, batches: Iterable<PlainBatch>, siteId = SITE_ID, prefix = 'peer_',
): Promise<{ rows: number; seconds: number }> {
  for (const table of ['post', 'post_meta', 'term_relation']) await script(`CREATE TABLE ${prefix}${table} (LIKE ${table} INCLUDING ALL)`);
  let rows = 0;
  let seconds = 0;
  for (const batch of batches) {
    const started = performance.now();
    await db.query(
      `INSERT INTO ${prefix}post (site_id, id, type, status, title, content, slug, date_gmt, modified_gmt, author_id, permalink, alive, rev)
       SELECT $1, x."ID", x.post_type, x.post_status, x.post_title, x.post_content, x.post_name, x.post_date_gmt, x.post_modified_gmt, x.post_author, x.permalink, true, 1
       FROM jsonb_to_recordset($2::jsonb) AS x("ID" bigint, post_type text, post_status text, post_title text, post_content text, post_name text, post_date_gmt timestamptz,
         post_modified_gmt timestamptz, post_author bigint, permalink text)
       ON CONFLICT (site_id, id) DO UPDATE SET title = excluded.title, content = excluded.content, status = excluded.status, modified_gmt = excluded.modified_gmt`,
      [siteId, batch.posts],
    );
    await db.query(
      `INSERT INTO ${prefix}post_meta (site_id, meta_id, post_id, meta_key, value, alive, rev) SELECT $1, x.m, x.p, x.k, to_jsonb(x.v), true, 1
       FROM jsonb_to_recordset($2::jsonb) AS x(m bigint, p bigint, k text, v text) ON CONFLICT (site_id, meta_id) DO UPDATE SET value = excluded.value`,
      [siteId, batch.metas],
    );
    await db.query(
      `INSERT INTO ${prefix}term_relation (site_id, object_id, tt_id, present, alive, rev) SELECT $1, x.o, x.t, true, true, 1
       FROM jsonb_to_recordset($2::jsonb) AS x(o bigint, t bigint) ON CONFLICT (site_id, object_id, tt_id) DO UPDATE SET present = excluded.present`,
      [siteId, batch.relations],
    );
    seconds += (performance.now() - started) / 1000;
    rows += batch.rows;
  }
  for (const table of ['post', 'post_meta', 'term_relation']) await script(`DROP TABLE ${prefix}${table}`);
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
    const peer = await upsertPlainly(store.database, (sql) => store.database.script(sql), plainBatches(site));
    const rate = (run: { rows: number; seconds: number }) => Math.round(run.rows / run.seconds);
    return {
      posts, rows: ours.rows, database: store.database.kind, seconds: Math.round(ours.seconds * 10) / 10, rowsPerSecond: rate(ours),
      plainSqlRowsPerSecond: rate(peer), ratioToPlainSql: Math.round((rate(ours) / rate(peer)) * 100) / 100, peakMemoryMiB,
    };
  } finally {
    await store.close();
  }
}
