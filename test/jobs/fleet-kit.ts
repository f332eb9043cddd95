// Sites of a fleet for tests: doubles that are connected, whose plugin Tideline can be updated, and what the store knows of them.
import { randomBytes } from 'node:crypto';
import type { DomainChange, Json, SettingKind } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import { applyBatch } from '../../store/apply/apply.js';
import type { Store } from '../../store/store.js';
import { startSiteDouble, type SiteDouble } from '../testkit/site-double/index.js';
import { addLocalSite, nextSiteId } from '../testkit/store.js';

export const TIDELINE = 'tideline/tideline.php';

export interface FleetSite {
  readonly siteId: SiteId;
  readonly double: SiteDouble;
  /** Calls of the JSON API that change the site, as they came in: `POST /plugins/tideline/tideline/update/`. */
  touches(): readonly string[];
  version(): string | undefined;
  isActive(): boolean;
}

export interface FleetSiteOptions {
  /** Pages are broken while Tideline 2.0 is active. */
  readonly breaks?: boolean;
  readonly active?: boolean;
  readonly from?: string;
  readonly to?: string;
  /** Connected by a standalone plugin, which has no JSON API. */
  readonly standalone?: boolean;
}

/** Starts a site with Tideline 1.0 active and 2.0 offered, connected as its administrator. */
export async function startFleetSite(store: Store, options: FleetSiteOptions = {}): Promise<FleetSite> {
  const siteId = nextSiteId();
  const word = (): string => randomBytes(8).toString('hex');
  const [blogToken, userToken] = [`${word()}.${word()}`, `${word()}.${word()}`];
  const double = await startSiteDouble({ hubUrl: 'http://127.0.0.1:9', drive: 'manual', ...(options.standalone ? { syncVersion: '1.55' as const } : {}) });
  double.adopt({ blogId: siteId, blogToken, userTokens: { 1: userToken }, masterUser: 1 });
  const { callables, options: rows } = double.tables;
  const [from, to] = [options.from ?? '1.0', options.to ?? '2.0'];
  const tideline = { Name: 'Tideline', PluginURI: '', Version: from, Description: '', Author: '', AuthorURI: '', TextDomain: 'tideline', Network: false, RequiresWP: '6.6', RequiresPHP: '7.4' };
  callables.set('get_plugins', { ...(callables.get('get_plugins') as object), [TIDELINE]: tideline });
  if (options.active ?? true) rows.set('active_plugins', [...(rows.get('active_plugins') as string[]), TIDELINE]);
  const offer = { last_checked: 1, response: { [TIDELINE]: { slug: 'tideline', new_version: to, requires: '6.6', requires_php: '7.4', package: 'https://downloads.example/tideline.zip' } } };
  rows.set('_site_transient_update_plugins', offer);
  if (options.breaks) double.state.code.brokenVersions.add(`${TIDELINE}@${to}`);
  await addLocalSite(store, { id: siteId, url: double.url, blogToken, userTokens: [`${userToken}.1`] });
  await store.database.query('UPDATE site SET owner_user_id = 1 WHERE id = $1', [siteId]);
  await seed(store, siteId, double, offer);
  return {
    siteId, double,
    touches: () => double.calls.map((call) => String(call.params['jsonApi'] ?? '')).filter((call) => call.startsWith('POST ')),
    version: () => (callables.get('get_plugins') as Record<string, { Version: string }>)[TIDELINE]?.Version,
    isActive: () => (rows.get('active_plugins') as string[]).includes(TIDELINE),
  };
}

async function seed(store: Store, siteId: SiteId, double: SiteDouble, offer: Json): Promise<void> {
  const rev = Date.UTC(2026, 0, 6) * 1_000;
  const setting = (settingKind: SettingKind, name: string, value: unknown): DomainChange => ({ kind: 'upsert', entity: 'setting', key: { settingKind, name }, rev, groups: { core: { value: (value ?? null) as Json, redacted: false } } });
  const { callables, options, constants } = double.tables;
  const user = double.tables.users.get(1);
  const changes: DomainChange[] = [
    ...['get_plugins', 'get_themes', 'roles', 'wp_version', 'has_file_system_write_access', 'updates'].map((name) => setting('CALLABLE', name, callables.get(name))),
    ...['active_plugins', 'stylesheet', 'timezone_string'].map((name) => setting('OPTION', name, options.get(name))),
    ...['PHP_VERSION', 'DISALLOW_FILE_MODS'].map((name) => setting('CONSTANT', name, constants.get(name))),
    setting('UPDATES', 'plugins', offer),
    {
      kind: 'upsert', entity: 'user', key: { id: 1 }, rev,
      groups: { core: { login: user?.user_login ?? 'maria', nicename: 'maria', email: 'maria@people.example', url: '', displayName: 'Maria', registeredAt: null, locale: null }, roles: { roles: ['administrator'], caps: { administrator: true }, allCaps: [] } },
    },
  ];
  await applyBatch(store, siteId, [{ key: 'seed', action: 'seed', rev, at: '2026-01-06T00:00:00Z', isImporting: false, actor: null, changes, audit: null, deadLetter: null }], new Date());
}
