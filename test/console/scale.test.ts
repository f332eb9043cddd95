// Ten thousand plugins over five hundred sites in a real browser: the list scrolls to its end and is filtered while only what is in view
// is in the document. Tells the longest task and the longest wait for a frame; how long these are is the machine's business.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAccessible, HAS_BROWSER, screenshot, startConsole, type GuardedPage, type TestConsole } from './browser.js';

const SITES = 500;
const PLUGINS_A_SITE = 20;
/** Sites of the test have ids from here on. */
const FROM = 970_000;
/** A window full of rows with all that is around them is about seven hundred. */
const MOST_NODES = 2_000;
const SLOW = { timeout: 900_000 };

describe.skipIf(!HAS_BROWSER)('a list of 10,000 plugins over 500 sites', () => {
  let hub: TestConsole;
  const count = async (where = 'true'): Promise<number> => Number((await hub.server.store.database.query<{ count: number }>(`SELECT count(*) AS count FROM plugin WHERE ${where}`))[0]?.count);
  beforeAll(async () => {
    hub = await startConsole();
    const { database } = hub.server.store;
    await database.query(`INSERT INTO site (id, url, home_url) SELECT $2::int + n, 'http://s' || n || '.example', 'http://s' || n || '.example' FROM generate_series(1, $1::int) n`, [SITES, FROM]);
    await database.query(
      `INSERT INTO plugin (site_id, file, slug, name, version, active, network_active, auto_update, update_version, details)
       SELECT $3::int + n, slug || '/' || slug || '.php', slug, initcap(slug), '1.' || (n % 4), n % 3 > 0, false, false, CASE WHEN n % 5 = 0 THEN '2.0' END,
         jsonb_build_object('headers', jsonb_build_object(), 'update', jsonb_build_object('requires', '7.0', 'packageAvailable', true), 'activationKnown', true)
       FROM generate_series(1, $1::int) n CROSS JOIN generate_series(1, $2::int) k CROSS JOIN LATERAL (SELECT 'plugin-' || lpad(((k * 37 + n * 7) % 400)::text, 3, '0') AS slug) s`,
      [SITES, PLUGINS_A_SITE, FROM],
    );
    await database.query('ANALYZE');
  }, 600_000);
  afterAll(() => hub?.close());

  const watch = (page: GuardedPage): Promise<unknown> => page.evaluate(`(() => {
    const seen = globalThis.__seen = { longestTask: 0, tasks: 0, longestFrame: 0, nodes: 0 };
    new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) { seen.tasks += 1; seen.longestTask = Math.max(seen.longestTask, duration); } }).observe({ type: 'longtask' });
    let last = performance.now();
    const tick = (now) => { seen.longestFrame = Math.max(seen.longestFrame, now - last); seen.nodes = Math.max(seen.nodes, document.querySelectorAll('*').length); last = now; requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
  })()`);
  const seen = (page: GuardedPage) => page.evaluate<{ longestTask: number; tasks: number; longestFrame: number; nodes: number }>('globalThis.__seen');

  /** Scrolls to the end again and again, as a hand does: the list grows a moment after its count does, and may be at its end for that moment. */
  async function scrollUntil(page: GuardedPage, isThere: () => Promise<boolean>): Promise<void> {
    while (!(await isThere())) await page.evaluate(`new Promise((resolve) => { const table = document.querySelector('.table'); table.scrollTop = table.scrollHeight; setTimeout(resolve, 20); })`);
  }

  it('scrolls to the end, back, and is filtered, with a bounded document', SLOW, async () => {
    const total = await count();
    expect(await count(`site_id > ${FROM}`)).toBe(SITES * PLUGINS_A_SITE);
    const format = (value: number): string => new Intl.NumberFormat('en-GB').format(value);
    const page = await hub.page();
    let reads = 0;
    page.on('request', (request) => { if (request.postData()?.includes('query FleetInstalls') === true) reads += 1; });
    await page.goto('/plugins/installed');
    await page.getByText(`100 of ${format(total)} installations`).waitFor();
    await watch(page);
    const began = Date.now();
    const pages = Math.ceil(total / 100);
    const whole = page.getByText(`${format(total)} installations`, { exact: true });
    await scrollUntil(page, () => whole.isVisible());
    expect(reads).toBe(pages);
    await page.evaluate(`document.querySelector('.table').scrollTop = document.querySelector('.table').scrollHeight`);
    const [last] = await hub.server.store.database.query<{ name: string }>('SELECT name FROM plugin ORDER BY slug DESC, site_id DESC LIMIT 1');
    await page.getByRole('row').filter({ hasText: last?.name ?? '' }).last().waitFor();
    const scrolled = await seen(page);
    await checkAccessible(page);
    await screenshot(page, 'scale-end-1440-light');

    // A wheel through the whole list with everything there.
    await watch(page);
    const height = await page.evaluate<number>(`document.querySelector('.table').scrollHeight`);
    for (let at = height; at >= 0; at -= height / 40) await page.evaluate(`new Promise((resolve) => { document.querySelector('.table').scrollTop = ${at}; requestAnimationFrame(() => requestAnimationFrame(resolve)); })`);
    const swept = await seen(page);
    await page.evaluate(`document.querySelector('.table').scrollTop = 0`);
    await page.locator('[role=row][aria-rowindex="2"]').waitFor();

    await watch(page);
    await page.getByRole('searchbox').fill('plugin-014');
    await page.getByText(`${format(await count("slug = 'plugin-014'"))} installations`, { exact: true }).waitFor();
    await page.getByRole('searchbox').fill('');
    // All that was read before may be there again at once.
    await page.getByText(`${format(total)} installations`).waitFor({ timeout: 120_000 });
    await page.getByRole('button', { name: /Which$/ }).click();
    await page.getByRole('option', { name: 'With an update' }).click();
    await page.getByText(`100 of ${format(await count('update_version IS NOT NULL'))} installations`).waitFor();
    const filtered = await seen(page);

    const words = (name: string, of: typeof filtered): string => `${name}: longest task ${Math.round(of.longestTask)} ms, longest frame ${Math.round(of.longestFrame)} ms, at most ${of.nodes} nodes`;
    console.log([`10,000 plugins, read to the end in ${Math.round((Date.now() - began) / 1000)} s`, words('reading on', scrolled), words('through all', swept), words('filtering', filtered)].join('\n  '));
    for (const { nodes } of [scrolled, swept, filtered]) expect(nodes).toBeLessThan(MOST_NODES);
    page.verify();
  });
});
