// What tests of a page's states begin with: an operation of the graph that stays under way or fails, and the way there by the Tab key.
import type { Locator, Page } from 'playwright-core';

/** Lets the operation with this name wait until what is returned is called. */
export async function holdOperation(page: Page, name: string): Promise<() => void> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => { release = resolve; });
  await page.route('**/graphql', async (route) => {
    if (isOperation(route.request().postData(), name)) await released;
    // The page may be gone by then.
    await route.fallback().catch(() => undefined);
  });
  return release;
}

/** Answers the operation with this name as a server with a fault does. */
export async function failOperation(page: Page, name: string): Promise<void> {
  await page.route('**/graphql', async (route) => {
    if (!isOperation(route.request().postData(), name)) return route.fallback();
    await route.fulfill({ status: 200, contentType: 'application/json', body: JSON.stringify({ data: null, errors: [{ message: 'Something went wrong here.', extensions: { code: 'INTERNAL', requestId: 'request-1' } }] }) });
  });
}

function isOperation(body: string | null, name: string): boolean {
  return new RegExp(`\\b(query|mutation) ${name}\\b`).test(body ?? '');
}

/** Presses Tab until the focus is on this or in it; throws where that never happens. */
export async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await target.waitFor();
  for (let presses = 0; presses < 120; presses += 1) {
    if ((await target.and(page.locator(':focus')).count()) + (await target.locator(':focus').count()) > 0) return;
    await page.keyboard.press(key);
  }
  throw new Error(`120 presses of ${key} do not lead to ${String(target)}`);
}
