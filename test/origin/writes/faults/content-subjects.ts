// Content in the fault table: made, changed, kept aside, restored from a revision, trashed, taken out again and deleted.
import { encodeGlobalId } from '../../../../core/ids.js';
import { toldBy, type Input, type Scene, type Subject, type World } from './world.js';

const PAYLOAD = '{ content { id } write { state } userErrors { code message } }';
const ACT = '{ results { id write { state } userErrors { code message } } userErrors { code message } }';

const mutate = async (world: World, name: string, type: string, selection: string, input: Input) =>
  toldBy(await world.mutate('content', name, `mutation($input: ${type}!) { ${name}(input: $input) ${selection} }`, { input }));

/** The version that the graph has of content. */
async function versionOf(world: World, localId: number): Promise<string> {
  return (await world.rows<{ version: string }>('SELECT version FROM post WHERE site_id = $1 AND id = $2', localId))[0]?.version ?? '';
}

const gid = (world: World, localId: number, type: 'Post' | 'Revision' = 'Post'): string => encodeGlobalId(world.site.siteId, type, localId);
const titled = (world: World, title: string) => world.site.double.tables.posts.all().filter((post) => post.post_title === title && post.post_type === 'post');
const shown = async (world: World, title: string): Promise<number> => (await world.rows('SELECT id FROM post WHERE site_id = $1 AND title = $2 AND type = \'post\' AND alive', title)).length;

function creation(world: World, fields: Input, more: (done: number) => void = () => undefined): Scene {
  const title = `Made ${world.next()}`;
  const done = (): number => titled(world, title).length;
  return {
    run: (idempotencyKey) => mutate(world, 'contentCreate', 'ContentCreateInput', PAYLOAD, { siteId: world.siteId, idempotencyKey, fields: { title, rawContent: 'new', status: 'PUBLISHED', ...fields } }),
    done: () => {
      more(done());
      return done();
    },
    onSite: done, inGraph: () => shown(world, title),
  };
}

/** A change of one post that shows in its title. */
function retitling(world: World, run: (world: World, localId: number, wanted: string, idempotencyKey: string) => ReturnType<Scene['run']>): Scene {
  const { ID } = world.site.double.edit.savePost({ post_title: 'Before', post_content: 'text', post_status: 'publish' });
  const wanted = `After ${ID}`;
  const onSite = (): string | undefined => world.site.double.tables.posts.get(ID)?.post_title;
  return {
    run: (key) => run(world, ID, wanted, key), done: () => (onSite() === wanted ? 1 : 0), onSite,
    inGraph: async () => (await world.rows<{ title: string }>('SELECT title FROM post WHERE site_id = $1 AND id = $2', ID))[0]?.title,
  };
}

/** A move of one post from a status to another, null for away. */
function moving(world: World, name: string, from: string, to: string | null): Scene {
  const { ID } = world.site.double.edit.savePost({ post_title: 'Moved', post_content: 'text', post_status: from });
  const onSite = (): string | null => world.site.double.tables.posts.get(ID)?.post_status ?? null;
  let version = '';
  return {
    async run(idempotencyKey) {
      version ||= await versionOf(world, ID);
      return mutate(world, name, 'ContentActionInput', ACT, { ids: [gid(world, ID)], expectedVersions: [version], idempotencyKey });
    },
    done: () => (onSite() === to ? 1 : 0), onSite,
    inGraph: async () => (await world.rows<{ status: string }>('SELECT status FROM post WHERE site_id = $1 AND id = $2 AND alive', ID))[0]?.status ?? null,
  };
}

/** The version is that of the first asking: the same key has the same input. */
const versions = new WeakMap<World, Map<number, string>>();
async function firstVersion(world: World, localId: number): Promise<string> {
  const known = versions.get(world) ?? new Map<number, string>();
  versions.set(world, known);
  const version = known.get(localId) ?? (await versionOf(world, localId));
  known.set(localId, version);
  return version;
}

export const CONTENT_SUBJECTS: readonly Subject[] = [
  { name: 'contentCreate', calls: ['writes'], prepare: (world) => creation(world, {}) },
  {
    name: 'contentCreate with a new tag', calls: ['writes', 'besides', 'more'],
    prepare(world) {
      const tag = `Tag ${world.next()}`;
      return creation(world, { newTags: [tag] }, () => {
        const tags = world.site.double.tables.terms.all().filter((term) => term.name === tag).length;
        if (tags > 1) throw new Error(`the tag was made ${tags} times`);
      });
    },
  },
  {
    name: 'contentUpdate', calls: ['reads', 'writes'],
    prepare: (world) => retitling(world, async (_world, localId, title, idempotencyKey) =>
      mutate(world, 'contentUpdate', 'ContentUpdateInput', PAYLOAD, { id: gid(world, localId), idempotencyKey, expectedVersion: await firstVersion(world, localId), fields: { title } })),
  },
  {
    name: 'contentAutosave', calls: ['writes'],
    prepare(world) {
      const { ID } = world.site.double.edit.savePost({ post_title: 'Published', post_content: 'text', post_status: 'publish', post_author: 2 });
      const wanted = `Typed ${ID}`;
      const autosaves = () => world.site.double.tables.posts.ownedBy(ID).filter((row) => row.post_type === 'revision').map((row) => row.post_title);
      return {
        run: (idempotencyKey) => mutate(world, 'contentAutosave', 'ContentUpdateInput', PAYLOAD, { id: gid(world, ID), idempotencyKey, fields: { title: wanted } }),
        done: () => autosaves().filter((title) => title === wanted).length, onSite: autosaves,
        inGraph: async () => (await world.rows<{ title: string }>(`SELECT title FROM post WHERE site_id = $1 AND parent_id = $2 AND type = 'revision' AND alive`, ID)).map(({ title }) => title),
      };
    },
  },
  {
    name: 'contentRestoreRevision', calls: ['reads', 'writes'],
    prepare(world) {
      const { edit } = world.site.double;
      let revision = 0;
      const scene = retitling(world, async (_world, localId, _title, idempotencyKey) =>
        mutate(world, 'contentRestoreRevision', 'RevisionRestoreInput', PAYLOAD, { id: gid(world, revision, 'Revision'), idempotencyKey, expectedVersion: await firstVersion(world, localId) }));
      const post = world.site.double.tables.posts.all().at(-1);
      revision = edit.savePost({ post_type: 'revision', post_status: 'inherit', post_parent: post?.ID ?? 0, post_name: `${post?.ID}-revision-v1`, post_title: `After ${post?.ID}`, post_content: 'older text', post_author: 1 }).ID;
      return scene;
    },
  },
  { name: 'contentTrash', calls: ['reads', 'writes'], prepare: (world) => moving(world, 'contentTrash', 'publish', 'trash') },
  { name: 'contentRestore', calls: ['reads', 'writes'], prepare: (world) => moving(world, 'contentRestore', 'trash', 'draft') },
  { name: 'contentDelete', calls: ['reads', 'writes'], prepare: (world) => moving(world, 'contentDelete', 'publish', null) },
];
