import { beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import { ANONYMOUS } from '../../../auth/viewer.js';
import type { Store } from '../../../store/store.js';
import { loadRecordedSite } from '../../testkit/recorded.js';
import { countStatements } from '../../testkit/statements.js';
import { nextSiteId, openTestStore } from '../../testkit/store.js';
import { askUsers, codesOf, dataOf, OPERATOR, person, type Ask } from './ask.js';
import { addSiteWithLog } from './chain.js';

interface Event {
  readonly sequence: string;
  readonly category: string;
  readonly event: string;
  readonly hash: string;
  readonly previousHash: string | null;
  readonly summary: string;
  readonly actor: { kind: string; user: { localId: number } | null };
  readonly object: { typename: string; nodeId: string | null; node: { id: string } | null };
}

interface Log {
  readonly nodes: Event[];
  readonly pageInfo: { hasNextPage: boolean; endCursor: string | null };
  readonly totalCount: number;
  readonly chainVerified: boolean;
  readonly facets: { key: string; label: string; count: number }[];
}

let store: Store;
let siteId: SiteId;
let ask: Ask;

beforeAll(async () => {
  store = await openTestStore();
  siteId = await loadRecordedSite(store);
  ask = askUsers(store);
});

const LOG = `query ($id: ID!, $first: Int, $after: String, $filter: AuditFilter, $by: String = "category") {
  site(id: $id) { auditLog(first: $first, after: $after, filter: $filter) {
    nodes { sequence category event hash previousHash summary actor { kind label via user { localId } } object { typename nodeId label node { id } } fieldChanges { field before after redacted } }
    pageInfo { hasNextPage endCursor } totalCount chainVerified facets(by: $by) { key label count } } } }`;

async function log(variables: Record<string, unknown> = {}, site: SiteId = siteId): Promise<Log> {
  return dataOf<{ site: { auditLog: Log } }>(await ask(OPERATOR, LOG, { id: encodeSiteId(site), ...variables })).site.auditLog;
}

describe('the audit log of a site', () => {
  it('comes in pages from the newest event to the first, each once and each chained to the one before', async () => {
    const seen: Event[] = [];
    let after: string | null = null;
    for (let turn = 0; turn < 100; turn += 1) {
      const part: Log = await log({ first: 40, after });
      expect(part.chainVerified).toBe(true);
      seen.push(...part.nodes);
      after = part.pageInfo.endCursor;
      if (!part.pageInfo.hasNextPage) break;
    }
    const { totalCount } = await log({ first: 1 });
    expect(totalCount).toBeGreaterThan(100);
    expect(seen.map((event) => Number(event.sequence))).toEqual(Array.from({ length: totalCount }, (_, index) => totalCount - index));
    seen.forEach((event, index) => expect(event.previousHash).toBe(seen[index + 1]?.hash ?? null));
  });

  it('keeps its pages when events arrive meanwhile', async () => {
    const fresh = await loadRecordedSite(store, ['1-incremental']);
    const first = await log({ first: 3 }, fresh);
    const newest = Number(first.nodes[0]?.sequence);
    await store.database.query(
      `INSERT INTO audit_event SELECT site_id, sequence + 1, item_key || '+', rev, at, received_at, event, category, actor_kind, actor_user_id, actor_label, actor_via,
         object_type, object_id, object_label, summary, field_changes, hash, hash FROM audit_event WHERE site_id = $1 AND sequence = $2`,
      [fresh, newest],
    );
    const second = await log({ first: 3, after: first.pageInfo.endCursor }, fresh);
    expect(second.nodes.map((event) => Number(event.sequence))).toEqual([newest - 3, newest - 4, newest - 5]);
  });

  it('divides by category, event, actor and object into parts that add up and are filters themselves', async () => {
    const { totalCount } = await log({ first: 1 });
    const filters: Record<string, (key: string) => object> = {
      category: (key) => ({ categories: [key] }),
      event: (key) => ({ actions: [key] }),
      actor: (key) => (/^[A-Z]+$/.test(key) ? { actorKinds: [key] } : { actorIds: [key] }),
    };
    for (const [by, filterOf] of Object.entries(filters)) {
      const { facets } = await log({ first: 1, by });
      expect(facets.length).toBeGreaterThan(1);
      expect(facets.reduce((sum, facet) => sum + facet.count, 0), by).toBe(totalCount);
      expect(facets.map((facet) => facet.count)).toEqual(facets.map((facet) => facet.count).sort((a, b) => b - a));
      for (const facet of facets.slice(0, 4)) expect((await log({ first: 1, filter: filterOf(facet.key) })).totalCount, `${by} ${facet.key}`).toBe(facet.count);
    }
    expect((await log({ first: 1, by: 'object' })).facets).toHaveLength(100);
    expect(codesOf(await ask(OPERATOR, LOG, { id: encodeSiteId(siteId), by: 'moon' }))).toEqual(['BAD_USER_INPUT']);
  });

  it('can be narrowed in every way of the filter', async () => {
    const all = await log({ first: 100 });
    const sample = all.nodes.find((event) => event.object.nodeId !== null && event.actor.user !== null);
    expect(sample).toBeDefined();
    const about = await log({ filter: { objectIds: [sample?.object.nodeId] } });
    expect(about.nodes.map((event) => event.sequence)).toContain(sample?.sequence);
    expect(new Set(about.nodes.map((event) => event.object.nodeId)).size).toBe(1);
    const users = await log({ filter: { categories: ['USER', 'AUTH'] } });
    expect(users.nodes.every((event) => event.category === 'USER' || event.category === 'AUTH')).toBe(true);
    const word = sample?.summary.split(' ')[0] ?? '';
    expect((await log({ filter: { search: word.toUpperCase() } })).totalCount).toBeGreaterThan(0);
    expect((await log({ filter: { search: '%%' } })).totalCount).toBe(0);
    expect((await log({ filter: { categories: [] } })).totalCount).toBe(0);
    expect((await log({ filter: { before: '2020-01-01T00:00:00Z' } })).totalCount).toBe(0);
    expect((await log({ filter: { after: '2020-01-01T00:00:00Z', before: '2100-01-01T00:00:00+01:00' } })).totalCount).toBe(all.totalCount);
  });

  it('refuses cursors of another filter, ids of other sites and texts that are no texts', async () => {
    const { pageInfo } = await log({ first: 1 });
    const foreign = encodeGlobalId(nextSiteId(), 'User', 1);
    const odd = ['a\0b', '\ud800', 'x'.repeat(501)];
    const refusals = [
      ...odd.map((text) => ({ filter: { search: text } })),
      ...odd.map((text) => ({ filter: { actions: [text] } })),
      { filter: { objectIds: [encodeGlobalId(siteId, 'InstalledPlugin', 'a\0b')] } },
      { after: pageInfo.endCursor, filter: { categories: ['AUTH'] } }, { filter: { actorIds: [foreign] } }, { filter: { objectIds: [foreign] } },
      { first: 101 },
    ];
    for (const variables of refusals) {
      expect(codesOf(await ask(OPERATOR, LOG, { id: encodeSiteId(siteId), ...variables })), JSON.stringify(variables)).toEqual(['BAD_USER_INPUT']);
    }
  });

  it('is for people who manage the site', async () => {
    for (const viewer of [ANONYMOUS, person(siteId, 2), person(siteId, 6)]) {
      const result = await ask(viewer, LOG, { id: encodeSiteId(siteId) });
      expect(JSON.parse(JSON.stringify(result.data))).toEqual({ site: { auditLog: null } });
      expect(codesOf(result)).toEqual(['FORBIDDEN']);
    }
    expect(codesOf(await ask(person(siteId, 1), LOG, { id: encodeSiteId(siteId) }))).toEqual([]);
    const reference = `{ _entities(representations: [{ __typename: "AuditEvent", id: "${encodeGlobalId(siteId, 'AuditEvent', 1)}" }]) { ... on AuditEvent { sequence } } }`;
    expect(dataOf(await ask(person(siteId, 2), reference))).toEqual({ _entities: [null] });
    expect(dataOf(await ask(person(siteId, 1), reference))).toEqual({ _entities: [{ sequence: '1' }] });
  });
});

describe('the proof of the audit log', () => {
  const changes: Record<string, string> = {
    'a changed summary': `UPDATE audit_event SET summary = 'nothing' WHERE site_id = $1 AND sequence = 10`,
    'a changed actor': `UPDATE audit_event SET actor_user_id = 99 WHERE site_id = $1 AND sequence = 10`,
    'a changed field': `UPDATE audit_event SET field_changes = '[{"field":"x","before":1,"after":2,"redacted":false}]' WHERE site_id = $1 AND sequence = 10`,
    'a hash that was computed again': `UPDATE audit_event SET hash = repeat('0', 64) WHERE site_id = $1 AND sequence = 10`,
    'a removed event': 'DELETE FROM audit_event WHERE site_id = $1 AND sequence = 10',
    'a removed beginning': 'DELETE FROM audit_event WHERE site_id = $1 AND sequence = 1',
  };

  it.each(Object.entries(changes))('fails on the page with %s, and holds on the page before', async (_, statement) => {
    const tampered = await addSiteWithLog(store, 30);
    expect((await log({ first: 100 }, tampered)).chainVerified).toBe(true);
    await store.database.query(statement, [tampered]);
    const newer = await log({ first: 15 }, tampered);
    const older = await log({ first: 15, after: newer.pageInfo.endCursor }, tampered);
    expect([newer.chainVerified, older.chainVerified]).toEqual([true, false]);
  });

  it('fails when the newest events are gone', async () => {
    const tampered = await addSiteWithLog(store, 30);
    await store.database.query('DELETE FROM audit_event WHERE site_id = $1 AND sequence > 20', [tampered]);
    expect((await log({ first: 5 }, tampered)).chainVerified).toBe(false);
  });

  it('holds for a filtered page, whose events are not neighbours, and fails when one between them was changed', async () => {
    const tampered = await addSiteWithLog(store, 12);
    const filter = { categories: ['CONTENT'] };
    expect(await log({ filter }, tampered)).toMatchObject({ totalCount: 6, chainVerified: true });
    await store.database.query(`UPDATE audit_event SET hash = repeat('0', 64) WHERE site_id = $1 AND sequence = 4`, [tampered]);
    expect((await log({ filter }, tampered)).chainVerified).toBe(false);
  });
});

describe('the history of a post and the activity of a user', () => {
  const history = (post: string) => `... on Post { history(first: 3) { totalCount chainVerified nodes { sequence object { nodeId node { __typename id } } actor { user { localId } } } ${post} } }`;
  const reference = (site: SiteId, type: 'Post' | 'User', id: number) => `{ __typename: "${type}", id: "${encodeGlobalId(site, type, id)}" }`;

  it('hold what was done to the one and by the other', async () => {
    const site = await addSiteWithLog(store, 9);
    const query = `{ _entities(representations: [${reference(site, 'Post', 7)}, ${reference(site, 'Post', 8)}]) { ${history('')} } }`;
    const { _entities } = dataOf<{ _entities: { history: Log }[] }>(await ask(OPERATOR, query));
    expect(_entities.map((post) => [post.history.totalCount, post.history.chainVerified, post.history.nodes.map((event) => event.sequence)])).toEqual([
      [5, true, ['9', '7', '5']],
      [0, true, []],
    ]);
    const nodeId = encodeGlobalId(site, 'Post', 7);
    expect(_entities[0]?.history.nodes[0]).toMatchObject({ object: { nodeId, node: { __typename: 'Post', id: nodeId } }, actor: { user: null } });
    const active = `{ site(id: "${encodeSiteId(siteId)}") { users { nodes { localId activity(first: 2) { totalCount nodes { actor { user { localId } } } } } } } }`;
    const { site: recorded } = dataOf<{ site: { users: { nodes: { localId: number; activity: Log }[] } } }>(await ask(OPERATOR, active));
    const admin = recorded.users.nodes.find((user) => user.localId === 1);
    expect(admin?.activity.totalCount).toBeGreaterThan(50);
    expect(admin?.activity.nodes.map((event) => event.actor.user)).toEqual([{ localId: 1 }, { localId: 1 }]);
  });

  it('of many parents are read with one statement each for pages, totals and proofs', async () => {
    const counted = countStatements(store);
    const posts = Array.from({ length: 30 }, (_, index) => reference(siteId, 'Post', index + 1)).join(', ');
    dataOf(await askUsers(counted.store)(OPERATOR, `{ _entities(representations: [${posts}]) { ${history('facets(by: "actor") { key }')} } }`));
    expect(counted.statements.map((statement) => statement.text.match(/FROM (\w+)/)?.[1])).toHaveLength(6);
    counted.reset();
    const query = `{ site(id: "${encodeSiteId(siteId)}") { users(first: 12) { nodes { activity(first: 2) { totalCount nodes { sequence } } } } } }`;
    dataOf(await askUsers(counted.store)(person(siteId, 1), query));
    expect(counted.statements).toHaveLength(4);
  });

  it('are for people who manage the site', async () => {
    const query = `{ _entities(representations: [${reference(siteId, 'Post', 1)}]) { ... on Post { history { totalCount } } } }`;
    const result = await ask(person(siteId, 2), query);
    expect(JSON.parse(JSON.stringify(result.data))).toEqual({ _entities: [{ history: null }] });
    expect(codesOf(result)).toEqual(['FORBIDDEN']);
  });
});
