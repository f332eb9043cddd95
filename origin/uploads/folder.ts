// The folder in which the bytes of uploads wait: a file an upload, named by its id, for this process's user alone. Called by the upload
// desk and, over it, by the HTTP side; it knows nothing of sites.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface UploadFolder {
  readonly directory: string;
  pathOf(id: string): string;
  /** Makes the file when it is not there yet. */
  touch(id: string): Promise<void>;
  /** How many bytes are there; null when there is no file. */
  bytesOf(id: string): Promise<number | null>;
  ids(): Promise<string[]>;
  remove(id: string): Promise<void>;
  /** The hashes of a file, read in pieces: SHA-1 in base64, SHA-256 in hex. */
  hash(id: string): Promise<{ readonly sha1: string; readonly sha256: string }>;
}

/** Opens the folder, made when it is not there. */
export async function openUploadFolder(directory: string): Promise<UploadFolder> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const pathOf = (id: string): string => {
    // Ids come from tokens that we sealed; a path is never made of anything else.
    if (!ID.test(id)) throw new TypeError('expected the id of an upload');
    return join(directory, id);
  };
  return {
    directory,
    pathOf,
    async touch(id) {
      await (await open(pathOf(id), 'a', 0o600)).close();
    },
    async bytesOf(id) {
      try {
        return (await stat(pathOf(id))).size;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    ids: async () => (await readdir(directory)).filter((name) => ID.test(name)),
    remove: (id) => rm(pathOf(id), { force: true }),
    async hash(id) {
      const [sha1, sha256] = [createHash('sha1'), createHash('sha256')];
      await pipeline(createReadStream(pathOf(id)), async (pieces: AsyncIterable<Buffer>) => {
        for await (const piece of pieces) {
          sha1.update(piece);
          sha256.update(piece);
        }
      });
      return { sha1: sha1.digest('base64'), sha256: sha256.digest('hex') };
    },
  };
}
