import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDedicatedWishes } from '../../sync/dedicated.js';
import { nextSiteId, openTestStore } from '../testkit/store.js';
import { addTestSite, entryOf, postItems, startSyncServer, type TestServer, type TestSite } from './http-site.js';

const MINUTE_MS = 60_000;
const HEADER = 'jetpack-dedicated-sync';

describe('dedicated sync', () => {
  it('is wished for a queue that stays long for a minute, once in six hours', () => {
    const wishes = createDedicatedWishes();
    expect(wishes.isWished(1, 900, 'default', 0)).toBe(false);
    expect(wishes.isWished(1, 900, 'default', MINUTE_MS - 1)).toBe(false);
    expect(wishes.isWished(2, 900, 'default', MINUTE_MS)).toBe(false);
    expect(wishes.isWished(1, 900, 'default', MINUTE_MS)).toBe(true);
    expect(wishes.isWished(1, 900, 'default', 2 * MINUTE_MS)).toBe(false);
    expect(wishes.isWished(1, 900, 'default', 400 * MINUTE_MS)).toBe(true);
  });

  it('is not wished when the queue was short in between, is not told, or is sent so already', () => {
    const wishes = createDedicatedWishes();
    wishes.isWished(1, 900, 'default', 0);
    expect(wishes.isWished(1, 3, 'default', MINUTE_MS / 2)).toBe(false);
    expect(wishes.isWished(1, 900, 'default', MINUTE_MS)).toBe(false);
    expect(wishes.isWished(1, null, 'default', 3 * MINUTE_MS)).toBe(false);
    expect(wishes.isWished(1, 900, 'dedicated', 3 * MINUTE_MS)).toBe(false);
  });

  describe('over HTTP', () => {
    let nowMs = Date.now();
    let server: TestServer;
    let site: TestSite;
    beforeAll(async () => {
      const store = await openTestStore();
      server = await startSyncServer(store, { clock: () => nowMs });
      site = await addTestSite(store, nextSiteId());
    });
    afterAll(() => server.close());
    const post = (queueSize: string) => postItems(server, site, [entryOf('updated_option', ['blogname', 'a', 'b'])], { queue_size: queueSize }, { nowMs });

    it('is told by the header of the answer that acknowledges', async () => {
      const first = await post('900');
      expect([first.status, first.headers.get(HEADER)]).toEqual([200, null]);
      nowMs += MINUTE_MS;
      const second = await post('900');
      expect([second.status, second.processed?.length, second.headers.get(HEADER)]).toEqual([200, 1, 'on']);
      expect((await post('900')).headers.get(HEADER)).toBeNull();
    });
  });
});
