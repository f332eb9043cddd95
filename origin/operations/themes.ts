// Themes of a site: read, switched, updated, installed from wordpress.org and deleted, by the site itself.
// Called by mutations and jobs, after they decided who may.
import { z } from 'zod';
import type { CallOutcome } from '../site-calls.js';
import { checkSlug, LONG_TIMEOUT_MS, operate, SHORT_TIMEOUT_MS, type OperationContext, type OperationPlace } from './operation.js';

const theme = z.object({
  /** The folder, which is the stylesheet's name. */
  id: z.string(),
  name: z.string().catch(''),
  version: z.string().catch(''),
  active: z.boolean().catch(false),
  autoupdate: z.boolean().catch(false),
});

export type SiteTheme = z.infer<typeof theme>;

const MAX_THEMES = 2_000;
const themeList = z.object({ themes: z.array(theme).max(MAX_THEMES) }).transform((body) => body.themes);

/** All themes of the site. */
export function listThemes(context: OperationContext, place: OperationPlace): Promise<CallOutcome<SiteTheme[] | null>> {
  return operate(context, place, { name: 'theme.list', object: null, answer: themeList, method: 'GET', path: ['themes'], json: null, timeoutMs: SHORT_TIMEOUT_MS });
}

/** The theme that the site shows. */
export function readActiveTheme(context: OperationContext, place: OperationPlace): Promise<CallOutcome<SiteTheme | null>> {
  return operate(context, place, { name: 'theme.read', object: null, answer: theme, method: 'GET', path: ['themes', 'mine'], json: null, timeoutMs: SHORT_TIMEOUT_MS });
}

/** Makes an installed theme the one that the site shows. */
export function switchTheme(context: OperationContext, place: OperationPlace, slug: string): Promise<CallOutcome<SiteTheme | null>> {
  return operate(context, place, { name: 'theme.switch', object: slug, answer: theme, method: 'POST', path: ['themes', 'mine'], json: { theme: checkSlug(slug) }, timeoutMs: SHORT_TIMEOUT_MS });
}

/** Switches the automatic updates of a theme. */
export function setTheme(context: OperationContext, place: OperationPlace, slug: string, wanted: { readonly autoupdate: boolean }): Promise<CallOutcome<SiteTheme | null>> {
  return operate(context, place, { name: 'theme.set', object: slug, answer: theme, method: 'POST', path: ['themes', checkSlug(slug)], json: wanted, timeoutMs: SHORT_TIMEOUT_MS });
}

/** Updates a theme to the newest version. */
export function updateTheme(context: OperationContext, place: OperationPlace, slug: string): Promise<CallOutcome<SiteTheme | null>> {
  return operate(context, place, { name: 'theme.update', object: slug, answer: theme, method: 'POST', path: ['themes', checkSlug(slug)], json: { action: 'update' }, timeoutMs: LONG_TIMEOUT_MS });
}

/** Installs a theme from wordpress.org. */
export function installTheme(context: OperationContext, place: OperationPlace, slug: string): Promise<CallOutcome<SiteTheme | null>> {
  return operate(context, place, { name: 'theme.install', object: slug, answer: theme, method: 'POST', path: ['themes', checkSlug(slug), 'install'], json: {}, timeoutMs: LONG_TIMEOUT_MS });
}

/** Installs a theme from a zip among the site's media, or puts it in place of the installed one. What it answers is read back by the caller. */
export function installThemeZip(context: OperationContext, place: OperationPlace, verb: 'new' | 'replace', attachmentId: number): Promise<CallOutcome<{ isDone: true } | null>> {
  const done = z.unknown().transform(() => ({ isDone: true as const }));
  return operate(context, place, { name: `theme.${verb}`, object: String(attachmentId), answer: done, method: 'POST', path: ['themes', verb], json: { zip: [{ id: attachmentId }] }, timeoutMs: LONG_TIMEOUT_MS });
}

/** Deletes a theme, which must not be the active one. */
export function deleteTheme(context: OperationContext, place: OperationPlace, slug: string): Promise<CallOutcome<SiteTheme | null>> {
  return operate(context, place, { name: 'theme.delete', object: slug, answer: theme, method: 'POST', path: ['themes', checkSlug(slug), 'delete'], json: {}, timeoutMs: LONG_TIMEOUT_MS });
}
