// One side of bench/operations.ts as a process: the product's graph, or a peer over the same resolvers and store.
//   node dist/bench/sides/server.js SIDE [remembered]      with the environment of sitegraph start
// With `remembered` each statement is asked once and then answered from memory, so that what is measured is a request without its SQL.
// The embedded database belongs to one process, so subgraphs behind HTTP are in this one too; what they cost is counted to their side, as
// it would be in processes of their own. Equal requests are answered once by the product and by Hive Gateway, whose makers built it in.
import { createServer } from 'node:http';
import Fastify from 'fastify';
import { createAuthenticate } from '../../bin/authenticate.js';
import { readConfig } from '../../bin/config.js';
import { openConfiguredStore } from '../../bin/open-store.js';
import { createAllSubgraphs } from '../../bin/subgraphs.js';
import { createLog } from '../../core/log.js';
import { VIEWER_HEADER } from '../../gateway/data-sources/http.js';
import { createGateway, readSupergraph, type GatewayOptions } from '../../gateway/gateway.js';
import { createKeptAnswers } from '../../gateway/kept-answers.js';
import { registerGraphql } from '../../gateway/server.js';
import { createOneSchemaGateway } from '../one-schema/gateway.js';
import { importPeer } from './peers.js';
import { rememberReads } from './remembered-reads.js';
import { startSubgraphServers } from './subgraph-servers.js';

type Listener = Parameters<typeof createServer>[1];

const [side = 'federated', memory] = process.argv.slice(2);
const config = readConfig();
const log = createLog(config.logLevel);
const opened = await openConfiguredStore(config);
const store = memory === 'remembered' ? { ...opened, database: rememberReads(opened.database) } : opened;
const subgraphs = await createAllSubgraphs(store);
const viewerKey = store.secrets.deriveKey('viewer');
const closing: (() => Promise<unknown>)[] = [];

async function subgraphUrls(): Promise<NonNullable<GatewayOptions['subgraphs']>> {
  const servers = await startSubgraphServers(subgraphs, viewerKey, log);
  closing.push(() => servers.close());
  return servers.urls;
}

async function createSide(): Promise<ReturnType<typeof createGateway>> {
  if (side === 'federated') return createGateway({ subgraphs, log });
  if (side === 'stockInProcess') return createGateway({ subgraphs, log, executor: 'apollo' });
  if (side === 'stockOverHttp') return createGateway({ subgraphs: await subgraphUrls(), log, viewerKey, executor: 'apollo' });
  if (side === 'oneSchema' || side === 'oneSchemaCompiled') return createOneSchemaGateway(subgraphs, side === 'oneSchemaCompiled');
  throw new Error(`expected a side of bench/operations.ts, got ${side}`);
}

async function serveGateway(): Promise<void> {
  const fastify = Fastify({ logger: false, forceCloseConnections: true });
  fastify.get('/readyz', () => ({ status: 'ready' }));
  const isOurs = side === 'federated';
  await registerGraphql(fastify, { gateway: await createSide(), log, authenticate: createAuthenticate(store, config.publicUrl), ...(isOurs ? { kept: createKeptAnswers(config.answerBytes) } : { share: (_viewer, _text, answer) => answer() }) });
  await fastify.listen({ port: config.port, host: config.host });
  closing.push(() => fastify.close());
}

async function serveHive(): Promise<void> {
  const urls: Readonly<Record<string, unknown>> = await subgraphUrls();
  const sdl = readSupergraph().executable.replace(/@join__graph\(name: "(\w+)", url: "[^"]*"\)/g, (_whole, name: string) => `@join__graph(name: "${name}", url: "${String(urls[name])}")`);
  const { createHive } = await importPeer<{ createHive(sdl: string, header: string): NonNullable<Listener> }>('hive.mjs');
  const hive = createHive(sdl, VIEWER_HEADER);
  const server = createServer((request, response) => (request.url === '/readyz' ? response.end('{"status":"ready"}') : hive(request, response)));
  await new Promise<void>((resolve) => server.listen(config.port, config.host, resolve));
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
}

await (side === 'hive' ? serveHive() : serveGateway());
process.once('SIGTERM', () => {
  void Promise.all(closing.map((close) => close())).then(() => opened.close()).then(() => process.exit(0));
});
