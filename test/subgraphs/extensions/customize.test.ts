// themeCustomize against a connected site: what is saved, what is refused and why, and the conflict with somebody else.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { createExtensionsSubgraph } from '../../../subgraphs/extensions/index.js';
import { ask, person } from '../../testkit/ask.js';
import { startConnectedSite, type ConnectedSite } from '../../testkit/connected-site.js';
import { openTestStore } from '../../testkit/store.js';
import type { Loose } from '../content/kit.js';

const THEME = 'harbor-blocks';
const STYLES = 'globalStyles { settings styles version }';
const CUSTOMIZE = `mutation($input: ThemeCustomizeInput!) { themeCustomize(input: $input) { theme { slug ${STYLES} } write { state } userErrors { code message field } } }`;

let store: Store;
let site: ConnectedSite;
let subgraph: ReturnType<typeof createExtensionsSubgraph>;
let keys = 0;

beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store);
  const { double } = site;
  double.tables.callables.set('get_themes', {});
  double.edit.setCallable('get_themes', { [THEME]: { Name: 'Harbor Blocks', Version: '1.0', is_block_theme: true, active: true }, other: { Name: 'Other', Version: '1.0', is_block_theme: true, active: false } });
  double.edit.setOption('stylesheet', THEME, 1);
  await site.sync();
  subgraph = createExtensionsSubgraph(store, site.desk);
}, 240_000);
afterAll(() => site.close());

const as = (userId: number) => person([{ siteId: site.siteId, userId }], '00000000-0000-4000-8000-00000000000' + String(userId));
const themeId = (slug = THEME) => encodeGlobalId(site.siteId, 'InstalledTheme', slug);

async function customize(userId: number, input: Record<string, unknown>): Promise<Loose> {
  const { data, errors } = await ask<Loose>(subgraph, as(userId), CUSTOMIZE, { input: { themeId: themeId(), idempotencyKey: `style-${(keys += 1)}`, ...input } });
  expect(errors).toEqual([]);
  return data['themeCustomize'] as Loose;
}

async function styles(): Promise<Loose | null> {
  const { data } = await ask<Loose>(subgraph, as(1), `query($r: [_Any!]!) { _entities(representations: $r) { ... on InstalledTheme { ${STYLES} } } }`, { r: [{ __typename: 'InstalledTheme', id: themeId() }] });
  return (data['_entities'] as unknown as Loose[])[0]?.['globalStyles'] as Loose | null;
}

const posts = () => site.double.calls.filter((call) => call.method === 'POST' && call.route.startsWith('wp/v2/global-styles/'));

describe('themeCustomize', () => {
  it('saves the styles of the active theme as the person, and shows them at once', async () => {
    expect(await styles()).toBeNull();
    const payload = await customize(1, { styles: { color: { background: '#fff' } }, settings: { appearanceTools: true } });
    expect(payload['userErrors']).toEqual([]);
    expect(payload).toMatchObject({ write: { state: 'APPLIED' }, theme: { slug: THEME, globalStyles: { styles: { color: { background: '#fff' } }, settings: { appearanceTools: true } } } });
    const post = site.double.tables.posts.all().find((row) => row.post_type === 'wp_global_styles');
    expect(JSON.parse(post?.post_content ?? '')).toMatchObject({ styles: { color: { background: '#fff' } } });
    const [line] = await store.database.query<{ event: string; actor: number }>('SELECT event, actor_user_id AS actor FROM audit_event WHERE site_id = $1 ORDER BY sequence DESC LIMIT 1', [site.siteId]);
    expect(line).toEqual({ event: 'theme.customized', actor: 1 });
  });

  it('leaves what is not named, sends nothing that the site has already, and answers the same key with the same', async () => {
    const kept = await customize(1, { styles: { color: { background: '#000' } } });
    expect(kept).toMatchObject({ theme: { globalStyles: { settings: { appearanceTools: true }, styles: { color: { background: '#000' } } } } });
    const sent = posts().length;
    expect(await customize(1, { styles: { color: { background: '#000' } } })).toMatchObject({ write: { state: 'APPLIED' }, userErrors: [] });
    const again = await customize(1, { idempotencyKey: 'once', styles: { color: { background: '#111' } } });
    expect(await customize(1, { idempotencyKey: 'once', styles: { color: { background: '#111' } } })).toEqual(again);
    expect(posts()).toHaveLength(sent + 1);
  });

  it('refuses over what somebody else changed meanwhile, also when the sync has not told it', async () => {
    const version = (await styles())?.['version'];
    const post = site.double.tables.posts.all().find((row) => row.post_type === 'wp_global_styles');
    site.double.edit.savePost({ ID: post?.ID ?? 0, post_content: JSON.stringify({ styles: { color: { background: '#abc' } }, settings: {}, isGlobalStylesUserThemeJSON: true, version: 3 }) }, 2);
    const sent = posts().length;
    const payload = await customize(1, { expectedVersion: version, styles: { color: { background: '#def' } } });
    expect(payload).toMatchObject({ theme: null, write: { state: 'REJECTED' }, userErrors: [{ code: 'VERSION_CONFLICT', field: ['expectedVersion'] }] });
    expect(posts()).toHaveLength(sent);
    const learned = await styles();
    expect(learned).toMatchObject({ styles: { color: { background: '#abc' } } });
    expect(await customize(1, { expectedVersion: learned?.['version'], styles: { color: { background: '#def' } } })).toMatchObject({ write: { state: 'APPLIED' }, userErrors: [] });
  });

  it('refuses modifications, other themes, people without the capability and what is no map, without a call', async () => {
    const calls = site.double.calls.length;
    const codes = async (userId: number, input: Record<string, unknown>) => ((await customize(userId, input))['userErrors'] as unknown as { code: string; field: string[] | null }[]).map(({ code, field }) => [code, field]);
    const mods = await customize(1, { mods: { nav_menu_locations: { primary: 4 }, header_textcolor: 'fff' }, styles: {} });
    expect((mods['userErrors'] as unknown as { message: string }[]).map(({ message }) => message)).toEqual([
      'a stock site has no way to write the modification nav_menu_locations from outside; menuAssign assigns menus to locations', 'a stock site has no way to write the modification header_textcolor from outside']);
    expect(await codes(1, { themeId: themeId('other'), styles: {} })).toEqual([['INVALID', ['themeId']]]);
    expect(await codes(1, { themeId: themeId('none'), styles: {} })).toEqual([['NOT_FOUND', ['themeId']]]);
    expect(await codes(2, { styles: {} })).toEqual([['FORBIDDEN', ['themeId']]]);
    expect(await codes(1, { styles: [1], settings: 'x' })).toEqual([['INVALID', ['settings']], ['INVALID', ['styles']]]);
    expect(await codes(1, {})).toEqual([['INVALID', null]]);
    expect(site.double.calls).toHaveLength(calls);
  });
});
