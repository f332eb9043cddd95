import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import { ANONYMOUS, type Viewer } from '../../../auth/viewer.js';
import { addSite } from '../../../store/sites.js';
import type { Store } from '../../../store/store.js';
import { loadRecordedSite, siteAnswer } from '../../testkit/recorded.js';
import { countStatements } from '../../testkit/statements.js';
import { nextSiteId, openTestStore } from '../../testkit/store.js';
import { askUsers, codesOf, dataOf, OPERATOR, person, type Ask } from './ask.js';

interface AnsweredUser {
  readonly id: number;
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly registered_date: string;
  readonly capabilities: Readonly<Record<string, boolean>>;
}

interface Page {
  readonly site: { users: { nodes: Record<string, unknown>[]; pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null }; totalCount: number } };
}

const ADMIN = 1;
const EDITOR = 2;
const SUBSCRIBER = 5;
const CUSTOMER = 7;

let store: Store;
let siteId: SiteId;
let ask: Ask;

beforeAll(async () => {
  store = await openTestStore();
  siteId = await loadRecordedSite(store);
  ask = askUsers(store);
});

const PAGE = `query ($id: ID!, $first: Int, $after: String, $role: String, $search: String) {
  site(id: $id) { users(first: $first, after: $after, role: $role, search: $search) {
    nodes { localId username } pageInfo { hasNextPage hasPreviousPage endCursor } totalCount } } }`;

async function page(viewer: Viewer, variables: Record<string, unknown> = {}): Promise<Page['site']['users']> {
  return dataOf<Page>(await ask(viewer, PAGE, { id: encodeSiteId(siteId), ...variables })).site.users;
}

function usersOf(ids: readonly number[], fields: string, site: SiteId = siteId): string {
  const representations = ids.map((id) => `{ __typename: "User", id: "${encodeGlobalId(site, 'User', id)}" }`);
  return `{ _entities(representations: [${representations.join(', ')}]) { ... on User { ${fields} } } }`;
}

describe('the users of a site', () => {
  it('are those that the site itself lists, with names, addresses, roles, capabilities and dates', async () => {
    const query = `{ site(id: "${encodeSiteId(siteId)}") { users(first: 100) { nodes {
      localId username displayName email roles { slug } capabilities registeredAt } } } }`;
    const { site } = dataOf<Page>(await ask(OPERATOR, query));
    const expected = siteAnswer<AnsweredUser[]>('users').map((user) => ({
      localId: user.id,
      username: user.username,
      displayName: user.name,
      email: user.email,
      roles: user.roles.map((slug) => ({ slug })),
      capabilities: Object.keys(user.capabilities).sort(),
      registeredAt: new Date(user.registered_date).toISOString(),
    }));
    const inOrder = expected.sort((a, b) => (a.username < b.username ? -1 : 1));
    expect(site.users.nodes).toEqual(inOrder);
  });

  it('come in pages that hold every user once, in the order of login names', async () => {
    const seen: unknown[] = [];
    let after: string | null = null;
    for (let turn = 0; turn < 10; turn += 1) {
      const part: Page['site']['users'] = await page(person(siteId, ADMIN), { first: 5, after });
      expect(part.totalCount).toBe(12);
      expect(part.pageInfo.hasPreviousPage).toBe(after !== null);
      seen.push(...part.nodes.map((node) => node['username']));
      after = part.pageInfo.endCursor;
      if (!part.pageInfo.hasNextPage) break;
    }
    expect(seen).toHaveLength(12);
    expect(seen).toEqual([...seen].sort());
  });

  it('can be narrowed to a role and to a text, which is taken as it stands', async () => {
    const customers = await page(OPERATOR, { role: 'customer', first: 2 });
    expect([customers.nodes.length, customers.totalCount]).toEqual([2, 5]);
    expect((await page(OPERATOR, { search: 'MARLOWE' })).nodes).toEqual([{ localId: 2, username: 'edith' }]);
    expect((await page(OPERATOR, { search: '%' })).totalCount).toBe(0);
    expect((await page(OPERATOR, { role: 'nobody' })).totalCount).toBe(0);
  });

  it('are found by e-mail address only with the scope for addresses', async () => {
    const search = 'edith@';
    expect((await page(person(siteId, ADMIN), { search })).totalCount).toBe(1);
    expect((await page(person(siteId, ADMIN, ['users:read']), { search })).totalCount).toBe(0);
  });

  it('refuse a page of another list and sizes that no page has', async () => {
    const { pageInfo } = await page(OPERATOR, { first: 1 });
    const refusals = [{ after: pageInfo.endCursor, role: 'customer' }, { after: 'x' }, { after: '' }, { first: 0 }, { first: 101 }, { role: 'a\0b' }, { search: 'a\0b' }];
    for (const variables of refusals) {
      const result = await ask(OPERATOR, PAGE, { id: encodeSiteId(siteId), ...variables });
      expect(codesOf(result), JSON.stringify(variables)).toEqual(['BAD_USER_INPUT']);
    }
  });

  it('are listed, like the roles, for people who may list users only', async () => {
    const query = `{ site(id: "${encodeSiteId(siteId)}") { users { nodes { localId } } roles { slug } } }`;
    for (const viewer of [ANONYMOUS, person(siteId, EDITOR), person(siteId, CUSTOMER)]) {
      const result = await ask(viewer, query);
      expect(JSON.parse(JSON.stringify(result.data))).toEqual({ site: { users: null, roles: null } });
      expect(codesOf(result)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
    }
    const { site } = dataOf<{ site: { roles: { slug: string }[] } }>(await ask(person(siteId, ADMIN), query));
    expect(site.roles.map((role) => role.slug)).toContain('shop_manager');
  });

  it('of several sites are read with one statement, beside the one of the policies', async () => {
    const counted = countStatements(store);
    const other = nextSiteId();
    await addSite(store, { id: other, url: `http://other-${other}.example`, blogToken: 'a.b' });
    const fields = [siteId, other].map((id, index) => `s${index}: site(id: "${encodeSiteId(id)}") { users(first: 3) { nodes { localId } } }`);
    const result = dataOf<Record<string, Page['site']>>(await askUsers(counted.store)(OPERATOR, `{ ${fields.join(' ')} }`));
    expect([result['s0']?.users.nodes.length, result['s1']?.users.nodes.length]).toEqual([3, 0]);
    expect(counted.statements).toHaveLength(2);
  });
});

describe('a user', () => {
  const FIELDS = 'localId displayName url username email roles { slug } capabilities registeredAt lastActivityAt linkedAccount';

  it('who published something is known to visitors by name and website alone; others are not', async () => {
    const { _entities } = dataOf<{ _entities: (Record<string, unknown> | null)[] }>(await ask(ANONYMOUS, usersOf([ADMIN, SUBSCRIBER, CUSTOMER, 999], FIELDS)));
    expect(_entities).toEqual([
      { localId: ADMIN, displayName: 'admin', url: 'http://harborlane.example', username: null, email: null, roles: null, capabilities: null, registeredAt: null, lastActivityAt: null, linkedAccount: null },
      null,
      null,
      null,
    ]);
  });

  it('never shows an e-mail address to visitors, to people who may not list users, and without the scope', async () => {
    const ids = siteAnswer<AnsweredUser[]>('users').map((user) => user.id);
    const emails = async (viewer: Viewer) => {
      const { _entities } = dataOf<{ _entities: ({ email: string | null } | null)[] }>(await ask(viewer, usersOf(ids, 'email')));
      return _entities.flatMap((user) => user?.email ?? []).length;
    };
    expect(await emails(ANONYMOUS)).toBe(0);
    expect(await emails({ ...person(siteId, ADMIN), users: [] } as Viewer)).toBe(0);
    expect(await emails(person(siteId, CUSTOMER))).toBe(1);
    expect(await emails(person(siteId, CUSTOMER, ['users:read']))).toBe(0);
    expect(await emails(person(siteId, ADMIN))).toBe(12);
    expect(await emails(person(siteId, ADMIN, ['users:read']))).toBe(0);
  });

  it('of many references is read with one statement, beside the one of the policies', async () => {
    const counted = countStatements(store);
    const ids = siteAnswer<AnsweredUser[]>('users').map((user) => user.id);
    for (const viewer of [ANONYMOUS, person(siteId, ADMIN)]) {
      counted.reset();
      dataOf(await askUsers(counted.store)(viewer, usersOf([...ids, ...ids], `${FIELDS} site { id }`)));
      expect(counted.statements).toHaveLength(2);
    }
  });

  it('has a version and tells how current the copy is', async () => {
    const { _entities } = dataOf<{ _entities: unknown[] }>(await ask(ANONYMOUS, usersOf([ADMIN], 'version freshness { source sequence } site { id }')));
    expect(_entities).toEqual([
      { version: expect.stringMatching(/.+/), freshness: { source: 'REPLICA', sequence: expect.stringMatching(/^\d+$/) }, site: { id: encodeSiteId(siteId) } },
    ]);
  });
});

describe('the viewer', () => {
  it('is the account of the token, with its users and scopes', async () => {
    const query = '{ viewer { id isOperator scopes displayName users { localId username } } }';
    expect(dataOf(await ask(person(siteId, CUSTOMER, ['users:read']), query))).toEqual({
      viewer: { id: 'account of 7', isOperator: false, scopes: ['users:read'], displayName: '', users: [{ localId: 7, username: 'cust' }] },
    });
    expect(dataOf(await ask(OPERATOR, query))).toEqual({ viewer: { id: 'operator', isOperator: true, scopes: ['*'], displayName: '', users: [] } });
    expect(dataOf(await ask(ANONYMOUS, query))).toEqual({ viewer: null });
  });

  it('is called as its account is labelled', async () => {
    const accountId = randomUUID();
    await store.database.query(`INSERT INTO account (id, kind, label) VALUES ($1, 'person', 'Ann''s phone')`, [accountId]);
    const viewer: Viewer = { ...person(siteId, CUSTOMER), accountId } as Viewer;
    expect(dataOf(await ask(viewer, '{ viewer { id displayName } }'))).toEqual({ viewer: { id: accountId, displayName: "Ann's phone" } });
    const reference = (id: string) => `{ _entities(representations: [{ __typename: "Viewer", id: "${id}" }]) { ... on Viewer { id } } }`;
    expect(dataOf(await ask(viewer, reference(accountId)))).toEqual({ _entities: [{ id: accountId }] });
    expect(dataOf(await ask(viewer, reference('another')))).toEqual({ _entities: [null] });
  });

  it('has a user on sites with an account, and none elsewhere', async () => {
    const query = `{ site(id: "${encodeSiteId(siteId)}") { viewerUser { localId } } }`;
    expect(dataOf(await ask(person(siteId, CUSTOMER), query))).toEqual({ site: { viewerUser: { localId: CUSTOMER } } });
    expect(dataOf(await ask(person(siteId, 999), query))).toEqual({ site: { viewerUser: null } });
    expect(dataOf(await ask(OPERATOR, query))).toEqual({ site: { viewerUser: null } });
  });
});

describe('a site', () => {
  it('is a stub when it exists and null when it does not', async () => {
    const none = nextSiteId();
    const query = `{ known: site(id: "${encodeSiteId(siteId)}") { id } none: site(id: "${encodeSiteId(none)}") { id } text: site(id: "x") { id } }`;
    expect(dataOf(await ask(ANONYMOUS, query))).toEqual({ known: { id: encodeSiteId(siteId) }, none: null, text: null });
  });
});
