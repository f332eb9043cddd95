// Takes uploads from their announcement to the site: tells the HTTP side what an address stands for, sends what is complete, a few at once and
// one a site, tries again while a site cannot be reached, and forgets files that nobody waits for. One a process that receives uploads.
import type { ActorRef, Json } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import { claimUpload, discardUpload, endUpload, findUpload, postponeUpload, readUploadToken, readWantedUploads, receiveUpload, type ClaimedUpload, type UploadRow } from '../../store/media-uploads.js';
import { findByKey } from '../../store/writes.js';
import { mediaUpload, sendingTimeMs, type MediaUploadInput } from '../writes/media/upload.js';
import { runWrite, type WriteDesk } from '../writes/run.js';
import { openUploadFolder, type UploadFolder } from './folder.js';

/** What an announcement keeps for the sending. */
export type AnnouncedUpload = Omit<MediaUploadInput, 'path' | 'bytes' | 'sha1' | 'mark'> & {
  /** As lower-case hex; null when the app did not tell it. */
  readonly sha256: string | null;
  readonly userId: number;
  readonly actor: { readonly userId: number | null; readonly label: string; readonly via: string | null };
  /** The mutation's own input. */
  readonly asked: Json;
};

export interface UploadDesk {
  readonly folder: UploadFolder;
  /** The upload of an address; null when there is none, or its time is over. */
  find(token: string): Promise<UploadRow | null>;
  /** All bytes are there: sends it, in the background. */
  received(upload: UploadRow): Promise<void>;
  /** The app takes it back; false when it is being sent, or was. */
  discard(upload: UploadRow): Promise<boolean>;
  /** Begins to send what waits for its time; ends when nothing is being sent. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

const MOST_AT_ONCE = 4;
const LOOK_MS = 30_000;
/** What a write takes beyond the sending: hashing, the texts, reading back. */
const MARGIN_MS = 90_000;
/** Longer than any sending takes: another process, or this one after a restart, waits so long before it looks what became of it. */
const LEASE_MS = 1_000_000;

/** Opens the desk over a folder. */
export async function openUploadDesk(desk: WriteDesk, directory: string): Promise<UploadDesk> {
  const folder = await openUploadFolder(directory);
  const { store, log } = desk;
  const sending = new Map<SiteId, Promise<void>>();
  const nowMs = desk.clock ?? Date.now;
  let isClosed = false;
  let looking: Promise<void> = Promise.resolve();

  /** Begins to send what waits; one look at a time, so that a file is claimed once. */
  function look(): Promise<void> {
    looking = looking.then(async () => {
      const ids = isClosed ? [] : await folder.ids();
      while (!isClosed && ids.length > 0 && sending.size < MOST_AT_ONCE) {
        const now = new Date(nowMs());
        const claimed = await claimUpload(store, ids, [...sending.keys()], now, new Date(now.getTime() + LEASE_MS));
        if (claimed === null) return;
        const { siteId, id } = claimed.upload;
        const sent = send(claimed)
          .catch(async (error: unknown) => {
            log.error({ err: error, siteId, upload: id }, 'an upload could not be sent');
            await postponeUpload(store.database, claimed.upload, null, new Date(nowMs() + LOOK_MS)).catch(() => undefined);
          })
          .finally(() => {
            sending.delete(siteId);
            void look();
          });
        sending.set(siteId, sent);
      }
    }).catch((error: unknown) => log.error({ err: error }, 'uploads could not be looked after'));
    return looking;
  }

  async function end(upload: UploadRow, how: Parameters<typeof endUpload>[2]): Promise<void> {
    await endUpload(store.database, upload, how);
    await folder.remove(upload.id);
  }

  async function send({ upload, input }: ClaimedUpload): Promise<void> {
    const { sha256, userId, actor, asked, ...announced } = input as AnnouncedUpload;
    const { siteId, accountId, idempotencyKey, id, bytes } = upload;
    const earlier = await findByKey(store.database, upload);
    // The process that sent it was killed: what became of it is being read back, and nothing is sent again.
    if (earlier?.state === 'DISPATCHED') return end(upload, { writeId: earlier.id });
    const hashes = await folder.hash(id);
    if ((await folder.bytesOf(id)) !== bytes || (sha256 !== null && sha256 !== hashes.sha256)) {
      return end(upload, { errorCode: 'INVALID', errorMessage: 'the bytes that were received are not those that were announced (length or sha256); announce it again with a new key' });
    }
    const { record, error } = await runWrite(desk, {
      operation: mediaUpload, siteId, accountId, as: { kind: 'user', userId }, actor: { kind: 'USER', ...actor } as ActorRef, idempotencyKey, asked,
      input: { ...announced, path: folder.pathOf(id), bytes, sha1: hashes.sha1, mark: `upload-${id}` }, targets: [], mayQueue: false, deadlineMs: nowMs() + sendingTimeMs(bytes) + MARGIN_MS,
    });
    if (record === null) return end(upload, { errorCode: error?.code ?? 'IDEMPOTENCY_MISMATCH', errorMessage: error?.message ?? 'this idempotencyKey was used for something else' });
    const mayTryAgain = record.state === 'REJECTED' && error?.retryable === true && nowMs() < upload.expiresAt.getTime();
    if (mayTryAgain) return postponeUpload(store.database, upload, record.id, new Date(nowMs() + LOOK_MS));
    return end(upload, { writeId: record.id });
  }

  async function forget(): Promise<void> {
    const ids = await folder.ids();
    const wanted = ids.length === 0 ? new Set<string>() : await readWantedUploads(store.database, ids, new Date(nowMs()));
    for (const id of ids) if (!wanted.has(id)) await folder.remove(id);
  }

  const timer = setInterval(() => {
    void look();
    forget().catch((error: unknown) => log.error({ err: error }, 'old uploads could not be forgotten'));
  }, LOOK_MS);
  timer.unref();
  void look();

  return {
    folder,
    async find(token) {
      const key = readUploadToken(store.secrets, token);
      const upload = key && (await findUpload(store.database, key.siteId, key.id));
      return upload && (upload.state !== 'OPEN' || upload.expiresAt.getTime() > nowMs()) ? upload : null;
    },
    async received(upload) {
      if (await receiveUpload(store.database, upload.siteId, upload.id)) void look();
    },
    async discard(upload) {
      const isOpen = await discardUpload(store.database, upload.siteId, upload.id, 'the app took the upload back');
      if (isOpen) await folder.remove(upload.id);
      return isOpen;
    },
    async drain() {
      await look();
      while (sending.size > 0) {
        await Promise.all(sending.values());
        await looking;
      }
    },
    async close() {
      isClosed = true;
      clearInterval(timer);
      await looking;
      await Promise.all(sending.values());
    },
  };
}
