// Which themes a filter chooses. Pure; the rules are those of the statement for plugins in store/read/extensions.ts.
import type { ThemeRecord } from '../../store/read/extensions.js';
import type { ExtensionFilter, PluginStatus } from './generated.js';

/** Tells whether a theme meets every condition of the filter. */
export function themeMatches(theme: ThemeRecord, filter: ExtensionFilter | null | undefined): boolean {
  if (!filter) return true;
  const search = filter.search?.toLowerCase() ?? '';
  if (!theme.name.toLowerCase().includes(search) && !theme.slug.toLowerCase().includes(search)) return false;
  if (filter.status && !filter.status.includes(themeStatus(theme))) return false;
  if (typeof filter.hasUpdate === 'boolean' && filter.hasUpdate !== (theme.updateVersion !== null)) return false;
  return typeof filter.autoUpdate !== 'boolean' || filter.autoUpdate === theme.autoUpdate;
}

function themeStatus(theme: ThemeRecord): PluginStatus {
  if (!theme.active) return 'INACTIVE';
  return theme.details['paused'] === true ? 'PAUSED' : 'ACTIVE';
}
