// Random operations by our executor and by @apollo/gateway, over the same subgraphs: the answers are equal, and so are the errors, but
// for the faults of @apollo/gateway that docs/performance.md lists. DIFFERENTIAL_OPERATIONS=N runs N operations of each kind, and
// DIFFERENTIAL_SEED=N begins at another seed.
import { isDeepStrictEqual } from 'node:util';
import type { GraphQLArgument } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '../../../auth/viewer.js';
import { ANONYMOUS } from '../../../auth/viewer.js';
import { createAllSubgraphs } from '../../../bin/subgraphs.js';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { OPERATOR, person } from '../../testkit/ask.js';
import { loadRecordedSite } from '../../testkit/recorded.js';
import { openTestStore } from '../../testkit/store.js';
import { loadSide, run, type Answer, type Side } from './compare.js';
import { generateOperation, type GeneratorOptions } from './generate-operation.js';
import { createRandom } from './random.js';
import { composeSynthetic, createSyntheticSubgraphs, PERSON_IDS, THING_IDS } from './synthetic-graph.js';

const OPERATIONS = Number(process.env['DIFFERENTIAL_OPERATIONS'] ?? 100);
const FIRST_SEED = Number(process.env['DIFFERENTIAL_SEED'] ?? 1);
const LIMIT_MS = 30_000 + OPERATIONS * 2_000;
/** Answers that @apollo/gateway may get wrong where an interface object is asked for. */
const WRONG_SHARE = 0.1;

interface Both {
  readonly ours: Side;
  readonly theirs: Side;
}

async function loadBoth(...options: readonly unknown[]): Promise<Both> {
  const [subgraphs, supergraph] = options as [Parameters<typeof loadSide>[1], Parameters<typeof loadSide>[2]];
  return { ours: await loadSide('compiled', subgraphs, supergraph), theirs: await loadSide('apollo', subgraphs, supergraph) };
}

interface Tally {
  /** What is not equal, as a person reads it; the first few. */
  readonly different: object[];
  count: number;
  misplaced: number;
  withErrors: number;
}

async function compareMany(both: Both, options: Omit<GeneratorOptions, 'schema'>, viewers: readonly Viewer[]): Promise<Tally> {
  const tally: Tally = { different: [], count: 0, misplaced: 0, withErrors: 0 };
  for (let seed = FIRST_SEED; seed < FIRST_SEED + OPERATIONS; seed += 1) {
    const operation = generateOperation({ ...options, schema: both.ours.schema }, createRandom(seed));
    const viewer = viewers[seed % viewers.length] as Viewer;
    const [ours, theirs] = [await run(both.ours, operation, viewer), await run(both.theirs, operation, viewer)];
    if (ours.errors.length > 0) tally.withErrors += 1;
    const alike = areAlike(ours, theirs);
    if (alike === 'misplaced') tally.misplaced += 1;
    if (alike !== 'different') continue;
    tally.count += 1;
    if (tally.different.length < 3) tally.different.push({ seed, operation: operation.text, variables: operation.variables, ours, theirs });
  }
  return tally;
}

/**
 * Where not all objects of a list are entities that can be fetched, @apollo/gateway counts the others too and places an error at the
 * wrong object. Such errors are equal in number, code and field.
 */
function areAlike(ours: Answer, theirs: Answer): 'equal' | 'misplaced' | 'different' {
  if (!isDeepStrictEqual(ours.data, theirs.data)) return 'different';
  if (isDeepStrictEqual(ours.errors, theirs.errors)) return 'equal';
  return isDeepStrictEqual(ours.errors.map(fieldAndCode).sort(), theirs.errors.map(fieldAndCode).sort()) ? 'misplaced' : 'different';
}

const fieldAndCode = (told: string): string => told.slice(told.lastIndexOf('.', told.lastIndexOf(' ')) + 1);

describe('our executor beside @apollo/gateway, over a synthetic graph', () => {
  const valuesOf = (coordinate: string): readonly unknown[] | undefined => {
    if (/\.(thing|touch)$/.test(coordinate)) return THING_IDS;
    return coordinate === 'Query.person' ? PERSON_IDS : undefined;
  };
  const options = { depth: 3, valuesOf, isAvoided: () => false } as const;
  let plain: Both;
  let withInterfaceObject: Both;
  beforeAll(async () => {
    const subgraphs = createSyntheticSubgraphs();
    plain = await loadBoth(subgraphs, composeSynthetic(['content', 'users', 'settings']));
    withInterfaceObject = await loadBoth(subgraphs, composeSynthetic());
  }, 60_000);

  it.each(['query', 'mutation'] as const)('answers every random %s alike', async (kind) => {
    const tally = await compareMany(plain, { ...options, kind }, [OPERATOR]);
    expect(tally.different).toEqual([]);
    // Where nothing fails, little is compared.
    expect(tally.withErrors).toBeGreaterThan(OPERATIONS / 4);
  }, LIMIT_MS);

  it('answers alike with an interface object, but where @apollo/gateway forgets the concrete type', async () => {
    const tally = await compareMany(withInterfaceObject, { ...options, kind: 'query' }, [OPERATOR]);
    expect(tally.count).toBeLessThanOrEqual(OPERATIONS * WRONG_SHARE);
    for (const one of tally.different as { operation: string }[]) expect(one.operation).toMatch(/rating|tagline|critic/);
  }, LIMIT_MS);
});

describe('our executor beside @apollo/gateway, over the graph of a recorded site', () => {
  let store: Store;
  let siteId: SiteId;
  let both: Both;
  let pools: Readonly<Record<string, readonly unknown[]>>;
  beforeAll(async () => {
    store = await openTestStore();
    siteId = await loadRecordedSite(store, ['1-incremental', '2-full-sync', '3-full-sync-woocommerce']);
    both = await loadBoth(await createAllSubgraphs(store));
    pools = await readPools(store, siteId);
  }, 240_000);

  const valuesOf = (coordinate: string, argument: GraphQLArgument): readonly unknown[] | undefined => {
    const type = String(argument.type);
    if (coordinate === 'Query.site' || /siteId/.test(argument.name)) return type.startsWith('[') ? [pools['sites']] : pools['sites'];
    if (coordinate === 'Query.siteByUrl') return pools['urls'];
    if (type.replace('!', '') === 'ID') return pools['nodes'];
    if (type.startsWith('[ID')) return [pools['nodes']?.slice(0, 4)];
    if (/after|since|cursor/i.test(argument.name) || /filter|where|order|sort/i.test(argument.name)) return [];
    return undefined;
  };

  it('answers random queries alike, to an operator, a person and nobody', async () => {
    const viewers = [OPERATOR, person([{ siteId, userId: 1 }]), ANONYMOUS];
    const tally = await compareMany(both, { kind: 'query', depth: 4, valuesOf, isAvoided: (coordinate) => /\.(lagMs|deltaCursor|write)$/.test(coordinate) }, viewers);
    expect(tally.different).toEqual([]);
  }, LIMIT_MS);
});

async function readPools(store: Store, siteId: SiteId): Promise<Record<string, readonly unknown[]>> {
  const [site] = await store.database.query<{ url: string }>('SELECT url FROM site WHERE id = $1', [siteId]);
  const rows = await store.database.query<{ id: number; type: string }>(
    `(SELECT id, 'Post' AS type FROM post WHERE site_id = $1 AND alive AND type = 'post' LIMIT 3) UNION ALL (SELECT id, 'Page' FROM post WHERE site_id = $1 AND alive AND type = 'page' LIMIT 2)
     UNION ALL (SELECT id, 'MediaItem' FROM post WHERE site_id = $1 AND alive AND type = 'attachment' LIMIT 2) UNION ALL (SELECT id, 'User' FROM site_user WHERE site_id = $1 AND alive LIMIT 2)
     UNION ALL (SELECT id, 'Order' FROM shop_order WHERE site_id = $1 AND alive AND order_type = 'shop_order' LIMIT 2)`,
    [siteId],
  );
  const nodes = rows.map((row) => encodeGlobalId(siteId, row.type as Parameters<typeof encodeGlobalId>[1], row.id));
  return { sites: [encodeSiteId(siteId)], urls: [site?.url ?? ''], nodes: [...nodes, encodeSiteId(siteId)] };
}
