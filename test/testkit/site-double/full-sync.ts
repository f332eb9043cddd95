// "Full sync immediately" (protocol reference 4): starts one, and runs passes. A pass goes on where the last one stopped, sends one item a
// request, and stops at a module's limit of chunks, at the first refusal, or at a module that cannot be synced, for ever.
import { crc32 } from 'node:zlib';
import { isRunning, type ChunkKey, type FullSyncConfig, type FullSyncState, type ModuleConfig } from './full-sync-state.js';
import { FULL_SYNC_MODULES, type ChunkedModule } from './full-sync-modules.js';
import type { Wire } from './objects.js';
import { levelOf } from './roles.js';
import type { SiteContext } from './state.js';

/** How a pass hands an item over: to the hub, or into the answer of a checkout. False stops the pass. */
export type Deliver = (key: string, action: string, args: unknown) => Promise<boolean>;

const LOCK_SECONDS = 180;
const CHUNK_BYTES = 7_000_000;
const FRONT = ['network_options', 'options', 'functions', 'constants'];
const DEFAULT_CONFIG: FullSyncConfig = { constants: 1, functions: 1, options: 1, terms: 1, themes: 1, users: 1, posts: 1, comments: 1, updates: 1, term_relationships: 1 };

/** The first of a connection: options, functions, constants and the one user; not when one is running. */
export function startInitialSync(site: SiteContext, userId: number): void {
  if (isRunning(site.fullSync)) return;
  startFullSync(site, { options: true, functions: true, constants: true, users: [userId], network_options: true }, 'initial_sync');
}

/** Starts one; a running one is cancelled first. */
export function startFullSync(site: SiteContext, config: FullSyncConfig | null, context: string | null): void {
  const state = site.fullSync;
  const wasRunning = isRunning(state);
  const chosen = config ?? DEFAULT_CONFIG;
  state.keys.clear();
  Object.assign(state, {
    started: Math.floor(site.now() / 1000), finished: null, isStartSent: false, mustCancel: wasRunning, isCancelSent: false, config: chosen, context, range: {}, lockedUntil: 0, keys: state.keys,
    progress: Object.fromEntries(Object.entries(chosen).map(([name, wanted]) => [name, { total: totalOf(site, name, wanted), sent: 0, finished: false }])),
  } satisfies FullSyncState);
}

/** What a POST asks for; null is the default. */
export function readFullSyncConfig(site: SiteContext, input: Readonly<Record<string, unknown>>): FullSyncConfig | null {
  const config: Record<string, ModuleConfig> = {};
  const modules = toList(input['modules']);
  for (const name of modules) config[String(name)] = true;
  for (const name of ['posts', 'comments', 'users']) {
    if (input[name] === undefined || input[name] === null) continue;
    if (name === 'users' && input[name] === 'initial') {
      const ids = site.tables.users.all().filter((user) => levelOf(user) > 0).map((user) => user.ID);
      if (ids.length <= 100) config[name] = ids;
      continue;
    }
    const ids = toList(input[name]).map(Number).filter((id) => Number.isInteger(id) && id > 0);
    if (ids.length > 0) config[name] = ids;
  }
  return Object.keys(config).length === 0 ? null : config;
}

function toList(value: unknown): unknown[] {
  if (typeof value === 'string') return value.split(',').map((part) => part.trim()).filter((part) => part !== '');
  return Array.isArray(value) ? value : [];
}

function totalOf(site: SiteContext, name: string, wanted: ModuleConfig): number {
  const module = FULL_SYNC_MODULES.get(name);
  if (!module) return 0;
  return module.kind === 'whole' ? module.total(site) : module.keys(site, idsOf(wanted)).length;
}

function idsOf(wanted: ModuleConfig): readonly number[] | null {
  return typeof wanted === 'object' ? wanted : null;
}

/** Runs one pass. `ignoreLock` is for a hub that pulls. */
export async function runPass(site: SiteContext, deliver: Deliver, ignoreLock = false): Promise<'idle' | 'locked' | 'more' | 'finished' | 'stopped'> {
  const state = site.fullSync;
  if (!isRunning(state)) return 'idle';
  const startedAt = site.now() / 1000;
  if (!ignoreLock && state.lockedUntil > startedAt) return 'locked';
  state.lockedUntil = startedAt + LOCK_SECONDS;
  const ended = await walk(site, state, deliver, startedAt);
  if (ended !== 'stopped') state.lockedUntil = 0;
  return ended;
}

async function walk(site: SiteContext, state: FullSyncState, deliver: Deliver, startedAt: number): Promise<'more' | 'finished' | 'stopped'> {
  const micro = (): string => (site.now() / 1000).toFixed(4).replace(/0+$/, '').replace(/\.$/, '');
  // A new full sync has a progress of its own, also when it begins in the same second.
  const { progress: mine } = state;
  const isReplaced = (): boolean => state.progress !== mine;
  if (state.mustCancel && !state.isCancelSent) {
    if (!(await deliver(micro(), 'jetpack_full_sync_cancelled', null))) return 'stopped';
    state.isCancelSent = true;
  }
  if (!state.isStartSent) {
    state.range = rangeOf(site, state.config);
    if (!(await deliver(micro(), 'jetpack_full_sync_start', [state.config, state.range, state.context]))) return 'stopped';
    state.isStartSent = true;
  }
  for (const name of order(state.config)) {
    if (isReplaced()) return 'more';
    const progress = mine[name];
    if (!progress || progress.finished) continue;
    const module = FULL_SYNC_MODULES.get(name);
    if (!module) return 'stopped';
    if (module.kind === 'whole') {
      if (!(await deliver(micro(), module.action, module.args(site)))) return 'stopped';
      Object.assign(progress, { sent: progress.total, finished: true });
    } else {
      const done = await sendChunks(site, state, name, module, deliver);
      if (done === 'stopped') return 'stopped';
      if (done === 'more') return 'more';
    }
    // Started anew while this pass was waiting for the hub.
    if (isReplaced()) return 'more';
    if (site.now() / 1000 - startedAt > site.settings.number('full_sync_send_duration')) return 'more';
  }
  if (isReplaced()) return 'more';
  if (!(await deliver(micro(), 'jetpack_full_sync_end', ['', state.range, state.context]))) return 'stopped';
  if (isReplaced()) return 'more';
  state.finished = Math.floor(site.now() / 1000);
  if (state.config['posts']) Object.assign(site.health, { status: 'in_sync', timestamp: site.now() / 1000 });
  return 'finished';
}

async function sendChunks(site: SiteContext, state: FullSyncState, name: string, module: ChunkedModule, deliver: Deliver): Promise<'more' | 'finished' | 'stopped'> {
  const progress = state.progress[name];
  if (!progress) return 'finished';
  const { chunkSize, maxChunks } = site.settings.limits(name);
  const keys = state.keys.get(name) ?? module.keys(site, idsOf(state.config[name] ?? true));
  state.keys.set(name, keys);
  for (let chunks = 0; chunks < maxChunks; chunks += 1) {
    const previousEnd = progress.last_sent ?? module.first;
    const below = progress.last_sent === undefined ? keys.length : positionOf(keys, progress.last_sent);
    let chunk = keys.slice(Math.max(0, below - chunkSize), below);
    if (chunk.length === 0) {
      progress.finished = true;
      return 'finished';
    }
    let args = module.args(site, chunk, previousEnd);
    while (chunk.length > 1 && JSON.stringify(args).length > CHUNK_BYTES) {
      chunk = chunk.slice(Math.ceil(chunk.length / 2));
      args = module.args(site, chunk, previousEnd);
    }
    const key = `${module.action}_${crc32(JSON.stringify(previousEnd))}`;
    if (args !== null && !(await deliver(key, module.action, args))) return 'stopped';
    progress.sent += chunk.length;
    progress.last_sent = chunk[0]?.end ?? previousEnd;
    if (below - chunk.length <= 0) {
      progress.finished = true;
      return 'finished';
    }
  }
  return 'more';
}

/** How many keys lie below the end that was reached; rows added or gone since then do not matter. */
function positionOf(keys: readonly ChunkKey[], end: Wire): number {
  const isBelow = (key: ChunkKey): boolean => {
    if (typeof end !== 'object' || end === null || Array.isArray(end)) return key.id < Number(end);
    const own = key.end as { object_id: string; term_taxonomy_id: string };
    return key.id < Number(end['object_id']) || (key.id === Number(end['object_id']) && Number(own.term_taxonomy_id) < Number(end['term_taxonomy_id']));
  };
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const key = keys[middle];
    if (key && isBelow(key)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function order(config: FullSyncConfig): string[] {
  const names = Object.keys(config);
  const front = names.filter((name) => FRONT.includes(name)).reverse();
  return [...front, ...names.filter((name) => !FRONT.includes(name))];
}

/** Of the whole table, also when the config lists ids; modules without a table have none. */
function rangeOf(site: SiteContext, config: FullSyncConfig): Wire {
  return Object.fromEntries(Object.keys(config).map((name) => {
    const module = FULL_SYNC_MODULES.get(name);
    const keys = module?.kind === 'chunked' ? module.keys(site, null) : [];
    const [first, last] = [keys[0], keys.at(-1)];
    return [name, first && last ? { min: String(first.id), max: String(last.id), count: String(keys.length) } : []];
  }));
}
