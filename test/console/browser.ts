// What tests of the console begin with: our real server with the demonstration site, an account that is signed in, real Chromium.
//   describe.skipIf(!HAS_BROWSER)('…', () => { beforeAll(async () => { hub = await startConsole(); }, START_MS); afterAll(() => hub.close()); … })
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { hashPassword } from '../../accounts/password.js';
import { readConfig } from '../../bin/config.js';
import { loadDemo } from '../../bin/demo.js';
import { serveAll, type RunningServer } from '../../bin/serve.js';
import { encodeSiteId, type SiteId } from '../../core/ids.js';
import { packagePath } from '../../core/package-root.js';
import { createAccount, linkSiteUser } from '../../store/accounts.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));

/** Whether these tests can run. In CI a missing browser is a failure, elsewhere they are skipped. */
export const HAS_BROWSER = CHROMIUM !== undefined || process.env['CI'] !== undefined;
if (CHROMIUM === undefined) console.warn('test/console: no Chromium at /usr/bin/chromium, so the browser tests are skipped (Debian: apt-get install chromium)');

export const PHONE = { width: 390, height: 844 } as const;
export const DESKTOP = { width: 1440, height: 900 } as const;
export const WIDTHS = [['390 px', PHONE], ['1440 px', DESKTOP]] as const;

export interface PageOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
  /** Who is signed in: the operator unless told, somebody that `person` gave, or nobody. */
  readonly as?: SignedIn | null;
  /** Fewer movements, so that screenshots and axe see the end of each. On by default. */
  readonly reducedMotion?: boolean;
}

export type SignedIn = Awaited<ReturnType<BrowserContext['storageState']>>;

export interface TestConsole {
  readonly url: string;
  readonly server: Awaited<ReturnType<typeof serveAll>>;
  /** The demonstration site's global id, as it stands in addresses. */
  readonly demo: string;
  readonly operator: { readonly accountId: string; readonly login: string; readonly password: string };
  /** A page in a context of its own; requests to any other origin and errors of scripts fail the test at `verify`. */
  page(options?: PageOptions): Promise<GuardedPage>;
  /** A new person, linked to users of sites, for `page({ as })`. */
  person(users: readonly { readonly siteId: SiteId; readonly userId: number }[]): Promise<SignedIn>;
  close(): Promise<void>;
}

export interface GuardedPage extends Page {
  /** Throws when the page asked another origin, broke the policy or threw. */
  verify(): void;
}

const PASSWORD = 'correct horse battery';
const CHEAP = { logN: 10, r: 8, p: 1 } as const;
let made = 0;

/** What beforeAll with startConsole may take, the demonstration site's first coming in included. */
export const START_MS = 300_000;

/** Starts everything. Takes some seconds: once a file, in beforeAll(…, START_MS). `settings` are those of the environment. */
export async function startConsole(settings: Readonly<Record<string, string>> = {}): Promise<TestConsole> {
  checkBundle();
  const folder = mkdtempSync(join(tmpdir(), 'sitegraph-console-'));
  cpSync(await demoFolder(), folder, { recursive: true });
  const server = await serve(folder, settings);
  const login = 'mara';
  const { id: accountId } = await createAccount(server.store, { kind: 'operator', login, passwordHash: await hashPassword(PASSWORD, CHEAP) });
  const browser = await launchBrowser();
  const signedIn = await signInOnce(browser, server.url, login);
  const demo = JSON.parse(readFileSync(packagePath('test', 'fixtures', 'harbor-lane-books', 'site.json'), 'utf8')) as { id: number };
  return {
    url: server.url, server, demo: encodeSiteId(demo.id as SiteId), operator: { accountId, login, password: PASSWORD },
    async page({ viewport = DESKTOP, colorScheme = 'light', as = signedIn, reducedMotion = true } = {}) {
      const context = await browser.newContext({ baseURL: server.url, viewport, colorScheme, reducedMotion: reducedMotion ? 'reduce' : 'no-preference', bypassCSP: false, ...(as === null ? {} : { storageState: as }) });
      // Pages that read again and again would slow down the tests after them.
      if (expect.getState().currentTestName !== undefined) onTestFinished(() => context.close());
      return guard(await context.newPage(), server.url);
    },
    async person(users) {
      made += 1;
      const name = `person-${made}`;
      const { id } = await createAccount(server.store, { kind: 'person', login: name, passwordHash: await hashPassword(PASSWORD, CHEAP) });
      for (const { siteId, userId } of users) await linkSiteUser(server.store.database, id, siteId, userId);
      return signInOnce(browser, server.url, name);
    },
    async close() {
      await browser.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts the browser alone, for pages that no console belongs to. */
export async function launchBrowser(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('these tests need Chromium at /usr/bin/chromium: apt-get install chromium');
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

function serve(folder: string, settings: Readonly<Record<string, string>> = {}): ReturnType<typeof serveAll> {
  return serveAll(readConfig({ SITEGRAPH_PLUGIN_DIRECTORY: '', ...settings, SITEGRAPH_DATA_DIR: folder, PORT: '0', SITEGRAPH_DEMO: 'off', LOG_LEVEL: 'silent' }));
}

// The demonstration site comes in through real sync once a machine and a state of what takes it in; each file works on a copy.
async function demoFolder(): Promise<string> {
  const hash = createHash('sha256');
  for (const part of ['core', 'store', 'sync', 'prisma/migrations', 'test/fixtures/harbor-lane-books']) {
    for (const name of readdirSync(packagePath(part), { recursive: true, encoding: 'utf8' }).sort()) {
      if (statSync(packagePath(part, name)).isFile()) hash.update(name).update(readFileSync(packagePath(part, name)));
    }
  }
  const kept = join(tmpdir(), `sitegraph-demo-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(kept)) return kept;
  const made = mkdtempSync(`${kept}-`);
  const server = await serve(made);
  await loadDemo(server as RunningServer, () => undefined);
  await server.close();
  try {
    renameSync(made, kept);
  } catch (error) {
    // Another test file was there first.
    if (!existsSync(kept)) throw error;
    rmSync(made, { recursive: true, force: true });
  }
  return kept;
}

async function signInOnce(browser: Browser, url: string, login: string): Promise<SignedIn> {
  const context = await browser.newContext({ baseURL: url });
  const page = await context.newPage();
  await page.goto('/sign-in');
  await page.getByLabel('Login').fill(login);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/account');
  const state = await context.storageState();
  await context.close();
  return state;
}

function guard(page: Page, url: string): GuardedPage {
  const faults: string[] = [];
  page.on('request', (request) => {
    const target = new URL(request.url());
    if (/^https?:$/.test(target.protocol) && target.origin !== url) faults.push(`a request left for ${target.href}`);
  });
  page.on('pageerror', (error) => faults.push(`a script threw: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Warning:|Uncaught/.test(message.text())) faults.push(`the browser complained: ${message.text()}`);
  });
  return Object.assign(page, {
    verify: () => expect(faults).toEqual([]),
  });
}

/** Waits until the page is there with all that it shows in place of bones. */
export async function loaded(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor();
  for (const bones of ['.page .card[aria-hidden=true]', '[role=status][aria-label=Loading]']) await page.locator(bones).first().waitFor({ state: 'detached' });
}

/** Runs axe over the page as it is, in the browser's isolated world of the protocol, so that the page's policy stays in force. No violation may be found. */
export async function checkAccessible(page: Page): Promise<void> {
  const client = await page.context().newCDPSession(page);
  try {
    await client.send('Runtime.evaluate', { expression: AXE });
    const { result, exceptionDetails } = await client.send('Runtime.evaluate', { expression: RUN_AXE, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(`axe failed: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    expect(result.value, 'what axe finds').toEqual([]);
  } finally {
    await client.detach();
  }
}

const AXE = readFileSync(packagePath('node_modules', 'axe-core', 'axe.min.js'), 'utf8');
const RUN_AXE = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.target.join(' ') + ' (' + (node.failureSummary || '').split('\\n').slice(0, 3).join(' ') + ')').join(', ')))`;

/** How much moved while the page loaded, as the browser's layout shift score; `watchShifts` must have been called before navigating. */
export async function layoutShift(page: Page): Promise<number> {
  return page.evaluate('globalThis.__shift ?? 0');
}

export async function watchShifts(page: Page): Promise<void> {
  await page.addInitScript(`globalThis.__shift = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.__shift += entry.value; }).observe({ type: 'layout-shift', buffered: true });`);
}

/** Writes a screenshot for people to look at; SCREENSHOTS names the folder, else it is a temporary one. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'] ?? join(tmpdir(), 'sitegraph-screenshots');
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** Throws when the console's bundle is missing or older than its sources. */
export function checkBundle(): void {
  const built = packagePath('dist', 'console', 'index.html');
  if (!existsSync(built)) throw new Error('these tests open the built console, and dist/console is missing: run npm run build, or node scripts/console-bundle.mjs');
  const at = statSync(built).mtimeMs;
  for (const file of readdirSync(packagePath('console'), { recursive: true, encoding: 'utf8' })) {
    if (!/\.(tsx?|css|html|svg)$/.test(file) || statSync(packagePath('console', file)).mtimeMs <= at) continue;
    throw new Error(`these tests open the built console, and console/${file} is newer than dist/console: run node scripts/console-bundle.mjs`);
  }
}
