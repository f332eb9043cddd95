// mediaUploadCreate, mediaUpload and the fields of an upload: decide who may, announce it, and tell what became of it. The bytes go to an
// address of the gateway and never through here.
import { currentTime } from '../../../core/answer-sources.js';
import { decodeGlobalId } from '../../../core/ids.js';
import type { Json } from '../../../core/changes.js';
import type { AnnouncedUpload } from '../../../origin/uploads/upload-desk.js';
import { mediaUpload } from '../../../origin/writes/media/upload.js';
import { outcomeOf } from '../../../origin/writes/run.js';
import { createUpload, findUpload, findUploadByKey, readOpenUploads, uploadToken, type UploadRow } from '../../../store/media-uploads.js';
import { findByKey, findWrite, hashInput } from '../../../store/writes.js';
import { actingUser, checkKey, decodeReceiptId, forbidden, receiptOf, userError, type UserErrorModel } from '../../shared/writes.js';
import type { MediaUploadInput, MediaUploadPayloadResolvers, MediaUploadResolvers, MutationResolvers, QueryResolvers } from '../generated.js';
import type { ContentContext } from '../loaders.js';
import type { MediaItemModel } from '../models.js';
import { ownUrl } from '../place.js';
import { decodeUpload } from './decode-upload.js';
import type { UploadModel, UploadPayloadModel } from './models.js';

const KEPT_MS = 24 * 3_600_000;
/** What one account may have announced and not brought to its end. */
const MAX_OPEN = 100;
const MAX_OPEN_FILES_OF_MOST_BYTES = 8;

const refused = (...userErrors: UserErrorModel[]): UploadPayloadModel => ({ upload: null, userErrors });

async function announce(input: MediaUploadInput, context: ContentContext): Promise<UploadPayloadModel> {
  const { store, viewer } = context;
  const id = decodeGlobalId(input.siteId);
  const access = id?.type === 'Site' ? await context.access.site(id.siteId) : null;
  if (!access || viewer.kind === 'anonymous') return refused(userError('NOT_FOUND', 'there is no such site', 'siteId'));
  const denied = forbidden(access, 'upload_files', null, 'siteId');
  if (denied) return refused(denied);
  const badKey = checkKey(input);
  if (badKey) return refused(badKey);
  const key = { siteId: access.siteId, accountId: viewer.accountId, idempotencyKey: input.idempotencyKey };
  const inputHash = hashInput(mediaUpload.name, input);
  const known = await findUploadByKey(store.database, key);
  if (known) return again(known, inputHash, context);
  const decoded = await decodeUpload(input, access, context);
  if (Array.isArray(decoded)) return refused(...decoded);
  const who = await actingUser(store, access);
  if ('code' in who) return refused(who);
  const now = currentTime();
  const open = await readOpenUploads(store.database, viewer.accountId, now);
  if (open.count >= MAX_OPEN || open.bytes + input.bytes > MAX_OPEN_FILES_OF_MOST_BYTES * context.place.maxUploadBytes) {
    return refused({ ...userError('RATE_LIMITED', 'you have announced too much that has not come or is not sent on yet; let it end first'), retryable: true });
  }
  if (await findByKey(store.database, key)) return refused(mismatch());
  const announced: AnnouncedUpload = {
    ...decoded, userId: who.userId, actor: { userId: who.userId, label: who.displayName, via: access.isOperator ? 'graph (operator)' : 'graph' }, asked: input as unknown as Json,
  };
  const row = await createUpload(store, { ...key, inputHash, bytes: input.bytes, input: announced, expiresAt: new Date(now.getTime() + KEPT_MS) }, now);
  return again(row, inputHash, context);
}

async function again(row: UploadRow, inputHash: string, context: ContentContext): Promise<UploadPayloadModel> {
  return row.inputHash === inputHash ? { upload: await modelOf(row, context), userErrors: [] } : refused(mismatch());
}

const mismatch = (): UserErrorModel => userError('IDEMPOTENCY_MISMATCH', 'this idempotencyKey was used for something else; use a new key for a new upload', 'idempotencyKey');

async function modelOf(row: UploadRow, { db }: ContentContext): Promise<UploadModel> {
  // While it is being sent its receipt has the same key and is not named yet.
  const record = row.writeId !== null ? await findWrite(db, row.siteId, row.writeId) : row.state === 'RECEIVED' ? await findByKey(db, row) : null;
  return { row, record };
}

export const uploadQueries: Required<Pick<QueryResolvers<ContentContext>, 'mediaUpload'>> = {
  async mediaUpload(_root, { id }, context) {
    const key = decodeReceiptId(id);
    const row = key && context.viewer.kind !== 'anonymous' ? await findUpload(context.db, key.siteId, key.writeId) : null;
    return row && context.viewer.kind !== 'anonymous' && row.accountId === context.viewer.accountId ? modelOf(row, context) : null;
  },
};

export const uploadMutations: Required<Pick<MutationResolvers<ContentContext>, 'mediaUploadCreate'>> = {
  mediaUploadCreate: (_root, { input }, context) => announce(input, context),
};

function isOver({ row }: UploadModel): boolean {
  return row.state === 'OPEN' && row.expiresAt.getTime() <= currentTime().getTime();
}

function errorsOf({ row, record }: UploadModel): UserErrorModel[] {
  if (row.errorCode !== null) return [userError(row.errorCode as UserErrorModel['code'], row.errorMessage ?? '')];
  const { error } = record === null ? { error: null } : outcomeOf(record);
  // A site that cannot be reached is tried again while the upload lasts; a write that is under way has no outcome yet.
  return error === null || (row.state !== 'ENDED' && (error.retryable || record?.errorCode === null)) ? [] : [{ ...error, field: null }];
}

function stateOf(upload: UploadModel): 'OPEN' | 'SENDING' | 'DONE' | 'FAILED' | 'EXPIRED' {
  const { row, record } = upload;
  if (row.state === 'OPEN') return isOver(upload) ? 'EXPIRED' : 'OPEN';
  if (record?.state === 'APPLIED' || record?.state === 'CONFIRMED') return 'DONE';
  if (row.state === 'RECEIVED' || record?.state === 'DISPATCHED') return 'SENDING';
  return 'FAILED';
}

async function mediaOf({ row, record }: UploadModel, context: ContentContext): Promise<MediaItemModel | null> {
  const { postId } = (record?.state === 'DISPATCHED' ? {} : (record?.result ?? {})) as { readonly postId?: number };
  return postId === undefined ? null : context.contents.ofType('MediaItem', { siteId: row.siteId, localId: postId });
}

function addressOf(upload: UploadModel, context: ContentContext): string | null {
  return stateOf(upload) === 'OPEN' ? ownUrl(context.place, `/uploads/${uploadToken(context.store.secrets, upload.row)}`) : null;
}

export const uploadResolvers: { readonly MediaUpload: MediaUploadResolvers<ContentContext>; readonly MediaUploadPayload: MediaUploadPayloadResolvers<ContentContext> } = {
  MediaUpload: {
    id: ({ row }) => Buffer.from(`${row.siteId}:${row.id}`).toString('base64url'),
    state: stateOf,
    bytes: ({ row }) => row.bytes,
    uploadUrl: (upload, _args, context) => addressOf(upload, context),
    expiresAt: ({ row }) => row.expiresAt,
    media: (upload, _args, context) => mediaOf(upload, context),
    write: ({ record }) => record && receiptOf(record),
    userErrors: errorsOf,
  },
  MediaUploadPayload: {
    uploadUrl: ({ upload }, _args, context) => upload && addressOf(upload, context),
    media: ({ upload }, _args, context) => upload && mediaOf(upload, context),
  },
};
