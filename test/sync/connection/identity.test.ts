// Copies and moves of a connected site: what its signed requests are answered, in both transports, and that nothing of a copy is stored.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SiteId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import type { SiteDouble } from '../../testkit/site-double/index.js';
import { openTestStore } from '../../testkit/store.js';
import { storedTerms } from '../http-site.js';
import { startHub, storedSites, type Hub } from './hub.js';

let store: Store;
let hub: Hub;
let site: SiteDouble;
let original: string;

beforeAll(async () => {
  store = await openTestStore();
  hub = await startHub(store);
});
beforeEach(async () => {
  site = await hub.startSite({ url: (port) => `http://www.anchor-${port}.example:${port}` });
  original = site.url;
  await site.register({ user: 1 });
  await site.pump();
  await site.drainNow();
});
afterAll(() => hub.close());

const id = (): SiteId => site.connection.blogId as SiteId;
const crisis = (code: string) => ({ error_code: code, wpcom_home: original, wpcom_siteurl: original });
const health = (more = '') => site.callHub({ as: 'site', method: 'GET', path: `/wpcom/v2/sites/${id()}/jetpack-token-health/blog${more}` });

describe('a connected site', () => {
  it('is the same with another scheme, without www, or on another port', async () => {
    for (const same of [original.replace('http:', 'https:'), original.replace('www.', ''), original.replace(/:\d+$/, '')]) {
      site.moveTo(same);
      expect(await health()).toMatchObject({ status: 200, json: { is_healthy: true } });
      expect(site.connection.identityCrisis).toBeNull();
    }
  });

  it.each([
    ['both addresses', true, true, 'jetpack_url_mismatch'],
    ['the site address', true, false, 'jetpack_site_url_mismatch'],
    ['the home address', false, true, 'jetpack_home_url_mismatch'],
  ])('is told when %s changed', async (_what, isSiteOther, isHomeOther, code) => {
    if (isSiteOther) site.state.url = 'http://elsewhere.example';
    if (isHomeOther) site.state.homeUrl = 'http://elsewhere.example';
    await health();
    expect(site.connection.identityCrisis).toEqual(crisis(code));
  });
});

describe('a staging copy', () => {
  it.each([['REST', 1], ['XML-RPC', 0]])('stores nothing over %s and goes into safe mode', async (_transport, isRest) => {
    site.state.settings.change({ wpcom_rest_api_enabled: isRest });
    const before = await storedTerms(store, id());
    site.moveTo('http://staging.anchor.example');
    site.edit.saveTerm({ taxonomy: 'category', name: 'Only on the copy' });
    const sent = await site.drainNow();
    expect(sent.ok).toBe(false);
    expect(site.connection.identityCrisis).toEqual(crisis('jetpack_url_mismatch'));
    expect(await storedTerms(store, id())).toEqual(before);
    expect(await storedSites(store, original)).toMatchObject([{ id: id(), hasToken: true }]);
  });

  it('is told again when it validates itself, and is itself again at its old address', async () => {
    site.moveTo('http://staging.anchor.example');
    await health();
    const validation = (address: string) => health(`?home=${encodeURIComponent(address)}&siteurl=${encodeURIComponent(address)}&idc=1&idc_validation=1`);
    expect((await validation('http://staging.anchor.example')).json).toMatchObject({ idc_detected: crisis('jetpack_url_mismatch') });
    expect((await validation(original)).json).toEqual({ is_healthy: true });
  });

  it('becomes the site when its administrator chooses to migrate', async () => {
    site.moveTo('http://moved.anchor.example');
    await health();
    site.chooseMigrate();
    expect((await health()).json).toMatchObject({ is_healthy: true, migrated_for_idc: true });
    expect(site.connection.identityCrisis).toBeNull();
    expect(await storedSites(store, 'http://moved.anchor.example')).toMatchObject([{ id: id() }]);
    site.edit.saveTerm({ taxonomy: 'category', name: 'After the move' });
    expect(await site.drainNow()).toMatchObject({ ok: true });
    expect([...(await storedTerms(store, id())).values()]).toContain('After the move');
  });

  it('cannot migrate to the address of another site', async () => {
    const other = await hub.startSite({ url: (port) => `http://other-${port}.example:${port}` });
    await other.register({ user: 1 });
    for (const taken of [other.url, other.url.replace('http:', 'https:'), other.url.replace('//', '//www.')]) {
      site.moveTo(taken);
      await health();
      site.chooseMigrate();
      expect((await health()).json).toMatchObject({ idc_detected: crisis('jetpack_url_mismatch') });
    }
    expect(await storedSites(store, other.url)).toMatchObject([{ id: other.connection.blogId }]);
  });
});
