// A file as wp/v2/media answers it in the edit context, beyond what it has in common with posts: where it is, what it measures and
// what it is called for those who do not see it; and the metas that a sync of the same state would have given.
import type { Json } from '../../../core/changes.js';
import { postMembers, readPostAnswer, type PostAnswer } from '../../rest/post-answer.js';

/** The value of `_fields`. */
export const MEDIA_MEMBERS = `${postMembers([])},alt_text,source_url,media_details`;

export type MediaAnswer = PostAnswer;

/** Reads an answer; null when it is none of a file. */
export function readMediaAnswer(body: Json): MediaAnswer | null {
  const post = readPostAnswer(body);
  return post?.type === 'attachment' ? post : null;
}

/** The metas of a file as the site stores them. */
export function metasOfMedia(answer: MediaAnswer): Map<string, Json> {
  const metas = new Map<string, Json>();
  const { file: told, sizes, ...details } = (answer.media_details ?? {}) as { readonly file?: Json; readonly sizes?: unknown; readonly [name: string]: unknown };
  const file = typeof told === 'string' && told !== '' ? told : belowUploads(answer.source_url);
  if (file !== null) metas.set('_wp_attached_file', file);
  const smaller = sizesOf(sizes);
  // Of what is no image WordPress keeps no more than it measures: REST adds the list of sizes.
  metas.set('_wp_attachment_metadata', { ...(details as Record<string, Json>), ...(told === undefined ? {} : { file: told }), ...('width' in details ? { sizes: smaller } : {}) });
  if (answer.alt_text !== '') metas.set('_wp_attachment_image_alt', answer.alt_text);
  return metas;
}

const UPLOADS = '/uploads/';

function belowUploads(url: string): string | null {
  const path = URL.canParse(url) ? decodeURI(new URL(url).pathname) : '';
  const at = path.lastIndexOf(UPLOADS);
  return at < 0 ? null : path.slice(at + UPLOADS.length);
}

/** REST adds the file itself as a size of its own, and an address to each. */
function sizesOf(sizes: unknown): Record<string, Json> {
  const out: Record<string, Json> = {};
  for (const [name, size] of typeof sizes === 'object' && sizes !== null && !Array.isArray(sizes) ? Object.entries(sizes) : []) {
    if (name === 'full' || typeof size !== 'object' || size === null) continue;
    const { source_url: _address, mime_type, ...rest } = size as Record<string, Json>;
    out[name] = { ...rest, ...(mime_type === undefined ? {} : { 'mime-type': mime_type }) };
  }
  return out;
}
