// Finds out what a zip of a plugin or theme is: its slug, version and main file, from the headers that WordPress reads. Called for
// packages that are uploaded; everything in the zip is hostile, so nothing is inflated beyond the first bytes of a bounded number of files.
import { inflateRawSync } from 'node:zlib';

export interface ZippedExtension {
  readonly kind: 'PLUGIN' | 'THEME';
  readonly slug: string;
  readonly version: string;
  /** A plugin's main file below the folder of plugins; null for a theme. */
  readonly file: string | null;
}

const MAX_ENTRIES = 20_000;
const MAX_READ = 200;
/** WordPress itself reads headers from the first 8 KiB; a file is inflated as far as a style sheet may be large. */
const HEADER_BYTES = 8_192;
const MAX_FILE_BYTES = 4 * 1024 * 1024;
const NAME = /^([A-Za-z0-9_][A-Za-z0-9._-]{0,99})\/([A-Za-z0-9_][A-Za-z0-9._ -]{0,99}\.php|style\.css)$/;

/** What is in a zip whose files lie in one folder; null for anything else. */
export function readZippedExtension(zip: Buffer): ZippedExtension | null {
  try {
    return find(zip);
  } catch (error) {
    // Offsets that lead nowhere and data that cannot be inflated: no zip that a site could use.
    if (error instanceof RangeError || (error instanceof Error && 'code' in error)) return null;
    throw error;
  }
}

function find(zip: Buffer): ZippedExtension | null {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0 || zip.readUInt32LE(0) !== 0x04034b50) return null;
  const entries = zip.readUInt16LE(end + 10);
  if (entries > MAX_ENTRIES) return null;
  let theme: ZippedExtension | null = null;
  let at = zip.readUInt32LE(end + 16);
  for (let count = 0, read = 0; count < entries && read < MAX_READ; count += 1) {
    if (zip.readUInt32LE(at) !== 0x02014b50) return null;
    const nameBytes = zip.readUInt16LE(at + 28);
    const [, slug, file] = NAME.exec(zip.toString('utf8', at + 46, at + 46 + nameBytes)) ?? [];
    if (slug !== undefined && file !== undefined) {
      read += 1;
      const text = beginningOf(zip, at);
      const version = headerOf(text, 'Version');
      if (file === 'style.css' && headerOf(text, 'Theme Name') !== '') theme = { kind: 'THEME', slug, version, file: null };
      if (file !== 'style.css' && headerOf(text, 'Plugin Name') !== '') return { kind: 'PLUGIN', slug, version, file: `${slug}/${file}` };
    }
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return theme;
}

function beginningOf(zip: Buffer, at: number): string {
  const [method, packed, offset] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 42)];
  const start = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
  const raw = zip.subarray(start, start + packed);
  const content = method === 8 ? inflateRawSync(raw, { maxOutputLength: MAX_FILE_BYTES }) : raw;
  return content.toString('utf8', 0, HEADER_BYTES);
}

function headerOf(text: string, name: string): string {
  return new RegExp(`^[\\s*#/@]*${name}:[ \\t]*(.{1,100})$`, 'mi').exec(text)?.[1]?.trim() ?? '';
}
