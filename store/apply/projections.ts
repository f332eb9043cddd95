// Keeps the derived rows of a site in step: plugins and themes from settings, and the site's own address.
import type { Json } from '../../core/changes.js';
import { siteRow } from '../cache/parts.js';
import type { Batch } from './batch.js';
import { same } from './merge.js';
import { coreOffers, EXTENSION_INPUTS, projectExtensions } from './project-extensions.js';

/** Recomputes what the batch's settings feed. Runs after the rows were flushed. */
export async function project(batch: Batch): Promise<void> {
  const changed = batch.rows.of('setting').filter((row) => batch.lastItem.has(row));
  const inputs = changed.filter((row) => EXTENSION_INPUTS(String(row.key['settingKind']), String(row.key['name'])));
  if (inputs.length > 0) await projectExtensionRows(batch, inputs);
  const home = changed.find((row) => row.key['settingKind'] === 'CALLABLE' && row.key['name'] === 'home_url' && typeof row.columns['value'] === 'string');
  if (home) {
    await batch.tx.query('UPDATE site SET home_url = $2 WHERE id = $1', [batch.siteId, String(home.columns['value']).replace(/\/+$/, '')], siteRow(batch.siteId));
  }
}

async function projectExtensionRows(batch: Batch, inputs: ReturnType<Batch['rows']['of']>): Promise<void> {
  const { tx, siteId } = batch;
  const settings = new Map<string, { value: Json; rev: number }>();
  for (const row of await tx.query<{ settingKind: string; name: string; value: Json; rev: number }>(
    `SELECT setting_kind AS "settingKind", name, value, rev FROM setting WHERE site_id = $1 AND alive AND (
       setting_kind IN ('NETWORK_OPTION', 'UPDATES', 'PLUGIN_EVENT', 'THEME_EVENT', 'STATS')
       OR (setting_kind = 'CALLABLE' AND name IN ('get_plugins', 'get_themes', 'get_plugins_action_links', 'paused_plugins', 'paused_themes', 'is_fse_theme', 'theme_support'))
       OR (setting_kind = 'OPTION' AND (name IN ('active_plugins', 'jetpack_autoupdate_plugins', 'jetpack_autoupdate_themes', 'jetpack_autoupdate_plugins_translations', 'stylesheet') OR name LIKE 'theme\\_mods\\_%')))`,
    [siteId],
  )) {
    if (EXTENSION_INPUTS(row.settingKind, row.name)) settings.set(`${row.settingKind}:${row.name}`, { value: row.value, rev: row.rev });
  }
  const { plugins, themes } = projectExtensions(settings);
  const source = inputs.map((row) => batch.lastItem.get(row)).find((item) => item !== undefined);
  for (const table of TABLES) {
    const next = new Map((table.name === 'plugin' ? plugins : themes).map((row) => [key(row, table), { ...row } as Record<string, unknown>]));
    const before = new Map((await tx.query(table.select, [siteId])).map((row) => [row[table.key] as string, row]));
    const written = [...next].filter(([key, row]) => !same(sorted(row, table), sorted(before.get(key) ?? {}, table)));
    const gone = [...before.keys()].filter((key) => !next.has(key));
    if (written.length > 0) await tx.query(table.write, [siteId, JSON.stringify(written.map(([, row]) => row))], [{ table: table.name, of: siteId }]);
    if (gone.length > 0) await tx.query(table.remove, [siteId, gone], [{ table: table.name, of: siteId }]);
    if (!source) continue;
    for (const [key, row] of written) {
      const old = before.get(key);
      const fields = table.columns.filter((column) => !same(row[column] ?? null, old?.[column] ?? null));
      batch.noteNode(table.typename, key, old === undefined ? 'CREATED' : 'UPDATED', old === undefined ? [] : fields, source);
    }
    for (const key of gone) batch.noteNode(table.typename, key, 'DELETED', [], source);
  }
  await noteOffers(batch, [
    ...plugins.map((row) => ['plugin', row.file, row.updateVersion] as const),
    ...themes.map((row) => ['theme', row.slug, row.updateVersion] as const),
    ...coreOffers(settings).map((version) => ['core', 'wordpress', version] as const),
  ]);
}

/** Remembers when a version was first offered here; what is offered again keeps its first day. */
async function noteOffers(batch: Batch, offers: readonly (readonly [kind: string, name: string, version: string | null])[]): Promise<void> {
  const offered = offers.filter((offer): offer is readonly [string, string, string] => offer[2] !== null);
  if (offered.length === 0) return;
  await batch.tx.query(
    `INSERT INTO update_offer (site_id, kind, name, version, first_seen_at)
     SELECT $1, kind, name, version, now() FROM unnest($2::text[], $3::text[], $4::text[]) AS offered (kind, name, version) ON CONFLICT DO NOTHING`,
    [batch.siteId, offered.map(([kind]) => kind), offered.map(([, name]) => name), offered.map(([, , version]) => version)],
    [{ table: 'update_offer', of: batch.siteId }],
  );
}

interface ProjectedTable {
  readonly name: 'plugin' | 'theme';
  readonly typename: 'InstalledPlugin' | 'InstalledTheme';
  readonly key: string;
  readonly columns: readonly string[];
  readonly select: string;
  readonly write: string;
  readonly remove: string;
}

function sorted(row: Record<string, unknown>, table: ProjectedTable): unknown {
  return Object.fromEntries(table.columns.map((column) => [column, row[column] ?? null]));
}

const TABLES: readonly ProjectedTable[] = [
  {
    name: 'plugin',
    typename: 'InstalledPlugin',
    key: 'file',
    columns: ['file', 'slug', 'name', 'version', 'active', 'networkActive', 'autoUpdate', 'updateVersion', 'details'],
    select: `SELECT file, slug, name, version, active, network_active AS "networkActive", auto_update AS "autoUpdate", update_version AS "updateVersion", details FROM plugin WHERE site_id = $1`,
    write: `INSERT INTO plugin (site_id, file, slug, name, version, active, network_active, auto_update, update_version, details)
      SELECT $1, x.file, x.slug, x.name, x.version, x.active, x."networkActive", x."autoUpdate", x."updateVersion", x.details
      FROM jsonb_to_recordset($2::jsonb) AS x(file text, slug text, name text, version text, active boolean, "networkActive" boolean, "autoUpdate" boolean, "updateVersion" text, details jsonb)
      ON CONFLICT (site_id, file) DO UPDATE SET slug = excluded.slug, name = excluded.name, version = excluded.version, active = excluded.active,
        network_active = excluded.network_active, auto_update = excluded.auto_update, update_version = excluded.update_version, details = excluded.details`,
    remove: 'DELETE FROM plugin WHERE site_id = $1 AND file = ANY($2::text[])',
  },
  {
    name: 'theme',
    typename: 'InstalledTheme',
    key: 'slug',
    columns: ['slug', 'name', 'version', 'active', 'parentSlug', 'autoUpdate', 'updateVersion', 'details'],
    select: `SELECT slug, name, version, active, parent_slug AS "parentSlug", auto_update AS "autoUpdate", update_version AS "updateVersion", details FROM theme WHERE site_id = $1`,
    write: `INSERT INTO theme (site_id, slug, name, version, active, parent_slug, auto_update, update_version, details)
      SELECT $1, x.slug, x.name, x.version, x.active, x."parentSlug", x."autoUpdate", x."updateVersion", x.details
      FROM jsonb_to_recordset($2::jsonb) AS x(slug text, name text, version text, active boolean, "parentSlug" text, "autoUpdate" boolean, "updateVersion" text, details jsonb)
      ON CONFLICT (site_id, slug) DO UPDATE SET name = excluded.name, version = excluded.version, active = excluded.active, parent_slug = excluded.parent_slug,
        auto_update = excluded.auto_update, update_version = excluded.update_version, details = excluded.details`,
    remove: 'DELETE FROM theme WHERE site_id = $1 AND slug = ANY($2::text[])',
  },
];

function key(row: object, table: ProjectedTable): string {
  return String((row as Readonly<Record<string, unknown>>)[table.key]);
}
