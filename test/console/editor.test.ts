// The editor in a real browser, with a double of the site that another person writes to.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId, encodeSiteId } from '../../core/ids.js';
import { startConnectedSite, type ConnectedSite } from '../testkit/connected-site.js';
import { checkAccessible, HAS_BROWSER, layoutShift, screenshot, startConsole, watchShifts, WIDTHS, type TestConsole } from './browser.js';

const paragraph = (text: string): string => `<!-- wp:paragraph -->\n<p>${text}</p>\n<!-- /wp:paragraph -->`;
const IMAGE = '<!-- wp:image {"id":5} -->\n<figure class="wp-block-image"><img src="https://elsewhere.example/a.png" alt="A quay"/></figure>\n<!-- /wp:image -->';
const LIST = '<!-- wp:list -->\n<ul class="wp-block-list"><!-- wp:list-item -->\n<li>One</li>\n<!-- /wp:list-item --></ul>\n<!-- /wp:list -->';
const SLOW = { timeout: 240_000 };

describe.skipIf(!HAS_BROWSER)('the editor', () => {
  let hub: TestConsole;
  let site: ConnectedSite;
  beforeAll(async () => {
    hub = await startConsole();
    site = await startConnectedSite(hub.server.store);
  }, 600_000);
  afterAll(async () => {
    await site.close();
    await hub.close();
  });

  async function post(title: string, content: string): Promise<{ readonly localId: number; readonly path: string }> {
    const row = site.double.edit.savePost({ post_title: title, post_content: content, post_author: 1, post_status: 'publish' });
    await site.sync();
    return { localId: row.ID, path: `/sites/${encodeSiteId(site.siteId)}/posts/${encodeGlobalId(site.siteId, 'Post', row.ID)}` };
  }
  const stored = (localId: number): string => String(site.double.tables.posts.get(localId)?.post_content);

  it.each(WIDTHS)('shows blocks, their cards and a preview, and is accessible at %s', SLOW, async (label, viewport) => {
    const { path } = await post('A chart', [paragraph('First <strong>bold</strong>.'), IMAGE, LIST].join('\n\n'));
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await hub.page({ viewport, colorScheme });
      await watchShifts(page);
      await page.goto(path);
      await page.getByRole('textbox', { name: 'Paragraph, block 1 of 3' }).waitFor();
      await page.getByText('A quay').first().waitFor();
      await checkAccessible(page);
      expect(await layoutShift(page)).toBeLessThan(0.05);
      await screenshot(page, `editor-${label.split(' ')[0]}-${colorScheme}`);
      await page.getByRole('button', { name: 'Preview' }).click();
      await page.frameLocator('iframe.preview').getByText('Picture: A quay').waitFor();
      await checkAccessible(page);
      page.verify();
    }
  });

  it('writes back what was touched and every other byte as it was', SLOW, async () => {
    const kept = `${IMAGE}\n\n\n<p class='odd'>Free  text</p>\n\n${LIST}`;
    const { localId, path } = await post('A chart to write on', `${paragraph('First.')}\n\n${kept}\n`);
    const page = await hub.page();
    await page.goto(path);
    await page.getByRole('textbox', { name: /^Paragraph, block 1/ }).click();
    await page.keyboard.press('End');
    await page.keyboard.press('Control+b');
    await page.keyboard.type(' More & more');
    await page.keyboard.press('Control+s');
    await page.getByText('Saved', { exact: true }).waitFor();
    expect(stored(localId)).toBe(`${paragraph('First.<strong> More &amp; more</strong>')}\n\n${kept}\n`);
    page.verify();
  });

  it('adds, moves and removes blocks by the keyboard, with an undo', SLOW, async () => {
    const { localId, path } = await post('A chart to arrange', [paragraph('One.'), IMAGE, paragraph('Three.')].join('\n\n'));
    const page = await hub.page();
    await page.goto(path);
    await page.getByRole('textbox', { name: 'Paragraph, block 3 of 3' }).click();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.keyboard.type('Four.');
    await page.keyboard.press('Alt+Shift+ArrowUp');
    await page.getByRole('button', { name: 'Remove Image, block 2 of 4' }).press('Enter');
    await page.getByText('Image removed.').waitFor();
    await page.getByRole('button', { name: 'Undo' }).press('Enter');
    await page.getByRole('button', { name: 'Move Image, block 2 of 4 up' }).press('Enter');
    await page.keyboard.press('Control+s');
    await page.getByText('Saved', { exact: true }).waitFor();
    expect(stored(localId)).toBe([IMAGE, paragraph('One.'), paragraph('Four.'), paragraph('Three.')].join('\n\n'));
    page.verify();
  });

  it('merges what does not touch, and asks about what does: a post that somebody else edits meanwhile', SLOW, async () => {
    const text = (first: string, last: string): string => [paragraph(first), paragraph('Two tides.'), paragraph(last)].join('\n\n');
    const { localId, path } = await post('Tides', text('One quay.', 'Three anchors.'));
    const page = await hub.page();
    await page.goto(path);
    const type = async (words: string): Promise<void> => {
      await page.getByRole('textbox', { name: /^Paragraph, block 1/ }).click();
      await page.keyboard.press('End');
      await page.keyboard.type(words);
    };
    await type(' Mine.');
    site.double.edit.savePost({ ID: localId, post_content: text('One quay.', 'Three anchors, theirs.') }, 2);
    await page.keyboard.press('Control+s');
    await page.getByText('Saved', { exact: true }).waitFor();
    expect(stored(localId)).toBe(text('One quay. Mine.', 'Three anchors, theirs.'));

    await type(' Again.');
    await page.getByRole('textbox', { name: 'Title' }).fill('Tides of mine');
    site.double.edit.savePost({ ID: localId, post_title: 'Tides of theirs', post_content: text('One quay, theirs.', 'Three anchors, theirs.') }, 2);
    await page.keyboard.press('Control+s');
    await page.getByRole('heading', { name: 'Changed by somebody else meanwhile' }).waitFor();
    await checkAccessible(page);
    await screenshot(page, 'conflict-1440-light');
    await page.getByRole('region', { name: 'Title' }).getByRole('radio', { name: 'Theirs' }).click();
    await page.getByRole('region', { name: 'Text' }).getByRole('radio', { name: 'By hand' }).click();
    await page.getByLabel('Text, put together').fill(text('One quay of both.', 'Three anchors, theirs.'));
    await page.getByRole('button', { name: 'Save this' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    expect(stored(localId)).toBe(text('One quay of both.', 'Three anchors, theirs.'));
    expect(site.double.tables.posts.get(localId)?.post_title).toBe('Tides of theirs');
    page.verify();
  });

  it('lets two people write in one post: apart from each other both stay, at the same place the second one decides', SLOW, async () => {
    const text = (first: string, last: string): string => [paragraph(first), paragraph('Two tides.'), paragraph(last)].join('\n\n');
    const { localId, path } = await post('Buoys', text('One quay.', 'Three anchors.'));
    const [maria, edgar] = [await hub.page({ as: await hub.person([{ siteId: site.siteId, userId: 1 }]) }), await hub.page({ as: await hub.person([{ siteId: site.siteId, userId: 2 }]) })];
    for (const page of [maria, edgar]) {
      await page.goto(path);
      await page.getByRole('textbox', { name: 'Paragraph, block 3 of 3' }).waitFor();
    }
    const write = async (page: typeof maria, block: number, words: string): Promise<void> => {
      await page.getByRole('textbox', { name: `Paragraph, block ${block} of 3` }).click();
      await page.keyboard.press('End');
      await page.keyboard.type(words);
    };
    await write(maria, 1, ' Of Maria.');
    await write(edgar, 3, ' Of Edgar.');
    for (const page of [edgar, maria]) {
      await page.keyboard.press('Control+s');
      await page.getByText('Saved', { exact: true }).waitFor();
    }
    expect(stored(localId)).toBe(text('One quay. Of Maria.', 'Three anchors. Of Edgar.'));

    await write(maria, 3, ' Hers.');
    await maria.keyboard.press('Control+s');
    await expect.poll(() => stored(localId)).toContain('Hers.');
    await write(edgar, 3, ' His.');
    await edgar.keyboard.press('Control+s');
    await edgar.getByRole('heading', { name: 'Changed by somebody else meanwhile' }).waitFor();
    await checkAccessible(edgar);
    await screenshot(edgar, 'conflict-of-two-1440-light');
    await edgar.getByRole('region', { name: 'Text' }).getByRole('radio', { name: 'Theirs' }).click();
    await edgar.getByRole('button', { name: 'Save this' }).click();
    await edgar.getByText('Saved', { exact: true }).waitFor();
    expect(stored(localId)).toContain('Hers.');
    expect(stored(localId)).not.toContain('His.');
    expect(stored(localId)).toContain('Of Maria.');
    maria.verify();
    edgar.verify();
  });

  it('tells each of two people that the other one edits, lets one take over and the other hear of it, and forgets who leaves', SLOW, async () => {
    const { path } = await post('Whose chart', paragraph('Text.'));
    const nameOf = (userId: number): string => String(site.double.tables.users.get(userId)?.['display_name']);
    const [maria, edgar] = [await hub.page({ as: await hub.person([{ siteId: site.siteId, userId: 1 }]) }), await hub.page({ as: await hub.person([{ siteId: site.siteId, userId: 2 }]) })];
    const says = (page: typeof maria, words: string) => page.getByRole('alert').filter({ hasText: words });
    await Promise.all([maria.waitForResponse((response) => response.request().postData()?.includes('contentLock') === true), maria.goto(path)]);
    expect(await maria.getByRole('alert').count()).toBe(0);
    await watchShifts(edgar);
    await edgar.goto(path);
    await says(edgar, `${nameOf(1)} is editing this, since`).waitFor();
    await edgar.getByRole('textbox', { name: /^Paragraph/ }).waitFor();
    expect(await layoutShift(edgar)).toBeLessThan(0.05);
    await checkAccessible(edgar);
    await screenshot(edgar, 'lock-1440-light');
    await edgar.getByRole('button', { name: 'Take over' }).press('Enter');
    await says(edgar, 'is editing this').waitFor({ state: 'detached' });
    await says(maria, `${nameOf(2)} has taken over`).waitFor();
    await checkAccessible(maria);
    await screenshot(maria, 'lock-lost-1440-light');
    await maria.getByRole('button', { name: 'Take it back' }).press('Enter');
    await says(edgar, `${nameOf(1)} has taken over`).waitFor();

    await maria.getByRole('textbox', { name: 'Title' }).fill('Whose chart of all');
    await maria.keyboard.press('Control+s');
    await edgar.getByText('You see it as it was before.').waitFor();
    await edgar.getByRole('button', { name: 'Show it' }).press('Enter');
    await expect.poll(() => edgar.getByRole('textbox', { name: 'Title' }).inputValue()).toBe('Whose chart of all');
    await maria.getByRole('link', { name: 'Sites', exact: true }).click();
    await says(edgar, 'has taken over').waitFor({ state: 'detached' });
    const [held] = await hub.server.store.database.query<{ user: number }>('SELECT user_id AS "user" FROM edit_lock WHERE site_id = $1 AND expires_at > now() ORDER BY acquired_at DESC LIMIT 1', [site.siteId]);
    expect(Number(held?.user)).toBe(2);
    maria.verify();
    edgar.verify();
  });

  it('overwrites when told to, and the audit log says so', SLOW, async () => {
    const { localId, path } = await post('Mine to keep', paragraph('Text.'));
    const page = await hub.page();
    await page.goto(path);
    await page.getByRole('textbox', { name: 'Title' }).fill('Kept');
    site.double.edit.savePost({ ID: localId, post_title: 'Theirs' }, 2);
    await page.keyboard.press('Control+s');
    await page.getByRole('button', { name: 'Overwrite everything…' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Overwrite' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    expect(site.double.tables.posts.get(localId)?.post_title).toBe('Kept');
    const [line] = await hub.server.store.database.query<{ event: string }>('SELECT event FROM audit_event WHERE site_id = $1 ORDER BY sequence DESC LIMIT 1', [site.siteId]);
    expect(line?.event).toBe('content.overwritten');
    page.verify();
  });

  it('asks before it is left with something unsaved, and shows it again afterwards', SLOW, async () => {
    const { path } = await post('A chart to leave', paragraph('Text.'));
    const page = await hub.page();
    await page.goto(path);
    await page.getByRole('textbox', { name: 'Title' }).fill('Half a title');
    await page.getByRole('link', { name: 'Pages' }).click();
    await page.getByRole('alertdialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Leave' }).click();
    await page.waitForURL(/\/pages$/);
    await page.getByRole('heading', { name: 'Pages' }).waitFor();
    await page.goBack();
    await page.getByText('This is what you had typed').waitFor();
    expect(await page.getByRole('textbox', { name: 'Title' }).inputValue()).toBe('Half a title');
    await page.getByRole('button', { name: 'Discard it' }).click();
    expect(await page.getByRole('textbox', { name: 'Title' }).inputValue()).toBe('A chart to leave');
    page.verify();
  });
});
