// Checksums of our rows as the site computes them of its own: CRC-32 of the salted fields of a row, summed over a range of ids.
// Called by sync/verify. Rows are read in pages of ids, so that memory stays bounded whatever the table's size.
import { crc32 } from 'node:zlib';
import { crc32Joined } from '../../core/crc32.js';
import type { SiteId } from '../../core/ids.js';
import type { Queryable } from '../database.js';
import { CHECKSUM_SOURCES, type ChecksumFilters, type ChecksumRow, type ChecksumTable } from './checksum-tables.js';

/** Ids, both inclusive. */
export interface IdRange {
  readonly from: number;
  readonly to: number;
}

/** The sum of a range; `unknown` counts the rows whose stored form is not known, of which nothing was added. */
export interface RangeSum {
  readonly sum: bigint;
  readonly rows: number;
  readonly unknown: number;
}

/** What is asked of the rows of one table. */
export interface ChecksumRequest {
  readonly siteId: SiteId;
  readonly table: ChecksumTable;
  readonly filters: ChecksumFilters;
  readonly salt: string;
  /** Real columns of the site's table that are hashed besides; only those of {@link EXTRA_COLUMNS}. */
  readonly columns: readonly string[];
}

/** The CRC-32 of one row. */
export function rowChecksum(salt: string, row: ChecksumRow): number {
  const { form } = row;
  const head = crc32(`${salt}#${row.body}`);
  const whole = form === undefined ? head : crc32Joined(head, form.crc, form.bytes);
  if (row.isSaltedInFront === true) return whole;
  return crc32(form === undefined ? salt : `#${salt}`, whole);
}

/** Pages of rows in order of their ids, none of which spans two pages. */
export async function* checksumRows(db: Queryable, request: ChecksumRequest, range: IdRange): AsyncGenerator<readonly ChecksumRow[]> {
  const source = CHECKSUM_SOURCES[request.table];
  let { from } = range;
  for (;;) {
    const [bound] = await db.query<{ last: number | null; ids: number }>(source.pageSql, [request.siteId, from, range.to, source.pageIds]);
    const last = bound?.last ?? null;
    if (last === null) return;
    yield await source.read(db, { siteId: request.siteId, filters: request.filters, columns: request.columns, from, to: last });
    if (last >= range.to || (bound?.ids ?? 0) < source.pageIds) return;
    from = last + 1;
  }
}

/** Sums over ranges that ascend and do not overlap; rows between them are left out. One pass over the rows. */
export async function sumRanges(db: Queryable, request: ChecksumRequest, ranges: readonly IdRange[]): Promise<RangeSum[]> {
  const sums = ranges.map(() => ({ sum: 0n, rows: 0, unknown: 0 }));
  const [first, last] = [ranges[0], ranges.at(-1)];
  if (!first || !last) return sums;
  let index = 0;
  for await (const page of checksumRows(db, request, { from: first.from, to: last.to })) {
    let pending = 0;
    const flush = () => {
      const sum = sums[index];
      if (sum) sum.sum += BigInt(pending);
      pending = 0;
    };
    for (const row of page) {
      while (index < ranges.length - 1 && row.id > (ranges[index]?.to ?? 0)) {
        flush();
        index += 1;
      }
      const [at, into] = [ranges[index], sums[index]];
      if (!at || !into || row.id < at.from || row.id > at.to) continue;
      into.rows += 1;
      if (row.isUnknown === true) into.unknown += 1;
      // A page's sum stays far below 2^53: a row adds less than 2^32, a page has less than 2^20 rows.
      else pending += rowChecksum(request.salt, row);
    }
    flush();
  }
  return sums;
}

/** The sum of each key of a range, as a detailed drill-down of the site has them; null where a row's form is not known. */
export async function sumKeys(db: Queryable, request: ChecksumRequest, range: IdRange): Promise<Map<string, bigint | null>> {
  const sums = new Map<string, bigint | null>();
  for await (const page of checksumRows(db, request, range)) {
    for (const row of page) {
      const before = sums.get(row.key);
      if (row.isUnknown === true || before === null) sums.set(row.key, null);
      else sums.set(row.key, (before ?? 0n) + BigInt(rowChecksum(request.salt, row)));
    }
  }
  return sums;
}
