// Moderation of comments in a real browser, with a double of the site behind it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId } from '../../core/ids.js';
import { startConnectedSite, type ConnectedSite } from '../testkit/connected-site.js';
import { checkAccessible, HAS_BROWSER, screenshot, startConsole, WIDTHS, type TestConsole } from './browser.js';

const SLOW = { timeout: 240_000 };

describe.skipIf(!HAS_BROWSER)('the page of comments', () => {
  let hub: TestConsole;
  let site: ConnectedSite;
  let path: string;
  let ids: number[];
  const statuses = (): string[] => ids.map((id) => String(site.double.tables.comments.get(id)?.comment_approved));
  beforeAll(async () => {
    hub = await startConsole();
    site = await startConnectedSite(hub.server.store);
    path = `/sites/${encodeSiteId(site.siteId)}/comments`;
    const post = site.double.edit.savePost({ post_title: 'A talked about chart', post_content: 'Text', post_author: 1, post_status: 'publish' });
    ids = Array.from({ length: 20 }, (_, index) => site.double.edit.addComment(post.ID, { comment_approved: '0', comment_author: `Visitor ${index}`, comment_content: `<b>Question</b> ${index}?` }).comment_ID);
    await site.sync();
  }, 600_000);
  afterAll(async () => {
    await site.close();
    await hub.close();
  });

  it.each(WIDTHS)('shows the queue as text and is accessible at %s', SLOW, async (label, viewport) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await hub.page({ viewport, colorScheme });
      await page.goto(path);
      await page.getByText('Question 7?').waitFor();
      await checkAccessible(page);
      await screenshot(page, `comments-${label.split(' ')[0]}-${colorScheme}`);
      page.verify();
    }
  });

  it('moderates twenty comments in one call and takes it back', SLOW, async () => {
    const page = await hub.page();
    let calls = 0;
    page.on('request', (request) => { if (request.postData()?.includes('commentModerate') === true) calls += 1; });
    await page.goto(path);
    await page.getByText('Select all shown').click();
    await page.getByText('20 selected').waitFor();
    await page.getByRole('button', { name: 'Spam', exact: true }).first().click();
    await page.getByText('20 comments marked as spam.').waitFor();
    await page.getByText('Nothing waits').waitFor();
    expect(calls).toBe(1);
    expect(statuses()).toEqual(ids.map(() => 'spam'));
    await checkAccessible(page);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Question 7?').waitFor();
    expect(statuses()).toEqual(ids.map(() => '0'));
    page.verify();
  });

  it('is worked through with keys alone, an answer too', SLOW, async () => {
    const page = await hub.page();
    await page.goto(path);
    await page.getByText('Question 19?').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await checkAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' });
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    const [second = ''] = await page.locator('.comment:focus strong').allTextContents();
    await page.keyboard.press('a');
    await page.getByText('One comment approved.').waitFor();
    expect(statuses()[Number(second.replace('Visitor ', ''))]).toBe('1');
    await page.keyboard.press('j');
    await page.keyboard.press('r');
    await page.getByLabel(/^Your answer to/).fill('An answer.');
    await page.locator('.comment form').getByRole('button', { name: 'Answer' }).press('Enter');
    await page.getByText('Answered').waitFor();
    expect(site.double.tables.comments.all().filter(({ comment_content }) => comment_content === 'An answer.').length).toBe(1);
    page.verify();
  });
});
