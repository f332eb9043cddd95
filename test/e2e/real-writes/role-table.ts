// Who may do what: every default role on own and others' rows of every status, our decision beside the real site's own for every cell. Ours is
// what the mutation answers over a site that is away (refused, or tried) and what viewerCan says; the site's is what its REST API
// answers to the bare call as that person, made within a transaction that is rolled back, and what user_can says.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../../core/log.js';
import { encodeGlobalId, encodeSiteId, type NodeType } from '../../../core/ids.js';
import type { SiteClient } from '../../../origin/site-calls.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { createSettingsSubgraph } from '../../../subgraphs/settings/index.js';
import { createUsersSubgraph } from '../../../subgraphs/users/index.js';
import { ask, person } from '../../testkit/ask.js';
import { mutationOf, ROLES, type Role, type Scene } from './scene.js';

interface Cell {
  readonly role: Role;
  readonly label: string;
  readonly ours: { readonly name: string; readonly input: Record<string, unknown> };
  readonly call: { readonly method: string; readonly route: string; readonly body: Record<string, unknown> };
}

interface Planted {
  readonly owner: string;
  readonly type: 'post' | 'page' | 'guide';
  readonly status: string;
  readonly id: number;
}

const ROUTES = { post: 'wp/v2/posts', page: 'wp/v2/pages', guide: 'wp/v2/guides' } as const;
const TYPES: Readonly<Record<string, NodeType>> = { post: 'Post', page: 'Page', guide: 'CustomContent' };
/** Stored statuses; content goes to the trash through the graph, which then knows what it was before. */
const STATUSES = ['draft', 'pending', 'publish', 'private', 'future', 'trash of a draft', 'trash of a publication'] as const;
const WORDS: Readonly<Record<string, string>> = { draft: 'DRAFT', pending: 'PENDING', publish: 'PUBLISHED', private: 'PRIVATE', future: 'FUTURE' };
/** How a mutation over a site that is away ends when it was tried (a new menu is left to be settled), and when it was not. */
const TRIED: readonly string[] = ['SITE_UNREACHABLE', 'OUTCOME_UNKNOWN'];
const REFUSED: readonly string[] = ['FORBIDDEN', 'NOT_FOUND'];
/** So many mutations are asked in one document. */
const AT_ONCE = 40;

const SELECTIONS: Readonly<Record<string, string>> = {
  contentTrash: 'results { userErrors { code } } userErrors { code }', contentRestore: 'results { userErrors { code } } userErrors { code }', contentDelete: 'results { userErrors { code } } userErrors { code }',
  commentModerate: 'results { userErrors { code } } userErrors { code }',
};

export function describeRoleTable(open: () => Scene): void {
  describe('the table of roles', () => {
    let scene: Scene;
    let planted: Planted[];
    let comments: { role: Role; where: string; status: string; id: number }[];
    let viewers: Record<Role, ReturnType<typeof person>>;
    let keys = 0;
    let cellsInAll = 0;

    const gid = (type: NodeType, localId: number): string => encodeGlobalId(scene.siteId, type, localId);
    const idOf = (post: Planted): string => gid(TYPES[post.type] ?? 'Post', post.id);

    beforeAll(async () => {
      scene = open();
      const owners = Object.fromEntries([['keeper', 1], ...ROLES.map((role) => [role, scene.people[role].userId])]) as Record<string, number>;
      const made = JSON.parse(await scene.wordpress.php(`$posts = array(); $comments = array();
        foreach (json_decode('${JSON.stringify(owners)}', true) as $owner => $id) foreach (array('post', 'page', 'guide') as $type) foreach (json_decode('${JSON.stringify(STATUSES)}') as $status) {
          $stored = 'trash of a draft' === $status ? 'draft' : ('trash of a publication' === $status ? 'publish' : $status);
          $posts[] = array('owner' => $owner, 'type' => $type, 'status' => $status, 'id' => wp_insert_post(array('post_title' => "$owner $type $status", 'post_content' => 'x', 'post_type' => $type, 'post_status' => $stored,
            'post_author' => $id, 'comment_status' => 'open', 'post_date' => gmdate('Y-m-d H:i:s', time() + ('future' === $stored ? 86400 * 9 : -86400))))); }
        $of = function ($owner) use ($posts) { foreach ($posts as $p) if ($owner === $p['owner'] && 'post' === $p['type'] && 'publish' === $p['status']) return $p['id']; };
        foreach (json_decode('${JSON.stringify(owners)}', true) as $owner => $id) if ('keeper' !== $owner) foreach (array('0', '1', 'spam', 'trash') as $status)
          foreach (array('own post' => array($of($owner), 0), 'post of another' => array($of('keeper'), 0), 'own, on a post of another' => array($of('keeper'), $id)) as $where => $on)
            $comments[] = array('role' => $owner, 'where' => $where, 'status' => $status, 'id' => wp_insert_comment(array('comment_post_ID' => $on[0], 'user_id' => $on[1], 'comment_content' => "c $owner $status $where",
              'comment_author' => 'V', 'comment_author_email' => 'v@v.example', 'comment_approved' => $status)));
        echo wp_json_encode(array($posts, $comments));`)) as [Planted[], typeof comments];
      [planted, comments] = made;
      expect(await scene.poll()).toMatchObject({ kind: 'done', warnings: [] });
      const toTrash = planted.filter(({ status }) => status.startsWith('trash')).map(idOf);
      for (let at = 0; at < toTrash.length; at += 12) {
        const payload = await scene.mutate('operator', 'contentTrash', 'results { userErrors { code } } userErrors { code }', { ids: toTrash.slice(at, at + 12) });
        expect((payload['results'] as unknown as { userErrors: unknown[] }[]).flatMap((one) => one.userErrors)).toEqual([]);
      }
      viewers = Object.fromEntries(ROLES.map((role) => [role, person([{ siteId: scene.siteId, userId: scene.people[role].userId }], `00000000-0000-4000-8000-0000000000b${ROLES.indexOf(role)}`)])) as typeof viewers;
    }, 120_000);

    afterAll(() => console.log(`roles on a real WordPress: ${cellsInAll} cells compared in all`));

    /** What the site answers to each call, as that person; nothing of it stays. */
    async function rehearse(cells: readonly Cell[]): Promise<{ status: number; code: string }[]> {
      const asked = Buffer.from(JSON.stringify(cells.map(({ role, call }) => [scene.people[role].userId, call.method, `/${call.route}`, call.body]))).toString('base64');
      return JSON.parse(await scene.wordpress.php(`global $wpdb; $out = array(); rest_get_server(); foreach (json_decode(base64_decode('${asked}'), true) as list($user, $method, $route, $body)) {
        wp_set_current_user($user); $wpdb->query('START TRANSACTION');
        $request = new WP_REST_Request($method, $route); if ('DELETE' === $method) $request->set_query_params($body); else { $request->set_header('content-type', 'application/json'); $request->set_body(wp_json_encode((object) $body)); }
        $answer = rest_do_request($request); $error = $answer->as_error();
        $out[] = array('status' => $answer->get_status(), 'code' => $error ? $error->get_error_code() : '');
        $wpdb->query('ROLLBACK'); wp_cache_flush(); } echo wp_json_encode($out);`)) as { status: number; code: string }[];
    }

    /** How each mutation ends over a site that is away. */
    async function decide(role: Role, cells: readonly Cell[]): Promise<string[]> {
      const away = (): Promise<{ kind: 'failure'; code: 'unreachable'; message: string; wasSent: boolean }> => Promise.resolve({ kind: 'failure', code: 'unreachable', message: 'away', wasSent: false });
      const client: SiteClient = { rest: away, restAt: away, xmlRpc: away, xmlRpcAt: away, page: away, download: away, close: () => Promise.resolve() };
      const desk = { store: scene.store, client, log: createLog('silent') };
      const subgraphs = { content: createContentSubgraph(scene.store, desk), settings: createSettingsSubgraph(scene.store, desk), users: createUsersSubgraph(scene.store, desk) };
      const codes: string[] = [];
      for (let at = 0; at < cells.length; at += AT_ONCE) {
        const some = cells.slice(at, at + AT_ONCE);
        const subgraph = subgraphs[some[0]?.ours.name.startsWith('user') ? 'users' : some[0]?.ours.name === 'siteSettingsUpdate' ? 'settings' : 'content'];
        const variables: Record<string, unknown> = {};
        const parameters: string[] = [];
        const fields: string[] = [];
        some.forEach(({ ours: { name, input } }, index) => {
          const { query, variables: own } = mutationOf(name, SELECTIONS[name] ?? 'userErrors { code }', { idempotencyKey: `table-${(keys += 1)}`, ...input });
          const [, declared = '', body = ''] = /^mutation\((.*?)\) \{ (.*) \}$/s.exec(query) ?? [];
          parameters.push(declared.replaceAll('$', `$v${index}_`));
          fields.push(`m${index}: ${body.replaceAll('$', `$v${index}_`)}`);
          for (const [key, value] of Object.entries(own)) variables[`v${index}_${key}`] = value;
        });
        const { data, errors } = await ask<Record<string, { results?: { userErrors: { code: string }[] }[]; userErrors: { code: string }[] }>>(
          subgraph, viewers[role], `mutation(${parameters.join(', ')}) { ${fields.join(' ')} }`, variables, 600_000);
        expect(errors).toEqual([]);
        some.forEach((_cell, index) => {
          const payload = data[`m${index}`];
          codes.push([...(payload?.userErrors ?? []), ...(payload?.results?.flatMap((one) => one.userErrors) ?? [])][0]?.code ?? 'none');
        });
      }
      return codes;
    }

    async function compare(name: string, cells: readonly Cell[]): Promise<void> {
      const differences: string[] = [];
      const counts = { allowed: 0, refused: 0 };
      for (const role of ROLES) {
        const own = cells.filter((cell) => cell.role === role);
        const [said, decided] = [await rehearse(own), await decide(role, own)];
        own.forEach((cell, index) => {
          const { status = 0, code = '' } = said[index] ?? {};
          const site = ![401, 403, 404].includes(status);
          const ours = decided[index] ?? '';
          counts[site ? 'allowed' : 'refused'] += 1;
          if (!(TRIED.includes(ours) || REFUSED.includes(ours)) || site !== TRIED.includes(ours)) differences.push(`${role}, ${cell.label}: the site answers ${status} ${code}, we ${ours}`);
        });
      }
      cellsInAll += cells.length;
      console.log(`${name}: ${cells.length} cells, the site allows ${counts.allowed} and refuses ${counts.refused}, ${differences.length} differ`, ...differences.slice(0, 60));
      expect(differences).toEqual([]);
      expect(Math.min(counts.allowed, counts.refused)).toBeGreaterThan(0);
    }

    /** What each role has before it: its own and another's of every type and status. */
    const objectsOf = (role: Role): { post: Planted; label: string }[] =>
      planted.filter(({ owner }) => owner === role || owner === 'keeper').map((post) => ({ post, label: `${post.owner === role ? 'own' : "another's"} ${post.type}, ${post.status}` }));
    const onObjects = (types: readonly string[], make: (post: Planted) => Pick<Cell, 'ours' | 'call'>): Cell[] =>
      ROLES.flatMap((role) => objectsOf(role).filter(({ post }) => types.includes(post.type)).map(({ post, label }) => ({ role, label, ...make(post) })));
    const update = (post: Planted, fields: Record<string, unknown>, body: Record<string, unknown>): Pick<Cell, 'ours' | 'call'> =>
      ({ ours: { name: 'contentUpdate', input: { id: idOf(post), fields } }, call: { method: 'POST', route: `${ROUTES[post.type]}/${post.id}`, body } });
    const ALL = ['post', 'page', 'guide'];

    it('is the site’s for capabilities on content of every type and status', async () => {
      const capabilities = ['read_post', 'edit_post', 'delete_post', 'publish_post'] as const;
      const subgraph = createUsersSubgraph(scene.store);
      const differences: string[] = [];
      let compared = 0;
      for (const role of ROLES) {
        const objects = objectsOf(role);
        const said = JSON.parse(await scene.wordpress.php(`$r = array(); foreach (array(${objects.map(({ post }) => post.id).join(',')}) as $id) foreach (array('${capabilities.join("','")}') as $c) $r[] = user_can(${scene.people[role].userId}, $c, $id); echo wp_json_encode($r);`)) as boolean[];
        const fields = objects.flatMap(({ post }, index) => capabilities.map((capability) => `${capability}${index}: viewerCan(capability: "${capability}", on: "${idOf(post)}")`));
        const { data, errors } = await ask<{ site: Record<string, boolean> }>(subgraph, viewers[role], `query($id: ID!) { site(id: $id) { ${fields.join(' ')} } }`, { id: encodeSiteId(scene.siteId) });
        expect(errors).toEqual([]);
        objects.forEach(({ label }, index) => capabilities.forEach((capability, at) => {
          compared += 1;
          const [site, ours] = [said[index * capabilities.length + at], data.site[`${capability}${index}`]];
          if (site !== ours) differences.push(`${role}, ${capability} of ${label}: user_can ${site}, viewerCan ${ours}`);
        }));
      }
      cellsInAll += compared;
      console.log(`capabilities: ${compared} cells, ${differences.length} differ`, ...differences);
      expect(differences).toEqual([]);
    });

    it('is the site’s for changing and publishing content', async () => {
      await compare('contentUpdate', onObjects(ALL, (post) => update(post, { title: 'New' }, { title: 'New' })));
      await compare('publishing', onObjects(ALL, (post) => update(post, { status: 'PUBLISHED' }, { status: 'publish' })));
      await compare('making private', onObjects(['post'], (post) => update(post, { status: 'PRIVATE' }, { status: 'private' })));
      await compare('another author', onObjects(['post', 'page'], (post) => update(post, { authorId: gid('User', 1) }, { author: 1 })));
      await compare('unsticking', onObjects(['post'], (post) => update(post, { sticky: false }, { sticky: false })));
      await compare('sticky', onObjects(['post'], (post) => update(post, { sticky: true }, { sticky: true })));
    });

    it('is the site’s for autosaving, trashing, restoring and deleting content', async () => {
      const act = (name: string, method: string, body: Record<string, unknown>) => (post: Planted): Pick<Cell, 'ours' | 'call'> =>
        ({ ours: { name, input: { ids: [idOf(post)] } }, call: { method, route: `${ROUTES[post.type]}/${post.id}`, body } });
      await compare('contentAutosave', onObjects(['post', 'page'], (post) => ({
        ours: { name: 'contentAutosave', input: { id: idOf(post), fields: { title: 'Typed' } } }, call: { method: 'POST', route: `${ROUTES[post.type]}/${post.id}/autosaves`, body: { title: 'Typed' } },
      })));
      await compare('contentTrash', onObjects(ALL, act('contentTrash', 'DELETE', {})));
      await compare('contentRestore', onObjects(['post', 'page'], act('contentRestore', 'POST', { status: 'draft' })));
      await compare('contentDelete', onObjects(ALL, act('contentDelete', 'DELETE', { force: true })));
    });

    it('is the site’s for creating content of every type and status', async () => {
      const siteId = encodeSiteId(scene.siteId);
      const create = (role: Role, type: keyof typeof ROUTES, label: string, fields: Record<string, unknown>, body: Record<string, unknown>): Cell =>
        ({ role, label: `a ${type}, ${label}`, ours: { name: 'contentCreate', input: { siteId, type, fields: { title: 'T', ...fields } } }, call: { method: 'POST', route: ROUTES[type], body: { title: 'T', ...body } } });
      const soon = new Date(Date.now() + 9 * 86_400_000).toISOString().slice(0, 19);
      await compare('contentCreate', ROLES.flatMap((role) => (['post', 'page', 'guide'] as const).flatMap((type) => [
        ...Object.entries(WORDS).map(([status, word]) => create(role, type, status, { status: word, ...(status === 'future' ? { publishedAt: `${soon}Z` } : {}) }, { status, ...(status === 'future' ? { date_gmt: soon } : {}) })),
        ...(type === 'guide' ? [] : [create(role, type, 'by another', { authorId: gid('User', 1) }, { author: 1 })]),
        ...(type === 'post' ? [create(role, type, 'sticky', { sticky: true }, { sticky: true })] : []),
      ])));
    });

    it('is the site’s for comments and replies', async () => {
      await compare('commentReply', onObjects(['post', 'page'], (post) => ({
        ours: { name: 'commentReply', input: { on: idOf(post), content: 'Reply' } }, call: { method: 'POST', route: 'wp/v2/comments', body: { post: post.id, content: 'Reply' } },
      })));
      await compare('commentModerate', comments.flatMap(({ role, where, status, id }) => [['APPROVED', 'approved'], ['TRASH', 'trash']].map(([ours, theirs]): Cell => ({
        role, label: `${where}, ${status} to ${theirs}`, ours: { name: 'commentModerate', input: { ids: [gid('Comment', id)], status: ours } }, call: { method: 'POST', route: `wp/v2/comments/${id}`, body: { status: theirs } },
      }))));
    });

    it('is the site’s for terms and menus', async () => {
      const siteId = encodeSiteId(scene.siteId);
      const { ids } = scene.wordpress;
      const terms = [['category', 'categories', ids['waders']], ['post_tag', 'tags', ids['tag']], ['genre', 'genre', ids['sub']]] as const;
      await compare('termSave and termDelete', ROLES.flatMap((role) => terms.flatMap(([taxonomy, base, id = 0]): Cell[] => [
        { role, label: `a new ${taxonomy}`, ours: { name: 'termSave', input: { siteId, taxonomy, name: 'New' } }, call: { method: 'POST', route: `wp/v2/${base}`, body: { name: 'New of the table' } } },
        { role, label: `changing a ${taxonomy}`, ours: { name: 'termSave', input: { siteId, taxonomy, id: gid('Term', id), name: 'Other' } }, call: { method: 'POST', route: `wp/v2/${base}/${id}`, body: { name: 'Other of the table' } } },
        { role, label: `deleting a ${taxonomy}`, ours: { name: 'termDelete', input: { id: gid('Term', id) } }, call: { method: 'DELETE', route: `wp/v2/${base}/${id}`, body: { force: true } } },
      ])));
      const menu = ids['menu'] ?? 0;
      await compare('menus', ROLES.flatMap((role): Cell[] => [
        { role, label: 'a new menu', ours: { name: 'menuSave', input: { siteId, name: 'Of the table', items: [] } }, call: { method: 'POST', route: 'wp/v2/menus', body: { name: 'Of the table' } } },
        { role, label: 'assigning a menu', ours: { name: 'menuAssign', input: { siteId, location: 'footer', menuId: gid('Menu', menu) } }, call: { method: 'POST', route: `wp/v2/menus/${menu}`, body: { locations: ['footer'] } } },
        { role, label: 'deleting a menu', ours: { name: 'menuDelete', input: { id: gid('Menu', menu) } }, call: { method: 'DELETE', route: `wp/v2/menus/${menu}`, body: { force: true } } },
      ]));
    });

    it('is the site’s for settings and users', async () => {
      const siteId = encodeSiteId(scene.siteId);
      await compare('siteSettingsUpdate', ROLES.map((role) => ({ role, label: 'settings', ours: { name: 'siteSettingsUpdate', input: { siteId, tagline: 'T' } }, call: { method: 'POST', route: 'wp/v2/settings', body: { description: 'T' } } })));
      const targets = (role: Role) => [['oneself', scene.people[role].userId], ['a subscriber', scene.wordpress.ids['subscriber'] ?? 0], ['an administrator', 1]] as const;
      await compare('userInvite, userUpdate and userRemove', ROLES.flatMap((role): Cell[] => [
        { role, label: 'inviting', ours: { name: 'userInvite', input: { siteId, email: 'i@table.example', role: 'author' } }, call: { method: 'POST', route: 'wp/v2/users', body: { username: 'i-of-table', email: 'i@table.example', password: 'x-of-the-table', roles: ['author'] } } },
        ...targets(role).flatMap(([label, id]): Cell[] => [
          { role, label: `renaming ${label}`, ours: { name: 'userUpdate', input: { id: gid('User', id), displayName: 'N' } }, call: { method: 'POST', route: `wp/v2/users/${id}`, body: { name: 'N' } } },
          // The site refuses people who would take their own right away, whatever they may: the role stays the same here.
          { role, label: `a role for ${label}`, ours: { name: 'userUpdate', input: { id: gid('User', id), roles: [label === 'oneself' ? role : 'author'] } }, call: { method: 'POST', route: `wp/v2/users/${id}`, body: { roles: [label === 'oneself' ? role : 'author'] } } },
          // Nobody removes themselves or the owner of the connection through the graph, whatever the site lets them.
          ...(label !== 'a subscriber' ? [] : [{ role, label: `removing ${label}`, ours: { name: 'userRemove', input: { id: gid('User', id), reassignTo: gid('User', scene.people.author.userId) } },
            call: { method: 'DELETE', route: `wp/v2/users/${id}`, body: { force: true, reassign: scene.people.author.userId } } }]),
        ]),
      ]));
    });
  });
}
