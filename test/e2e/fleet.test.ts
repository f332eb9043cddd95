// An update over fifty sites by the real program, with faults, killed in the middle: it ends with exactly the reasons of the faults,
// what broke is rolled back, and no site is touched twice.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId } from '../../core/ids.js';
import { openStore } from '../../store/store.js';
import { startFleetSite, type FleetSite } from '../jobs/fleet-kit.js';
import { startDirectory, type TestDirectory } from '../testkit/plugin-zips.js';
import { checkBuild, createInstallation, type Installation, type RunningProgram } from './program.js';

const SECRET = 'a secret of the fleet test, long enough';
const SITES = 50;
/** Where the faults are, in the order of the targets: one of those that break comes before the kill, all else after it. */
const FAULTS = { breaks: [3, 40], unwritable: [41], away: [42], slow: [43, 44, 45, 46, 47] };
const KILL_AFTER = 18;
const CONCURRENCY = 5;

interface Step {
  readonly site: { readonly id: string };
  readonly state: string;
  readonly recovery: string | null;
  readonly reason: { readonly code: string } | null;
  readonly log: readonly { readonly message: string }[];
}
interface Operation {
  readonly operationState: string;
  readonly progress: { readonly total: number; readonly done: number };
  readonly steps: readonly Step[];
}

describe('an update over fifty sites', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-'));
  const sites: FleetSite[] = [];
  let directory: TestDirectory;
  let installation: Installation;
  let program: RunningProgram;
  let token: string;

  beforeAll(async () => {
    checkBuild();
    directory = await startDirectory();
    installation = await createInstallation(folder, { SITEGRAPH_SECRET: SECRET, SITEGRAPH_DEMO: 'off', SITEGRAPH_DOWNLOADS_URL: directory.url, SITEGRAPH_OPERATION_DEADLINE: '10' });
    const store = await openStore({ folder: join(folder, 'database'), rootKey: SECRET });
    for (let index = 0; index < SITES; index += 1) sites.push(await startFleetSite(store, { breaks: FAULTS.breaks.includes(index) }));
    await store.close();
    for (const index of FAULTS.unwritable) sites[index]?.double.tables.callables.set('has_file_system_write_access', false);
    for (const index of FAULTS.away) await sites[index]?.double.refuse();
    // The second call of the JSON API is the update: the first reads how the site stands.
    for (const index of FAULTS.slow) {
      let seen = 0;
      sites[index]?.double.failNext(({ route }) => route === 'xmlrpc:jetpack.jsonAPI' && (seen += 1) === 2, { kind: 'hang' });
    }
    token = (await installation.run('token', 'create', '--operator')).lastLine;
    program = await installation.start('Health');
  }, 300_000);

  afterAll(async () => {
    await program.end('SIGKILL');
    for (const site of sites) await site.double.close();
    await directory.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function ask<T>(query: string, variables: object): Promise<T> {
    const response = await fetch(`${installation.base}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables }) });
    const { data, errors } = (await response.json()) as { data: T; errors?: unknown };
    expect(errors).toBeUndefined();
    return data;
  }

  /** Asks again until it holds: the program is another process, and may be dead for a while. */
  async function until(id: string, holds: (operation: Operation) => boolean): Promise<Operation> {
    for (;;) {
      const { extensionOperation } = await ask<{ extensionOperation: Operation }>(
        'query($id: ID!) { extensionOperation(id: $id) { operationState progress { total done } steps(first: 100) { site { id } state recovery reason { code } log { message } } } }', { id },
      );
      if (holds(extensionOperation)) return extensionOperation;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  it('ends PARTIAL with exactly the reasons of the faults after a kill -9 in the middle, the broken rolled back, no site touched twice', async () => {
    const targets = sites.map((site) => ({ siteId: encodeSiteId(site.siteId), kind: 'PLUGIN', slug: 'tideline' }));
    const input = { action: 'UPDATE', targets, idempotencyKey: 'fifty', stopOnFailureRate: 1, concurrency: CONCURRENCY };
    const { extensionsApply } = await ask<{ extensionsApply: { operation: { id: string }; userErrors: unknown[] } }>('mutation($input: ExtensionsApplyInput!) { extensionsApply(input: $input) { userErrors { message } operation { id } } }', { input });
    expect(extensionsApply.userErrors).toEqual([]);
    const { id } = extensionsApply.operation;

    await until(id, ({ progress }) => progress.done >= KILL_AFTER);
    await program.end('SIGKILL');
    const touchedBefore = sites.filter((site) => site.touches().length > 0).length;
    expect(touchedBefore).toBeGreaterThanOrEqual(KILL_AFTER);
    expect(touchedBefore).toBeLessThan(40);
    program = await installation.start('Health');
    const ended = await until(id, ({ operationState }) => !['SCHEDULED', 'RUNNING', 'PAUSED'].includes(operationState));

    expect(ended.operationState).toBe('PARTIAL');
    // A call that was about to be sent when the program died: nobody knows whether it was, so it is not made again, and the site is as it was.
    const stopped = ended.steps.flatMap((step, index) => (step.reason?.code === 'NOT_DONE' ? [index] : []));
    expect(stopped.length).toBeLessThanOrEqual(CONCURRENCY);
    const faults = ended.steps.map((step, index) => ({ index, said: [step.state, step.reason?.code ?? null, step.recovery] })).filter(({ said }) => said[0] !== 'SUCCEEDED');
    expect(faults).toEqual([
      ...FAULTS.breaks.map((index) => ({ index, said: ['ROLLED_BACK', 'PAGE_BROKEN', 'VERSION_RESTORED'] })),
      ...FAULTS.unwritable.map((index) => ({ index, said: ['FAILED', 'FILES_NOT_WRITABLE', null] })),
      ...FAULTS.away.map((index) => ({ index, said: ['FAILED', 'SITE_UNREACHABLE', null] })),
      ...FAULTS.slow.map((index) => ({ index, said: ['FAILED', 'SITE_TIMEOUT', null] })),
      ...stopped.map((index) => ({ index, said: ['FAILED', 'NOT_DONE', null] })),
    ].sort((a, b) => a.index - b.index));
    for (const [index, site] of sites.entries()) {
      const isBroken = FAULTS.breaks.includes(index);
      const isUnchanged = isBroken || [...FAULTS.unwritable, ...FAULTS.away, ...FAULTS.slow, ...stopped].includes(index);
      expect([index, site.version(), site.isActive()]).toEqual([index, isUnchanged ? '1.0' : '2.0', true]);
      const update = 'POST /plugins/tideline/tideline/update/';
      // A hanging call is not in the double's list with what it asked.
      const touches = [...FAULTS.away, ...FAULTS.slow, ...stopped].includes(index) ? [] : isBroken ? [update, 'POST /plugins/replace'] : [update];
      expect([index, site.touches()]).toEqual([index, touches]);
      expect(site.double.calls.filter((call) => call.fault === 'hang')).toHaveLength(FAULTS.slow.includes(index) ? 1 : 0);
    }
  }, 300_000);
});
