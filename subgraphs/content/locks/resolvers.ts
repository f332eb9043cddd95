// contentLock and contentUnlock. Locks taken here are kept here: a site's own editor neither sees nor minds them, since its REST API takes
// none; who edits there is asked of the site each time.
import { currentTime } from '../../../core/answer-sources.js';
import { decodeNumericId } from '../../../core/ids.js';
import { LOCK_MS, readSiteLock, type SiteLock } from '../../../origin/edit-lock.js';
import { noteSiteLock, readLocks, releaseLock, renewLock, takeLock } from '../../../store/edit-locks.js';
import { keyText, type LocalKey } from '../../../store/read/content.js';
import { actingUser, forbidden, userError, type UserErrorModel } from '../../shared/writes.js';
import type { EditLockResolvers, MutationResolvers } from '../generated.js';
import type { ContentContext } from '../loaders.js';
import { policyPost } from '../loaders/contents.js';
import { userStub } from '../resolvers/references.js';
import type { LockPayloadModel } from './models.js';

const refused = (...userErrors: UserErrorModel[]): LockPayloadModel => ({ lock: null, heldBy: null, siteAsked: false, userErrors });

interface Editing {
  readonly key: LocalKey;
  readonly userId: number;
}

/** What the person may edit, and whose name it is done in; or why not. */
async function editing(id: string, context: ContentContext): Promise<Editing | LockPayloadModel> {
  const key = decodeNumericId(id, 'Post', 'Page', 'CustomContent');
  const content = key && (await context.contents.byKey(key));
  if (!content) return refused(userError('NOT_FOUND', 'there is no such content, or you may not know of it', 'id'));
  const denied = forbidden(content.access, 'edit_post', { kind: 'post', post: policyPost(content) }, 'id');
  if (denied) return refused(denied);
  const who = await actingUser(context.store, content.access);
  return 'code' in who ? refused(who) : { key, userId: who.userId };
}

async function lock(id: string, takeOver: boolean, context: ContentContext): Promise<LockPayloadModel> {
  const asked = await editing(id, context);
  if ('userErrors' in asked) return asked;
  const { key: { siteId, localId: postId }, userId } = asked;
  const onSite = context.client === null ? UNKNOWN : await readSiteLock(context.store, context.client, siteId, postId);
  const now = currentTime();
  await note(asked.key, onSite, now, context);
  const siteEditor = onSite.kind === 'held' && onSite.userId !== userId ? onSite.userId : null;
  const siteAsked = onSite.kind !== 'unknown';
  const taking = { siteId, postId, userId, now, expiresAt: new Date(now.getTime() + LOCK_MS) };
  const own = await renewLock(context.db, taking);
  if (own) return { lock: own, heldBy: userStub(siteId, siteEditor ?? 0), siteAsked, userErrors: [] };
  if (siteEditor !== null && !takeOver) return { ...(await standing(asked, context)), siteAsked };
  const held = await takeLock(context.db, taking, takeOver);
  const other = held !== null && held.userId !== userId ? held.userId : siteEditor;
  return { lock: held, heldBy: userStub(siteId, other ?? 0), siteAsked, userErrors: [] };
}

const UNKNOWN: SiteLock = { kind: 'unknown' };

async function note({ siteId, localId }: LocalKey, seen: SiteLock, now: Date, { db }: ContentContext): Promise<void> {
  if (seen.kind === 'unknown') return;
  const at = seen.kind === 'held' ? now.getTime() - seen.renewedAgoMs : 0;
  await noteSiteLock(db, siteId, localId, seen.kind === 'held' ? { userId: seen.userId, acquiredAt: new Date(at), expiresAt: new Date(at + LOCK_MS) } : null);
}

/** The lock as it stands, whoever has it. */
async function standing({ key, userId }: Editing, { db }: ContentContext): Promise<LockPayloadModel> {
  const held = (await readLocks(db, [key], currentTime())).get(keyText(key.siteId, key.localId)) ?? null;
  return { lock: held, heldBy: held !== null && held.userId !== userId ? userStub(key.siteId, held.userId) : null, siteAsked: false, userErrors: [] };
}

async function unlock(id: string, context: ContentContext): Promise<LockPayloadModel> {
  const asked = await editing(id, context);
  if ('userErrors' in asked) return asked;
  await releaseLock(context.db, asked.key.siteId, asked.key.localId, asked.userId);
  return standing(asked, context);
}

export const lockMutations: Required<Pick<MutationResolvers<ContentContext>, 'contentLock' | 'contentUnlock'>> = {
  contentLock: (_root, { id, takeOver }, context) => lock(id, takeOver ?? false, context),
  contentUnlock: (_root, { id }, context) => unlock(id, context),
};

export const EditLock: EditLockResolvers<ContentContext> = {
  user: ({ siteId, userId }) => userStub(siteId, userId),
  isOwn: ({ siteId, userId }, _args, { viewer }) => viewer.kind === 'person' && viewer.users.some((own) => own.siteId === siteId && own.userId === userId),
};
