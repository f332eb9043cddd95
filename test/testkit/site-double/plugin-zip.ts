// Reads the plugin or theme in a zip as WordPress finds it: the first PHP file, at most one folder deep, with a `Plugin Name` header; a folder's style.css.
import { inflateRawSync } from 'node:zlib';

export interface ZippedPlugin {
  readonly file: string;
  readonly name: string;
  readonly version: string;
}

/** Null for what is no zip, or has no plugin in it. */
export function pluginInZip(zip: Buffer): ZippedPlugin | null {
  for (const { name, content } of entriesOf(zip)) {
    if (!/^[^/]+(?:\/[^/]+)?\.php$/.test(name)) continue;
    const header = (field: string): string | undefined => new RegExp(`^[\\s*#/]*${field}:\\s*(.+)$`, 'mi').exec(content.toString('utf8', 0, 8192))?.[1]?.trim();
    const title = header('Plugin Name');
    if (title !== undefined) return { file: name, name: title, version: header('Version') ?? '' };
  }
  return null;
}

/** The theme of a zip's one folder; null for what is no zip, or has no theme in it. */
export function themeInZip(zip: Buffer): { readonly slug: string; readonly name: string; readonly version: string } | null {
  for (const { name, content } of entriesOf(zip)) {
    const [, slug] = /^([^/]+)\/style\.css$/.exec(name) ?? [];
    const header = (field: string): string | undefined => new RegExp(`^[\\s*#/]*${field}:\\s*(.+)$`, 'mi').exec(content.toString('utf8', 0, 8192))?.[1]?.trim();
    const title = header('Theme Name');
    if (slug !== undefined && title !== undefined) return { slug, name: title, version: header('Version') ?? '' };
  }
  return null;
}

function* entriesOf(zip: Buffer): Generator<{ readonly name: string; readonly content: Buffer }> {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0) return;
  let at = zip.readUInt32LE(end + 16);
  for (let count = zip.readUInt16LE(end + 10); count > 0; count -= 1) {
    const [method, packed, nameBytes, extraBytes, commentBytes, offset] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32), zip.readUInt32LE(at + 42)];
    const start = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
    const raw = zip.subarray(start, start + packed);
    yield { name: zip.toString('utf8', at + 46, at + 46 + nameBytes), content: method === 8 ? inflateRawSync(raw) : raw };
    at += 46 + nameBytes + extraBytes + commentBytes;
  }
}
