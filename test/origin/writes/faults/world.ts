// A connected double and every subgraph that writes, over a client that a test can exchange between two calls; and the subjects of the
// fault table: one mutation each, in a place of its own on the site.
import type { Json } from '../../../../core/changes.js';
import { encodeSiteId } from '../../../../core/ids.js';
import type { SiteClient } from '../../../../origin/site-calls.js';
import { createSiteClient } from '../../../../origin/site-client.js';
import type { WriteDesk } from '../../../../origin/writes/run.js';
import type { SqlValue } from '../../../../store/database.js';
import type { Store } from '../../../../store/store.js';
import { createContentSubgraph } from '../../../../subgraphs/content/index.js';
import { createExtensionsSubgraph } from '../../../../subgraphs/extensions/index.js';
import { createSettingsSubgraph } from '../../../../subgraphs/settings/index.js';
import { createUsersSubgraph } from '../../../../subgraphs/users/index.js';
import { ask, person } from '../../../testkit/ask.js';
import { startConnectedSite, type ConnectedSite } from '../../../testkit/connected-site.js';
import { openTestStore } from '../../../testkit/store.js';
import type { CallKind } from './fault-list.js';

/** What a request is told of its write. */
export interface Told {
  /** Null when it is told as done. */
  readonly code: string | null;
  readonly state: string | null;
}

/** One thing to be done. */
export interface Scene {
  /** Asks for it under a key, by whatever client the world has. */
  run(key: string): Promise<Told>;
  /** How often the site has done it: 0 or 1, whatever went wrong. */
  done(): number;
  /** What the site has of it, and the graph, in one form. */
  onSite(): unknown;
  inGraph(): Promise<unknown>;
}

export interface Subject {
  readonly name: string;
  /** The calls that it makes when nothing is wrong. */
  readonly calls: readonly CallKind[];
  /** Routes whose changing calls may be made again without harm; all others act once at most. */
  readonly repeats?: RegExp;
  /** It goes on by itself from what it reads, in the request and when it is settled, as a save of a menu does. */
  readonly isDriven?: boolean;
  /** Makes its place on the site; what it made is synced before it is run. */
  prepare(world: World): Scene | Promise<Scene>;
}

export type SubgraphName = 'content' | 'users' | 'settings' | 'extensions';

export interface World {
  readonly store: Store;
  readonly site: ConnectedSite;
  readonly siteId: string;
  /** What the writes of this world call sites with. */
  readonly desk: WriteDesk;
  next(): number;
  newClient(): SiteClient;
  use(client: SiteClient): void;
  mutate(subgraph: SubgraphName, name: string, document: string, variables: Record<string, unknown>): Promise<Loose>;
  rows<Result>(sql: string, ...values: readonly SqlValue[]): Promise<Result[]>;
  /** Does something before the world is closed. */
  atEnd(work: () => Promise<void>): void;
  close(): Promise<void>;
}

export type Loose = { readonly [key: string]: Loose & readonly Loose[] & string };

/** How long a request has. */
const REQUEST_MS = 30_000;

export async function openWorld(): Promise<World> {
  const store = await openTestStore();
  const site = await startConnectedSite(store);
  let current: SiteClient = site.client;
  const client: SiteClient = { ...site.client, rest: (siteId, call) => current.rest(siteId, call) };
  const desk: WriteDesk = { ...site.desk, client };
  const subgraphs = {
    content: createContentSubgraph(store, desk), users: createUsersSubgraph(store, desk), settings: createSettingsSubgraph(store, desk), extensions: createExtensionsSubgraph(store, desk),
  } as const;
  const viewer = person([{ siteId: site.siteId, userId: 1 }]);
  let last = 0;
  const closers: (() => Promise<void>)[] = [];
  return {
    store, site, desk, siteId: encodeSiteId(site.siteId),
    next: () => (last += 1),
    // A client of its own for each case: what failed in another does not make this one rest. Reads are repeated without waiting long.
    newClient: () => createSiteClient({ store, log: site.desk.log, allowPrivateOrigins: true, limits: { retryMs: 2 } }),
    use: (other) => void (current = other),
    async mutate(subgraph, name, document, variables) {
      const { data, errors } = await ask<Loose>(subgraphs[subgraph], viewer, document, variables, REQUEST_MS);
      if (errors.length > 0) throw new Error(`${name}: ${JSON.stringify(errors)}`);
      return data[name] as Loose;
    },
    rows: <Result>(sql: string, ...values: readonly SqlValue[]) => store.database.query(sql, [site.siteId, ...values]) as Promise<Result[]>,
    atEnd: (work) => void closers.push(work),
    async close() {
      for (const work of closers) await work();
      await site.close();
    },
  };
}

/** What a payload says of its write; of many the first. */
export function toldBy(payload: Loose): Told {
  const one: Loose = (payload['results'] as unknown as readonly Loose[] | undefined)?.[0] ?? payload;
  const [error] = [...((one['userErrors'] ?? []) as unknown as readonly { readonly code: string }[]), ...((payload['userErrors'] ?? []) as unknown as readonly { readonly code: string }[])];
  return { code: error?.code ?? null, state: (one['write'] as unknown as { readonly state: string } | null)?.state ?? null };
}

export type Input = Readonly<Record<string, Json | undefined>>;
