// Privacy at the door: secrets are planted in every place where a site can send them, sent over HTTP, and looked for in
// every column of every table and in everything that was logged.
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDeadLetter } from '../../store/dead-letters.js';
import type { Store } from '../../store/store.js';
import { nextSiteId, openPrivateStore } from '../testkit/store.js';
import { addTestSite, callXmlRpc, entryOf, postItems, startSyncServer, type TestServer, type TestSite } from './http-site.js';
import { plantSecrets, type Planting } from './planted-secrets.js';

const planting: Planting = plantSecrets();

/** Everything the database holds, as text; bytes as they are. */
async function dump(store: Store): Promise<{ place: string; text: string }[]> {
  const columns = await store.database.query<{ table: string; column: string; type: string }>(
    `SELECT table_name AS table, column_name AS column, data_type AS type FROM information_schema.columns WHERE table_schema = 'public'`);
  const found: { place: string; text: string }[] = [];
  for (const { table, column, type } of columns) {
    const value = type === 'bytea' ? `encode("${column}", 'escape')` : `"${column}"::text`;
    const rows = await store.database.query<{ text: string | null }>(`SELECT ${value} AS text FROM "${table}"`);
    for (const { text } of rows) if (text !== null) found.push({ place: `${table}.${column}`, text });
  }
  return found;
}

function leaksIn(cells: readonly { place: string; text: string }[]): string[] {
  return cells.flatMap(({ place, text }) => (text.match(/planted\d{4}secret/g) ?? []).map((marker) => `${place}: ${planting.markers.get(marker) ?? marker}`));
}

describe('the sync server', () => {
  let store: Store;
  let server: TestServer;
  let site: TestSite;
  let logged = '';

  beforeAll(async () => {
    store = await openPrivateStore();
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        logged += chunk.toString();
        done();
      },
    });
    server = await startSyncServer(store, { log: pino({ level: 'trace' }, stream) });
    site = await addTestSite(store, nextSiteId());
    const entries = planting.items.map(({ action, args, actor }) => entryOf(action, args, { actor }));
    const answer = await postItems(server, site, entries);
    expect(answer.processed).toHaveLength(entries.length);
    const struct = Object.fromEntries(entries.map(({ key, encoded }) => [key, encoded]));
    expect((await callXmlRpc(server, site, 'jetpack.syncActions', [struct])).text).toContain('<params><param><value><array><data>');
  });
  afterAll(async () => {
    await server.close();
    await store.close();
  });

  it('understands the items that the secrets were planted in', async () => {
    const letters = await store.database.query<{ action: string }>('SELECT action FROM dead_letter ORDER BY action');
    expect(letters.map((letter) => letter.action)).toEqual(['jetpack_sync_save_term', 'some_plugin_secret_event']);
    const everything = (await dump(store)).map((cell) => cell.text).join('\n');
    expect(planting.visible.filter((word) => !everything.includes(word))).toEqual([]);
    expect(planting.markers.size).toBeGreaterThan(500);
  });

  it('stores none of them in any column of any table', async () => {
    const leaks = leaksIn(await dump(store));
    expect([...new Set(leaks)]).toEqual([]);
  });

  it('logs none of them', async () => {
    expect(leaksIn([{ place: 'log', text: logged }])).toEqual([]);
  });

  it('keeps what it did not understand, but sealed', async () => {
    const letters = await store.database.query<{ payload: Uint8Array }>('SELECT payload FROM dead_letter');
    expect(letters).toHaveLength(2);
    for (const { payload } of letters) {
      expect(openDeadLetter(store.secrets, site.id, payload)).toMatchObject({ codec: 'deflate-json-array' });
      expect(() => openDeadLetter(store.secrets, nextSiteId(), payload)).toThrow();
    }
  });

  it('finds a planted secret that is stored in the clear', async () => {
    const [marker = ''] = planting.markers.keys();
    await store.database.query(`UPDATE dead_letter SET payload = convert_to($1, 'UTF8'), message = $1 WHERE action = 'some_plugin_secret_event'`, [marker]);
    expect(leaksIn(await dump(store)).map((leak) => leak.split(':')[0]).sort()).toEqual(['dead_letter.message', 'dead_letter.payload']);
  });
});
