// Sites with plugins, made by hand, for tests of the extensions subgraph.
import type { SiteId } from '../../../core/ids.js';
import { addSite } from '../../../store/sites.js';
import type { Store } from '../../../store/store.js';
import { nextSiteId } from '../../testkit/store.js';

export interface PluginFacts {
  readonly version?: string;
  readonly active?: boolean;
  readonly networkActive?: boolean;
  readonly update?: string;
  readonly offer?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, unknown>>;
}

export async function addPlugin(store: Store, site: SiteId, file: string, facts: PluginFacts = {}): Promise<void> {
  const details = { headers: { Name: file, ...facts.headers }, update: facts.update ? { packageAvailable: true, ...facts.offer } : null, activationKnown: true, autoUpdateKnown: true };
  await store.database.query(
    `INSERT INTO plugin (site_id, file, slug, name, version, active, network_active, auto_update, update_version, details)
     VALUES ($1, $2, $3, $2, $4, $5, $6, false, $7, $8)`,
    [site, file, file.split('/')[0] ?? file, facts.version ?? '1.0', facts.active ?? false, facts.networkActive ?? false, facts.update ?? null, JSON.stringify(details)],
  );
}

export async function addSetting(store: Store, site: SiteId, kind: string, name: string, value: unknown): Promise<void> {
  await store.database.query(
    `INSERT INTO setting (site_id, setting_kind, name, value, redacted, alive, rev) VALUES ($1, $2, $3, $4, false, true, 1)`,
    [site, kind, name, JSON.stringify(value)],
  );
}

const ADMINISTRATOR = { activate_plugins: true, update_plugins: true, switch_themes: true, edit_theme_options: true };

/** A site whose user 1 may manage plugins and themes. */
export async function addSiteWithAdmin(store: Store): Promise<SiteId> {
  const id = nextSiteId();
  await addSite(store, { id, url: `http://ext-${id}.example`, blogToken: `k${id}.s${id}`, userTokens: [] });
  await addSetting(store, id, 'CALLABLE', 'roles', { administrator: { name: 'Administrator', capabilities: ADMINISTRATOR } });
  await store.database.query(`INSERT INTO site_user (site_id, id, login, roles, caps, alive, rev) VALUES ($1, 1, 'a', ARRAY['administrator'], '{"administrator": true}', true, 1)`, [id]);
  return id;
}
