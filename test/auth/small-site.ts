// A small site made by hand, for the rules that no recording shows.
import { can } from '../../auth/capabilities/can.js';
import type { PolicyObject, PostPolicyInput, PostTypeInput, SitePolicyInput, UserPolicyInput } from '../../auth/capabilities/input.js';
import { createSitePolicy } from '../../auth/capabilities/site-policy.js';
import { siteUserCaps, type UserCaps } from '../../auth/capabilities/user-caps.js';

const grant = (...names: string[]): Record<string, boolean> => Object.fromEntries(names.map((name) => [name, true]));

/** A type's `cap` object as WordPress makes it from a capability type. */
export function capsOf(singular: string, plural: string): Record<string, string> {
  const verbs = ['edit', 'edit_others', 'edit_private', 'edit_published', 'delete', 'delete_others', 'delete_private', 'delete_published', 'publish', 'read_private'];
  return {
    edit_post: `edit_${singular}`,
    read_post: `read_${singular}`,
    delete_post: `delete_${singular}`,
    ...Object.fromEntries(verbs.map((verb) => [`${verb}_posts`, `${verb}_${plural}`])),
    read: 'read',
  };
}

export function postType(singular: string, plural: string, more: Partial<PostTypeInput> = {}): PostTypeInput {
  return { public: true, publiclyQueryable: true, showInRest: true, mapMetaCap: true, cap: capsOf(singular, plural), ...more };
}

const AUTHOR = ['read', 'edit_posts', 'edit_published_posts', 'publish_posts', 'delete_posts', 'delete_published_posts', 'upload_files'];
const EDITOR = [
  ...AUTHOR, 'edit_others_posts', 'edit_private_posts', 'read_private_posts', 'delete_others_posts', 'delete_private_posts',
  'edit_pages', 'edit_others_pages', 'edit_published_pages', 'edit_private_pages', 'read_private_pages', 'publish_pages',
  'delete_pages', 'delete_others_pages', 'delete_published_pages', 'delete_private_pages', 'manage_categories', 'moderate_comments', 'unfiltered_html',
];
const ADMINISTRATOR = [
  ...EDITOR, 'manage_options', 'edit_theme_options', 'switch_themes', 'activate_plugins', 'update_plugins', 'install_plugins',
  'delete_plugins', 'edit_plugins', 'edit_themes', 'edit_files', 'update_themes', 'install_themes', 'delete_themes', 'update_core',
  'list_users', 'create_users', 'edit_users', 'delete_users', 'promote_users', 'remove_users', 'export', 'import', 'unfiltered_upload', 'manage_links',
];

/** A site's facts, with any of them replaced. */
export function siteInput(more: Partial<SitePolicyInput> = {}): SitePolicyInput {
  return {
    roles: {
      administrator: { name: 'Administrator', capabilities: grant(...ADMINISTRATOR) },
      editor: { name: 'Editor', capabilities: grant(...EDITOR) },
      author: { name: 'Author', capabilities: grant(...AUTHOR) },
      contributor: { name: 'Contributor', capabilities: grant('read', 'edit_posts', 'delete_posts') },
      subscriber: { name: 'Subscriber', capabilities: grant('read') },
    },
    postTypes: {
      post: postType('post', 'posts'),
      page: postType('page', 'pages', { publiclyQueryable: false }),
      attachment: postType('post', 'posts'),
      revision: postType('post', 'posts', { public: false, publiclyQueryable: false, showInRest: false }),
    },
    taxonomies: {
      category: { public: true, cap: { manage_terms: 'manage_categories', edit_terms: 'edit_categories', delete_terms: 'delete_categories', assign_terms: 'assign_categories' } },
      genre: { public: true, cap: { manage_terms: 'manage_genres', edit_terms: 'edit_genres', delete_terms: 'edit_genres', assign_terms: 'edit_posts' } },
    },
    options: {},
    constants: {},
    multisite: false,
    ...more,
  };
}

let nextId = 100;

/** A user with one role on a site, whose id nobody else has unless it is given. */
export function user(input: SitePolicyInput, role: string, more: Partial<UserPolicyInput> = {}): UserCaps {
  nextId += 1;
  return siteUserCaps(createSitePolicy(input), { id: nextId, roles: [role], ...more });
}

export function post(more: Partial<PostPolicyInput> = {}): PostPolicyInput {
  return { id: 1, type: 'post', status: 'publish', authorId: 1, ...more };
}

export function onPost(more: Partial<PostPolicyInput> = {}): PolicyObject {
  return { kind: 'post', post: post(more) };
}

/** The capabilities, of those given, that a user has. */
export function held(viewer: UserCaps, capabilities: readonly string[], object: PolicyObject | null = null): string[] {
  return capabilities.filter((capability) => can(viewer, capability, object));
}
