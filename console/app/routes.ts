// Every page: its path and where its code is. Each is a chunk of its own, loaded when it is opened. `:site` is a site's global id.
import { lazy, type ComponentType, type LazyExoticComponent } from 'react';

export interface Route {
  readonly path: string;
  readonly page: LazyExoticComponent<ComponentType>;
}

const page = (load: () => Promise<{ readonly Page: ComponentType }>): Route['page'] => lazy(async () => ({ default: (await load()).Page }));

export const ROUTES: readonly Route[] = [
  { path: '/', page: page(() => import('../pages/sites/page.js')) },
  { path: '/sites/:site', page: page(() => import('../pages/site/page.js')) },
  { path: '/sites/:site/sync', page: page(() => import('../pages/sync-health/page.js')) },
  { path: '/sites/:site/audit', page: page(() => import('../pages/audit/page.js')) },
  { path: '/sites/:site/settings', page: page(() => import('../pages/site-settings/page.js')) },
  { path: '/sites/:site/posts', page: page(() => import('../pages/content/page.js')) },
  { path: '/sites/:site/pages', page: page(() => import('../pages/content/page.js')) },
  { path: '/sites/:site/content', page: page(() => import('../pages/content/page.js')) },
  { path: '/sites/:site/posts/:content', page: page(() => import('../pages/editor/page.js')) },
  { path: '/sites/:site/pages/:content', page: page(() => import('../pages/editor/page.js')) },
  { path: '/sites/:site/content/:content', page: page(() => import('../pages/editor/page.js')) },
  { path: '/sites/:site/comments', page: page(() => import('../pages/comments/page.js')) },
  { path: '/sites/:site/menus', page: page(() => import('../pages/menus/page.js')) },
  { path: '/sites/:site/users', page: page(() => import('../pages/users/page.js')) },
  { path: '/reader', page: page(() => import('../pages/reader/page.js')) },
  { path: '/plugins', page: page(() => import('../pages/plugins/page.js')) },
  { path: '/plugins/installed', page: page(() => import('../pages/plugin-installs/page.js')) },
  { path: '/sites/:site/plugins', page: page(() => import('../pages/plugin-installs/page.js')) },
  { path: '/sites/:site/themes', page: page(() => import('../pages/themes/page.js')) },
  { path: '/themes', page: page(() => import('../pages/fleet-themes/page.js')) },
  { path: '/themes/:theme', page: page(() => import('../pages/theme-installs/page.js')) },
  { path: '/operations', page: page(() => import('../pages/operations/page.js')) },
  { path: '/operations/:operation', page: page(() => import('../pages/operation/page.js')) },
  { path: '/policies', page: page(() => import('../pages/policies/page.js')) },
];
