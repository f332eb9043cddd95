// What saving in an editor costs beside the site's own work: contentUpdate through the product, and the bare call of the site's REST API with
// which an app of one site alone would save, both towards one double of a site in this process. Rounds alternate; every answer is checked.
import { Agent, request } from 'node:http';
import { createSiteClient } from '../origin/site-client.js';
import { createLog } from '../core/log.js';
import { encodeGlobalId, type SiteId } from '../core/ids.js';
import { startConnectedSite } from '../test/testkit/connected-site.js';
import { startGraph } from '../test/testkit/graph.js';
import { person } from '../test/testkit/ask.js';
import { startSiteDouble } from '../test/testkit/site-double/index.js';
import { openPrivateStore } from '../test/testkit/store.js';
import { countStatements } from '../test/testkit/statements.js';
import { median, rounded } from './driver.js';
import { startServer } from './server.js';

const ROUNDS = 7;
const SAVES = 40;
const WARM_UP = 20;
const SAVE = `mutation($input: ContentUpdateInput!) { contentUpdate(input: $input) {
  content { ... on Post { id title rawContent version } } write { state } userErrors { code message } } }`;
/** Some 20 kB, as a long article is. */
const TEXT = Array.from({ length: 200 }, (_one, index) => `<!-- wp:paragraph -->\n<p>Paragraph ${index} of an article about tides and reeds, typed in an editor.</p>\n<!-- /wp:paragraph -->`).join('\n\n');

interface Timed {
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** Measures and returns the figures. */
export async function benchSave(): Promise<Record<string, unknown>> {
  process.stderr.write('Saves in an editor\n');
  const server = await startServer({ DATABASE_URL: '', LOG_LEVEL: 'error', SITEGRAPH_ALLOW_PRIVATE_ORIGINS: 'on' });
  const double = await startSiteDouble({ hubUrl: 'http://127.0.0.1:9', jetpack: false });
  const agent = new Agent({ keepAlive: true });
  try {
    const post = double.edit.savePost({ post_title: 'Tides', post_content: TEXT, post_status: 'publish', post_author: 1 });
    const password = double.addApplicationPassword(1);
    const basic = `Basic ${Buffer.from(`maria:${password}`).toString('base64')}`;
    const { id: siteId } = JSON.parse((await server.cliWith(password, 'site', 'connect', double.url, '--user', 'maria', '--application-password', '--json')).trim().split('\n').at(-1) ?? '') as { id: SiteId };
    const token = (await server.cliWith('', 'token', 'create', '--site', String(siteId), '--user', '1', '--scopes', '*')).trim().split('\n').at(-1) ?? '';
    const id = encodeGlobalId(siteId, 'Post', post.ID);
    let saves = 0;
    let version: string | null = null;
    const ours = async (): Promise<void> => {
      const title = `Tides ${(saves += 1)}`;
      const input = { id, idempotencyKey: `save-${saves}`, ...(version === null ? {} : { expectedVersion: version }), fields: { title, rawContent: `${TEXT}${saves}` } };
      const { data } = (await call(agent, `${server.base}/graphql`, `Bearer ${token}`, { query: SAVE, variables: { input } })) as { data?: { contentUpdate?: { content: { title: string; version: string } | null; write: { state: string } | null; userErrors: unknown[] } } };
      const payload = data?.contentUpdate;
      if (payload?.content?.title !== title || payload.write?.state !== 'APPLIED') throw new Error(`the save did not come about: ${JSON.stringify(data).slice(0, 400)}`);
      ({ version } = payload.content);
    };
    const bare = async (): Promise<void> => {
      const title = `Tides ${(saves += 1)}`;
      const said = (await call(agent, `${double.url}/wp-json/wp/v2/posts/${post.ID}?context=edit`, basic, { title, content: `${TEXT}${saves}` })) as { title?: { raw?: string } };
      if (said.title?.raw !== title) throw new Error(`the site did not save: ${JSON.stringify(said).slice(0, 400)}`);
      // What the bare call changed is a change on the site to the next save of ours.
      version = null;
    };
    const time = async (save: () => Promise<void>): Promise<number[]> => {
      const took: number[] = [];
      await save();
      for (let count = 0; count < SAVES; count += 1) {
        const begun = performance.now();
        await save();
        took.push(performance.now() - begun);
      }
      return took;
    };
    for (let count = 0; count < WARM_UP; count += 1) {
      await ours();
      await bare();
    }
    const rounds: { ours: number; bare: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const first = median(await time(round % 2 === 0 ? ours : bare));
      const second = median(await time(round % 2 === 0 ? bare : ours));
      rounds.push(round % 2 === 0 ? { ours: first, bare: second } : { ours: second, bare: first });
    }
    const counted = await countCost();
    const ratios = rounds.map(({ ours: a, bare: b }) => a / b);
    const added = rounds.map(({ ours: a, bare: b }) => a - b);
    const figures = {
      textBytes: TEXT.length, saves: ROUNDS * SAVES, database: 'pglite', throughGraph: figuresOf(rounds.map((round) => round.ours)), bareCall: figuresOf(rounds.map((round) => round.bare)),
      ratio: { median: rounded(median(ratios)), min: rounded(Math.min(...ratios)), max: rounded(Math.max(...ratios)) },
      addedMs: { median: rounded(median(added)), min: rounded(Math.min(...added)), max: rounded(Math.max(...added)) }, ...counted,
    };
    process.stderr.write(`  contentUpdate ${figures.throughGraph.medianMs} ms, the bare call ${figures.bareCall.medianMs} ms, added ${figures.addedMs.median} ms; ${counted.statementsPerSave} statements, ${counted.siteCallsPerSave} calls\n`);
    return figures;
  } finally {
    agent.destroy();
    await double.close();
    await server.stop();
  }
}

function figuresOf(medians: readonly number[]): Timed {
  return { medianMs: rounded(median(medians)), minMs: rounded(Math.min(...medians)), maxMs: rounded(Math.max(...medians)) };
}

/** Statements and calls of one save, counted in this process over the same code. */
async function countCost(): Promise<{ statementsPerSave: number; siteCallsPerSave: number }> {
  const store = await openPrivateStore();
  const site = await startConnectedSite(store);
  const counted = countStatements(store);
  const client = createSiteClient({ store: counted.store, log: createLog('silent'), allowPrivateOrigins: true });
  const graph = await startGraph(counted.store, 'in-process', { editor: person([{ siteId: site.siteId, userId: 1 }]) }, client);
  try {
    const { ID } = site.double.edit.savePost({ post_title: 'Counted', post_content: TEXT, post_status: 'publish', post_author: 1 });
    await site.sync();
    const save = async (key: string): Promise<void> => {
      const input = { id: encodeGlobalId(site.siteId, 'Post', ID), idempotencyKey: key, expectedVersion: await versionOf(), fields: { title: key, rawContent: `${TEXT}${key}` } };
      const { data } = await graph.ask(SAVE, { input }, 'editor');
      if (!JSON.stringify(data).includes('"userErrors":[]')) throw new Error(`the counted save did not come about: ${JSON.stringify(data).slice(0, 300)}`);
    };
    const versionOf = async (): Promise<string> => (await store.database.query<{ version: string }>('SELECT version FROM post WHERE site_id = $1 AND id = $2', [site.siteId, ID]))[0]?.version ?? '';
    await save('first');
    counted.reset();
    const calls = site.double.calls.length;
    await save('second');
    return { statementsPerSave: counted.statements.length, siteCallsPerSave: site.double.calls.length - calls };
  } finally {
    await graph.close();
    await client.close();
    await site.close();
    await store.close();
  }
}

/** One JSON request over a connection that stays open. */
function call(agent: Agent, url: string, authorization: string, body: unknown): Promise<unknown> {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method: 'POST', headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), authorization } }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => void parts.push(part));
      answer.once('error', reject);
      answer.once('end', () => {
        try {
          resolve(JSON.parse(Buffer.concat(parts).toString('utf8')));
        } catch {
          reject(new Error(`${url} answered ${answer.statusCode} without JSON`));
        }
      });
    });
    sent.once('error', reject);
    sent.end(text);
  });
}
