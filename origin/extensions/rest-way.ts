// Extensions of a site without Jetpack: WordPress's own REST API installs plugins from the directory, switches and deletes them. It
// does not update: deleting and installing anew would run the plugin's own clean-up and lose its settings, so that is not done.
import { z } from 'zod';
import type { Json } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import type { CallAs, CallOutcome, SiteClient } from '../site-calls.js';
import { mapBody } from './jetpack-way.js';
import type { SiteExtension, Way } from './words.js';

const plugin = z.object({ plugin: z.string(), status: z.string(), name: z.string().catch(''), version: z.string().catch('') });
const plugins = z.array(plugin).max(2_000);
const theme = z.object({ stylesheet: z.string(), status: z.string().catch(''), version: z.string().catch('') });
const themes = z.array(theme).max(2_000);
const ACTIONS: ReadonlySet<string> = new Set(['INSTALL', 'ACTIVATE', 'DEACTIVATE', 'DELETE']);
const READ_TIMEOUT_MS = 60_000;

/** The way to a site without Jetpack, as the person whose application password is kept. */
export function restWay(client: SiteClient, siteId: SiteId, as: CallAs, longTimeoutMs: number): Way {
  const read = (route: string): Promise<CallOutcome<Json>> => client.rest(siteId, { as, method: 'GET', route, timeoutMs: Math.min(READ_TIMEOUT_MS, longTimeoutMs) });
  const write = (method: 'POST' | 'PUT' | 'DELETE', route: string, json?: Json): Promise<CallOutcome<Json>> =>
    client.rest(siteId, { as, method, route, ...(json === undefined ? {} : { json }), timeoutMs: longTimeoutMs });
  const routeOf = (file: string): string => `wp/v2/plugins/${file.replace(/\.php$/, '')}`;
  return {
    can: (step, hasZip) => step.kind === 'PLUGIN' && ACTIONS.has(step.action) && !hasZip,
    async list(kind) {
      const outcome = await read(kind === 'PLUGIN' ? 'wp/v2/plugins' : 'wp/v2/themes');
      return parse(outcome, kind === 'PLUGIN'
        ? plugins.transform((rows) => rows.map((row): SiteExtension => ({
            key: `${row.plugin}.php`, slug: row.plugin.split('/')[0] ?? row.plugin, version: row.version, name: row.name, isActive: row.status !== 'inactive', autoUpdate: false, offered: null,
          })))
        : themes.transform((rows) => rows.map((row): SiteExtension => ({
            key: row.stylesheet, slug: row.stylesheet, version: row.version, name: row.stylesheet, isActive: row.status === 'active', autoUpdate: false, offered: null,
          }))));
    },
    waiting: () => Promise.resolve({ kind: 'failure', code: 'not-wordpress', message: 'a site without Jetpack does not tell of waiting updates', wasSent: false }),
    perform({ action, slug }, key) {
      if (action === 'INSTALL' || key === null) return write('POST', 'wp/v2/plugins', { slug });
      return action === 'DELETE' ? write('DELETE', routeOf(key)) : write('PUT', routeOf(key), { status: action === 'ACTIVATE' ? 'active' : 'inactive' });
    },
    setActive: (_kind, key, active) => write('PUT', routeOf(key), { status: active ? 'active' : 'inactive' }),
    remove: (_kind, key) => write('DELETE', routeOf(key)),
    installZip: null,
  };
}

function parse(outcome: CallOutcome<Json>, schema: z.ZodType<readonly SiteExtension[]>): CallOutcome<readonly SiteExtension[] | null> {
  if (outcome.kind === 'failure' || outcome.error !== null) return outcome.kind === 'failure' ? outcome : { ...outcome, body: null };
  const read = schema.safeParse(outcome.body);
  if (!read.success) return { kind: 'failure', code: 'not-wordpress', message: 'the site listed its extensions in a form that is not known', wasSent: false };
  return mapBody({ ...outcome, body: read.data }, (body) => body);
}
