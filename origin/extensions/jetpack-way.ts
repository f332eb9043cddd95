// Extensions of a site with Jetpack: its JSON API does everything, zips go through its media library (protocol reference 6.5).
// Called by carry-out.ts through ways.ts.
import { AppError } from '../../core/errors.js';
import type { CallOutcome } from '../site-calls.js';
import { readUpdateCounts, setCore, setTranslations, updateCore, updateTranslations } from '../operations/core.js';
import type { OperationContext, OperationPlace } from '../operations/operation.js';
import { deletePlugin, installPlugin, installPluginZip, listPlugins, setPlugin, updatePlugin } from '../operations/plugins.js';
import { deleteTheme, installTheme, installThemeZip, listThemes, setTheme, switchTheme, updateTheme } from '../operations/themes.js';
import type { SiteExtension, Step, Way } from './words.js';

const idOf = (file: string): string => file.replace(/\.php$/, '');
const ZIP_TIMEOUT_MS = 120_000;

/** The way to a site with Jetpack, as a person of it or as the site itself. */
export function jetpackWay(context: OperationContext, place: OperationPlace): Way {
  const { siteId } = place;
  return {
    can: () => true,
    async list(kind) {
      if (kind === 'THEME') {
        return mapBody(await listThemes(context, place), (themes) => themes.map((theme): SiteExtension => ({
          key: theme.id, slug: theme.id, version: theme.version, name: theme.name, isActive: theme.active, autoUpdate: theme.autoupdate, offered: null,
        })));
      }
      return mapBody(await listPlugins(context, place), (plugins) => plugins.map((plugin): SiteExtension => ({
        key: `${plugin.id}.php`, slug: plugin.id.split('/')[0] ?? plugin.id, version: plugin.version, name: plugin.name, isActive: plugin.active,
        autoUpdate: plugin.autoupdate, offered: plugin.update?.new_version || null,
      })));
    },
    waiting: async () => mapBody(await readUpdateCounts(context, place), ({ wordpress, translations }) => ({ core: wordpress, translations })),
    perform: (step, key) => perform(context, place, step, key),
    setActive: (kind, key, active) => (kind === 'PLUGIN' ? setPlugin(context, place, idOf(key), { active }) : switchTheme(context, place, key)),
    remove: (kind, key) => (kind === 'PLUGIN' ? deletePlugin(context, place, idOf(key)) : deleteTheme(context, place, key)),
    // The media library takes uploads of people only.
    installZip: place.as.kind !== 'user' ? null : async (kind, verb, { content, name }) => {
      const { as } = place;
      const timeoutMs = Math.min(ZIP_TIMEOUT_MS, context.maxTimeoutMs ?? ZIP_TIMEOUT_MS);
      const uploaded = await context.client.rest(siteId, { as, method: 'POST', route: 'wp/v2/media', bytes: { content, type: 'application/zip', name }, timeoutMs });
      if (uploaded.kind === 'failure' || uploaded.error !== null) return uploaded;
      const { id } = uploaded.body as { id?: unknown };
      if (typeof id !== 'number') return { kind: 'failure', code: 'not-wordpress', message: 'the site took the zip and did not say under which id', wasSent: true };
      const installed = await (kind === 'PLUGIN' ? installPluginZip : installThemeZip)(context, place, verb, id);
      // What became of it does not matter for the outcome: at worst a file stays among the media.
      await context.client.rest(siteId, { as, method: 'DELETE', route: `wp/v2/media/${id}`, query: { force: true }, timeoutMs });
      return installed;
    },
  };
}

function perform(context: OperationContext, place: OperationPlace, step: Step, key: string | null): Promise<CallOutcome<unknown>> {
  const { action, kind, slug, toVersion } = step;
  const switched = action === 'ENABLE_AUTO_UPDATE' || action === 'DISABLE_AUTO_UPDATE' ? { autoupdate: action === 'ENABLE_AUTO_UPDATE' } : null;
  if (kind === 'CORE') return switched ? setCore(context, place, switched) : updateCore(context, place, toVersion);
  if (kind === 'TRANSLATION') return switched ? setTranslations(context, place, switched) : updateTranslations(context, place);
  if (action === 'INSTALL') return kind === 'PLUGIN' ? installPlugin(context, place, slug) : installTheme(context, place, slug);
  if (key === null) throw new AppError('INTERNAL', 'an extension that is not installed cannot be changed');
  if (kind === 'THEME') {
    if (switched) return setTheme(context, place, key, switched);
    if (action === 'SWITCH_THEME') return switchTheme(context, place, key);
    return action === 'DELETE' ? deleteTheme(context, place, key) : updateTheme(context, place, key);
  }
  if (switched) return setPlugin(context, place, idOf(key), switched);
  if (action === 'ACTIVATE' || action === 'DEACTIVATE') return setPlugin(context, place, idOf(key), { active: action === 'ACTIVATE' });
  return action === 'DELETE' ? deletePlugin(context, place, idOf(key)) : updatePlugin(context, place, idOf(key));
}

/** The body of an answer without an error turned into ours. */
export function mapBody<From, To>(outcome: CallOutcome<From | null>, map: (body: From) => To): CallOutcome<To | null> {
  if (outcome.kind === 'failure') return outcome;
  return { ...outcome, body: outcome.error !== null || outcome.body === null ? null : map(outcome.body) };
}
