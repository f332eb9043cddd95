// All of WordPress's own REST routes that the double has, in the order in which they are tried: taxonomies before types of posts.
import { answerRest, route, type RestRoute } from './rest.js';
import { batchRoute } from './wp-batch.js';
import { COMMENT_ROUTES } from './wp-comments.js';
import { GLOBAL_STYLES_ROUTES } from './wp-global-styles.js';
import { MENU_ROUTES } from './wp-menus.js';
import { PLUGIN_ROUTES } from './wp-plugins.js';
import { POST_ROUTES } from './wp-posts.js';
import { SITE_ROUTES } from './wp-site.js';
import { answerTerms } from './wp-terms.js';
import { USER_ROUTES } from './wp-users.js';

export const WP_ROUTES: readonly RestRoute[] = [
  batchRoute(MENU_ROUTES),
  ...GLOBAL_STYLES_ROUTES, ...PLUGIN_ROUTES, ...SITE_ROUTES, ...USER_ROUTES, ...COMMENT_ROUTES, ...MENU_ROUTES,
  route('GET POST PUT PATCH DELETE', /^wp\/v2\/[a-z_-]+(?:\/\d+(?:\/(?:autosaves|revisions))?)?$/, (call) => answerTerms(call) ?? answerRest(POST_ROUTES, call)),
];
