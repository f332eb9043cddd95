// Whom the change log may tell what. An entry is told when the viewer may read the thing as it is now; a thing that is
// not for the viewer is either kept quiet or, when the change may have taken it away from the viewer, told as lost.
// Called by changes.ts; at most one statement for posts and one for comments, whatever the number of entries.
import { hasScope, type Viewer } from '../../auth/viewer.js';
import { commentRule, isRowVisible, maySeeAudit, maySeeExtensions, maySeeOrders, maySeeSettings, type CommentState } from '../../auth/visibility.js';
import type { SiteId } from '../../core/ids.js';
import { readCommentStandings, readPostStandings, type ChangeRow, type CommentStanding, type PostStanding, type RowKey } from '../../store/read/changes.js';
import type { Queryable } from '../../store/database.js';
import type { SiteAccess } from '../shared/access.js';

/** `told` as it is, `lost` by type and id only, `quiet` not at all. */
export type Telling = 'told' | 'lost' | 'quiet';

const CONTENT_TYPES: ReadonlySet<string> = new Set(['Post', 'Page', 'CustomContent', 'MediaItem', 'Product']);
/** Fields whose change can end a viewer's sight of a row, in the words of the store and of the schema. */
const SIGHT_FIELDS: ReadonlySet<string> = new Set(['status', 'moderation', 'type', 'authorId', 'author', 'parentId', 'parent', 'postId', 'alive']);

/** Decides for every entry, by its place. `access` holds the sites that the entries are of. */
export async function decideTellings(
  db: Queryable,
  viewer: Viewer,
  access: ReadonlyMap<SiteId, SiteAccess>,
  entries: readonly ChangeRow[],
): Promise<Telling[]> {
  const keysOf = (wanted: (entry: ChangeRow) => boolean) => distinctKeys(entries.filter((entry) => isRowDecided(access, entry) && wanted(entry)));
  const postKeys = keysOf((entry) => CONTENT_TYPES.has(entry.typename));
  const commentKeys = keysOf((entry) => entry.typename === 'Comment');
  const [posts, comments] = await Promise.all([
    postKeys.length === 0 ? [] : readPostStandings(db, postKeys),
    commentKeys.length === 0 ? [] : readCommentStandings(db, commentKeys),
  ]);
  const visible = new Set<string>();
  for (const post of posts) if (isPostVisible(access.get(post.siteId), post)) visible.add(`${post.siteId}/post/${post.id}`);
  for (const comment of comments) if (isCommentVisible(access.get(comment.siteId), comment)) visible.add(`${comment.siteId}/comment/${comment.id}`);
  return entries.map((entry) => tellingOf(viewer, access.get(entry.siteId), entry, visible));
}

function isRowDecided(access: ReadonlyMap<SiteId, SiteAccess>, entry: ChangeRow): boolean {
  return entry.kind !== 'DELETED' && access.get(entry.siteId)?.isOperator === false && /^\d{1,15}$/.test(entry.localId);
}

function distinctKeys(entries: readonly ChangeRow[]): RowKey[] {
  const keys = new Map(entries.map((entry) => [`${entry.siteId}/${entry.localId}`, { siteId: entry.siteId, id: Number(entry.localId) }]));
  return [...keys.values()];
}

function tellingOf(viewer: Viewer, access: SiteAccess | undefined, entry: ChangeRow, visible: ReadonlySet<string>): Telling {
  if (!access) return 'quiet';
  if (entry.kind === 'RESYNC_REQUIRED') return 'told';
  const gate = gateOf(viewer, access, entry);
  if (gate !== null) return gate ? 'told' : 'quiet';
  if (entry.kind === 'DELETED' || access.isOperator) return 'told';
  const isVisible = visible.has(`${entry.siteId}/${entry.typename === 'Comment' ? 'comment' : 'post'}/${entry.localId}`);
  if (isVisible) return 'told';
  const maybeTakenAway = entry.kind === 'UPDATED' && (entry.changedFields.length === 0 || entry.changedFields.some((field) => SIGHT_FIELDS.has(field)));
  return maybeTakenAway || entry.kind === 'ACCESS_LOST' ? 'lost' : 'quiet';
}

/** Types that are for the viewer as a whole or not at all; null for those that are decided row by row. */
function gateOf(viewer: Viewer, access: SiteAccess, entry: ChangeRow): boolean | null {
  switch (entry.typename) {
    case 'Site':
    case 'Term':
    case 'Menu':
      return true;
    case 'InstalledPlugin':
    case 'InstalledTheme':
      return hasScope(viewer, 'extensions:read') && maySeeExtensions(access.caps);
    case 'User':
      return hasScope(viewer, 'users:read') && (String(access.userId) === entry.localId || access.can('list_users'));
    case 'Order':
      return hasScope(viewer, 'orders:read') && maySeeOrders(access.caps);
    default:
      return CONTENT_TYPES.has(entry.typename) || entry.typename === 'Comment' ? null : false;
  }
}

function isPostVisible(access: SiteAccess | undefined, post: PostStanding): boolean {
  return access !== undefined && isRowVisible(access.contentRule(post.type), post);
}

function isCommentVisible(access: SiteAccess | undefined, comment: CommentStanding): boolean {
  const { postId, type, status, authorId } = comment;
  if (access === undefined || postId === null || type === null || status === null || authorId === null) return false;
  if (!isRowVisible(access.contentRule(type), { id: postId, status, authorId })) return false;
  // Notes are remarks of editors in the block editor.
  if (comment.commentType === 'note') return access.can('edit_post', { kind: 'post', post: { id: postId, type, status, authorId } });
  const rule = commentRule(access.caps);
  const state = commentState(comment.commentStatus);
  if (state === null) return false;
  const isOwn = rule.userId > 0 && comment.commenterId === rule.userId;
  const isOnOwn = rule.userId > 0 && authorId === rule.userId;
  return rule.states.includes(state) || (isOwn && rule.ownStates.includes(state)) || (isOnOwn && rule.statesOnOwnPosts.includes(state));
}

function commentState(status: string): CommentState | null {
  switch (status) {
    case '1':
    case 'approved':
      return 'approved';
    case '0':
    case 'hold':
      return 'pending';
    case 'spam':
      return 'spam';
    case 'trash':
    case 'post-trashed':
      return 'trash';
    default:
      return null;
  }
}

/** Whether an entry's actor may be told: who did what is the audit log's matter. */
export function maySeeActor(access: SiteAccess): boolean {
  return maySeeAudit(access.caps);
}

/** Whether the names of changed settings may be told. */
export function maySeeSettingNames(viewer: Viewer, access: SiteAccess): boolean {
  return hasScope(viewer, 'settings:read') && maySeeSettings(access.caps);
}
