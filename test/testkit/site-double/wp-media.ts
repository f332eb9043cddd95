// Uploads to `wp/v2/media`: raw bytes with a name in Content-Disposition, refused as WordPress 6.1 does. Its type is what the ending of the name
// says, whatever Content-Type says; of the bytes themselves only zips are kept.
import { created, wpError, type RestAnswer, type RestCall } from './rest.js';
import { can, mayChange, postItem } from './wp-post-item.js';
import { slugOf } from './wp-collection.js';

const TYPES: Readonly<Record<string, string>> = {
  png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp', pdf: 'application/pdf', zip: 'application/zip', txt: 'text/plain', mp4: 'video/mp4',
};

export function upload(call: RestCall, uniqueSlug: (slug: string) => string): RestAnswer {
  const { params, site } = call;
  if (!can(call, 'attachment', 'upload_files')) return wpError(call.user ? 403 : 401, 'rest_cannot_create', 'Sorry, you are not allowed to create posts as this user.');
  const parent = params['post'] === undefined ? undefined : site.tables.posts.get(Number(params['post']));
  if (parent && !mayChange(call, parent, 'edit')) return wpError(403, 'rest_cannot_edit', 'Sorry, you are not allowed to upload media to this post.');
  if (call.bodyBytes === 0) return wpError(400, 'rest_upload_no_data', 'No data supplied.');
  if (typeof call.headers['content-type'] !== 'string') return wpError(400, 'rest_upload_no_content_type', 'No Content-Type supplied.');
  const disposition = call.headers['content-disposition'];
  if (typeof disposition !== 'string') return wpError(400, 'rest_upload_no_content_disposition', 'No Content-Disposition supplied.');
  // Headers are bytes; WordPress splits at every semicolon.
  const given = Buffer.from(disposition, 'latin1').toString('utf8').split(';').map((part) => /^\s*filename="?(.*?)"?\s*$/.exec(part)?.[1]).find((name) => name !== undefined);
  if (given === undefined || given === '') return wpError(400, 'rest_upload_invalid_disposition', 'Invalid Content-Disposition supplied.');
  const ending = /\.([A-Za-z0-9]+)$/.exec(given)?.[1]?.toLowerCase() ?? '';
  const mime = TYPES[ending];
  if (mime === undefined) return wpError(500, 'rest_upload_sideload_error', 'Sorry, you are not allowed to upload this file type.');
  const by = call.user?.ID ?? 0;
  const file = uniqueFile(call, given.replace(/\s+/g, '-'));
  const title = file.replace(/^.*\//, '').replace(/\.[^.]+$/, '');
  const slug = typeof params['slug'] === 'string' && params['slug'] !== '' ? params['slug'] : title;
  const post = call.events.savePost({
    post_type: 'attachment', post_status: 'inherit', post_title: title, post_name: uniqueSlug(slugOf(slug)), post_mime_type: mime, post_author: by, guid: `${site.url}/wp-content/uploads/${file}`,
    post_parent: parent?.ID ?? 0,
  }, by);
  if (mime === 'application/zip') site.code.zips.set(post.ID, call.raw);
  call.events.setPostMeta(post.ID, '_wp_attached_file', file, by);
  call.events.setPostMeta(post.ID, '_wp_attachment_metadata', mime.startsWith('image/') ? { width: 640, height: 480, file, filesize: call.bodyBytes, sizes: {} } : { filesize: call.bodyBytes }, by);
  return created(postItem(site, post, true));
}

function uniqueFile({ site }: RestCall, name: string): string {
  const folder = new Date(site.now()).toISOString().slice(0, 7).replace('-', '/');
  const taken = new Set(site.tables.posts.all().map((post) => post.guid.replace(/^.*\/wp-content\/uploads\//, '')));
  const [, stem = '', ending = ''] = /^(.*)(\.[^.]+)$/.exec(name) ?? [];
  for (let number = 0; ; number += 1) {
    const tried = `${folder}/${stem}${number === 0 ? '' : `-${number}`}${ending}`;
    if (!taken.has(tried)) return tried;
  }
}
