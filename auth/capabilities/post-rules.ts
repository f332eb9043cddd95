// What reading, editing, deleting and publishing one post asks for: by whose the post is, its status, its type's
// capabilities, and the pages that a site treats specially.
import type { PostPolicyInput, StatusVisibility } from './input.js';
import type { ActionRules, SitePolicy, TypeRules } from './site-policy.js';
import { DENIED } from './site-rules.js';

export type PostAction = 'read' | 'edit' | 'delete' | 'publish';

/** What WordPress asks for when a post's type is not registered: its plugin was switched off. */
const UNREGISTERED: readonly string[] = Object.freeze(['edit_others_posts']);

/** The primitive capabilities that an action on a post asks of a user; `userId` 0 is a visitor and owns nothing. */
export function postRequirements(
  site: SitePolicy,
  action: PostAction,
  post: PostPolicyInput,
  userId: number,
): readonly string[] {
  switch (action) {
    case 'read':
      return readRequirements(site, post, userId);
    case 'edit':
      return editRequirements(site, post, userId);
    case 'delete':
      return deleteRequirements(site, post, userId);
    case 'publish':
      return site.types.get(post.type)?.publish ?? UNREGISTERED;
  }
}

/** How a status counts for reading; a status nobody told us about is shown to editors only. */
export function statusVisibility(site: SitePolicy, status: string): StatusVisibility {
  return site.statuses.get(status) ?? 'restricted';
}

/**
 * The status a post is read under: its own, but an attachment that inherits takes its parent's (what a trashed parent
 * had before; restricted when that is not known), and an attachment without a parent is public.
 */
export function effectiveStatus(post: PostPolicyInput): string {
  if (post.type !== 'attachment') return post.status;
  if (post.status === 'private' || post.status === 'trash' || post.status === 'auto-draft') return post.status;
  const parent = post.parent;
  if (post.status !== 'inherit' || !parent || parent.id === post.id) return 'publish';
  const inherited = effectiveStatus(parent);
  if (inherited !== 'trash') return inherited;
  return parent.trashedFrom ?? 'trash';
}

function readRequirements(site: SitePolicy, given: PostPolicyInput, userId: number): readonly string[] {
  const post = subjectOf(given);
  if (!post) return DENIED;
  const rules = site.types.get(post.type);
  if (!rules) return UNREGISTERED;
  if (!rules.type.mapMetaCap) return rules.unmapped.read_post;
  const visibility = statusVisibility(site, effectiveStatus(post));
  if (visibility === 'public' || isOwn(post, userId)) return rules.read;
  return visibility === 'private' ? rules.readPrivate : editRequirements(site, post, userId);
}

function editRequirements(site: SitePolicy, given: PostPolicyInput, userId: number): readonly string[] {
  const post = subjectOf(given);
  if (!post) return DENIED;
  const rules = site.types.get(post.type);
  if (!rules) return UNREGISTERED;
  if (!rules.type.mapMetaCap) return rules.unmapped.edit_post;
  return withPrivacyPage(site, post, actionRequirements(rules.edit, post, userId));
}

function deleteRequirements(site: SitePolicy, post: PostPolicyInput, userId: number): readonly string[] {
  if (post.type === 'revision') return DENIED;
  if (site.frontPageIds.has(post.id)) return MANAGE_OPTIONS;
  const rules: TypeRules | undefined = site.types.get(post.type);
  if (!rules) return UNREGISTERED;
  if (!rules.type.mapMetaCap) return rules.unmapped.delete_post;
  return withPrivacyPage(site, post, actionRequirements(rules.delete, post, userId));
}

const MANAGE_OPTIONS: readonly string[] = Object.freeze(['manage_options']);

function actionRequirements(rules: ActionRules, post: PostPolicyInput, userId: number): readonly string[] {
  const { status } = post;
  if (isOwn(post, userId)) {
    const counts = status === 'trash' ? (post.trashedFrom ?? 'publish') : status;
    return isPublished(counts) ? rules.ownPublished : rules.own;
  }
  if (isPublished(status)) return rules.othersPublished;
  return status === 'private' ? rules.othersPrivate : rules.others;
}

/** The privacy policy page additionally asks for what managing privacy asks for. */
function withPrivacyPage(site: SitePolicy, post: PostPolicyInput, needs: readonly string[]): readonly string[] {
  if (site.privacyPageId === 0 || post.id !== site.privacyPageId) return needs;
  return [...needs, ...(site.memberRules.get('manage_privacy_options') ?? DENIED)];
}

/** A revision is read and edited as the post it belongs to. */
function subjectOf(post: PostPolicyInput): PostPolicyInput | null {
  return post.type === 'revision' ? (post.parent ?? null) : post;
}

function isOwn(post: PostPolicyInput, userId: number): boolean {
  return userId > 0 && post.authorId === userId;
}

function isPublished(status: string): boolean {
  return status === 'publish' || status === 'future';
}
