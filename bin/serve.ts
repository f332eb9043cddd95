// The composition roots of the servers: everything in one process or in several workers, and each part alone.
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { registerConsole } from '../accounts/console.js';
import { registerAccounts } from '../accounts/server.js';
import { createSharedAttempts } from '../accounts/shared-attempts.js';
import { AppError } from '../core/errors.js';
import { createLog, type Log } from '../core/log.js';
import { registerAuditExport } from '../gateway/audit-export.js';
import { createGateway, type SubgraphPlaces } from '../gateway/gateway.js';
import { createKeptAnswers, type KeptAnswers } from '../gateway/kept-answers.js';
import { registerPreviews } from '../gateway/previews.js';
import { registerPackageUpload } from '../gateway/package-upload.js';
import { registerGraphql } from '../gateway/server.js';
import { registerSubgraph } from '../gateway/subgraph-server.js';
import { registerUploads, type UploadLocker } from '../gateway/uploads.js';
import { createPreviews } from '../origin/preview.js';
import type { SiteClient } from '../origin/site-calls.js';
import { createSiteClient } from '../origin/site-client.js';
import { openUploadDesk, type UploadDesk } from '../origin/uploads/upload-desk.js';
import type { WriteDesk } from '../origin/writes/run.js';
import type { Store } from '../store/store.js';
import type { SubgraphName } from '../subgraphs/shared/context.js';
import { createAuditExport } from '../subgraphs/users/audit-export.js';
import { createAuthorizeDesk } from '../sync/connection/authorize-desk.js';
import { createFirstSyncs } from '../sync/connection/first-sync.js';
import { createConnectionRoutes } from '../sync/connection/routes.js';
import { createSyncMetrics, type SyncMetrics } from '../sync/metrics.js';
import { registerSync } from '../sync/server.js';
import { createAuthenticate } from './authenticate.js';
import type { Config } from './config.js';
import { createLiveSource } from './live.js';
import { startConfiguredJobs } from './jobs.js';
import { createMetricsRegistry } from './metrics.js';
import { createPackageDesk } from './package-desk.js';
import { openConfiguredStore } from './open-store.js';
import { claimDataDir, registerAdministration } from './running-server.js';
import { createAllSubgraphs, createSubgraphByName } from './subgraphs.js';
import type { WorkerChannel } from './worker-channel.js';

const DRAIN_MS = 10_000;

export interface RunningServer {
  readonly url: string;
  readonly store: Store;
  readonly log: Log;
  close(): Promise<void>;
}

/** Where files come in and previews are shown. */
async function registerContentAddresses(fastify: FastifyInstance, config: Config, desk: WriteDesk, locker?: UploadLocker): Promise<UploadDesk> {
  const uploads = await openUploadDesk(desk, join(config.dataDir, 'uploads'));
  await registerUploads(fastify, { desk: uploads, log: desk.log, maxBytes: config.maxUploadBytes, ...(locker ? { locker } : {}) });
  registerPreviews(fastify, createPreviews(desk.store.secrets, desk.client));
  return uploads;
}

/** Everything in one process: sync, calls to sites, people, the five subgraphs, the gateway, health, metrics, administration, jobs. */
export async function serveAll(config: Config): Promise<RunningServer & { readonly siteClient: SiteClient }> {
  const claim = claimDataDir(config.dataDir);
  try {
    const web = await registerWeb(config);
    const { fastify, store, log, siteClient, parts } = web;
    registerAdministration(fastify, store, { client: siteClient, registration: config.registration }, claim.key);
    const url = await web.listen();
    claim.announce(url);
    // What sites and apps ask does not wait for them.
    const jobs = await startConfiguredJobs(config, store, siteClient, log);
    return { ...running(url, store, log, fastify, () => claim.release(), [jobs, ...parts]), siteClient };
  } catch (error) {
    claim.release();
    throw error;
  }
}

/** One of several workers that answer requests at one address: everything but the jobs, which have a process of their own. */
export async function serveWeb(config: Config, channel: WorkerChannel): Promise<RunningServer> {
  const web = await registerWeb(config, channel);
  const url = await web.listen();
  return running(url, web.store, web.log, web.fastify, () => undefined, web.parts);
}

/** The jobs beside such workers, at no address. */
export async function startJobs(config: Config, channel: WorkerChannel): Promise<RunningServer> {
  const store = await openConfiguredStore(config);
  const log = createLog(config.logLevel);
  channel.shareMetrics(createMetricsRegistry(createSyncMetrics(), store.database.cache));
  const siteClient = createSiteClient({ store, log, allowPrivateOrigins: config.allowPrivateOrigins });
  const jobs = await startConfiguredJobs(config, store, siteClient, log);
  return running('', store, log, createFastify(), () => undefined, [jobs, siteClient]);
}

interface Web {
  readonly fastify: FastifyInstance;
  readonly store: Store;
  readonly log: Log;
  readonly siteClient: SiteClient;
  /** What is closed after the server, in this order. */
  readonly parts: readonly { close(): Promise<void> }[];
  listen(): Promise<string>;
}

/** All that is asked over HTTP, on one server that does not listen yet. */
async function registerWeb(config: Config, channel?: WorkerChannel): Promise<Web> {
  const store = await openConfiguredStore(config);
  const log = createLog(config.logLevel);
  const fastify = createFastify();
  const metrics = createSyncMetrics();
  const siteClient = createSiteClient({ store, log, allowPrivateOrigins: config.allowPrivateOrigins });
  const kept = createKeptAnswers(config.answerBytes);
  const readiness = registerHealth(fastify, store, metrics, channel, kept);
  let ownAddress: string | null = config.publicUrl;
  const place = { publicUrl: () => ownAddress, maxUploadBytes: config.maxUploadBytes };
  await registerListening(fastify, config, store, log, siteClient, metrics);
  await registerGraphql(fastify, {
    gateway: createGateway({ subgraphs: await createAllSubgraphs(store, { store, client: siteClient, log }, place, config.pluginDirectory), log, executor: config.executor }),
    log,
    live: createLiveSource(store),
    authenticate: createAuthenticate(store, config.publicUrl),
    kept,
  });
  const uploads = await registerBesideGraph(fastify, config, store, log, siteClient, channel?.locker);
  return {
    fastify, store, log, siteClient, parts: [siteClient, uploads],
    async listen() {
      const url = await listen(fastify, config);
      ownAddress ??= url;
      readiness.ready = true;
      return url;
    },
  };
}

/** What sites ask and send. */
async function registerListening(fastify: FastifyInstance, config: Config, store: Store, log: Log, client: SiteClient, metrics: SyncMetrics): Promise<void> {
  const firstSyncs = createFirstSyncs(store, log);
  fastify.addHook('onClose', () => firstSyncs.close());
  const connection = createConnectionRoutes({ store, client, registration: config.registration, clock: Date.now, log, onRegistered: (siteId) => firstSyncs.later(siteId) });
  await registerSync(fastify, { store, publicUrl: config.publicUrl, log, metrics, connection });
}

/** What people and apps use beside the graph, at the graph's address: packages, exports, files, previews, sign-in, consent, the console. */
async function registerBesideGraph(fastify: FastifyInstance, config: Config, store: Store, log: Log, client: SiteClient, locker?: UploadLocker): Promise<UploadDesk> {
  await registerPackageUpload(fastify, { log, authenticate: createAuthenticate(store, config.publicUrl), keep: createPackageDesk(store) });
  registerAuditExport(fastify, { log, authenticate: createAuthenticate(store, config.publicUrl, true), exportAudit: createAuditExport(store) });
  const uploads = await registerContentAddresses(fastify, config, { store, client, log }, locker);
  await registerAccounts(fastify, { store, log, publicUrl: config.publicUrl, desk: createAuthorizeDesk({ store }), oidc: config.oidc, ...(store.database.kind === 'postgres' ? { attempts: createSharedAttempts(store.database) } : {}) });
  await registerConsole(fastify, { store, publicUrl: config.publicUrl });
  return uploads;
}

/** Sync alone: what sites ask and send, but the page of consent, which is the gateway's. Needs DATABASE_URL, which processes can share. */
export async function serveSync(config: Config): Promise<RunningServer> {
  const store = await openSharedStore(config);
  const log = createLog(config.logLevel);
  const fastify = createFastify();
  const metrics = createSyncMetrics();
  const readiness = registerHealth(fastify, store, metrics);
  const siteClient = createSiteClient({ store, log, allowPrivateOrigins: config.allowPrivateOrigins });
  await registerListening(fastify, config, store, log, siteClient, metrics);
  const url = await listen(fastify, config);
  readiness.ready = true;
  return running(url, store, log, fastify, () => undefined, [siteClient]);
}

/** The gateway alone, in front of subgraphs behind URLs, with the pages of people. Needs DATABASE_URL. Files are received here, and sent on from here. */
export async function serveGateway(config: Config, places: SubgraphPlaces): Promise<RunningServer> {
  const store = await openSharedStore(config);
  const log = createLog(config.logLevel);
  const fastify = createFastify();
  const readiness = registerHealth(fastify, store, createSyncMetrics());
  await registerGraphql(fastify, {
    gateway: createGateway({ subgraphs: places, log, viewerKey: store.secrets.deriveKey('viewer'), executor: config.executor }),
    log,
    live: createLiveSource(store),
    authenticate: createAuthenticate(store, config.publicUrl),
  });
  const siteClient = createSiteClient({ store, log, allowPrivateOrigins: config.allowPrivateOrigins });
  const uploads = await registerBesideGraph(fastify, config, store, log, siteClient);
  const url = await listen(fastify, config);
  readiness.ready = true;
  return running(url, store, log, fastify, () => undefined, [siteClient, uploads]);
}

/** One subgraph as its own server, behind the gateway's signed viewer. Needs DATABASE_URL, which processes can share. */
export async function serveSubgraph(config: Config, name: SubgraphName): Promise<RunningServer> {
  const store = await openSharedStore(config);
  const log = createLog(config.logLevel);
  const fastify = createFastify();
  const readiness = registerHealth(fastify, store, createSyncMetrics());
  const client = createSiteClient({ store, log, allowPrivateOrigins: config.allowPrivateOrigins });
  const subgraph = await createSubgraphByName(name, store, { store, client, log }, { publicUrl: () => config.publicUrl, maxUploadBytes: config.maxUploadBytes }, config.pluginDirectory);
  await registerSubgraph(fastify, subgraph, { viewerKey: store.secrets.deriveKey('viewer'), log });
  const url = await listen(fastify, config);
  readiness.ready = true;
  return running(url, store, log, fastify, () => undefined, [client]);
}

/** Runs of sites and what happens by the clock, alone. Needs DATABASE_URL, which processes can share. */
export async function serveJobs(config: Config): Promise<RunningServer> {
  const store = await openSharedStore(config);
  const log = createLog(config.logLevel);
  const fastify = createFastify();
  const readiness = registerHealth(fastify, store, createSyncMetrics());
  const siteClient = createSiteClient({ store, log, allowPrivateOrigins: config.allowPrivateOrigins });
  const jobs = await startConfiguredJobs(config, store, siteClient, log);
  const url = await listen(fastify, config);
  readiness.ready = true;
  return running(url, store, log, fastify, () => undefined, [jobs, siteClient]);
}

function openSharedStore(config: Config): Promise<Store> {
  if (config.databaseUrl === undefined) {
    throw new AppError('CONFIGURATION', 'several processes need a database they can share: set DATABASE_URL (and the same SITEGRAPH_SECRET) for each of them');
  }
  if (config.secret === undefined) throw new AppError('CONFIGURATION', 'several processes need one secret: set the same SITEGRAPH_SECRET for each of them');
  return openConfiguredStore(config);
}

function createFastify(): FastifyInstance {
  return Fastify({ logger: false, forceCloseConnections: 'idle', routerOptions: { maxParamLength: 4096 } });
}

function registerHealth(fastify: FastifyInstance, store: Store, sync: SyncMetrics, channel?: WorkerChannel, kept?: KeptAnswers): { ready: boolean } {
  const state = { ready: false };
  const registry = createMetricsRegistry(sync, store.database.cache, kept);
  channel?.shareMetrics(registry);
  fastify.get('/healthz', () => ({ status: 'alive' }));
  fastify.get('/readyz', async (_request, reply) => {
    try {
      await store.database.query('SELECT 1');
    } catch {
      return reply.code(503).send({ status: 'not ready', missing: 'database' });
    }
    return state.ready ? { status: 'ready' } : reply.code(503).send({ status: 'not ready', missing: 'supergraph' });
  });
  fastify.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await (channel?.gatherMetrics(registry) ?? registry.metrics())));
  return state;
}

async function listen(fastify: FastifyInstance, config: Config): Promise<string> {
  try {
    await fastify.listen({ port: config.port, host: config.host });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new AppError('CONFIGURATION', `port ${config.port} on ${config.host} is in use; stop what uses it or set PORT`);
  }
  const address = fastify.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  const host = config.host === '0.0.0.0' || config.host === '::' ? '127.0.0.1' : config.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function running(url: string, store: Store, log: Log, fastify: FastifyInstance, release: () => void = () => undefined, parts: readonly { close(): Promise<void> }[] = []): RunningServer {
  let closing: Promise<void> | undefined;
  return {
    url,
    store,
    log,
    close() {
      closing ??= (async () => {
        const timer = setTimeout(() => fastify.server.closeAllConnections(), DRAIN_MS);
        await fastify.close();
        clearTimeout(timer);
        for (const part of parts) await part.close();
        await store.close();
        release();
      })();
      return closing;
    },
  };
}
