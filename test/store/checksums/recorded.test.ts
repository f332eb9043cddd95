// The site's own checksums against ours, out of the recordings alone.
import { crc32 } from 'node:zlib';
import { serialize } from 'php-serialize';
import { beforeAll, describe, expect, it } from 'vitest';
import { crc32Joined } from '../../../core/crc32.js';
import type { SiteId } from '../../../core/ids.js';
import { applyBatch } from '../../../store/apply/apply.js';
import { CHECKSUM_TABLES, type ChecksumFilters, type ChecksumTable } from '../../../store/read/checksum-tables.js';
import { rowChecksum, sumKeys, sumRanges } from '../../../store/read/row-checksums.js';
import { addSite } from '../../../store/sites.js';
import type { Store } from '../../../store/store.js';
import { decode } from '../../../sync/decode/index.js';
import { decodeItem } from '../../../sync/protocol/codec.js';
import { splitJsonLines } from '../../../sync/protocol/json-lines.js';
import { checksumFilters } from '../../../sync/verify/filters.js';
import { readRecording, siteAnswer, type RecordingName } from '../../testkit/recorded.js';
import { nextSiteId, openTestStore } from '../../testkit/store.js';

interface Answers {
  readonly checksum_all: Readonly<Record<string, number | { errors: object }>>;
  readonly histogram_10: Readonly<Record<string, Readonly<Record<string, string | null>>>>;
}

interface WireUser {
  readonly data: { readonly ID: string; readonly is_connected?: boolean; readonly allowed_mime_types: object };
  readonly roles: readonly string[];
  readonly allcaps: object;
}

const RECORDINGS: readonly RecordingName[] = ['1-incremental', '2-full-sync', '3-full-sync-woocommerce'];

/** Metas that this site's plugins added to what is synced; an operator who wants them allows them. */
const ALLOWED = { extraPostMeta: new Set(['reading_time', 'isbn']) };

/** Spellings of data-check that differ from the tables' names. */
const WHOLE_NAMES: Readonly<Record<string, ChecksumTable>> = { post_meta: 'postmeta', comment_meta: 'commentmeta' };

async function load(store: Store): Promise<SiteId> {
  const siteId = nextSiteId();
  await addSite(store, { id: siteId, url: `http://checksums-${siteId}.example`, blogToken: `k${siteId}.s${siteId}` });
  for (const name of RECORDINGS) {
    for (const request of readRecording(name)) {
      const items = splitJsonLines(Buffer.from(request.body)).entries.map(({ key, encoded }) => {
        const decoded = decodeItem(encoded, 'deflate-json-array');
        if (!decoded.ok) throw new Error(`recorded item ${key} does not decode`);
        return decode(key, decoded.item, ALLOWED);
      });
      await applyBatch(store, siteId, items, new Date(request.receivedAt));
    }
  }
  return siteId;
}

describe('our checksums of the recorded site', () => {
  const answers = siteAnswer<Answers>('checksums');
  let store: Store;
  let siteId: SiteId;
  let filters: ChecksumFilters;
  const request = (table: ChecksumTable, salt = '') => ({ siteId, table, filters, salt, columns: [] });

  beforeAll(async () => {
    store = await openTestStore();
    siteId = await load(store);
    filters = await checksumFilters(store, siteId, null);
  }, 240_000);

  it('equal the site\'s own in every bucket of every histogram', async () => {
    const unequal: string[] = [];
    let compared = 0;
    for (const [table, histogram] of Object.entries(answers.histogram_10)) {
      const ranges = Object.keys(histogram).map((key) => {
        const [from = 0, to = from] = key.split('-').map(Number);
        return { from, to };
      });
      const sums = await sumRanges(store.database, request(table as ChecksumTable), ranges);
      for (const [index, [key, expected]] of Object.entries(histogram).entries()) {
        compared += 1;
        const ours = sums[index];
        if (ours?.unknown !== 0 || String(ours.sum) !== (expected ?? '0')) unequal.push(`${table} ${key}: the site has ${expected}, we have ${ours?.sum}, ${ours?.unknown} rows unknown`);
      }
    }
    console.info(`histograms: ${compared} buckets compared, ${compared - unequal.length} equal`);
    expect(unequal).toEqual([]);
    expect(compared).toBe(89);
  });

  it('equal the site\'s own of every whole table that it has', async () => {
    const unequal: string[] = [];
    const refused: string[] = [];
    const compared: string[] = [];
    for (const [name, expected] of Object.entries(answers.checksum_all)) {
      if (typeof expected !== 'number') {
        refused.push(name);
        continue;
      }
      const [sum] = await sumRanges(store.database, request(WHOLE_NAMES[name] ?? (name as ChecksumTable)), [{ from: 0, to: Number.MAX_SAFE_INTEGER }]);
      compared.push(name);
      if (sum?.unknown !== 0 || sum.sum !== BigInt(expected)) unequal.push(`${name}: the site has ${expected}, we have ${sum?.sum}, ${sum?.unknown} rows unknown`);
    }
    console.info(`whole tables: ${compared.length} compared, ${compared.length - unequal.length} equal; the site itself has no ${refused.join(', ')}`);
    expect(unequal).toEqual([]);
    expect(compared).toEqual([
      'posts', 'post_meta', 'comments', 'comment_meta', 'terms', 'term_relationships', 'term_taxonomy', 'woocommerce_order_items', 'woocommerce_order_itemmeta',
    ]);
    // This shop keeps its orders as posts.
    expect(refused).toEqual(['wc_product_lookup', 'wc_orders', 'wc_order_addresses', 'wc_order_operational_data']);
  });

  it('leave out exactly the tables that cannot be computed of what is synced', () => {
    const named = new Set([...Object.keys(answers.checksum_all).map((name) => WHOLE_NAMES[name] ?? name), ...Object.keys(answers.histogram_10), 'usermeta', 'termmeta']);
    const known: ReadonlySet<string> = new Set(CHECKSUM_TABLES);
    expect([...named].filter((name) => !known.has(name)).sort()).toEqual(['termmeta', 'wc_order_addresses', 'wc_product_lookup']);
  });

  it('of what people may do are those that PHP makes of the recorded user objects', async () => {
    const people = readRecording('2-full-sync').flatMap((recorded) => splitJsonLines(Buffer.from(recorded.body)).entries).flatMap(({ encoded }) => {
      const decoded = decodeItem(encoded, 'deflate-json-array');
      return decoded.ok && decoded.item.action === 'jetpack_full_sync_users' ? Object.values((decoded.item.args as unknown as { users: WireUser[] }).users) : [];
    });
    const expected = new Map(people.map(({ data, roles, allcaps }) => {
      const texts = [`#roles#${serialize(roles)}`, ...(data.is_connected ? [`#capabilities#${serialize(allcaps)}`, `#allowed_mime_types#${serialize(data.allowed_mime_types)}`] : [])];
      return [data.ID, texts.reduce((sum, text) => sum + BigInt(crc32(`s4lt${text}`)), 0n)];
    }));
    const ours = await sumKeys(store.database, request('usermeta', 's4lt'), { from: 0, to: Number.MAX_SAFE_INTEGER });
    expect(people.map(({ data }) => [data.ID, data.is_connected === true]).sort()).toEqual([['1', true], ['2', false], ['3', false], ['4', false], ['6', false], ['8', false]]);
    expect(new Map([...ours].sort())).toEqual(new Map([...expected].sort()));
  });

  it('of addresses cannot be told: a shop of two orders and more has one billing and one shipping row', () => {
    // Sums of data-check out of the protocol reference (7.3), without a salt; the row hashes nothing but the kind of the address.
    const [orders, addresses] = [7586773727, 6115304982];
    expect(orders).toBeGreaterThan(2 ** 32);
    expect(crc32('#billing#') + crc32('#shipping#')).toBe(addresses);
  });

  it('are the same for keys and for ranges', async () => {
    for (const table of CHECKSUM_TABLES) {
      const range = { from: 0, to: Number.MAX_SAFE_INTEGER };
      const keys = await sumKeys(store.database, request(table, 'p3pper'), range);
      const [sum] = await sumRanges(store.database, request(table, 'p3pper'), [range]);
      expect([...keys.values()].reduce((total: bigint, key) => total + (key ?? 0n), 0n), table).toBe(sum?.sum);
    }
  });

  it('differ when one row differs', async () => {
    const whole = [{ from: 0, to: Number.MAX_SAFE_INTEGER }];
    const [before] = await sumRanges(store.database, request('postmeta'), whole);
    await store.database.query(`UPDATE post_meta SET value = '{"width":1}' WHERE site_id = $1 AND meta_key = '_wp_attachment_metadata' AND post_id = 14`, [siteId]);
    const [after] = await sumRanges(store.database, request('postmeta'), whole);
    expect(after?.rows).toBe(before?.rows);
    expect(after?.unknown).toBe(1);
    expect(after?.sum).not.toBe(before?.sum);
  });
});

describe('the checksum of a row', () => {
  it.each([
    ['a post', '2027-01-15 08:00:00#', 2256584206], ['a later post', '2027-01-15 08:05:00#', 3424123713], ['a post without a date', '0000-00-00 00:00:00#', 1824379612],
    ['a term', '12#Gravel &amp; Road#gravel-road#', 3984254637], ['a row of a taxonomy', '12#12#0#category##', 2072227836], ['a relation', '77#12#', 1819973550],
    ['a meta', '_thumbnail_id#99#', 1878743100],
    ['an order', '2027-01-15 08:00:00#20.00000000#shop_order#wc-processing#', 337634017],
  ])('is the one of the worked example: %s', (_name, body, expected) => {
    expect(rowChecksum('s4lt', { id: 1, key: '1', body })).toBe(expected);
  });

  it('is the one of the worked example where the salt is in front alone', () => {
    expect(rowChecksum('s4lt', { id: 2, key: '2', body: 'roles#a:1:{i:0;s:6:"editor";}', isSaltedInFront: true })).toBe(1560328778);
  });

  it('is the one of the worked example without a salt', () => {
    expect(rowChecksum('', { id: 1, key: '1', body: '2027-01-15 08:00:00#' })).toBe(1502152139);
  });

  it('follows under any salt from the form of its last field', () => {
    for (const value of ['', '99', 'Zoë 日本', 'x'.repeat(70_000)]) {
      const form = { crc: crc32(value), bytes: Buffer.byteLength(value) };
      expect(rowChecksum('s4lt', { id: 1, key: '1', body: 'k#', form })).toBe(crc32(`s4lt#k#${value}#s4lt`));
      expect(crc32Joined(crc32('abc'), form.crc, form.bytes)).toBe(crc32(`abc${value}`));
    }
  });
});
