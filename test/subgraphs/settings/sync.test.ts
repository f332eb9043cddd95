import { beforeAll, describe, expect, it } from 'vitest';
import { ANONYMOUS } from '../../../auth/viewer.js';
import { encodeSiteId, type SiteId } from '../../../core/ids.js';
import { recordFinding, resolveFindings } from '../../../store/site-findings.js';
import { addSite } from '../../../store/sites.js';
import type { Store } from '../../../store/store.js';
import { claimRun, finishRun, MAX_WAITING_RUNS, noteProgress, requestRun } from '../../../store/sync-runs.js';
import { createSettingsSubgraph } from '../../../subgraphs/settings/index.js';
import { OPERATOR, person } from '../../testkit/ask.js';
import { loadRecordedSite, siteAnswer } from '../../testkit/recorded.js';
import { personOn, subgraphRunner } from '../../testkit/run-subgraph.js';
import { nextSiteId, openTestStore } from '../../testkit/store.js';

const RESYNC = `mutation ($input: SiteResyncInput!) { siteResync(input: $input) { site { id sync { runs { id } } } run { id kind state modules requestedBy } userErrors { code field retryable message } } }`;
const STATUS = `query ($id: ID!) { site(id: $id) { sync { state checksum { rows driftedRows repairedRows } findings { code message } runs(first: 2) { kind state errorCode progress { name total done finished } } } } }`;

let store: Store;
let siteId: SiteId;
let adminId: number;
let subscriberId: number;
let run: ReturnType<typeof subgraphRunner>;

beforeAll(async () => {
  store = await openTestStore();
  siteId = await loadRecordedSite(store);
  const users = siteAnswer<{ id: number; roles: string[] }[]>('users');
  adminId = users.find((user) => user.roles.includes('administrator'))?.id ?? 0;
  subscriberId = users.find((user) => user.roles.includes('subscriber'))?.id ?? 0;
  run = subgraphRunner(store, createSettingsSubgraph);
});

interface Resync {
  readonly site: { readonly sync: { readonly runs: { readonly id: string }[] } | null } | null;
  readonly run: Record<string, unknown> | null;
  readonly userErrors: readonly { readonly code: string; readonly field: string[]; readonly retryable: boolean }[];
}

async function resync(viewer: Parameters<typeof run>[0], input: Record<string, unknown>): Promise<Resync & { readonly statements: number }> {
  const { data, codes, statements } = await run(viewer, RESYNC, { input: { siteId: encodeSiteId(siteId), mode: 'FULL', idempotencyKey: 'k', ...input } });
  expect(codes).toEqual([]);
  return { ...(data?.['siteResync'] as Resync), statements };
}

const onlyError = ({ userErrors }: Resync): unknown[] => {
  expect(userErrors).toHaveLength(1);
  return [userErrors[0]?.code, userErrors[0]?.field[1]];
};

describe('siteResync', () => {
  it('asks for a run and shows it with the site', async () => {
    const answer = await resync(personOn(siteId, adminId), { modules: ['posts', 'woocommerce'], idempotencyKey: 'first' });
    expect(answer.userErrors).toEqual([]);
    expect(answer.run).toMatchObject({ kind: 'FULL', state: 'QUEUED', modules: ['posts', 'woocommerce'], requestedBy: `user ${adminId}` });
    expect(answer.site?.sync?.runs.map(({ id }) => id)).toContain(answer.run?.['id']);
    // Access, the site's connection, the request (a transaction of three), the site's facts, its sync, its runs.
    expect(answer.statements).toBeLessThanOrEqual(10);
  });

  it('asks once for the same key and input, and refuses the key for another input', async () => {
    const admin = personOn(siteId, adminId);
    const first = await resync(admin, { mode: 'VERIFY', idempotencyKey: 'twice' });
    const again = await resync(admin, { mode: 'VERIFY', idempotencyKey: 'twice' });
    expect([again.run?.['id'], again.userErrors]).toEqual([first.run?.['id'], []]);
    expect(onlyError(await resync(admin, { mode: 'REPAIR', idempotencyKey: 'twice' }))).toEqual(['IDEMPOTENCY_MISMATCH', 'idempotencyKey']);
    expect(onlyError(await resync(admin, { mode: 'VERIFY', modules: ['posts'], idempotencyKey: 'twice' }))).toEqual(['IDEMPOTENCY_MISMATCH', 'idempotencyKey']);
  });

  it('keeps the keys of one account apart from those of another', async () => {
    const first = await resync(personOn(siteId, adminId), { mode: 'REPAIR', idempotencyKey: 'shared' });
    const other = await resync(person([{ siteId, userId: adminId }], '00000000-0000-4000-8000-000000000002'), { mode: 'REPAIR', idempotencyKey: 'shared' });
    expect(other.run?.['id']).not.toBe(first.run?.['id']);
  });

  it('refuses who may not manage options, and asks for nothing', async () => {
    for (const viewer of [personOn(siteId, subscriberId), ANONYMOUS, person([])]) {
      const answer = await resync(viewer, { idempotencyKey: 'denied' });
      expect([...onlyError(answer), answer.run]).toEqual(['FORBIDDEN', 'siteId', null]);
    }
    const [row] = await store.database.query<{ count: number }>(`SELECT count(*) AS count FROM sync_run WHERE site_id = $1 AND idempotency_key LIKE '%:denied'`, [siteId]);
    expect(row?.count).toBe(0);
  });

  it('names what cannot be asked for', async () => {
    const admin = personOn(siteId, adminId);
    expect(onlyError(await resync(admin, { modules: ['posts', 'menus'] }))).toEqual(['INVALID', 'modules']);
    expect(onlyError(await resync(admin, { modules: [] }))).toEqual(['INVALID', 'modules']);
    expect(onlyError(await resync(admin, { mode: 'VERIFY', modules: ['options'] }))).toEqual(['INVALID', 'modules']);
    expect(onlyError(await resync(admin, { idempotencyKey: '' }))).toEqual(['INVALID', 'idempotencyKey']);
    expect(onlyError(await resync(admin, { siteId: encodeSiteId(987_654_321) }))).toEqual(['NOT_FOUND', 'siteId']);
    expect(onlyError(await resync(admin, { siteId: 'nonsense' }))).toEqual(['NOT_FOUND', 'siteId']);
  });

  it('refuses a site that is disconnected, and one on which too many runs wait', async () => {
    const other = nextSiteId();
    await addSite(store, { id: other, url: `http://resync-${other}.example`, blogToken: 'key.secret' });
    for (let index = 0; index < MAX_WAITING_RUNS; index += 1) await requestRun(store, { siteId: other, kind: 'FULL', idempotencyKey: String(index), requestedBy: 'test' });
    const crowded = await resync(OPERATOR, { siteId: encodeSiteId(other) });
    expect([...onlyError(crowded), crowded.userErrors[0]?.retryable]).toEqual(['RATE_LIMITED', 'siteId', true]);
    await store.database.query('UPDATE site SET disconnected_at = now() WHERE id = $1', [other]);
    expect(onlyError(await resync(OPERATOR, { siteId: encodeSiteId(other) }))).toEqual(['SITE_UNREACHABLE', 'siteId']);
  });
});

const syncOf = (data: Record<string, unknown> | null): Record<string, unknown> => {
  const site = data?.['site'] as { sync: Record<string, unknown> } | null | undefined;
  if (!site) throw new Error('there is no site in the answer');
  return site.sync;
};

describe('the state of synchronization', () => {
  const status = async (id: SiteId) => {
    const { data, codes, statements } = await run(OPERATOR, STATUS, { id: encodeSiteId(id) });
    expect(codes).toEqual([]);
    return { sync: syncOf(data), statements };
  };

  it('tells drift that was found and not repaired, until it is', async () => {
    const id = nextSiteId();
    await addSite(store, { id, url: `http://drift-${id}.example`, blogToken: 'key.secret' });
    await store.database.query('UPDATE site SET last_received_at = now() WHERE id = $1', [id]);
    const record = (runNumber: number, minutes: number, drifted: number, repaired: number) =>
      store.database.query(
        `INSERT INTO checksum_result (site_id, run_id, object_type, checked_at, rows, drifted_rows, repaired_rows, fetched_rows, details)
         SELECT $1, $2::uuid, t, now() + make_interval(mins => $3::int), 50, $4, $5, 0, '[]' FROM unnest('{posts,comments}'::text[]) t`,
        [id, `00000000-0000-4000-8000-${String(runNumber).padStart(12, '0')}`, minutes, drifted, repaired],
      );
    expect((await status(id)).sync).toMatchObject({ state: 'HEALTHY', checksum: null, findings: [], runs: [] });
    await record(1, 1, 3, 0);
    expect((await status(id)).sync).toMatchObject({ state: 'DRIFTED', checksum: { rows: 100, driftedRows: 6, repairedRows: 0 } });
    await record(2, 2, 3, 3);
    expect((await status(id)).sync).toMatchObject({ state: 'HEALTHY', checksum: { rows: 100, driftedRows: 6, repairedRows: 6 } });
  });

  it('shows open findings and the newest runs, with one statement each', async () => {
    const id = nextSiteId();
    await addSite(store, { id, url: `http://findings-${id}.example`, blogToken: 'key.secret' });
    const now = new Date();
    await recordFinding(store.database, id, 'clock', 'the clock is wrong', now);
    await recordFinding(store.database, id, 'sync-not-allowed', 'the site does not sync', now);
    await recordFinding(store.database, id, 'certificate', 'the certificate is not believed', now);
    await resolveFindings(store.database, id, ['certificate'], now);
    await requestRun(store, { siteId: id, kind: 'FULL', requestedBy: 'test' });
    const claimed = await claimRun(store.database, id, 'one', 60);
    if (claimed) await noteProgress(store.database, claimed, { posts: { total: 10, done: 4, finished: false } });
    if (claimed) await finishRun(store.database, claimed, { state: 'FAILED', errorCode: 'unreachable', errorMessage: 'nobody there' });
    for (const kind of ['VERIFY', 'REPAIR'] as const) await requestRun(store, { siteId: id, kind, requestedBy: 'test' });
    const { sync, statements } = await status(id);
    expect(sync['state']).toBe('STOPPED');
    expect((sync['findings'] as { code: string }[]).map(({ code }) => code).sort()).toEqual(['clock', 'sync-not-allowed']);
    expect(sync['runs']).toHaveLength(2);
    const { data } = await run(OPERATOR, STATUS.replace('first: 2', 'first: 50'), { id: encodeSiteId(id) });
    const runs = syncOf(data)['runs'] as { kind: string }[];
    expect(runs.find(({ kind }) => kind === 'FULL')).toMatchObject({ state: 'FAILED', errorCode: 'unreachable', progress: [{ name: 'posts', total: 10, done: 4, finished: false }] });
    expect(statements).toBe(5);
    const refused = await run(OPERATOR, STATUS.replace('first: 2', 'first: 51'), { id: encodeSiteId(id) });
    expect(refused.codes).toEqual(['BAD_USER_INPUT']);
  });

  it('tells what happened lately in slices, with one statement, and leaves out what it did not count', async () => {
    const id = nextSiteId();
    await addSite(store, { id, url: `http://activity-${id}.example`, blogToken: 'key.secret' });
    const activity = async (hours: number) => {
      const { data, codes, statements } = await run(OPERATOR, `query ($id: ID!, $hours: Int) { site(id: $id) { sync { activity(hours: $hours) { from changes maxDelaySeconds } } } }`, { id: encodeSiteId(id), hours });
      return { codes, statements, slices: codes.length > 0 ? [] : (syncOf(data)['activity'] as { from: string; changes: number | null; maxDelaySeconds: number | null }[]) };
    };
    const add = (first: number, count: number, minutesAgo: number) => store.database.query(
      `INSERT INTO change (site_id, sequence, kind, typename, local_id, changed_fields, at) SELECT $1, n, 'UPDATED', 'Post', '1', '{}', now() - make_interval(mins => $4::int) FROM generate_series($2::int, $3::int) n`,
      [id, first, first + count - 1, minutesAgo],
    );
    await add(1, 5, 60 * 30);
    await add(6, 3, 90);
    await store.database.query(
      `INSERT INTO audit_event (site_id, sequence, item_key, rev, at, received_at, event, category, actor_kind, actor_label, object_type, object_label, summary, field_changes, hash, previous_hash)
       VALUES ($1, 1, 'a', 1, now() - interval '100 minutes', now() - interval '95 minutes', 'e', 'SYNC', 'SYSTEM', '', 'Option', '', '', '[]', '', '')`, [id]);
    const day = await activity(24);
    expect(day.slices).toHaveLength(24);
    expect(day.slices.map(({ changes }) => changes)).toEqual([...Array.from({ length: 22 }, () => 0), 3, 0]);
    expect(day.slices[22]?.maxDelaySeconds).toBeCloseTo(300, 0);
    expect(day.slices[23]?.maxDelaySeconds).toBeNull();
    expect(day.statements).toBeLessThanOrEqual(4);
    await add(9, 20_000, 80);
    expect((await activity(24)).slices.map(({ changes }) => changes)).toEqual([...Array.from({ length: 23 }, () => null), 0]);
    expect((await activity(721)).codes).toEqual(['BAD_USER_INPUT']);
  });
});
