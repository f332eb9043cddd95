// Finds the zip of a version: among the packages that were uploaded here, else in the WordPress.org directory, whose addresses are
// made of slug and version. Called by recover.ts.
import { packageContent, packageOfVersion } from '../../store/extension-packages.js';
import type { Store } from '../../store/store.js';
import type { SiteClient } from '../site-calls.js';

export const MAX_ZIP_BYTES = 64 * 1024 * 1024;
const DOWNLOAD_TIMEOUT_MS = 120_000;

export interface Directory {
  /** Where versions are downloaded, without a trailing slash: https://downloads.wordpress.org. */
  readonly downloadsUrl: string;
}

export type FoundZip = { readonly kind: 'found'; readonly content: Buffer; readonly name: string } | { readonly kind: 'none'; readonly message: string };

/** The zip of a version. Only zips are believed to be zips. */
export async function findVersion(
  { store, client, directory }: { readonly store: Store; readonly client: SiteClient; readonly directory: Directory }, accountId: string, kind: 'PLUGIN' | 'THEME', slug: string, version: string,
): Promise<FoundZip> {
  if (!/^[A-Za-z0-9._+-]{1,60}$/.test(version) || version.includes('..')) return { kind: 'none', message: 'the version has no name that a directory could have' };
  const name = `${slug}.${version}.zip`;
  const kept = await packageOfVersion(store.database, accountId, kind, slug, version);
  const content = kept ? await packageContent(store.database, kept.id) : null;
  if (content) return { kind: 'found', content, name };
  const address = `${directory.downloadsUrl}/${kind === 'PLUGIN' ? 'plugin' : 'theme'}/${encodeURIComponent(slug)}.${encodeURIComponent(version)}.zip`;
  const outcome = await client.download(address, MAX_ZIP_BYTES, DOWNLOAD_TIMEOUT_MS);
  if (outcome.kind === 'failure') return { kind: 'none', message: `${slug} ${version} could not be downloaded: ${outcome.message}` };
  if (!isZip(outcome.content)) return { kind: 'none', message: 'the directory answered with something that is no zip' };
  return { kind: 'found', content: outcome.content, name };
}

/** Whether bytes begin as a zip does. */
export function isZip(content: Uint8Array): boolean {
  return content.length > 22 && content[0] === 0x50 && content[1] === 0x4b && content[2] === 3 && content[3] === 4;
}
