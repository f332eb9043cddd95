import { describe, expect, it } from 'vitest';
import { can } from '../../auth/capabilities/can.js';
import { createSitePolicy } from '../../auth/capabilities/site-policy.js';
import { OPERATOR, siteUserCaps } from '../../auth/capabilities/user-caps.js';
import {
  commentRule, contentRule, isRowVisible, mayReadPassworded, maySeeAudit, maySeeCommentContact, maySeeEmail, maySeeExtensions,
  maySeeMenus, maySeeOrders, maySeeSettings, maySeeUser,
} from '../../auth/visibility.js';
import { post, postType, siteInput, user } from './small-site.js';

const input = siteInput({
  options: { wp_page_for_privacy_policy: 3 },
  postTypes: { ...siteInput().postTypes, secret: postType('secret', 'secrets', { public: false, publiclyQueryable: false }), note: postType('note', 'notes', { mapMetaCap: false }) },
});
const visitor = siteUserCaps(createSitePolicy(input), null);
const STATUSES = ['publish', 'future', 'draft', 'pending', 'private', 'trash', 'auto-draft', 'wc-on-hold', 'odd'];

describe('contentRule', () => {
  it('shows visitors what is published of public types and nothing else', () => {
    for (const type of ['post', 'page', 'attachment', 'note']) {
      expect(contentRule(visitor, type)).toMatchObject({ everyStatus: false, statuses: ['publish'], ownStatuses: [], everyOwnStatus: false, userId: 0 });
    }
    for (const type of ['revision', 'secret', 'gone']) expect(contentRule(visitor, type)).toMatchObject({ everyStatus: false, statuses: [] });
  });

  it('shows the operator everything', () => {
    for (const type of ['post', 'revision', 'gone']) expect(contentRule(OPERATOR, type)).toMatchObject({ everyStatus: true, restrictedIds: [] });
  });

  it('agrees with read_post for every role, status, author and special page of public types', () => {
    let compared = 0;
    const roles = ['administrator', 'editor', 'author', 'contributor', 'subscriber'].map((role) => [role, user(input, role, { id: 5 })] as const);
    const halves = ['edit_published_posts', 'edit_others_posts', 'read_private_posts'].map((capability) =>
      [`editor without ${capability}`, user(input, 'editor', { id: 5, caps: { editor: true, [capability]: false } })] as const);
    for (const [role, viewer] of [...roles, ...halves]) {
      for (const type of ['post', 'page']) for (const status of STATUSES) for (const authorId of [0, 1, 5]) for (const id of [1, 3]) {
        const row = post({ id, type, status, authorId });
        const listed = isRowVisible(contentRule(viewer, type), row);
        // A status that no one told of is listed only where everything is, which is never more than read_post allows.
        if (status === 'odd' && !listed) continue;
        expect([role, type, status, authorId, id, listed]).toEqual([role, type, status, authorId, id, can(viewer, 'read_post', { kind: 'post', post: row })]);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(450);
  });

  it('hides types that are not public from people who may not edit them', () => {
    expect(contentRule(user(input, 'administrator'), 'secret')).toMatchObject({ everyStatus: false, statuses: [], everyOwnStatus: false });
    const keeper = user(input, 'subscriber', { caps: { edit_secrets: true, edit_others_secrets: true } });
    expect(contentRule(keeper, 'secret').statuses).toEqual(expect.arrayContaining(['publish', 'draft']));
    expect(contentRule(keeper, 'secret').statuses).not.toContain('private');
  });

  it('keeps the unpublished privacy page from editors but not from its author', () => {
    const editor = user(input, 'editor', { id: 5 });
    const rule = contentRule(editor, 'page');
    expect(rule.restrictedIds).toEqual([3]);
    expect(isRowVisible(rule, post({ id: 3, status: 'draft' }))).toBe(false);
    expect(isRowVisible(rule, post({ id: 3, status: 'publish' }))).toBe(true);
    expect(isRowVisible(rule, post({ id: 3, status: 'draft', authorId: 5 }))).toBe(true);
    expect(isRowVisible(rule, post({ id: 4, status: 'draft' }))).toBe(true);
  });
});

describe('commentRule', () => {
  it('shows approved comments to all and the rest to moderators, with the contacts', () => {
    expect(commentRule(visitor)).toEqual({ states: ['approved'], ownStates: [], statesOnOwnPosts: [], userId: 0, contacts: false });
    expect(commentRule(user(input, 'subscriber', { id: 5 }))).toMatchObject({ states: ['approved'], ownStates: ['pending'], statesOnOwnPosts: [], userId: 5, contacts: false });
    expect(commentRule(user(input, 'author'))).toMatchObject({ states: ['approved'], statesOnOwnPosts: ['approved', 'pending', 'spam', 'trash'], contacts: false });
    for (const viewer of [user(input, 'editor'), OPERATOR]) expect(commentRule(viewer)).toMatchObject({ states: ['approved', 'pending', 'spam', 'trash'], contacts: true });
  });

  it('shows a contact to moderators and to whoever may edit the comment', () => {
    const comment = { id: 1, post: post({ authorId: 5 }) };
    expect([visitor, user(input, 'author'), user(input, 'author', { id: 5 }), user(input, 'editor'), OPERATOR].map((viewer) => maySeeCommentContact(viewer, comment))).toEqual([false, false, true, true, true]);
  });
});

describe('single facts', () => {
  const viewers = [visitor, user(input, 'subscriber', { id: 5 }), user(input, 'author', { id: 6 }), user(input, 'editor', { id: 7 }), user(input, 'administrator', { id: 8 }), OPERATOR];

  it('shows e-mail addresses to their owners and to people who list users', () => {
    expect(viewers.map((viewer) => maySeeEmail(viewer, 5))).toEqual([false, true, false, false, true, true]);
    expect(maySeeEmail(visitor, 0)).toBe(false);
  });

  it('shows users who published to all and others to themselves and to people who list users', () => {
    expect(viewers.map((viewer) => maySeeUser(viewer, { id: 5, hasPublished: true }))).not.toContain(false);
    expect(viewers.map((viewer) => maySeeUser(viewer, { id: 5, hasPublished: false }))).toEqual([false, true, false, false, true, true]);
  });

  it('shows settings, the audit log and extensions to administrators', () => {
    for (const rule of [maySeeSettings, maySeeAudit, maySeeExtensions]) expect(viewers.map(rule)).toEqual([false, false, false, false, true, true]);
    expect(maySeeExtensions(user({ ...input, constants: { DISALLOW_FILE_MODS: true } }, 'administrator'))).toBe(true);
  });

  it('shows orders to those who edit orders or manage the shop', () => {
    expect(viewers.map(maySeeOrders)).toEqual([false, false, false, false, false, true]);
    expect(maySeeOrders(user(input, 'subscriber', { caps: { edit_shop_orders: true } }))).toBe(true);
    expect(maySeeOrders(user(input, 'subscriber', { caps: { manage_woocommerce: true } }))).toBe(true);
  });

  it('shows menus to those who edit content or the theme, and protected content to those who may edit it', () => {
    expect(viewers.map(maySeeMenus)).toEqual([false, false, true, true, true, true]);
    expect(viewers.map((viewer) => mayReadPassworded(viewer, post({ authorId: 6 })))).toEqual([false, false, true, true, true, true]);
  });
});
