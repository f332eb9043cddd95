// Who sees which content: visitors, every role of the recorded site, and the operator; in lists and one by one.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '../../../auth/viewer.js';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import { ACCOUNT_ID, OPERATOR } from '../../testkit/ask.js';
import { loadRecordedSite, siteAnswer } from '../../testkit/recorded.js';
import { openTestStore } from '../../testkit/store.js';
import { ANONYMOUS, createRunner, personOn, plantComments, plantMeta, plantPosts, type Loose } from './kit.js';

let siteId: SiteId;
let run: ReturnType<typeof createRunner>['run'];
let entity: ReturnType<typeof createRunner>['entity'];

const ADMIN = 1, EDITOR = 2, AUTHOR = 3, CONTRIBUTOR = 4, SUBSCRIBER = 5;
const PROTECTED = 90_001, ATTACHED_TO_DRAFT = 90_002, UNATTACHED = 90_003, ORDER = 90_004, AUTHORS_DRAFT = 90_005, REVISION = 90_006, AUTOSAVE = 90_007, PRIVATE_TYPE = 90_008, ATTACHED_TO_POST = 90_009;
const COMMENT = 91_000;

beforeAll(async () => {
  const store = await openTestStore();
  siteId = await loadRecordedSite(store);
  ({ run, entity } = createRunner(store));
  await plantPosts(store, siteId, [
    { id: PROTECTED, protected: true, content: 'needle-in-protected', authorId: EDITOR, title: 'Locked' },
    { id: AUTHORS_DRAFT, status: 'draft', authorId: AUTHOR, content: 'needle-in-draft', published: null, title: 'Mine' },
    { id: ATTACHED_TO_DRAFT, type: 'attachment', status: 'inherit', parentId: AUTHORS_DRAFT },
    { id: ATTACHED_TO_POST, type: 'attachment', status: 'inherit', parentId: PROTECTED },
    { id: UNATTACHED, type: 'attachment', status: 'inherit' },
    { id: ORDER, type: 'shop_order', status: 'wc-completed', content: 'customer note' },
    { id: REVISION, type: 'revision', status: 'inherit', parentId: AUTHORS_DRAFT, slug: `${AUTHORS_DRAFT}-revision-v1`, content: 'line one\nold', authorId: AUTHOR, title: 'Mine' },
    { id: AUTOSAVE, type: 'revision', status: 'inherit', parentId: AUTHORS_DRAFT, slug: `${AUTHORS_DRAFT}-autosave-v1`, content: 'line one\nnew', authorId: AUTHOR, title: 'Mine!' },
    { id: PRIVATE_TYPE, type: 'wp_block', status: 'publish' },
  ]);
  await plantMeta(store, siteId, [
    { metaId: 990_001, postId: PROTECTED, key: '_secret', value: 'x' },
    { metaId: 990_002, postId: PROTECTED, key: 'plain', value: 'y' },
    { metaId: 990_003, postId: PROTECTED, key: 'footnotes', value: '[]' },
  ]);
  await plantComments(store, siteId, [
    { id: COMMENT, postId: PROTECTED },
    { id: COMMENT + 1, postId: AUTHORS_DRAFT },
    { id: COMMENT + 2, postId: ORDER },
    { id: COMMENT + 3, postId: PROTECTED, type: 'note' },
  ]);
});

const people: readonly [string, () => Viewer][] = [
  ['a visitor', () => ANONYMOUS],
  ['the operator', () => OPERATOR],
  ...[['the administrator', ADMIN], ['the editor', EDITOR], ['the author', AUTHOR], ['the contributor', CONTRIBUTOR], ['the subscriber', SUBSCRIBER], ['someone whose account is gone', 4242]].map(
    ([name, userId]): [string, () => Viewer] => [String(name), () => personOn(siteId, Number(userId))],
  ),
];

const EVERY = '[PUBLISHED, FUTURE, DRAFT, PENDING, PRIVATE, TRASH, AUTO_DRAFT, CUSTOM]';

async function listed(viewer: Viewer, args: string, field = 'posts'): Promise<number[]> {
  const { data, codes } = await run(viewer, `query($id: ID!) { site(id: $id) { ${field}(first: 100 ${args}) { totalCount nodes { ... on Post { localId } ... on MediaItem { localId } ... on Page { localId } ... on CustomContent { localId } ... on Comment { localId } } } } }`.replace(/\.\.\. on (\w+) \{ localId \}/g, (fragment, type) => (fits(field, String(type)) ? fragment : '')), { id: encodeSiteId(siteId) });
  expect(codes).toEqual([]);
  const list = data['site']?.[field] as unknown as { totalCount: number; nodes: { localId: number }[] };
  expect(list.nodes).toHaveLength(Math.min(100, list.totalCount));
  return list.nodes.map((node) => node.localId).sort((a, b) => a - b);
}

function fits(field: string, type: string): boolean {
  const types: Readonly<Record<string, readonly string[]>> = { posts: ['Post'], pages: ['Page'], media: ['MediaItem'], comments: ['Comment'], contentNodes: ['Post', 'Page', 'CustomContent', 'MediaItem'] };
  return types[field]?.includes(type) ?? false;
}

describe('the posts that somebody sees', () => {
  it.each(people)('are the same in lists and one by one, for %s', async (name, viewerOf) => {
    const viewer = viewerOf();
    const said = [
      ...siteAnswer<{ id: number; status: string; author: number }[]>('posts'),
      { id: PROTECTED, status: 'publish', author: EDITOR },
      { id: AUTHORS_DRAFT, status: 'draft', author: AUTHOR },
    ];
    const userId = viewer.kind === 'person' ? (viewer.users[0]?.userId ?? 0) : 0;
    const seesAll = ['the operator', 'the administrator', 'the editor'].includes(name);
    const expected = said.filter((post) => seesAll || post.status === 'publish' || (userId !== 4242 && post.author === userId)).map((post) => post.id).sort((a, b) => a - b);
    const got = await listed(viewer, `, filter: { status: ${EVERY} }`);
    expect(got).toEqual(expected);
    expect(await listed(viewer, `, filter: { status: ${EVERY} }, orderBy: PUBLISHED_DESC`)).toEqual(expected);
    const { data } = await run(viewer, 'query($refs: [_Any!]!) { _entities(representations: $refs) { ... on Post { localId } } }', {
      refs: said.map((post) => ({ __typename: 'Post', id: encodeGlobalId(siteId, 'Post', post.id) })),
    });
    const single = (data['_entities'] as unknown as ({ localId: number } | null)[]).flatMap((node) => node?.localId ?? []);
    expect(single.sort((a, b) => a - b)).toEqual(expected);
  });

  it('are without trash and automatic drafts unless these are asked for', async () => {
    const trashed = siteAnswer<{ id: number; status: string }[]>('posts').filter((post) => post.status === 'trash').map((post) => post.id);
    expect(trashed).not.toEqual([]);
    expect(await listed(OPERATOR, '')).not.toEqual(expect.arrayContaining(trashed));
    expect(await listed(OPERATOR, ', filter: { status: [TRASH] }')).toEqual(trashed);
    expect(await listed(ANONYMOUS, ', filter: { status: [TRASH, DRAFT, PRIVATE, PENDING, FUTURE] }')).toEqual([]);
    expect(await listed(OPERATOR, ', filter: { status: [] }')).toEqual([]);
  });

  it('are none of a site that does not exist', async () => {
    const { data } = await run(OPERATOR, 'query($id: ID!) { site(id: $id) { id } }', { id: encodeSiteId(999_999_999 as SiteId) });
    expect(data['site']).toBeNull();
  });
});

describe('protected content', () => {
  const fields = 'content excerpt rawContent blocks { name } passwordProtected title comments { totalCount nodes { localId } }';

  it('has empty texts and no comments for those who may not edit it', async () => {
    for (const viewer of [ANONYMOUS, personOn(siteId, SUBSCRIBER), personOn(siteId, AUTHOR)]) {
      const { node, codes } = await entity(viewer, 'Post', siteId, PROTECTED, fields);
      expect(codes).toEqual([]);
      expect(node).toEqual({ content: '', excerpt: '', rawContent: null, blocks: [], passwordProtected: true, title: 'Locked', comments: { totalCount: 0, nodes: [] } });
    }
    const { node } = await entity(personOn(siteId, EDITOR), 'Post', siteId, PROTECTED, fields);
    expect(node).toMatchObject({ content: 'needle-in-protected', excerpt: 'needle-in-protected', rawContent: 'needle-in-protected', comments: { nodes: [{ localId: COMMENT }] } });
  });

  it('is not found by its content', async () => {
    for (const [viewer, found] of [[ANONYMOUS, []], [personOn(siteId, AUTHOR), []], [personOn(siteId, EDITOR), [PROTECTED]], [OPERATOR, [PROTECTED]]] as const) {
      expect(await listed(viewer, ', filter: { search: "NEEDLE-in-protected" }')).toEqual(found);
    }
    expect(await listed(ANONYMOUS, ', filter: { search: "locked" }')).toEqual([PROTECTED]);
    expect(await listed(personOn(siteId, AUTHOR), ', filter: { search: "needle-in-draft" }')).toEqual([AUTHORS_DRAFT]);
  });

  it('does not show its comments in the list of the site', async () => {
    expect(await listed(ANONYMOUS, '', 'comments')).not.toContain(COMMENT);
    expect(await listed(personOn(siteId, EDITOR), '', 'comments')).toContain(COMMENT);
    expect((await entity(ANONYMOUS, 'Comment', siteId, COMMENT, 'localId')).node).toBeNull();
  });
});

describe('raw content, revisions and meta', () => {
  it('are for those who may edit the content', async () => {
    const fields = 'rawContent revisions { nodes { id title rawContent createdAt author { id } diff { field op oldText newText } } } autosave { rawContent diff { op } } meta { key }';
    const mine = await entity(personOn(siteId, AUTHOR), 'Post', siteId, AUTHORS_DRAFT, fields);
    expect(mine.codes).toEqual([]);
    expect(mine.node).toMatchObject({
      rawContent: 'needle-in-draft',
      revisions: { nodes: [{ title: 'Mine', rawContent: 'line one\nold', diff: [{ field: 'content', op: 'CHANGED', oldText: 'line one\nold', newText: 'needle-in-draft' }] }] },
      autosave: { rawContent: 'line one\nnew', diff: [{ op: 'CHANGED' }, { op: 'CHANGED' }] },
    });
    const published = siteAnswer<{ id: number; status: string; author: number }[]>('posts').find((post) => post.status === 'publish' && post.author !== AUTHOR);
    const other = await entity(personOn(siteId, AUTHOR), 'Post', siteId, published?.id ?? 0, fields);
    expect(other.node).toMatchObject({ rawContent: null, revisions: null, autosave: null });
    expect((await entity(personOn(siteId, AUTHOR), 'Revision', siteId, REVISION, 'rawContent')).node).not.toBeNull();
    for (const viewer of [ANONYMOUS, personOn(siteId, CONTRIBUTOR)]) expect((await entity(viewer, 'Revision', siteId, REVISION, 'rawContent')).node).toBeNull();
  });

  it('compares a revision with another one of the same content only', async () => {
    const against = (id: number) => `diff(against: "${encodeGlobalId(siteId, 'Revision', id)}") { field op oldText newText }`;
    const { node } = await entity(OPERATOR, 'Revision', siteId, REVISION, against(AUTOSAVE));
    expect(node).toEqual({
      diff: [{ field: 'title', op: 'CHANGED', oldText: 'Mine', newText: 'Mine!' }, { field: 'content', op: 'CHANGED', oldText: 'old', newText: 'new' }],
    });
    const stray = siteAnswer<{ id: number }[]>('posts')[0]?.id ?? 0;
    expect((await entity(OPERATOR, 'Revision', siteId, REVISION, against(stray))).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('show visitors the meta keys that are public by declaration', async () => {
    const keys = async (viewer: Viewer, args = '') => ((await entity(viewer, 'Post', siteId, PROTECTED, `meta${args} { key }`)).node['meta'] as unknown as { key: string }[]).map((row) => row.key);
    expect(await keys(ANONYMOUS)).toEqual(['footnotes']);
    expect(await keys(ANONYMOUS, '(keys: ["_secret", "plain"])')).toEqual([]);
    expect(await keys(personOn(siteId, EDITOR))).toEqual(['_secret', 'plain', 'footnotes']);
    expect(await keys(OPERATOR, '(keys: ["_secret"])')).toEqual(['_secret']);
  });

  it('let only editors filter by keys that are not public', async () => {
    const filter = ', filter: { meta: [{ key: "_secret", op: "EQ", value: "x" }] }';
    expect(await listed(OPERATOR, filter)).toEqual([PROTECTED]);
    const { codes } = await run(ANONYMOUS, `query($id: ID!) { site(id: $id) { posts(first: 1 ${filter}) { nodes { id } } } }`, { id: encodeSiteId(siteId) });
    expect(codes).toEqual(['FORBIDDEN']);
  });
});

describe('attachments', () => {
  it('are seen by whoever sees what they are attached to', async () => {
    const seen = async (viewer: Viewer) => (await listed(viewer, '', 'media')).filter((id) => id > 90_000);
    expect(await seen(ANONYMOUS)).toEqual([UNATTACHED, ATTACHED_TO_POST]);
    expect(await seen(OPERATOR)).toEqual([ATTACHED_TO_DRAFT, UNATTACHED, ATTACHED_TO_POST]);
    for (const [viewer, expected] of [[ANONYMOUS, null], [OPERATOR, ATTACHED_TO_DRAFT]] as const) {
      expect((await entity(viewer, 'MediaItem', siteId, ATTACHED_TO_DRAFT, 'localId')).node?.['localId'] ?? null).toBe(expected);
    }
  });
});

describe('types that are not content of the graph', () => {
  it('are never nodes, for the operator neither', async () => {
    for (const id of [ORDER, REVISION, PRIVATE_TYPE]) expect((await entity(OPERATOR, 'CustomContent', siteId, id, 'localId')).node).toBeNull();
    const { codes } = await run(OPERATOR, 'query($id: ID!) { site(id: $id) { contentNodes(types: ["shop_order"]) { nodes { id } } } }', { id: encodeSiteId(siteId) });
    expect(codes).toEqual(['BAD_USER_INPUT']);
    expect((await entity(OPERATOR, 'Comment', siteId, COMMENT + 2, 'localId')).node).toBeNull();
    expect((await entity(OPERATOR, 'Comment', siteId, COMMENT + 3, 'localId')).node).toBeNull();
  });

  it('answer only to their own typename', async () => {
    const page = siteAnswer<{ id: number }[]>('pages')[0]?.id ?? 0;
    expect((await entity(OPERATOR, 'Post', siteId, page, 'id')).node).toBeNull();
    expect((await entity(OPERATOR, 'Page', siteId, page, 'id')).node).not.toBeNull();
  });
});

describe('comments', () => {
  it('are the approved ones on visible content for visitors, and all for moderators', async () => {
    const said = siteAnswer<{ id: number; status: string; post: number }[]>('comments');
    const approved = said.filter((comment) => comment.status === 'approved').map((comment) => comment.id).sort((a, b) => a - b);
    const visitors = await listed(ANONYMOUS, '', 'comments');
    expect(approved).toEqual(expect.arrayContaining(visitors.filter((id) => id < COMMENT)));
    expect(visitors).not.toContain(COMMENT + 1);
    expect(await listed(ANONYMOUS, ', status: [PENDING, SPAM, TRASH]', 'comments')).toEqual([]);
    const moderated = await listed(personOn(siteId, EDITOR), ', status: [APPROVED, PENDING, SPAM, TRASH]', 'comments');
    expect(moderated).toEqual(await listed(OPERATOR, ', status: [APPROVED, PENDING, SPAM, TRASH]', 'comments'));
    expect((await listed(personOn(siteId, AUTHOR), ', status: [SPAM]', 'comments')).length).toBeLessThan((await listed(OPERATOR, ', status: [SPAM]', 'comments')).length);
  });

  it('give the address of the writer to moderators with the scope', async () => {
    const fields = 'commenter { name email }';
    const readOnlyOperator: Viewer = { kind: 'operator', accountId: ACCOUNT_ID, scopes: ['content:read'] };
    for (const [viewer, email] of [
      [personOn(siteId, EDITOR), 'ann@example.org'],
      [personOn(siteId, EDITOR, ['content:read']), null],
      [OPERATOR, 'ann@example.org'],
      [readOnlyOperator, null],
    ] as const) {
      expect((await entity(viewer, 'Comment', siteId, COMMENT, fields)).node).toEqual({ commenter: { name: 'Ann & Bob', email } });
    }
    const said = siteAnswer<{ id: number; status: string; author_email: string }[]>('comments').find((comment) => comment.status === 'approved' && comment.author_email !== '');
    for (const viewer of [ANONYMOUS, personOn(siteId, SUBSCRIBER)]) {
      expect((await entity(viewer, 'Comment', siteId, said?.id ?? 0, fields)).node?.['commenter']).toMatchObject({ email: null });
    }
  });
});

describe('drafts of the viewer, and what an author wrote', () => {
  it('are the viewer\'s own unfinished posts', async () => {
    const drafts = async (viewer: Viewer): Promise<Loose> => (await run(viewer, 'query($refs: [_Any!]!) { _entities(representations: $refs) { ... on Viewer { drafts { localId status } } } }', { refs: [{ __typename: 'Viewer', id: 'v' }] })).data['_entities']?.[0] as Loose;
    const said = siteAnswer<{ id: number; status: string; author: number }[]>('posts').filter((post) => post.author === AUTHOR && ['draft', 'pending'].includes(post.status)).map((post) => post.id);
    const mine = (await drafts(personOn(siteId, AUTHOR)))['drafts'] as unknown as { localId: number }[];
    expect(mine.map((post) => post.localId).sort()).toEqual([...said, AUTHORS_DRAFT].sort());
    expect(await drafts(ANONYMOUS)).toEqual({ drafts: [] });
    expect(await drafts(OPERATOR)).toEqual({ drafts: [] });
  });

  it('are narrowed to what the viewer may see', async () => {
    const written = async (viewer: Viewer) => {
      const { node } = await entity(viewer, 'User', siteId, AUTHOR, 'authoredContent(first: 100) { totalCount nodes { localId status } }');
      return node['authoredContent'] as unknown as { totalCount: number; nodes: { localId: number; status: string }[] };
    };
    const visitors = await written(ANONYMOUS);
    expect(new Set(visitors.nodes.map((node) => node.status))).toEqual(new Set(['PUBLISHED']));
    expect(visitors.totalCount).toBe(visitors.nodes.length);
    expect((await written(personOn(siteId, AUTHOR))).nodes.map((node) => node.localId)).toContain(AUTHORS_DRAFT);
  });
});
