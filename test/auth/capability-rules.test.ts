// The rules that the recorded site does not show, one by one.
import { describe, expect, it } from 'vitest';
import { can, missingCapability } from '../../auth/capabilities/can.js';
import { decodeCapabilityMap, decodePostTypes, decodeRoles, decodeTaxonomies } from '../../auth/capabilities/decode.js';
import { mapMetaCap } from '../../auth/capabilities/map-meta-cap.js';
import { createSitePolicy } from '../../auth/capabilities/site-policy.js';
import { fileChangeObstacle } from '../../auth/capabilities/site-rules.js';
import { holds, OPERATOR, siteUserCaps } from '../../auth/capabilities/user-caps.js';
import { capsOf, held, onPost, post, postType, siteInput, user } from './small-site.js';

const FILES = ['update_core', 'update_plugins', 'install_plugins', 'delete_plugins', 'upload_plugins', 'update_themes', 'install_themes', 'delete_themes', 'upload_themes', 'install_languages'];
const EDITS = ['edit_plugins', 'edit_themes', 'edit_files'];
const POST = ['read_post', 'edit_post', 'delete_post', 'publish_post'];

describe('file changes', () => {
  it('are all allowed to an administrator when no constant forbids them', () => {
    expect(held(user(siteInput(), 'administrator'), [...FILES, ...EDITS])).toEqual([...FILES, ...EDITS]);
  });

  it('are all denied by DISALLOW_FILE_MODS, while activation stays', () => {
    const admin = user(siteInput({ constants: { DISALLOW_FILE_MODS: true } }), 'administrator');
    expect(held(admin, [...FILES, ...EDITS, 'activate_plugins', 'switch_themes'])).toEqual(['activate_plugins', 'switch_themes']);
    expect(missingCapability(admin, 'update_plugins')).toBe('do_not_allow');
  });

  it('lose only the editors to DISALLOW_FILE_EDIT', () => {
    expect(held(user(siteInput({ constants: { DISALLOW_FILE_EDIT: '1' } }), 'administrator'), [...FILES, ...EDITS])).toEqual(FILES);
  });

  it('stay allowed by a constant that is set to false or not set', () => {
    const admin = user(siteInput({ constants: { DISALLOW_FILE_MODS: false, DISALLOW_FILE_EDIT: null } }), 'administrator');
    expect(held(admin, [...FILES, ...EDITS])).toEqual([...FILES, ...EDITS]);
  });

  it('are reported as impossible without write access although WordPress still grants the capability', () => {
    const input = siteInput({ fileSystemWritable: false });
    expect(fileChangeObstacle(input)).toBe('NO_WRITE_ACCESS');
    expect(can(user(input, 'administrator'), 'update_plugins')).toBe(true);
    expect(fileChangeObstacle(siteInput({ constants: { DISALLOW_FILE_MODS: 1 } }))).toBe('DISALLOW_FILE_MODS');
    expect(fileChangeObstacle(siteInput())).toBeNull();
  });
});

describe('special pages', () => {
  it('lets only people with manage_options delete the front page and the posts page, and editors edit them', () => {
    const input = siteInput({ options: { page_on_front: '7', page_for_posts: 8 } });
    for (const id of [7, 8]) {
      const page = onPost({ id, type: 'page' });
      expect(held(user(input, 'editor'), POST, page)).toEqual(['read_post', 'edit_post', 'publish_post']);
      expect(held(user(input, 'administrator'), POST, page)).toEqual(POST);
    }
    expect(held(user(input, 'editor'), POST, onPost({ id: 9, type: 'page' }))).toEqual(POST);
  });

  it('lets only people who manage privacy edit and delete the privacy policy page', () => {
    const input = siteInput({ options: { wp_page_for_privacy_policy: '3' } });
    const page = onPost({ id: 3, type: 'page' });
    expect(held(user(input, 'editor'), POST, page)).toEqual(['read_post', 'publish_post']);
    expect(held(user(input, 'administrator'), POST, page)).toEqual(POST);
    expect(held(user({ ...input, multisite: true }, 'administrator'), POST, page)).toEqual(['read_post', 'publish_post']);
  });
});

describe('the trash', () => {
  const input = siteInput();
  const contributor = user(input, 'contributor', { id: 5 });
  const author = user(input, 'author', { id: 5 });

  it('asks an author for what the post asked before it was trashed', () => {
    expect(held(contributor, POST, onPost({ status: 'trash', authorId: 5, trashedFrom: 'draft' }))).toEqual(['read_post', 'edit_post', 'delete_post']);
    expect(held(contributor, POST, onPost({ status: 'trash', authorId: 5, trashedFrom: 'publish' }))).toEqual(['read_post']);
    expect(held(author, POST, onPost({ status: 'trash', authorId: 5, trashedFrom: 'publish' }))).toEqual(POST);
  });

  it('takes the stricter answer when it is not known what the post was before', () => {
    expect(held(contributor, POST, onPost({ status: 'trash', authorId: 5 }))).toEqual(['read_post']);
    expect(held(contributor, POST, onPost({ status: 'trash', authorId: 5, trashedFrom: null }))).toEqual(['read_post']);
  });

  it('asks others for edit_others_posts alone', () => {
    const shape = siteUserCaps(createSitePolicy(input), { id: 6, roles: [], caps: { edit_others_posts: true } });
    expect(held(shape, ['edit_post'], onPost({ status: 'trash', trashedFrom: 'publish' }))).toEqual(['edit_post']);
    expect(held(shape, ['edit_post'], onPost({ status: 'publish' }))).toEqual([]);
  });
});

describe('own and other posts', () => {
  const input = siteInput();
  it('lets a contributor edit an own draft but not an own published or scheduled post', () => {
    const contributor = user(input, 'contributor', { id: 5 });
    expect(held(contributor, POST, onPost({ status: 'pending', authorId: 5 }))).toEqual(['read_post', 'edit_post', 'delete_post']);
    expect(held(contributor, POST, onPost({ status: 'publish', authorId: 5 }))).toEqual(['read_post']);
    expect(held(contributor, POST, onPost({ status: 'future', authorId: 5 }))).toEqual(['read_post']);
  });

  it('treats a post without an author as nobody\'s, also for a visitor', () => {
    const visitor = siteUserCaps(createSitePolicy(input), null);
    expect(held(visitor, [...POST, 'read'], onPost({ status: 'draft', authorId: 0 }))).toEqual([]);
    expect(held(visitor, POST, onPost({ status: 'publish', authorId: 0 }))).toEqual([]);
    expect([...mapMetaCap('edit_post', visitor, onPost({ status: 'draft', authorId: 0 }), visitor.site)]).toEqual(['edit_others_posts']);
  });

  it('asks for the private capabilities on private posts of others', () => {
    const site = createSitePolicy(input);
    const reader = siteUserCaps(site, { id: 5, roles: [], caps: { read: true, read_private_posts: true } });
    expect(held(reader, POST, onPost({ status: 'private' }))).toEqual(['read_post']);
    expect([...mapMetaCap('edit_post', reader, onPost({ status: 'private' }), site)]).toEqual(['edit_others_posts', 'edit_private_posts']);
    expect([...mapMetaCap('delete_post', reader, onPost({ status: 'private' }), site)]).toEqual(['delete_others_posts', 'delete_private_posts']);
  });

  it('shows a status that nobody told of to its author and to editors only', () => {
    const archived = onPost({ status: 'archived', authorId: 5 });
    expect(can(user(input, 'author', { id: 5 }), 'read_post', archived)).toBe(true);
    expect(can(user(input, 'author'), 'read_post', archived)).toBe(false);
    expect(can(user(input, 'editor'), 'read_post', archived)).toBe(true);
    expect(can(user(siteInput({ statuses: { archived: 'public' } }), 'subscriber'), 'read_post', archived)).toBe(true);
  });

  it('denies capabilities on posts when the post is missing', () => {
    const admin = user(input, 'administrator');
    expect(held(admin, ['edit_post', 'delete_page', 'read_post', 'publish_post', 'edit_comment', 'edit_term', 'edit_post_meta'])).toEqual([]);
    expect(can(admin, 'edit_post', { kind: 'term', term: { id: 1, taxonomy: 'category' } })).toBe(false);
  });
});

describe('revisions and attachments', () => {
  const input = siteInput();
  it('reads and edits a revision as its parent and never deletes it', () => {
    const revision = onPost({ id: 2, type: 'revision', status: 'inherit', authorId: 9, parent: post({ status: 'draft', authorId: 5 }) });
    expect(held(user(input, 'author', { id: 5 }), POST.slice(0, 3), revision)).toEqual(['read_post', 'edit_post']);
    expect(held(user(input, 'author', { id: 9 }), POST.slice(0, 3), revision)).toEqual([]);
    expect(held(user(input, 'administrator'), POST.slice(0, 3), onPost({ id: 2, type: 'revision', status: 'inherit', parent: null }))).toEqual([]);
  });

  it('reads an attachment as its parent, and without a parent as published', () => {
    const subscriber = user(input, 'subscriber');
    const attachment = (parent: ReturnType<typeof post> | null) => onPost({ id: 2, type: 'attachment', status: 'inherit', parent });
    expect(can(subscriber, 'read_post', attachment(null))).toBe(true);
    expect(can(subscriber, 'read_post', attachment(post({ id: 3 })))).toBe(true);
    expect(can(subscriber, 'read_post', attachment(post({ id: 3, status: 'private' })))).toBe(false);
    expect(can(subscriber, 'read_post', attachment(post({ id: 3, status: 'trash', trashedFrom: 'publish' })))).toBe(true);
    expect(can(subscriber, 'read_post', attachment(post({ id: 3, status: 'trash' })))).toBe(false);
    expect(can(user(input, 'editor'), 'read_post', attachment(post({ id: 3, status: 'private' })))).toBe(true);
  });
});

describe('custom post types', () => {
  const input = siteInput({
    postTypes: {
      post: postType('post', 'posts'),
      film: postType('film', 'films'),
      invoice: postType('invoice', 'invoices', { public: false, publiclyQueryable: false, mapMetaCap: false }),
      plain: postType('post', 'posts', { mapMetaCap: false, cap: { ...capsOf('post', 'posts'), edit_post: 'edit_plain', read_post: 'read_plain', delete_post: 'delete_plain' } }),
    },
    roles: {
      ...siteInput().roles,
      critic: { name: 'Critic', capabilities: { read: true, edit_films: true, edit_published_films: true, publish_films: true } },
      clerk: { name: 'Clerk', capabilities: { read: true, edit_invoice: true, read_invoice: true } },
    },
  });

  it('asks for the type\'s own capabilities', () => {
    const film = onPost({ type: 'film', authorId: 5 });
    expect(held(user(input, 'critic', { id: 5 }), POST, film)).toEqual(['read_post', 'edit_post', 'publish_post']);
    expect(held(user(input, 'administrator'), POST, film)).toEqual(['read_post']);
  });

  it('understands the type\'s own names for the capabilities on one post', () => {
    const film = onPost({ type: 'film', authorId: 5 });
    expect(held(user(input, 'critic', { id: 5 }), ['read_film', 'edit_film', 'delete_film'], film)).toEqual(['read_film', 'edit_film']);
    expect(can(user(input, 'critic', { id: 5 }), 'edit_film')).toBe(false);
  });

  it('asks for the registered names as they stand when the type does not map', () => {
    const invoice = onPost({ type: 'invoice', authorId: 5 });
    expect(held(user(input, 'clerk'), POST, invoice)).toEqual(['read_post', 'edit_post']);
    expect(held(user(input, 'administrator', { id: 5 }), POST, invoice)).toEqual([]);
    expect(can(user(input, 'clerk'), 'edit_invoice')).toBe(true);
    expect(held(user(input, 'administrator'), POST, onPost({ type: 'plain' }))).toEqual(['publish_post']);
  });

  it('leaves posts of a type that is not registered to those who edit others\' posts', () => {
    const gone = onPost({ type: 'gone', authorId: 5 });
    expect(held(user(input, 'author', { id: 5 }), POST, gone)).toEqual([]);
    expect(held(user(input, 'editor'), POST, gone)).toEqual(POST);
  });
});

describe('roles and capability maps', () => {
  const input = siteInput({
    roles: { ...siteInput().roles, trainee: { name: 'Trainee', capabilities: { edit_pages: true, upload_files: false } } },
  });

  it('lets a user\'s own map add to the role and take away from it', () => {
    const one = user(input, 'editor', { caps: { editor: true, moderate_comments: false, list_users: true } });
    expect(held(one, ['edit_others_posts', 'moderate_comments', 'list_users', 'editor'])).toEqual(['edit_others_posts', 'list_users', 'editor']);
  });

  it('merges several roles, a later role\'s refusal included', () => {
    expect(held(user(input, 'author', { roles: ['author', 'trainee'] }), ['edit_posts', 'edit_pages', 'upload_files'])).toEqual(['edit_posts', 'edit_pages']);
  });

  it('reads the roles from the capability map when no roles came', () => {
    expect(can(siteUserCaps(createSitePolicy(input), { id: 5, roles: [], caps: { editor: true } }), 'edit_others_posts')).toBe(true);
  });

  it('falls back to the synced list for a role that the site does not know', () => {
    expect(can(user(input, 'vanished', { allcaps: { edit_others_posts: true } }), 'edit_others_posts')).toBe(true);
    expect(can(user(input, 'vanished'), 'read')).toBe(false);
  });

  it('says no to unknown capabilities, to administrators too, unless a role lists them', () => {
    expect(held(user(input, 'administrator'), ['fly', 'publish_page', '', 'do_not_allow', 'constructor', '__proto__'])).toEqual([]);
    expect(can(user(input, 'subscriber', { caps: { fly: true, do_not_allow: true } }), 'fly')).toBe(true);
    const trickster = user(input, 'subscriber', { caps: { do_not_allow: true } });
    const superAdmin = user({ ...input, multisite: true }, 'subscriber', { superAdmin: true });
    for (const viewer of [trickster, superAdmin]) expect([can(viewer, 'do_not_allow'), holds(viewer, 'do_not_allow')]).toEqual([false, false]);
  });

  it('lets everyone exist and the operator do everything that can be done', () => {
    expect(can(siteUserCaps(createSitePolicy(input), null), 'exist')).toBe(true);
    expect(can(OPERATOR, 'fly')).toBe(true);
    expect(can(OPERATOR, 'edit_post', onPost({ status: 'draft' }))).toBe(true);
    expect(can(OPERATOR, 'do_not_allow')).toBe(false);
  });

  it('grants what follows from other grants', () => {
    expect(held(user(input, 'administrator'), ['install_languages', 'resume_plugins', 'resume_plugin', 'resume_themes', 'view_site_health_checks', 'customize', 'edit_css', 'edit_categories', 'assign_post_tags', 'publish_blocks', 'update_php', 'setup_network', 'manage_privacy_options'])).toHaveLength(13);
    expect(held(user(input, 'administrator'), ['manage_links', 'delete_site', 'unfiltered_upload', 'manage_network'])).toEqual([]);
    expect(can(user(siteInput({ constants: { ALLOW_UNFILTERED_UPLOADS: true } }), 'administrator'), 'unfiltered_upload')).toBe(true);
  });

  it('decodes the maps that PHP sends', () => {
    expect(decodeCapabilityMap([])).toEqual({});
    expect(decodeCapabilityMap({ read: 1, edit: '1', fly: '0', sing: '', __o: 1 })).toEqual({ read: true, edit: true, fly: false, sing: false });
    expect(decodeRoles({ vip: { name: 'VIP', capabilities: [] }, odd: null })).toEqual({ vip: { name: 'VIP', capabilities: {} }, odd: { name: 'odd', capabilities: {} } });
    expect(decodePostTypes({ film: { public: '1', map_meta_cap: 1, cap: { edit_post: 'edit_film', __o: 1, odd: 4 } } })).toEqual({
      film: { public: true, publiclyQueryable: false, showInRest: false, restBase: 'film', mapMetaCap: true, cap: { edit_post: 'edit_film' } },
    });
    expect(decodeTaxonomies({ mood: { public: 1, show_in_rest: '1', rest_base: 'moods', object_type: { 1: 'film' }, cap: [] }, secret: { object_type: null } })).toEqual({
      mood: { public: true, restBase: 'moods', objectTypes: ['film'], cap: {} }, secret: { public: false, restBase: null, objectTypes: [], cap: {} },
    });
  });
});

describe('a network of sites', () => {
  const input = siteInput({ multisite: true });

  it('keeps code, languages, raw HTML and accounts from site administrators', () => {
    const admin = user(input, 'administrator');
    expect(held(admin, [...FILES, ...EDITS, 'unfiltered_html', 'edit_css', 'activate_plugins', 'create_users', 'delete_users', 'edit_users', 'manage_privacy_options', 'view_site_health_checks', 'update_https'])).toEqual([]);
    expect(held(admin, ['manage_options', 'promote_users', 'remove_users', 'list_users', 'switch_themes', 'delete_site'])).toHaveLength(6);
  });

  it('lets the network hand activation and new users to site administrators', () => {
    const open = user({ ...input, networkOptions: { menu_items: { plugins: '1' }, add_new_users: 1 } }, 'administrator');
    expect(held(open, ['activate_plugins', 'create_users', 'install_plugins'])).toEqual(['activate_plugins', 'create_users']);
  });

  it('lets a super admin do everything, except what nobody may', () => {
    const superAdmin = user(input, 'subscriber', { superAdmin: true });
    expect(held(superAdmin, [...FILES, ...EDITS, 'manage_network', 'fly', 'edit_css'])).toHaveLength(FILES.length + EDITS.length + 3);
    expect(can(superAdmin, 'edit_post', onPost({ status: 'private' }))).toBe(true);
    expect(can(superAdmin, 'do_not_allow')).toBe(false);
    expect(can(user({ ...input, constants: { DISALLOW_FILE_MODS: true } }, 'subscriber', { superAdmin: true }), 'update_core')).toBe(false);
  });

  it('shields users from site administrators', () => {
    const admin = user(input, 'administrator', { id: 5 });
    const on = (id: number, more = {}) => ({ kind: 'user', user: { id, roles: ['editor'], ...more } }) as const;
    expect(held(admin, ['edit_user', 'delete_user', 'promote_user', 'remove_user'], on(6))).toEqual(['promote_user', 'remove_user']);
    expect(held(admin, ['edit_user', 'remove_user'], on(5))).toEqual(['edit_user']);
    const keeper = user(input, 'administrator', { caps: { manage_network_users: true } });
    expect(can(keeper, 'edit_user', on(6))).toBe(true);
    expect(can(keeper, 'edit_user', on(6, { superAdmin: true }))).toBe(false);
  });

  it('keeps uploads of any kind to super admins, where a constant allows them', () => {
    const open = { ...input, constants: { ALLOW_UNFILTERED_UPLOADS: true } };
    expect(can(user(open, 'administrator'), 'unfiltered_upload')).toBe(false);
    expect(can(user(open, 'administrator', { superAdmin: true }), 'unfiltered_upload')).toBe(true);
  });

  it('ignores the super admin mark outside a network', () => {
    expect(can(user(siteInput(), 'subscriber', { superAdmin: true }), 'manage_options')).toBe(false);
  });
});

describe('comments, terms and metadata', () => {
  const input = siteInput({ options: { default_category: '1', default_term_genre: 4 } });

  it('edits a comment as its post, and without a post for those who edit posts', () => {
    const author = user(input, 'author', { id: 5 });
    expect(can(author, 'edit_comment', { kind: 'comment', comment: { id: 1, post: post({ authorId: 5 }) } })).toBe(true);
    expect(can(author, 'edit_comment', { kind: 'comment', comment: { id: 1, post: post() } })).toBe(false);
    expect(can(author, 'edit_comment', { kind: 'comment', comment: { id: 1, post: null } })).toBe(true);
    expect(can(user(input, 'subscriber'), 'edit_comment', { kind: 'comment', comment: { id: 1, post: null } })).toBe(false);
  });

  it('never deletes a default term, and denies terms of an unknown taxonomy', () => {
    const term = (taxonomy: string, id: number) => ({ kind: 'term', term: { id, taxonomy } }) as const;
    const admin = user(input, 'administrator', { caps: { edit_genres: true } });
    const all = ['edit_term', 'delete_term', 'assign_term'];
    expect(held(admin, all, term('category', 1))).toEqual(['edit_term', 'assign_term']);
    expect(held(admin, all, term('category', 2))).toEqual(all);
    expect(held(admin, all, term('genre', 4))).toEqual(['edit_term', 'assign_term']);
    expect(held(admin, all, term('genre', 1))).toEqual(all);
    for (const name of ['gone', 'constructor']) expect(held(admin, all, term(name, 1))).toEqual([]);
    expect(held(user(input, 'editor'), all, term('genre', 1))).toEqual(['assign_term']);
  });

  it('edits metadata as its object, protected keys only with a grant of their own', () => {
    const editor = user(input, 'editor');
    expect(can(editor, 'edit_post_meta', { kind: 'post', post: post(), metaKey: 'colour' })).toBe(true);
    expect(can(editor, 'edit_post_meta', { kind: 'post', post: post(), metaKey: '_colour' })).toBe(false);
    expect(can(editor, 'edit_comment_meta', { kind: 'post', post: post() })).toBe(false);
  });
});

describe('users and WooCommerce', () => {
  const shop = siteInput({
    postTypes: { ...siteInput().postTypes, shop_order: postType('shop_order', 'shop_orders', { public: false, publiclyQueryable: false }) },
    roles: { ...siteInput().roles, customer: { name: 'Customer', capabilities: { read: true } }, shop_manager: { name: 'Shop manager', capabilities: { read: true, list_users: true } } },
  });
  const on = (role: string) => ({ kind: 'user', user: { id: 6, roles: [role] } }) as const;

  it('lets a logged-in shop manager edit customers, and neither authors nor administrators', () => {
    const manager = user(shop, 'shop_manager');
    expect(['customer', 'author', 'administrator'].filter((role) => can(manager, 'edit_user', on(role)))).toEqual(['customer']);
    expect(can(manager, 'edit_users')).toBe(true);
  });

  it('names do_not_allow before anything else that is missing', () => {
    expect(missingCapability(user(shop, 'author'), 'edit_user', on('administrator'))).toBe('do_not_allow');
    expect(missingCapability(user(shop, 'author'), 'edit_user', on('customer'))).toBe('edit_users');
  });

  it('lets an administrator edit administrators', () => {
    expect(can(user(shop, 'administrator'), 'edit_user', on('administrator'))).toBe(true);
  });

  it('adds nothing when WooCommerce is not active', () => {
    const input = { ...shop, postTypes: siteInput().postTypes };
    expect(can(user(input, 'shop_manager'), 'edit_users')).toBe(false);
    expect(can(user(input, 'author', { caps: { edit_users: true } }), 'edit_user', on('administrator'))).toBe(true);
  });

  it('does not take the plural capability for the singular one on oneself', () => {
    const self = { kind: 'user', user: { id: 5, roles: [] } } as const;
    expect(held(user(siteInput(), 'subscriber', { id: 5 }), ['edit_user', 'edit_users', 'create_app_password', 'delete_user'], self)).toEqual(['edit_user', 'create_app_password']);
  });
});
