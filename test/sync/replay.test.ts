// The recorded site over real HTTP: signed again, sent in order, in both transports.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../store/store.js';
import { splitJsonLines } from '../../sync/protocol/json-lines.js';
import { nextSiteId, openTestStore } from '../testkit/store.js';
import { loadRecordedSite, readRecording, visibleRows, type RecordedRequest, type RecordingName } from '../testkit/recorded.js';
import { addTestSite, callXmlRpc, postItems, recordedQuery, startSyncServer, type Answer, type TestServer, type TestSite } from './http-site.js';

const NAMES: readonly RecordingName[] = ['1-incremental', '2-full-sync', '3-full-sync-woocommerce'];

describe('the sync server', () => {
  let store: Store;
  let server: TestServer;
  let expected: Record<string, unknown[]>;

  beforeAll(async () => {
    store = await openTestStore();
    server = await startSyncServer(store);
    expected = await visibleRows(store, await loadRecordedSite(store, NAMES));
  });
  afterAll(() => server.close());

  async function replay(site: TestSite, sendOne: (site: TestSite, request: RecordedRequest) => Promise<Answer>): Promise<void> {
    for (const name of NAMES) {
      for (const request of readRecording(name)) {
        const answer = await sendOne(site, request);
        expect(answer.status).toBe(200);
      }
    }
  }

  it('acknowledges every item of the recorded site over REST, and stores the rows that the items say', async () => {
    const site = await addTestSite(store, nextSiteId());
    let items = 0;
    await replay(site, async (sender, request) => {
      const body = Buffer.from(request.body);
      const answer = await postItems(server, sender, body, recordedQuery(request));
      const keys = splitJsonLines(body).entries.map((entry) => entry.key);
      expect([...(answer.processed ?? [])].sort()).toEqual([...keys].sort());
      items += keys.length;
      return answer;
    });
    expect(items).toBeGreaterThan(1000);
    expect(await visibleRows(store, site.id)).toEqual(expected);
    const [facts] = await store.database.query<{ n: number; letters: number; queue: number }>(
      'SELECT item_count AS n, dead_letter_count AS letters, queue_size AS queue FROM site WHERE id = $1', [site.id]);
    expect(facts).toMatchObject({ n: items, letters: 0 });
  });

  it('stores the same rows when the same items come over XML-RPC', async () => {
    const site = await addTestSite(store, nextSiteId());
    await replay(site, async (sender, request) => {
      const { entries } = splitJsonLines(Buffer.from(request.body));
      const struct = Object.fromEntries(entries.map(({ key, encoded }) => [key, encoded]));
      const answer = await callXmlRpc(server, sender, 'jetpack.syncActions', [struct], recordedQuery(request));
      for (const { key } of entries) expect(answer.text).toContain(`<string>${key}</string>`);
      expect(answer.text.match(/<string>/g)).toHaveLength(entries.length);
      return answer;
    });
    expect(await visibleRows(store, site.id)).toEqual(expected);
  });
});
