// Which rows a viewer may see, as plain facts that loaders turn into SQL, so that a page of a list is decided in the
// database and not row by row. The rules agree with `can(viewer, 'read_post', …)`, and a test holds the two together; but
// what every visitor sees is listed for people without the capability `read` too.
import { can } from './capabilities/can.js';
import type { CommentPolicyInput, PostPolicyInput, TargetUserInput } from './capabilities/input.js';
import { statusVisibility } from './capabilities/post-rules.js';
import type { SitePolicy, TypeRules } from './capabilities/site-policy.js';
import { holds, holdsAll, type SiteViewer, type UserCaps } from './capabilities/user-caps.js';

/**
 * Which posts of one type a viewer may see in lists. A row is visible when
 * `everyStatus`, or its status is in `statuses`, or it is the viewer's own and its status is in `ownStatuses` (or
 * `everyOwnStatus`); rows whose id is in `restrictedIds` count `restrictedStatuses` instead of `everyStatus` and `statuses`.
 * A row with status `inherit` of an attachment counts as its parent's status, and as `publish` without a parent.
 */
export interface ContentRule {
  readonly everyStatus: boolean;
  readonly statuses: readonly string[];
  readonly everyOwnStatus: boolean;
  readonly ownStatuses: readonly string[];
  /** 0 when nothing is the viewer's own. */
  readonly userId: number;
  readonly restrictedIds: readonly number[];
  readonly restrictedStatuses: readonly string[];
}

const NOBODY: ContentRule = Object.freeze({
  everyStatus: false,
  statuses: [],
  everyOwnStatus: false,
  ownStatuses: [],
  userId: 0,
  restrictedIds: [],
  restrictedStatuses: [],
});
const EVERYTHING: ContentRule = Object.freeze({ ...NOBODY, everyStatus: true });

/**
 * The rule of a content list. Types that are not for the public are listed only for people who may edit that type, as
 * in wp-admin; a type that is no longer registered only for those who may edit others' posts.
 */
export function contentRule(viewer: SiteViewer, postType: string): ContentRule {
  if (viewer.kind === 'operator') return EVERYTHING;
  const rules = viewer.site.types.get(postType);
  if (!rules) return holds(viewer, 'edit_others_posts') ? EVERYTHING : NOBODY;
  const isPublic = rules.type.public || rules.type.publiclyQueryable;
  if (!isPublic && !holdsAll(viewer, rules.list)) return NOBODY;
  if (!rules.type.mapMetaCap && holdsAll(viewer, rules.unmapped.read_post)) return EVERYTHING;
  return mappedRule(viewer, rules, isPublic);
}

function mappedRule(viewer: UserCaps, rules: TypeRules, isPublic: boolean): ContentRule {
  const { site } = viewer;
  const mapped = rules.type.mapMetaCap;
  const mayReadOwn = mapped && viewer.userId > 0 && holdsAll(viewer, rules.read);
  const readsPublic = isPublic || (mapped && holdsAll(viewer, rules.read));
  const readsPrivate = mapped && holdsAll(viewer, rules.readPrivate);
  const editsOthers = mapped && holdsAll(viewer, rules.edit.others);
  const editsScheduled = mapped && holdsAll(viewer, rules.edit.othersPublished);
  const statuses: string[] = [];
  const open: string[] = [];
  for (const status of site.statuses.keys()) {
    const visibility = statusVisibility(site, status);
    if (visibility === 'restricted') {
      if (status === 'future' ? editsScheduled : editsOthers) statuses.push(status);
    } else if (visibility === 'public' ? readsPublic : readsPrivate) {
      statuses.push(status);
      open.push(status);
    }
  }
  const shielded = editsOthers && site.privacyPageId > 0 && !can(viewer, 'manage_privacy_options');
  return {
    everyStatus: readsPublic && readsPrivate && editsOthers && editsScheduled,
    statuses,
    everyOwnStatus: mayReadOwn,
    ownStatuses: mayReadOwn ? [...site.statuses.keys()] : [],
    userId: viewer.userId,
    restrictedIds: shielded ? [site.privacyPageId] : [],
    restrictedStatuses: shielded ? open : [],
  };
}

/** A row as the content rule sees it; `status` is the effective one for attachments (see `effectiveStatus`). */
export interface ContentRow {
  readonly id: number;
  readonly status: string;
  readonly authorId: number;
}

/** The meaning of a content rule, for rows that are already in memory. */
export function isRowVisible(rule: ContentRule, row: ContentRow): boolean {
  if (rule.userId > 0 && row.authorId === rule.userId && (rule.everyOwnStatus || rule.ownStatuses.includes(row.status))) return true;
  if (rule.restrictedIds.includes(row.id)) return rule.restrictedStatuses.includes(row.status);
  return rule.everyStatus || rule.statuses.includes(row.status);
}

/** Password-protected content is shown without the password to those who may edit it. */
export function mayReadPassworded(viewer: SiteViewer, post: PostPolicyInput): boolean {
  return can(viewer, 'edit_post', { kind: 'post', post });
}

/** The states of a comment, whatever their spelling in storage. */
export type CommentState = 'approved' | 'pending' | 'spam' | 'trash';

/** Which comments a viewer may see on posts that the viewer may see. */
export interface CommentRule {
  readonly states: readonly CommentState[];
  /** Additionally visible when the viewer wrote the comment. */
  readonly ownStates: readonly CommentState[];
  /** Additionally visible when the viewer wrote the post the comment stands on. */
  readonly statesOnOwnPosts: readonly CommentState[];
  /** 0 when nothing is the viewer's own. */
  readonly userId: number;
  /** The e-mail and IP addresses of every commenter are visible. */
  readonly contacts: boolean;
}

const EVERY_STATE: readonly CommentState[] = ['approved', 'pending', 'spam', 'trash'];

/** The rule of comment lists: approved ones for all; the rest for moderators, their writers and the authors of the post. */
export function commentRule(viewer: SiteViewer): CommentRule {
  if (viewer.kind === 'operator') {
    return { states: EVERY_STATE, ownStates: [], statesOnOwnPosts: [], userId: 0, contacts: true };
  }
  const moderates = holds(viewer, 'moderate_comments');
  const editsOwnPublished = viewer.userId > 0 && holds(viewer, 'edit_published_posts');
  return {
    states: moderates ? EVERY_STATE : ['approved'],
    ownStates: viewer.userId > 0 && !moderates ? ['pending'] : [],
    statesOnOwnPosts: editsOwnPublished && !moderates ? EVERY_STATE : [],
    userId: viewer.userId,
    contacts: moderates,
  };
}

/** The e-mail and IP address of one comment: for moderators and whoever may edit the comment. */
export function maySeeCommentContact(viewer: SiteViewer, comment: CommentPolicyInput): boolean {
  return can(viewer, 'moderate_comments') || can(viewer, 'edit_comment', { kind: 'comment', comment });
}

/** A user's e-mail address: the user's own, or for people who may list users. */
export function maySeeEmail(viewer: SiteViewer, userId: number): boolean {
  return isSelf(viewer, userId) || can(viewer, 'list_users');
}

/** A user's name and picture: everyone's who has published something public; others for themselves and user lists. */
export function maySeeUser(viewer: SiteViewer, user: { readonly id: number; readonly hasPublished: boolean }): boolean {
  return user.hasPublished || isSelf(viewer, user.id) || can(viewer, 'list_users');
}

/** A user's login name, roles and dates: the user's own, for people who may list users or edit that user. */
export function maySeeAccount(viewer: SiteViewer, user: TargetUserInput): boolean {
  return isSelf(viewer, user.id) || can(viewer, 'list_users') || can(viewer, 'edit_user', { kind: 'user', user });
}

/** Orders and the store's figures. */
export function maySeeOrders(viewer: SiteViewer): boolean {
  return can(viewer, 'edit_shop_orders') || can(viewer, 'manage_woocommerce');
}

/** Settings, constants and technical facts. */
export function maySeeSettings(viewer: SiteViewer): boolean {
  return can(viewer, 'manage_options');
}

/** Installed plugins and themes: for people who may switch or change any of them, also where files are locked. */
export function maySeeExtensions(viewer: SiteViewer): boolean {
  return EXTENSION_CAPABILITIES.some((capability) => can(viewer, capability));
}

const EXTENSION_CAPABILITIES = ['activate_plugins', 'switch_themes', 'update_plugins', 'update_themes', 'install_plugins', 'install_themes'];

/** The audit log. */
export function maySeeAudit(viewer: SiteViewer): boolean {
  return can(viewer, 'manage_options');
}

/** Menus as they are edited: for those who edit the theme or content of any type with a REST route. */
export function maySeeMenus(viewer: SiteViewer): boolean {
  if (viewer.kind === 'operator' || can(viewer, 'edit_theme_options')) return true;
  return hasEditableType(viewer.site, viewer);
}

function hasEditableType(site: SitePolicy, viewer: UserCaps): boolean {
  for (const rules of site.types.values()) if (rules.type.showInRest && holdsAll(viewer, rules.list)) return true;
  return false;
}

function isSelf(viewer: SiteViewer, userId: number): boolean {
  return viewer.kind === 'user' && viewer.userId > 0 && viewer.userId === userId;
}
