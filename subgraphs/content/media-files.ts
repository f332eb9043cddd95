// Where an attachment's file is, and its sizes, deduced from what sync tells: the path below the uploads folder (meta
// _wp_attached_file), the address at the time of upload (guid), the site's present address. Pure; called by the loaders.
import { z } from 'zod';

/** `MediaSize` of the schema. */
export interface MediaSizeModel {
  readonly name: string;
  readonly url: string;
  readonly width: number;
  readonly height: number;
}

/** What is known of a file. */
export interface MediaFileModel {
  readonly sourceUrl: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly altText: string;
  readonly sizes: readonly MediaSizeModel[];
}

export interface MediaFacts {
  /** Metas as they came; undefined when there is no row. */
  readonly attachedFile: unknown;
  readonly metadata: unknown;
  readonly altText: unknown;
  readonly guid: string;
  /** The site's own address (siteurl), without a trailing slash. */
  readonly siteUrl: string;
  /** The option upload_url_path, as it came. */
  readonly uploadUrlPath: unknown;
}

const pixels = z.coerce.number().int().positive().max(1_000_000);
const sizeShape = z.object({ file: z.string().min(1), width: pixels, height: pixels });
const metadataShape = z.object({ width: pixels.optional().catch(undefined), height: pixels.optional().catch(undefined), sizes: z.unknown() });

/** Deduces the file of an attachment. */
export function mediaFile(facts: MediaFacts): MediaFileModel {
  const sourceUrl = sourceUrlOf(facts);
  const metadata = metadataShape.safeParse(facts.metadata);
  const { width, height } = metadata.success ? metadata.data : {};
  return {
    sourceUrl,
    width: width ?? null,
    height: height ?? null,
    altText: typeof facts.altText === 'string' ? facts.altText : '',
    sizes: sourceUrl === null || width === undefined || height === undefined ? [] : sizesOf(sourceUrl, width, height, metadata.data?.sizes),
  };
}

function sizesOf(sourceUrl: string, width: number, height: number, sizes: unknown): MediaSizeModel[] {
  const folder = sourceUrl.slice(0, sourceUrl.lastIndexOf('/') + 1);
  const listed = typeof sizes === 'object' && sizes !== null && !Array.isArray(sizes) ? Object.entries(sizes) : [];
  const smaller = listed.flatMap(([name, value]) => {
    const size = sizeShape.safeParse(value);
    if (!size.success || name === 'full') return [];
    return [{ name, url: folder + size.data.file.slice(size.data.file.lastIndexOf('/') + 1), width: size.data.width, height: size.data.height }];
  });
  return [...smaller, { name: 'full', url: sourceUrl, width, height }];
}

function sourceUrlOf(facts: MediaFacts): string | null {
  const file = typeof facts.attachedFile === 'string' ? facts.attachedFile.replaceAll('\\', '/') : '';
  if (file === '') return httpUrl(facts.guid) && /\.[a-z0-9]{2,5}$/i.test(facts.guid) ? facts.guid : null;
  if (httpUrl(file)) return file;
  const relative = file.startsWith('/') || /^[a-z]:\//i.test(file) ? belowUploads(file) : file;
  return relative === null ? null : `${uploadsUrl(facts, relative)}/${relative}`;
}

/** A path that is absolute on the server's disk, from its uploads folder on. */
function belowUploads(file: string): string | null {
  const mark = file.lastIndexOf('/uploads/');
  return mark < 0 ? null : file.slice(mark + '/uploads/'.length);
}

/**
 * The address of the uploads folder. A guid keeps the address of the time of upload: its path tells the folder, its host
 * may be of the past, so the host is the site's present one.
 */
function uploadsUrl(facts: MediaFacts, relative: string): string {
  if (typeof facts.uploadUrlPath === 'string' && httpUrl(facts.uploadUrlPath)) return facts.uploadUrlPath.replace(/\/+$/, '');
  const guid = httpUrl(facts.guid);
  const path = guid && folderInGuid(facts.guid.slice(facts.guid.indexOf(guid.host) + guid.host.length), relative);
  if (path === null) return `${facts.siteUrl}/wp-content/uploads`;
  return `${new URL(facts.siteUrl).origin}${path}`;
}

function folderInGuid(guidPath: string, relative: string): string | null {
  // A file may lie above the folder of its month, which its guid names all the same.
  if (guidPath.endsWith(`/${relative}`)) return guidPath.slice(0, -relative.length - 1).replace(/\/[0-9]{4}\/[0-9]{2}$/, '');
  const folder = relative.slice(0, relative.lastIndexOf('/') + 1);
  const guidFolder = guidPath.slice(0, guidPath.lastIndexOf('/') + 1);
  if (folder !== '' && guidFolder.endsWith(`/${folder}`)) return guidFolder.slice(0, -folder.length - 1);
  return null;
}

function httpUrl(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') ? url : null;
}
