// Finds the keys of one table that differ between the site and us: few sums first, then the differing ranges in smaller ones, then
// keys. Reads only; what to do about a difference is repair.ts's. Rows are read in pages and ranges are worked off one by one.
import { isDeepStrictEqual } from 'node:util';
import type { ChecksumTable } from '../../store/read/checksum-tables.js';
import { sumKeys, sumRanges, type ChecksumRequest, type IdRange } from '../../store/read/row-checksums.js';
import type { Store } from '../../store/store.js';
import { askEdges, askHistogram, askKeys, type Answer, type Refusal, type SiteAtWork } from './site-answers.js';

/** `missing`: the site has it and we do not; `extra`: we have it and the site does not. */
export type DifferenceKind = 'missing' | 'extra' | 'different';

/** Keys by what differs, as a drill-down spells them; `unknown` are ours whose stored form is not known. */
export interface Comparison {
  readonly differences: ReadonlyMap<string, DifferenceKind>;
  readonly unknown: ReadonlySet<string>;
  /** Ids that the site has. */
  readonly ids: number;
  /** Ranges in which something differed, for a second look. */
  readonly ranges: readonly IdRange[];
}

/** How many ids a drill-down takes at once. Of metas each id has a dozen rows. */
const LEAF_IDS: Readonly<Partial<Record<ChecksumTable, number>>> = { postmeta: 200, woocommerce_order_itemmeta: 200, commentmeta: 400 };
const DEFAULT_LEAF_IDS = 1000;
const FIRST_BUCKETS = 10;
const MAX_BUCKETS = 20;
/** Keys that are told apart a table; beyond it a full sync is the better repair. */
export const MAX_DIFFERENCES = 100_000;

export class TooDifferent extends Error {
  constructor(table: string) {
    super(`${table}: more than ${MAX_DIFFERENCES} rows differ; run a full sync`);
    this.name = 'TooDifferent';
  }
}

/** The site hashed its own fields, whatever was asked for: jetpack-sync 1.55 does not know the argument. */
export const COLUMNS_IGNORED: Refusal = { kind: 'refused', code: 'columns-ignored', message: 'the site hashes no other fields than its own' };

/** A range of ours and how many ids of the site are in it at most. */
interface Open extends IdRange {
  readonly ids: number;
}

/** Compares a whole table. */
export async function compareTable(store: Store, site: SiteAtWork, request: ChecksumRequest): Promise<Answer<Comparison>> {
  const { table } = request;
  const edges = await askEdges(site, table);
  if (edges.kind === 'refused') return edges;
  const findings = createFindings(table);
  const whole = { from: 0, to: Number.MAX_SAFE_INTEGER };
  if (edges.value === null) {
    findings.add(new Map(), await sumKeys(store.database, request, whole), whole);
    return { kind: 'value', value: findings.done(0) };
  }
  const leafIds = LEAF_IDS[table] ?? DEFAULT_LEAF_IDS;
  const { from: first, to: last, ids } = edges.value;
  const clip = (range: IdRange) => ({ from: Math.max(range.from, first), to: Math.min(range.to, last) });
  const ask = (range: Open, buckets: number) => askHistogram(site, { table, salt: request.salt, columns: request.columns, ...clip(range), buckets });
  // Sums of a whole small table are cheaper than its keys, so nothing is drilled into before a sum differed.
  const firstAnswer = await ask({ ...whole, ids }, FIRST_BUCKETS);
  if (firstAnswer.kind === 'refused') return firstAnswer;
  const open = (await differingRanges(store, request, { ...whole, ids }, firstAnswer.value, FIRST_BUCKETS)).reverse();
  if (open.length > 0 && request.columns.length > 0) {
    const bare = await askHistogram(site, { table, salt: request.salt, columns: [], ...clip({ ...whole }), buckets: FIRST_BUCKETS });
    if (bare.kind === 'refused') return bare;
    if (isDeepStrictEqual(bare.value, firstAnswer.value)) return COLUMNS_IGNORED;
  }
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    if (range.ids <= leafIds) {
      const refusal = await drillDown(store, site, request, range, clip(range), findings);
      if (refusal) return refusal;
      continue;
    }
    const buckets = Math.min(MAX_BUCKETS, Math.ceil(range.ids / leafIds));
    const answer = await ask(range, buckets);
    if (answer.kind === 'refused') return answer;
    open.push(...(await differingRanges(store, request, range, answer.value, buckets)).reverse());
  }
  return { kind: 'value', value: findings.done(ids) };
}

/** Looks again at the ranges in which something differed, key by key. */
export async function compareAgain(store: Store, site: SiteAtWork, request: ChecksumRequest, before: Comparison): Promise<Answer<Comparison>> {
  const findings = createFindings(request.table);
  for (const range of before.ranges) {
    const refusal = await drillDown(store, site, request, range, { from: range.from, to: Math.min(range.to, MAX_SITE_ID) }, findings);
    if (refusal) return refusal;
  }
  return { kind: 'value', value: findings.done(before.ids) };
}

/** MySQL's largest id that JSON carries exactly. */
const MAX_SITE_ID = Number.MAX_SAFE_INTEGER;

// The site's buckets name the ids that it has; between them we may have rows that it has not. So each of our ranges begins where
// the one before ended, and the last one ends where the question did (its bucket may reach beyond).
async function differingRanges(store: Store, request: ChecksumRequest, range: Open, buckets: readonly { from: number; to: number; sum: bigint }[], asked: number): Promise<Open[]> {
  if (buckets.length === 0) return [{ from: range.from, to: range.to, ids: 0 }];
  const ours = buckets.map((bucket, index) => ({
    from: index === 0 ? range.from : (buckets[index - 1]?.to ?? 0) + 1,
    to: index === buckets.length - 1 ? Math.max(bucket.to, range.to) : bucket.to,
  }));
  const sums = await sumRanges(store.database, request, ours);
  const ids = Math.ceil(range.ids / asked);
  return ours.flatMap(({ from, to }, index) => {
    const isEqual = sums[index]?.sum === buckets[index]?.sum && sums[index]?.unknown === 0;
    return isEqual || from > range.to ? [] : [{ from, to: Math.min(to, range.to), ids }];
  });
}

async function drillDown(store: Store, site: SiteAtWork, request: ChecksumRequest, range: IdRange, asked: IdRange, findings: Findings): Promise<Refusal | null> {
  const theirs = new Map<string, bigint>();
  if (asked.from <= asked.to) {
    const answer = await askKeys(site, { table: request.table, salt: request.salt, columns: request.columns, ...asked, buckets: 1 });
    if (answer.kind === 'refused') return answer;
    for (const [key, sum] of answer.value) if (idOfKey(key) <= asked.to) theirs.set(key, sum);
  }
  findings.add(theirs, await sumKeys(store.database, request, range), range);
  return null;
}

/** The id that a key begins with. */
export function idOfKey(key: string): number {
  return Number.parseInt(key, 10);
}

interface Findings {
  add(theirs: ReadonlyMap<string, bigint>, ours: ReadonlyMap<string, bigint | null>, range: IdRange): void;
  done(ids: number): Comparison;
}

function createFindings(table: string): Findings {
  const differences = new Map<string, DifferenceKind>();
  const unknown = new Set<string>();
  const ranges: IdRange[] = [];
  const note = (key: string, kind: DifferenceKind): void => {
    differences.set(key, kind);
    if (differences.size > MAX_DIFFERENCES) throw new TooDifferent(table);
  };
  return {
    add(theirs, ours, range) {
      const before = differences.size + unknown.size;
      for (const [key, sum] of theirs) {
        const own = ours.get(key);
        if (own === undefined) note(key, 'missing');
        else if (own === null) unknown.add(key);
        else if (own !== sum) note(key, 'different');
      }
      for (const key of ours.keys()) if (!theirs.has(key)) note(key, 'extra');
      if (differences.size + unknown.size > before) ranges.push({ from: range.from, to: range.to });
    },
    done: (ids) => ({ differences, unknown, ids, ranges }),
  };
}
