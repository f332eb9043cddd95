import { describe, expect, it } from 'vitest';
import { addSite, blogTokenSecret, findSiteByUrl, removeSite, SITE_TABLES, userTokenSecret } from '../../store/sites.js';
import { nextSiteId, openTestStore } from '../testkit/store.js';

describe('sites', () => {
  it('keep their tokens encrypted and give the secret back by its public key', async () => {
    const store = await openTestStore();
    const id = nextSiteId();
    const url = `https://site-${id}.example`;
    await addSite(store, { id, url: `${url}/`, blogToken: `bk${id}.blogsecret${id}`, userTokens: [`uk${id}.usersecret${id}.7`] });
    expect(await blogTokenSecret(store, `bk${id}`)).toEqual({ siteId: id, url, secret: `blogsecret${id}` });
    expect(await userTokenSecret(store, `uk${id}`)).toEqual({ siteId: id, userId: 7, secret: `usersecret${id}` });
    const [row] = await store.database.query<{ text: string }>(`SELECT encode(blog_token, 'escape') AS text FROM site WHERE id = $1`, [id]);
    expect(row?.text).not.toContain('blogsecret');
    expect((await findSiteByUrl(store.database, `http://site-${id}.example`))?.id).toBe(id);
    await expect(addSite(store, { id: nextSiteId(), url, blogToken: 'a.b' })).rejects.toThrow(/already connected/);
    expect(await removeSite(store, id)).toBe(true);
    expect(await removeSite(store, id)).toBe(false);
  });

  it('are found by their own address before a home address that another site claims', async () => {
    const store = await openTestStore();
    const [claiming, owning] = [nextSiteId(), nextSiteId()];
    const url = `https://site-${owning}.example`;
    await addSite(store, { id: claiming, url: `https://site-${claiming}.example`, blogToken: `bk${claiming}.x` });
    await store.database.query('UPDATE site SET home_url = $2 WHERE id = $1', [claiming, url]);
    expect((await findSiteByUrl(store.database, url))?.id).toBe(claiming);
    await addSite(store, { id: owning, url, blogToken: `bk${owning}.x` });
    expect((await findSiteByUrl(store.database, url))?.id).toBe(owning);
  });

  it('list every table that holds site data', async () => {
    const store = await openTestStore();
    // An operation is its account's and goes over many sites; the site in it is only a part of its global id.
    const rows = await store.database.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.columns WHERE column_name = 'site_id' AND table_schema = 'public' AND table_name <> 'extension_operation'
         AND NOT (SELECT relispartition FROM pg_class WHERE oid = format('public.%I', table_name)::regclass) ORDER BY 1`,
    );
    expect(rows.map((row) => row.name)).toEqual([...SITE_TABLES].sort());
  });
});
