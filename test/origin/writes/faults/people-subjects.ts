// Terms, comments, users, settings and styles in the fault table.
import { encodeGlobalId, type NodeType } from '../../../../core/ids.js';
import { toldBy, type Input, type SubgraphName, type Subject, type Told, type World } from './world.js';

const mutate = async (world: World, subgraph: SubgraphName, name: string, type: string, selection: string, input: Input): Promise<Told> =>
  toldBy(await world.mutate(subgraph, name, `mutation($input: ${type}!) { ${name}(input: $input) { ${selection} } }`, { input }));
const gid = (world: World, type: NodeType, localId: number | string): string => encodeGlobalId(world.site.siteId, type, localId as number);

const WRITTEN = 'write { state } userErrors { code message }';
const TERM = `term { id } ${WRITTEN}`;
const USER = `user { id } ${WRITTEN}`;

async function versionOf(world: World, table: 'term' | 'site_user', column: 'tt_id' | 'id', id: number): Promise<string> {
  return (await world.rows<{ version: string }>(`SELECT version FROM ${table} WHERE site_id = $1 AND ${column} = $2`, id))[0]?.version ?? '';
}

/** Reads once, so that the same key has the same input. */
function once<Result>(read: () => Promise<Result>): () => Promise<Result> {
  let first: Promise<Result> | null = null;
  return () => (first ??= read());
}

const termsNamed = (world: World, name: string) => world.site.double.tables.terms.all().filter((term) => term.name === name);
const shownNamed = async (world: World, name: string): Promise<number> => (await world.rows('SELECT tt_id FROM term WHERE site_id = $1 AND name = $2 AND alive', name)).length;

export const TERM_AND_COMMENT_SUBJECTS: readonly Subject[] = [
  {
    name: 'termSave of a new term', calls: ['writes', 'besides'],
    prepare(world) {
      const name = `Term ${world.next()}`;
      let isNumbered = true;
      const onSite = (): number => termsNamed(world, name).length;
      return {
        async run(idempotencyKey) {
          const payload = await world.mutate('content', 'termSave', `mutation($input: TermSaveInput!) { termSave(input: $input) { ${TERM} } }`, { input: { siteId: world.siteId, taxonomy: 'category', name, idempotencyKey } });
          // Without its number the term is left to its own event.
          isNumbered = payload['term'] !== null || payload['userErrors']?.length !== 0;
          return toldBy(payload);
        },
        done: onSite, onSite, inGraph: async () => (isNumbered ? shownNamed(world, name) : onSite()),
      };
    },
  },
  {
    name: 'termSave of a term', calls: ['reads', 'writes'],
    prepare(world) {
      const { term_taxonomy_id: ttId } = world.site.double.edit.saveTerm({ taxonomy: 'category', name: `Old name ${world.next()}` });
      const name = `New name ${ttId}`;
      const onSite = () => world.site.double.tables.terms.get(ttId)?.name;
      const version = once(() => versionOf(world, 'term', 'tt_id', ttId));
      return {
        run: async (idempotencyKey) => mutate(world, 'content', 'termSave', 'TermSaveInput', TERM, { siteId: world.siteId, id: gid(world, 'Term', ttId), taxonomy: 'category', name, expectedVersion: await version(), idempotencyKey }),
        done: () => (onSite() === name ? 1 : 0), onSite,
        inGraph: async () => (await world.rows<{ name: string }>('SELECT name FROM term WHERE site_id = $1 AND tt_id = $2', ttId))[0]?.name,
      };
    },
  },
  {
    name: 'termDelete', calls: ['writes'],
    prepare(world) {
      const { term_taxonomy_id: ttId, name } = world.site.double.edit.saveTerm({ taxonomy: 'post_tag', name: `Going ${world.next()}` });
      const onSite = () => termsNamed(world, name).length;
      return {
        run: (idempotencyKey) => mutate(world, 'content', 'termDelete', 'TermDeleteInput', `deletedId ${WRITTEN}`, { id: gid(world, 'Term', ttId), idempotencyKey }),
        done: () => 1 - onSite(), onSite, inGraph: () => shownNamed(world, name),
      };
    },
  },
  {
    name: 'commentModerate', calls: ['writes'],
    prepare(world) {
      const { ID } = world.site.double.edit.savePost({ post_title: 'Discussed', post_status: 'publish' });
      const { comment_ID: id } = world.site.double.edit.addComment(ID, { comment_approved: '0' });
      const onSite = () => world.site.double.tables.comments.get(id)?.comment_approved;
      return {
        run: (idempotencyKey) => mutate(world, 'content', 'commentModerate', 'CommentModerateInput', `results { id ${WRITTEN} } userErrors { code message }`, { ids: [gid(world, 'Comment', id)], status: 'SPAM', idempotencyKey }),
        done: () => (onSite() === 'spam' ? 1 : 0), onSite,
        inGraph: async () => (await world.rows<{ status: string }>('SELECT status FROM comment WHERE site_id = $1 AND id = $2', id))[0]?.status,
      };
    },
  },
  {
    name: 'commentReply', calls: ['writes'],
    prepare(world) {
      const { ID } = world.site.double.edit.savePost({ post_title: 'Discussed', post_status: 'publish', comment_status: 'open' });
      const content = `A reply to ${ID}`;
      const onSite = () => world.site.double.tables.comments.all().filter((comment) => comment.comment_content === content).length;
      return {
        run: (idempotencyKey) => mutate(world, 'content', 'commentReply', 'CommentReplyInput', `comment { id } ${WRITTEN}`, { on: gid(world, 'Post', ID), content, idempotencyKey }),
        done: onSite, onSite, inGraph: async () => (await world.rows('SELECT id FROM comment WHERE site_id = $1 AND content = $2 AND alive', content)).length,
      };
    },
  },
];

const login = (world: World, word: string): string => `${word}${world.next()}`;

export const PEOPLE_SUBJECTS: readonly Subject[] = [
  {
    name: 'userInvite', calls: ['writes'],
    prepare(world) {
      const username = login(world, 'invited');
      const onSite = () => world.site.double.tables.users.all().filter((user) => user.user_login === username).length;
      return {
        run: (idempotencyKey) => mutate(world, 'users', 'userInvite', 'UserInviteInput', USER, { siteId: world.siteId, username, email: `${username}@people.example`, role: 'author', idempotencyKey }),
        done: onSite, onSite, inGraph: async () => (await world.rows('SELECT id FROM site_user WHERE site_id = $1 AND login = $2 AND alive', username)).length,
      };
    },
  },
  {
    name: 'userUpdate', calls: ['reads', 'writes'],
    prepare(world) {
      const name = login(world, 'renamed');
      const { ID } = world.site.double.edit.saveUser({ user_login: name, roles: ['author'], user_email: `${name}@people.example`, display_name: 'Before' });
      const wanted = `Person ${ID}`;
      const onSite = () => world.site.double.tables.users.get(ID)?.display_name;
      const version = once(() => versionOf(world, 'site_user', 'id', ID));
      return {
        run: async (idempotencyKey) => mutate(world, 'users', 'userUpdate', 'UserUpdateInput', USER, { id: gid(world, 'User', ID), displayName: wanted, expectedVersion: await version(), idempotencyKey }),
        done: () => (onSite() === wanted ? 1 : 0), onSite,
        inGraph: async () => (await world.rows<{ name: string }>('SELECT display_name AS name FROM site_user WHERE site_id = $1 AND id = $2', ID))[0]?.name,
      };
    },
  },
  {
    name: 'userRemove', calls: ['writes'],
    prepare(world) {
      const name = login(world, 'leaving');
      const { ID } = world.site.double.edit.saveUser({ user_login: name, roles: ['author'], user_email: `${name}@people.example` });
      const post = world.site.double.edit.savePost({ post_title: 'Theirs', post_status: 'publish', post_author: ID }).ID;
      const onSite = () => [world.site.double.tables.users.get(ID) !== undefined, world.site.double.tables.posts.get(post)?.post_author];
      return {
        run: (idempotencyKey) => mutate(world, 'users', 'userRemove', 'UserRemoveInput', USER, { id: gid(world, 'User', ID), reassignTo: gid(world, 'User', 2), idempotencyKey }),
        done: () => (onSite()[0] ? 0 : 1), onSite,
        async inGraph() {
          const [row] = await world.rows<{ here: boolean; author: number }>(
            'SELECT EXISTS (SELECT 1 FROM site_user WHERE site_id = $1 AND id = $2 AND alive) AS here, (SELECT author_id::int FROM post WHERE site_id = $1 AND id = $3) AS author', ID, post);
          return [row?.here, row?.author];
        },
      };
    },
  },
];

export const SITE_SUBJECTS: readonly Subject[] = [
  {
    // One setting for all of its scenes: each wants a text of its own.
    name: 'siteSettingsUpdate', calls: ['reads', 'writes'],
    prepare(world) {
      const wanted = `Tagline ${world.next()}`;
      const onSite = () => world.site.double.tables.options.get('blogdescription');
      return {
        run: (idempotencyKey) => mutate(world, 'settings', 'siteSettingsUpdate', 'SiteSettingsUpdateInput', `settings { version } ${WRITTEN}`, { siteId: world.siteId, tagline: wanted, idempotencyKey }),
        done: () => (onSite() === wanted ? 1 : 0), onSite,
        inGraph: async () => (await world.rows<{ value: string }>(`SELECT value FROM setting WHERE site_id = $1 AND setting_kind = 'OPTION' AND name = 'blogdescription'`))[0]?.value,
      };
    },
  },
  {
    name: 'themeCustomize', calls: ['reads', 'writes', 'besides'],
    async prepare(world) {
      const { double } = world.site;
      const stylesheet = 'harbor-blocks';
      if (double.tables.options.get('stylesheet') !== stylesheet) {
        double.state.registeredTypes.add('wp_global_styles');
        double.tables.callables.set('get_themes', {});
        double.edit.setCallable('get_themes', { [stylesheet]: { Name: 'Harbor Blocks', Version: '1.0', is_block_theme: true, active: true } });
        double.edit.setOption('stylesheet', stylesheet, 1);
        await world.site.sync();
        // From here on the post that holds the styles is known, and not asked for.
        for (const [index, colour] of ['#000000', '#000001'].entries()) {
          await customize(world, stylesheet, colour, `styles-${index}`);
          await world.site.sync();
        }
      }
      const wanted = `#${(0x100000 + world.next()).toString(16)}`;
      const background = (content: string | undefined) => (JSON.parse(content ?? '{}') as { styles?: { color?: { background?: string } } }).styles?.color?.background;
      const onSite = () => background(double.tables.posts.all().find((post) => post.post_type === 'wp_global_styles')?.post_content);
      return {
        run: (key) => customize(world, stylesheet, wanted, key), done: () => (onSite() === wanted ? 1 : 0), onSite,
        async inGraph() {
          const stored = async () => background((await world.rows<{ content: string }>(`SELECT content FROM post WHERE site_id = $1 AND type = 'wp_global_styles'`))[0]?.content);
          // What the site did not tell besides is left to its own event.
          if ((await stored()) !== onSite()) await world.site.sync();
          return stored();
        },
      };
    },
  },
];

const customize = (world: World, stylesheet: string, background: string, idempotencyKey: string): Promise<Told> =>
  mutate(world, 'extensions', 'themeCustomize', 'ThemeCustomizeInput', `theme { slug } ${WRITTEN}`, { themeId: gid(world, 'InstalledTheme', stylesheet), styles: { color: { background } }, idempotencyKey });
