// From the input of mediaUploadCreate to what is kept of it: everything that can be refused without asking the site.
import { decodeNumericId } from '../../../core/ids.js';
import type { AnnouncedUpload } from '../../../origin/uploads/upload-desk.js';
import { readEditable } from '../../../store/read/editable.js';
import { readUploadLimit } from '../../../store/read/upload-limit.js';
import type { SiteAccess } from '../../shared/access.js';
import { forbidden, userError, type UserErrorModel } from '../../shared/writes.js';
import type { MediaUploadInput } from '../generated.js';
import type { ContentContext } from '../loaders.js';
import { policyPost } from '../loaders/contents.js';

export type DecodedUpload = Pick<AnnouncedUpload, 'name' | 'mimeType' | 'texts' | 'attachTo' | 'homeUrl' | 'sha256'>;

const MAX_NAME = 200;
const MAX_TEXT = { title: 5_000, altText: 5_000, caption: 100_000, description: 100_000 } as const;

// eslint-disable-next-line no-control-regex
const BAD_IN_NAME = /[\u0000-\u001f\u007f/\\:;"]/;

/** The upload, or why it is refused. */
export async function decodeUpload(input: MediaUploadInput, access: SiteAccess, context: ContentContext): Promise<DecodedUpload | UserErrorModel[]> {
  const errors: UserErrorModel[] = [];
  const bad = (field: string, message: string): void => void errors.push(userError('INVALID', message, field));
  const name = input.filename.trim();
  if (name === '' || name.length > MAX_NAME || BAD_IN_NAME.test(name) || !/[^.]\.[A-Za-z0-9]{1,10}$/.test(name)) {
    bad('filename', `filename must have 1 to ${MAX_NAME} characters and an ending such as .jpg, and none of / \\ : ; and quotation marks`);
  }
  if (!/^[a-z0-9][a-z0-9!#$&^_.+-]{0,80}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}$/i.test(input.mimeType)) bad('mimeType', 'mimeType must be a type such as image/jpeg');
  if (input.sha256 && !/^[0-9a-f]{64}$/i.test(input.sha256)) bad('sha256', 'sha256 must have 64 hexadecimal digits');
  for (const [field, most] of Object.entries(MAX_TEXT)) {
    const value = input[field as keyof typeof MAX_TEXT];
    if (value && (value.length > most || value.includes('\u0000'))) bad(field, `${field} must have at most ${most} characters and no NUL character`);
  }
  const { bytes: siteBytes, homeUrl } = await readUploadLimit(context.db, access.siteId);
  const most = Math.min(context.place.maxUploadBytes, siteBytes ?? Infinity);
  if (input.bytes < 1 || input.bytes > most) bad('bytes', `bytes must be 1 to ${most}, ${most === siteBytes ? 'the most that the site takes (wp_max_upload_size)' : 'the most that this server takes'}; got ${input.bytes}`);
  const attachTo = input.attachTo ? await attachedTo(input.attachTo, access, context) : 0;
  if (typeof attachTo !== 'number') errors.push(attachTo);
  if (errors.length > 0 || typeof attachTo !== 'number') return errors;
  const slug = (input.title?.trim() || name.replace(/\.[^.]*$/, '')).slice(0, MAX_NAME);
  return {
    name, mimeType: input.mimeType.toLowerCase(), attachTo, homeUrl, sha256: input.sha256?.toLowerCase() ?? null,
    texts: {
      slug, ...(input.title ? { title: input.title } : {}), ...(input.altText ? { alt_text: input.altText } : {}), ...(input.caption ? { caption: input.caption } : {}),
      ...(input.description ? { description: input.description } : {}),
    },
  };
}

/** The number of the content that a file is attached to, which the viewer must be able to edit, as WordPress asks. */
async function attachedTo(id: string, access: SiteAccess, context: ContentContext): Promise<number | UserErrorModel> {
  const key = decodeNumericId(id, 'Post', 'Page', 'CustomContent');
  const row = key?.siteId === access.siteId ? await readEditable(context.db, key.siteId, key.localId) : null;
  const post = row && policyPost(row);
  if (!post || !access.can('read_post', { kind: 'post', post })) return userError('NOT_FOUND', 'attachTo is not content of this site, or you may not know of it', 'attachTo');
  return forbidden(access, 'edit_post', { kind: 'post', post }, 'attachTo') ?? post.id;
}
