// Plugins of a site: read, switched, updated, installed from wordpress.org and deleted, by the site itself.
// Called by mutations and jobs, after they decided who may.
import { z } from 'zod';
import { AppError } from '../../core/errors.js';
import type { CallOutcome } from '../site-calls.js';
import { checkSlug, LONG_TIMEOUT_MS, operate, SHORT_TIMEOUT_MS, type OperationContext, type OperationPlace } from './operation.js';

const plugin = z.object({
  /** `folder/file` without `.php`. */
  id: z.string(),
  slug: z.string().catch(''),
  active: z.boolean(),
  name: z.string().catch(''),
  version: z.string().catch(''),
  autoupdate: z.boolean().catch(false),
  network: z.boolean().catch(false),
  uninstallable: z.boolean().catch(false),
  /** The newer version that the site knows of; null when there is none. */
  update: z.object({ new_version: z.string().catch('') }).nullable().catch(null),
  /** What the site noted while it worked. */
  log: z.array(z.unknown()).catch([]),
});

export type SitePlugin = z.infer<typeof plugin>;

const MAX_PLUGINS = 2_000;
const pluginList = z.object({ plugins: z.array(plugin).max(MAX_PLUGINS) }).transform((body) => body.plugins);

/** All plugins of the site. */
export function listPlugins(context: OperationContext, place: OperationPlace): Promise<CallOutcome<SitePlugin[] | null>> {
  return operate(context, place, { name: 'plugin.list', object: null, answer: pluginList, method: 'GET', path: ['plugins'], json: null, timeoutMs: SHORT_TIMEOUT_MS });
}

/** One plugin by its id. */
export function readPlugin(context: OperationContext, place: OperationPlace, id: string): Promise<CallOutcome<SitePlugin | null>> {
  return operate(context, place, { name: 'plugin.read', object: id, answer: plugin, method: 'GET', path: ['plugins', checkPluginId(id), ''], json: null, timeoutMs: SHORT_TIMEOUT_MS });
}

/** Switches a plugin on or off, or its automatic updates; what is not named stays. */
export function setPlugin(
  context: OperationContext, place: OperationPlace, id: string, wanted: { readonly active?: boolean; readonly autoupdate?: boolean; readonly networkWide?: boolean },
): Promise<CallOutcome<SitePlugin | null>> {
  const { networkWide, ...switches } = wanted;
  const json = { ...switches, ...(networkWide === undefined ? {} : { network_wide: networkWide }) };
  return operate(context, place, { name: 'plugin.set', object: id, answer: plugin, method: 'POST', path: ['plugins', checkPluginId(id)], json, timeoutMs: SHORT_TIMEOUT_MS });
}

/** Updates a plugin to the newest version. */
export function updatePlugin(context: OperationContext, place: OperationPlace, id: string): Promise<CallOutcome<SitePlugin | null>> {
  return operate(context, place, { name: 'plugin.update', object: id, answer: plugin, method: 'POST', path: ['plugins', checkPluginId(id), 'update', ''], json: {}, timeoutMs: LONG_TIMEOUT_MS });
}

/** Installs a plugin from wordpress.org. */
export function installPlugin(context: OperationContext, place: OperationPlace, slug: string): Promise<CallOutcome<SitePlugin | null>> {
  return operate(context, place, { name: 'plugin.install', object: slug, answer: plugin, method: 'POST', path: ['plugins', checkSlug(slug), 'install'], json: {}, timeoutMs: LONG_TIMEOUT_MS });
}

/** Installs a plugin from a zip among the site's media, or puts it in place of the installed one. What it answers is read back by the caller. */
export function installPluginZip(context: OperationContext, place: OperationPlace, verb: 'new' | 'replace', attachmentId: number): Promise<CallOutcome<{ isDone: true } | null>> {
  const done = z.unknown().transform(() => ({ isDone: true as const }));
  return operate(context, place, { name: `plugin.${verb}`, object: String(attachmentId), answer: done, method: 'POST', path: ['plugins', verb], json: { zip: [{ id: attachmentId }] }, timeoutMs: LONG_TIMEOUT_MS });
}

/** Deletes a plugin, which must not be active. */
export function deletePlugin(context: OperationContext, place: OperationPlace, id: string): Promise<CallOutcome<SitePlugin | null>> {
  return operate(context, place, { name: 'plugin.delete', object: id, answer: plugin, method: 'POST', path: ['plugins', checkPluginId(id), 'delete'], json: {}, timeoutMs: LONG_TIMEOUT_MS });
}

function checkPluginId(id: string): string {
  const steps = id.split('/');
  if (id.length > 255 || steps.length > 2 || steps.some((step) => step === '' || step.startsWith('.')) || /[\0-\x1f\\]/.test(id)) {
    throw new AppError('BAD_USER_INPUT', 'expected the id of a plugin: its folder and file without .php, e.g. akismet/akismet');
  }
  return id;
}
