// Which capabilities a role has. REST tells no roles, only what each person may do, so a role's capabilities are what someone
// with that role alone may do beyond what was granted to that person; a role that nobody has alone keeps WordPress's defaults.
import type { Json } from '../../core/changes.js';
import type { RestUser } from './decode-people.js';

export interface KnownRole {
  readonly name: string;
  readonly capabilities: Readonly<Record<string, boolean>>;
}

const words = (text: string): Readonly<Record<string, boolean>> => Object.fromEntries(text.trim().split(/\s+/).map((capability) => [capability, true]));

const SUBSCRIBER = 'read level_0';
const CONTRIBUTOR = `${SUBSCRIBER} edit_posts delete_posts level_1`;
const AUTHOR = `${CONTRIBUTOR} upload_files edit_published_posts publish_posts delete_published_posts level_2`;
const EDITOR = `${AUTHOR} moderate_comments manage_categories manage_links unfiltered_html edit_others_posts edit_pages edit_others_pages
  edit_published_pages publish_pages delete_pages delete_others_pages delete_published_pages delete_others_posts delete_private_posts
  edit_private_posts read_private_posts delete_private_pages edit_private_pages read_private_pages level_3 level_4 level_5 level_6 level_7`;
const ADMINISTRATOR = `${EDITOR} switch_themes edit_themes activate_plugins edit_plugins edit_users edit_files manage_options import
  delete_users create_users unfiltered_upload edit_dashboard update_plugins delete_plugins install_plugins update_themes install_themes
  update_core list_users remove_users promote_users edit_theme_options delete_themes export level_8 level_9 level_10`;

/** The roles of a new WordPress (its handbook's table of roles and capabilities). */
const DEFAULTS: Readonly<Record<string, KnownRole>> = {
  administrator: { name: 'Administrator', capabilities: words(ADMINISTRATOR) },
  editor: { name: 'Editor', capabilities: words(EDITOR) },
  author: { name: 'Author', capabilities: words(AUTHOR) },
  contributor: { name: 'Contributor', capabilities: words(CONTRIBUTOR) },
  subscriber: { name: 'Subscriber', capabilities: words(SUBSCRIBER) },
};

const NAMES: Readonly<Record<string, string>> = { shop_manager: 'Shop manager', customer: 'Customer' };

/** By role, what one of its people showed of it. */
export type SeenRoles = Readonly<Record<string, Readonly<Record<string, boolean>>>>;

/** What a page of people tells about roles, added to what is known. */
export function seeRoles(seen: SeenRoles, users: readonly RestUser[]): SeenRoles {
  const found: Record<string, Readonly<Record<string, boolean>>> = {};
  for (const { roles = [], capabilities = {}, extra_capabilities: own = {} } of users) {
    const [role] = roles;
    if (role === undefined || roles.length !== 1 || Object.keys(capabilities).length === 0) continue;
    const granted = Object.entries(capabilities).filter(([capability, has]) => has && capability !== role && own[capability] !== true);
    // Something taken from this person hides a capability of the role: another tells more.
    const takesAway = Object.values(own).includes(false);
    if (takesAway && found[role] !== undefined) continue;
    const capabilitiesSeen = Object.fromEntries(granted);
    const known = found[role];
    if (known === undefined || Object.keys(known).length < granted.length) found[role] = capabilitiesSeen;
  }
  return { ...seen, ...found };
}

/** The callable `roles` as a sync would have sent it, as far as it can be known. */
export function rolesOf(seen: SeenRoles): Json {
  const slugs = [...new Set([...Object.keys(DEFAULTS), ...Object.keys(seen)])];
  return Object.fromEntries(
    slugs.map((slug) => {
      const name = DEFAULTS[slug]?.name ?? NAMES[slug] ?? slug.replace(/[_-]+/g, ' ').replace(/^./, (letter) => letter.toUpperCase());
      return [slug, { name, capabilities: { ...(seen[slug] ?? DEFAULTS[slug]?.capabilities) } }];
    }),
  );
}
