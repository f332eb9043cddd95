// What the navigation offers: over all sites, and in one site. The order here is the order on screen.
import type { IconName } from '../kit/icons.js';

export interface NavEntry {
  readonly label: string;
  readonly icon: IconName;
  /** Of FLEET_NAV the whole path; of SITE_NAV what follows /sites/:site. */
  readonly path: string;
}

export const FLEET_NAV: readonly NavEntry[] = [
  { label: 'Sites', icon: 'sites', path: '/' },
  { label: 'Reader', icon: 'reader', path: '/reader' },
  { label: 'Plugins', icon: 'plugins', path: '/plugins' },
  { label: 'Themes', icon: 'themes', path: '/themes' },
  { label: 'Operations', icon: 'operations', path: '/operations' },
  { label: 'Update policies', icon: 'clock', path: '/policies' },
];

export const SITE_NAV: readonly NavEntry[] = [
  { label: 'Overview', icon: 'overview', path: '' },
  { label: 'Posts', icon: 'posts', path: '/posts' },
  { label: 'Pages', icon: 'pages', path: '/pages' },
  { label: 'Other content', icon: 'empty', path: '/content' },
  { label: 'Comments', icon: 'comments', path: '/comments' },
  { label: 'Menus', icon: 'menus', path: '/menus' },
  { label: 'Users', icon: 'users', path: '/users' },
  { label: 'Plugins', icon: 'plugins', path: '/plugins' },
  { label: 'Themes', icon: 'themes', path: '/themes' },
  { label: 'Sync health', icon: 'sync', path: '/sync' },
  { label: 'Audit log', icon: 'audit', path: '/audit' },
  { label: 'Settings', icon: 'settings', path: '/settings' },
];

/** The path of a page of a site. */
export function sitePath(siteId: string, path = ''): string {
  return `/sites/${siteId}${path}`;
}
