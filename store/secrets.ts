// Encrypts the sites' tokens and dead letters at rest (AES-256-GCM) and derives the keys other parts sign with.
// The root key comes from SITEGRAPH_SECRET or from a generated key file; no secret ever enters a message or a log.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../core/errors.js';

const MIN_SECRET_CHARACTERS = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface Secrets {
  /** Encrypts text; `context` (site and purpose) is bound to the result, which cannot be moved to another row. */
  encrypt(plain: string, context: string): Uint8Array;
  decrypt(box: Uint8Array, context: string): string;
  /** A 32-byte key for one named purpose, e.g. 'viewer' for the signed viewer header. */
  deriveKey(purpose: string): Buffer;
}

/** Creates the secrets from root key material of any length. */
export function createSecrets(root: Uint8Array | string): Secrets {
  const deriveKey = (purpose: string) => Buffer.from(hkdfSync('sha256', root, 'sitegraph', purpose, 32));
  const storeKey = deriveKey('store');
  return {
    deriveKey,
    encrypt(plain, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', storeKey, nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    decrypt(box, context) {
      const bytes = Buffer.from(box);
      try {
        const decipher = createDecipheriv('aes-256-gcm', storeKey, bytes.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(context));
        decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new AppError('CONFIGURATION', 'a stored secret does not open with this key; start with the SITEGRAPH_SECRET or key file it was written with', { cause });
      }
    },
  };
}

/** Reads the root key: the given secret, else the key file of the data directory, which is generated with mode 0600. */
export function loadRootKey(dataDir: string, secret: string | undefined): Uint8Array | string {
  if (secret !== undefined && secret !== '') {
    if (secret.length < MIN_SECRET_CHARACTERS) {
      throw new AppError('CONFIGURATION', `SITEGRAPH_SECRET has ${secret.length} characters; it needs at least ${MIN_SECRET_CHARACTERS}`);
    }
    return secret;
  }
  const file = join(dataDir, 'secret.key');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' });
  }
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  const key = Buffer.from(readFileSync(file, 'utf8'), 'base64');
  if (key.length !== 32) throw new AppError('CONFIGURATION', 'the key file secret.key of the data directory is damaged; restore it from a backup');
  return key;
}
