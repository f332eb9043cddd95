// The projection of plugins and themes: what wins over what, whatever shape the values have.
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../core/changes.js';
import { compareVersions } from '../../../core/version-order.js';
import { EXTENSION_INPUTS, projectExtensions } from '../../../store/apply/project-extensions.js';

type Given = Record<string, readonly [rev: number, value: Json]>;

function project(given: Given) {
  return projectExtensions(new Map(Object.entries(given).map(([key, [rev, value]]) => [key, { rev, value }])));
}

const AKISMET = { Name: 'Akismet Anti-spam: Spam &amp; <em>Ham</em>', Version: '5.7.2', Network: false, RequiresWP: '5.8', AuthorName: 'Automattic' };
const HELLO = { Name: 'Hello Dolly', Version: '1.7.2' };
const BASE: Given = {
  'CALLABLE:get_plugins': [100, { 'akismet/akismet.php': AKISMET, 'hello.php': HELLO }],
  'OPTION:active_plugins': [100, ['akismet/akismet.php']],
};

describe('projectExtensions, plugins', () => {
  it('makes a row of each installed plugin in the order of files, with plain names', () => {
    const { plugins } = project(BASE);
    expect(plugins.map((p) => [p.file, p.slug, p.name, p.version, p.active])).toEqual([
      ['akismet/akismet.php', 'akismet', 'Akismet Anti-spam: Spam & Ham', '5.7.2', true],
      ['hello.php', 'hello', 'Hello Dolly', '1.7.2', false],
    ]);
    expect(plugins[0]?.details.headers).toEqual(AKISMET);
  });

  it('reads active_plugins as a list, as an object with holes, and as an empty list', () => {
    const active = (value: Json) => project({ ...BASE, 'OPTION:active_plugins': [100, value] }).plugins.map((p) => p.active);
    expect(active({ '1': 'hello.php' })).toEqual([false, true]);
    expect(active({ '0': 7, '3': 'akismet/akismet.php' })).toEqual([true, false]);
    expect(active([])).toEqual([false, false]);
  });

  it('says that activation is unknown until the site has sent it', () => {
    const { plugins } = project({ 'CALLABLE:get_plugins': [1, { 'hello.php': HELLO, 'a/a.php': AKISMET }], 'PLUGIN_EVENT:hello.php': [2, { event: 'activated', name: 'Hello Dolly', version: '1.7.2' }] });
    expect(plugins.map((p) => [p.file, p.active, p.details.activationKnown])).toEqual([
      ['a/a.php', false, false],
      ['hello.php', true, true],
    ]);
  });

  it('adds, updates and removes plugins by events newer than the callable', () => {
    const { plugins } = project({
      ...BASE,
      'PLUGIN_EVENT:new/new.php': [101, { event: 'installed', slug: 'new/new.php', Name: 'New', Version: '0.1' }],
      'PLUGIN_EVENT:akismet/akismet.php': [101, { event: 'updated', at: '2026-11-24T00:00:00Z', automatic: true, name: 'Akismet', version: '6.0' }],
      'PLUGIN_EVENT:hello.php': [101, { event: 'deleted', name: 'Hello Dolly', version: '1.7.2' }],
    });
    expect(plugins.map((p) => [p.file, p.name, p.version])).toEqual([
      ['akismet/akismet.php', 'Akismet', '6.0'],
      ['new/new.php', 'New', '0.1'],
    ]);
    expect(plugins[0]?.details.headers).toEqual({ ...AKISMET, Name: 'Akismet', Version: '6.0' });
    expect(plugins[0]?.active).toBe(true);
  });

  it('does not let events change what is newer than they are', () => {
    const { plugins } = project({
      ...BASE,
      'PLUGIN_EVENT:gone/gone.php': [99, { event: 'installed', Name: 'Gone', Version: '1' }],
      'PLUGIN_EVENT:akismet/akismet.php': [100, { event: 'deactivated', name: 'Akismet', version: '1.0' }],
      'PLUGIN_EVENT:hello.php': [99, { event: 'deleted' }],
    });
    expect(plugins.map((p) => [p.file, p.version, p.active])).toEqual([
      ['akismet/akismet.php', '5.7.2', true],
      ['hello.php', '1.7.2', false],
    ]);
  });

  it('lets an activation or deactivation count over the option only', () => {
    const { plugins } = project({
      ...BASE,
      'CALLABLE:get_plugins': [200, { 'akismet/akismet.php': AKISMET, 'hello.php': HELLO }],
      'PLUGIN_EVENT:akismet/akismet.php': [150, { event: 'deactivated', at: '2026-11-24T00:00:00Z', name: 'x', version: '1' }],
      'PLUGIN_EVENT:hello.php': [150, { event: 'activated', name: 'x', version: '1' }],
    });
    expect(plugins.map((p) => [p.active, p.version])).toEqual([[false, '5.7.2'], [true, '1.7.2']]);
  });

  it('knows plugins that are active for the whole network', () => {
    const { plugins } = project({
      ...BASE,
      'NETWORK_OPTION:active_sitewide_plugins': [90, { 'hello.php': 1795462335 }],
      'PLUGIN_EVENT:akismet/akismet.php': [101, { event: 'activated', networkWide: true, name: 'Akismet', version: '5.7.2' }],
    });
    expect(plugins.map((p) => [p.active, p.networkActive])).toEqual([[true, true], [true, true]]);
  });

  it('keeps an offered update only while it is newer than what is installed, and never the package address', () => {
    const offers: Given = {
      'UPDATES:plugins': [50, { last_checked: 1, response: {
        'akismet/akismet.php': { new_version: '5.8', package: 'http://example.org/x.zip?licence=secret', tested: '7.1', requires_php: '7.4', icons: {} },
        'hello.php': { new_version: '1.7.2', package: '' },
      } }],
    };
    const [akismet, hello] = project({ ...BASE, ...offers }).plugins;
    expect(akismet?.updateVersion).toBe('5.8');
    expect(akismet?.details.update).toEqual({ new_version: '5.8', tested: '7.1', requires_php: '7.4', packageAvailable: true });
    expect(JSON.stringify(akismet)).not.toContain('secret');
    expect([hello?.updateVersion, hello?.details.update]).toEqual([null, null]);
    const after = project({ ...BASE, ...offers, 'PLUGIN_EVENT:akismet/akismet.php': [101, { event: 'updated', Version: '5.8' }] }).plugins;
    expect(after[0]?.updateVersion).toBeNull();
  });

  it('reads what updates itself, what is paused and the action links', () => {
    const { plugins } = project({
      ...BASE,
      'OPTION:jetpack_autoupdate_plugins': [1, ['hello.php']],
      'CALLABLE:paused_plugins': [1, { akismet: { type: 1, file: '/var/www/x.php', message: 'boom' } }],
      'CALLABLE:get_plugins_action_links': [1, { 'akismet/akismet.php': { Settings: 'http://example.org/wp-admin/' } }],
    });
    expect(plugins.map((p) => [p.autoUpdate, p.details.autoUpdateKnown, p.details.paused])).toEqual([[false, true, true], [true, true, false]]);
    expect(plugins[0]?.details.actionLinks).toEqual({ Settings: 'http://example.org/wp-admin/' });
    expect(JSON.stringify(plugins)).not.toContain('/var/www');
  });

  it('leaves a plugin as it is when its update failed, and ignores a deletion that did not succeed', () => {
    const { plugins } = project({
      ...BASE,
      'PLUGIN_EVENT:akismet/akismet.php': [101, { event: 'update-failed', Version: '9' }],
      'PLUGIN_EVENT:hello.php': [101, { event: 'deleted', success: false }],
      'PLUGIN_EVENT:other/other.php': [101, { event: 'delete-failed', name: 'Other' }],
    });
    expect(plugins.map((p) => p.version)).toEqual(['5.7.2', '1.7.2']);
  });

  it('makes nothing of values of the wrong shape', () => {
    const given: Given = { 'CALLABLE:get_plugins': [1, 'nonsense'], 'OPTION:active_plugins': [1, false], 'UPDATES:plugins': [1, false], 'CALLABLE:get_themes': [1, 'no'], 'PLUGIN_EVENT:x/x.php': [2, 'no'] };
    expect(project(given)).toEqual({ plugins: [], themes: [] });
    expect(project({})).toEqual({ plugins: [], themes: [] });
  });
});

describe('projectExtensions, themes', () => {
  const theme = (name: string, active: boolean, template = ''): Json => ({ Name: name, Version: '1.5', Template: template, active, is_block_theme: true });
  const THEMES: Given = { 'CALLABLE:get_themes': [100, { twentyfive: theme('Twenty &#8211; Five', true), child: theme('Child', false, 'twentyfive') }] };

  it('makes a row of each theme with its parent and its menu locations', () => {
    const { themes } = project({ ...THEMES, 'OPTION:theme_mods_twentyfive': [1, { nav_menu_locations: { primary: 41, footer: 0 } }], 'CALLABLE:theme_support': [1, { menus: true, html5: [['caption']], widgets: false }] });
    expect(themes.map((t) => [t.slug, t.name, t.active, t.parentSlug, t.details.menuLocations, t.details.supports])).toEqual([
      ['child', 'Child', false, 'twentyfive', [], null],
      ['twentyfive', 'Twenty – Five', true, null, ['footer', 'primary'], ['html5', 'menus']],
    ]);
  });

  it('takes the active theme from the newest of the option, the switch and the callable', () => {
    const active = (given: Given) => project({ ...THEMES, ...given }).themes.filter((t) => t.active).map((t) => t.slug);
    expect(active({})).toEqual(['twentyfive']);
    expect(active({ 'OPTION:stylesheet': [101, 'child'] })).toEqual(['child']);
    expect(active({ 'OPTION:stylesheet': [99, 'child'] })).toEqual(['twentyfive']);
    expect(active({ 'OPTION:stylesheet': [101, 'child'], 'STATS:active_theme': [102, [{ name: 'Twenty', version: '1.5', slug: 'twentyfive' }]] })).toEqual(['twentyfive']);
  });

  it('knows the active theme before the list of themes arrives', () => {
    expect(project({ 'STATS:active_theme': [1, { name: 'Twenty', version: '1.5', slug: 'twentyfive', uri: 'https://example.org/' }] }).themes).toMatchObject([
      { slug: 'twentyfive', name: 'Twenty', version: '1.5', active: true, details: { headers: { ThemeURI: 'https://example.org/' } } },
    ]);
  });

  it('adds, updates and removes themes by newer events, and offers newer versions', () => {
    const { themes } = project({
      ...THEMES,
      'THEME_EVENT:other': [101, { event: 'installed', name: 'Other', version: '2.0', uri: '' }],
      'THEME_EVENT:child': [101, { event: 'deleted', name: 'Child', version: '1.5' }],
      'UPDATES:themes': [1, { response: { other: { theme: 'other', new_version: '2.1', package: 'http://x/y.zip' } } }],
      'OPTION:jetpack_autoupdate_themes': [1, ['other']],
    });
    expect(themes.map((t) => [t.slug, t.version, t.updateVersion, t.autoUpdate])).toEqual([
      ['other', '2.0', '2.1', true],
      ['twentyfive', '1.5', null, false],
    ]);
  });
});

describe('EXTENSION_INPUTS', () => {
  it('names the settings that feed the rows and no others', () => {
    for (const [kind, name] of [['CALLABLE', 'get_plugins'], ['OPTION', 'active_plugins'], ['OPTION', 'theme_mods_x'], ['NETWORK_OPTION', 'auto_update_plugins'], ['UPDATES', 'core'], ['PLUGIN_EVENT', 'a/b.php'], ['THEME_EVENT', 'x'], ['STATS', 'active_theme']] as const) {
      expect(EXTENSION_INPUTS(kind, name)).toBe(true);
    }
    for (const [kind, name] of [['CALLABLE', 'roles'], ['OPTION', 'blogname'], ['STATS', 'heartbeat'], ['CONSTANT', 'get_plugins']] as const) {
      expect(EXTENSION_INPUTS(kind, name)).toBe(false);
    }
  });
});

describe('compareVersions', () => {
  it('orders versions as sites do', () => {
    const ordered = ['0.9', '1.0-dev', '1.0-alpha', '1.0-beta2', '1.0-RC1', '1.0', '1.0.0', '1.0.2', '1.0.10', '1.1', '10.0'];
    for (let i = 1; i < ordered.length; i += 1) expect(compareVersions(ordered[i - 1] ?? '', ordered[i] ?? '')).toBeLessThan(0);
    expect(compareVersions('5.7.2', '5.7.2')).toBe(0);
  });
});
