// `wp/v2/posts`, `pages`, `media` and the types of plugins: lists, single posts, writes, trash and deletion, each refused as WordPress does.
import type { PostRow } from './rows.js';
import { created, isTrue, ok, route, toIds, wpError, type RestAnswer, type RestCall, type RestRoute } from './rest.js';
import { invalidParam, isEdit, matches, pageOf, pick, slugOf, sorted, sqlDate, toTexts, type Item } from './wp-collection.js';
import { upload } from './wp-media.js';
import { can, mayChange, mayRead, postItem, taxonomiesOf, taxonomyBase, termIds, typeOfBase } from './wp-post-item.js';

const refuse = (call: RestCall, code: string, message: string): RestAnswer => wpError(call.user ? 403 : 401, code, message);
const noRoute = (): RestAnswer => wpError(404, 'rest_no_route', 'No route was found matching the URL and request method.');
const invalidId = (): RestAnswer => wpError(404, 'rest_post_invalid_id', 'Invalid post ID.');
const STATUSES = ['publish', 'future', 'draft', 'pending', 'private', 'trash', 'auto-draft', 'inherit'];

function list(call: RestCall, type: string): RestAnswer {
  if (isEdit(call) && !can(call, type, 'edit_posts')) return refuse(call, 'rest_forbidden_context', 'Sorry, you are not allowed to edit posts in this post type.');
  const wanted = toTexts(call.params['status'] ?? (type === 'attachment' ? 'inherit' : 'publish'));
  const unknown = wanted.find((status) => status !== 'any' && !STATUSES.includes(status));
  if (unknown !== undefined) return invalidParam('status', `status[0] is not one of ${STATUSES.join(', ')}, and any.`);
  if (wanted.some((status) => !['publish', 'inherit'].includes(status)) && !can(call, type, 'edit_posts')) return invalidParam('status', 'Status is forbidden.');
  const statuses = new Set(wanted.includes('any') ? STATUSES.filter((status) => !['trash', 'auto-draft', ...(type === 'attachment' ? [] : ['inherit'])].includes(status)) : wanted);
  const filter = filterOf(call, type);
  if ('refused' in filter) return filter.refused;
  const rows = call.site.tables.posts.all().filter((post) => post.post_type === type && statuses.has(post.post_status) && mayRead(call, post) && filter.passes(post));
  const include = toIds(call.params['include']);
  const keys: Record<string, (post: PostRow) => string | number> = {
    date: (post) => post.post_date, id: (post) => post.ID, modified: (post) => post.post_modified, title: (post) => post.post_title, slug: (post) => post.post_name,
    author: (post) => post.post_author, parent: (post) => post.post_parent, menu_order: (post) => post.menu_order, include: (post) => include.indexOf(post.ID),
  };
  const order = sorted(call, rows, keys, 'date', 'desc');
  return order ? pageOf(call, order, (post) => postItem(call.site, post, isEdit(call))) : invalidParam('orderby', `orderby is not one of ${Object.keys(keys).join(', ')}.`);
}

function filterOf(call: RestCall, type: string): { passes: (post: PostRow) => boolean } | { refused: RestAnswer } {
  const { params, site } = call;
  const tests: ((post: PostRow) => boolean)[] = [(post) => matches(call, post.post_title, post.post_content)];
  const bounds = [['after', 'post_date', 1], ['before', 'post_date', -1], ['modified_after', 'post_modified', 1], ['modified_before', 'post_modified', -1]] as const;
  for (const [name, column, sign] of bounds) {
    if (params[name] === undefined) continue;
    const bound = sqlDate(params[name]);
    if (bound === null) return { refused: invalidParam(name, 'Invalid date.') };
    tests.push((post) => (sign > 0 ? post[column] > bound : post[column] < bound));
  }
  const lists = [['include', (post: PostRow) => post.ID], ['author', (post: PostRow) => post.post_author], ['parent', (post: PostRow) => post.post_parent]] as const;
  for (const [name, valueOf] of lists) {
    if (params[name] === undefined) continue;
    const ids = new Set(toIds(params[name]));
    tests.push((post) => ids.has(valueOf(post)));
  }
  if (params['exclude'] !== undefined) {
    const ids = new Set(toIds(params['exclude']));
    tests.push((post) => !ids.has(post.ID));
  }
  if (params['slug'] !== undefined) tests.push((post) => toTexts(params['slug']).includes(post.post_name));
  for (const taxonomy of taxonomiesOf(site, type)) {
    const wanted = params[taxonomyBase(taxonomy)];
    if (wanted !== undefined) tests.push((post) => termIds(site, post.ID, taxonomy).some((id) => toIds(wanted).includes(id)));
  }
  return { passes: (post) => tests.every((test) => test(post)) };
}

function find(call: RestCall, type: string, id: string | undefined): PostRow | undefined {
  const post = call.site.tables.posts.get(Number(id));
  return post?.post_type === type ? post : undefined;
}

function read(call: RestCall, post: PostRow): RestAnswer {
  if (!mayRead(call, post)) return refuse(call, 'rest_forbidden', 'Sorry, you are not allowed to do that.');
  if (isEdit(call) && !mayChange(call, post, 'edit')) return refuse(call, 'rest_forbidden_context', 'Sorry, you are not allowed to edit this post.');
  return ok(pick(call, postItem(call.site, post, isEdit(call))));
}

type Fields = Partial<PostRow>;

function rawText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null && 'raw' in value ? String(value.raw) : undefined;
}

/** What a body says of columns, or a refusal. */
function fieldsOf(call: RestCall, type: string, before: PostRow | null): Fields | { refused: RestAnswer } {
  const { params } = call;
  const fields: Record<string, unknown> = {};
  const texts = type === 'attachment' ? [['title', 'post_title'], ['description', 'post_content'], ['caption', 'post_excerpt']] : [['title', 'post_title'], ['content', 'post_content'], ['excerpt', 'post_excerpt']];
  for (const [name, column] of texts as [string, string][]) {
    const text = rawText(params[name]);
    if (text !== undefined) fields[column] = text;
  }
  if (typeof params['password'] === 'string') fields['post_password'] = params['password'];
  for (const [name, column] of [['comment_status', 'comment_status'], ['ping_status', 'ping_status']] as const) {
    if (params[name] === undefined) continue;
    if (params[name] !== 'open' && params[name] !== 'closed') return { refused: invalidParam(name, `${name} is not one of open and closed.`) };
    fields[column] = params[name];
  }
  for (const [name, column] of [['parent', 'post_parent'], ['post', 'post_parent'], ['menu_order', 'menu_order']] as const) {
    if (params[name] !== undefined) fields[column] = Number(params[name]);
  }
  if (params['author'] !== undefined) {
    const author = Number(params['author']);
    if (author !== (before?.post_author ?? call.user?.ID) && !can(call, type, 'edit_others_posts')) return { refused: refuse(call, 'rest_cannot_edit_others', 'Sorry, you are not allowed to update posts as this user.') };
    if (!call.site.tables.users.get(author)) return { refused: wpError(400, 'rest_invalid_author', 'Invalid author ID.') };
    fields['post_author'] = author;
  }
  const date = params['date_gmt'] ?? params['date'];
  if (date !== undefined && date !== null) {
    const column = sqlDate(date);
    if (column === null) return { refused: invalidParam('date', 'Invalid date.') };
    Object.assign(fields, { post_date: column, post_date_gmt: column });
  }
  const status = params['status'];
  if (status !== undefined && type !== 'attachment') {
    if (typeof status !== 'string' || !['publish', 'future', 'draft', 'pending', 'private', ...(before ? ['trash'] : [])].includes(status)) return { refused: invalidParam('status', 'status is not one of publish, future, draft, pending, and private.') };
    if (['publish', 'future', 'private'].includes(status) && before?.post_status !== status && !can(call, type, 'publish_posts')) return { refused: refuse(call, 'rest_cannot_publish', 'Sorry, you are not allowed to publish posts in this post type.') };
    fields['post_status'] = status;
  }
  return withDerived(call, fields, before);
}

/** Slugs, the status "future" and the date of a first publication follow from the rest. */
function withDerived(call: RestCall, fields: Fields, before: PostRow | null): Fields {
  const now = new Date(call.site.now()).toISOString().slice(0, 19).replace('T', ' ');
  const status = fields.post_status ?? before?.post_status ?? 'draft';
  const derived: Fields = { ...fields };
  const isOut = status === 'publish' || status === 'future';
  if (isOut && fields.post_date === undefined && (before === null || before.post_date_gmt.startsWith('0000'))) Object.assign(derived, { post_date: now, post_date_gmt: now });
  const date = derived.post_date_gmt ?? before?.post_date_gmt ?? now;
  if (isOut) derived.post_status = date > now ? 'future' : 'publish';
  const given = call.params['slug'];
  const title = fields.post_title ?? before?.post_title ?? '';
  const slug = typeof given === 'string' ? slugOf(given) : isOut && (before?.post_name ?? '') === '' ? slugOf(title) : null;
  if (slug !== null) derived.post_name = uniqueSlug(call, slug, before?.ID ?? 0);
  return derived;
}

function uniqueSlug({ site }: RestCall, slug: string, own: number): string {
  const taken = new Set(site.tables.posts.all().filter((post) => post.ID !== own).map((post) => post.post_name));
  for (let number = 2, tried = slug; ; number += 1, tried = `${slug}-${number - 1}`) {
    if (tried === '' || !taken.has(tried)) return tried;
  }
}

/** Terms, thumbnail, template and stickiness, after the post itself. A refusal comes before anything is written. */
function checkRelations(call: RestCall, type: string): RestAnswer | null {
  for (const taxonomy of taxonomiesOf(call.site, type)) {
    const wanted = call.params[taxonomyBase(taxonomy)];
    if (wanted === undefined) continue;
    const known = new Set(call.site.tables.terms.all().filter((term) => term.taxonomy === taxonomy).map((term) => term.term_id));
    if (toIds(wanted).some((id) => !known.has(id))) return wpError(400, 'rest_invalid_term_id', 'Invalid term ID.');
  }
  const thumbnail = Number(call.params['featured_media'] ?? 0);
  if (thumbnail !== 0 && call.site.tables.posts.get(thumbnail)?.post_type !== 'attachment') return wpError(400, 'rest_invalid_featured_media', 'Invalid featured media ID.');
  if (call.params['sticky'] !== undefined && isTrue(call.params['sticky']) && !can(call, type, 'edit_others_posts') && !can(call, type, 'publish_posts')) return refuse(call, 'rest_cannot_assign_sticky', 'Sorry, you are not allowed to make posts sticky.');
  return null;
}

function writeRelations(call: RestCall, post: PostRow, isNew: boolean): void {
  const { events, params, site } = call;
  const by = call.user?.ID ?? 0;
  for (const taxonomy of taxonomiesOf(site, post.post_type)) {
    const given = params[taxonomyBase(taxonomy)];
    const isDefault = given === undefined && isNew && taxonomy === 'category';
    if (given === undefined && !isDefault) continue;
    const ids = isDefault ? [Number(site.tables.options.get('default_category') ?? 1)] : toIds(given);
    events.setPostTerms(post.ID, taxonomy, site.tables.terms.all().filter((term) => term.taxonomy === taxonomy && ids.includes(term.term_id)).map((term) => term.term_taxonomy_id), by);
  }
  const thumbnail = params['featured_media'];
  if (thumbnail !== undefined && Number(thumbnail) > 0) events.setPostMeta(post.ID, '_thumbnail_id', Number(thumbnail), by);
  else if (thumbnail !== undefined) events.deletePostMeta(post.ID, '_thumbnail_id', by);
  if (typeof params['template'] === 'string' && params['template'] !== '') events.setPostMeta(post.ID, '_wp_page_template', params['template'], by);
  if (typeof params['alt_text'] === 'string') events.setPostMeta(post.ID, '_wp_attachment_image_alt', params['alt_text'], by);
  if (params['sticky'] !== undefined && post.post_type === 'post') {
    const before = ((site.tables.options.get('sticky_posts') as number[] | undefined) ?? []).filter((id) => id !== post.ID);
    events.setOption('sticky_posts', isTrue(params['sticky']) ? [...before, post.ID] : before, by);
  }
}

function create(call: RestCall, type: string): RestAnswer {
  if (type === 'attachment') return upload(call, (slug) => uniqueSlug(call, slug, 0));
  if (call.params['id'] !== undefined) return wpError(400, 'rest_post_exists', 'Cannot create existing post.');
  if (!can(call, type, 'edit_posts')) return refuse(call, 'rest_cannot_create', 'Sorry, you are not allowed to create posts as this user.');
  const fields = fieldsOf(call, type, null);
  if ('refused' in fields) return fields.refused;
  const refused = checkRelations(call, type);
  if (refused) return refused;
  if (![fields.post_title, fields.post_content, fields.post_excerpt].some((text) => text)) return wpError(400, 'empty_content', 'Content, title, and excerpt are empty.');
  const by = call.user?.ID ?? 0;
  const post = call.events.savePost({ post_type: type, post_status: 'draft', post_author: by, ...fields }, by);
  writeRelations(call, post, true);
  return created(postItem(call.site, call.site.tables.posts.get(post.ID) ?? post, true));
}

function update(call: RestCall, post: PostRow): RestAnswer {
  if (!mayChange(call, post, 'edit')) return refuse(call, 'rest_cannot_edit', 'Sorry, you are not allowed to edit this post.');
  const fields = fieldsOf(call, post.post_type, post);
  if ('refused' in fields) return fields.refused;
  const refused = checkRelations(call, post.post_type);
  if (refused) return refused;
  const saved = call.events.savePost({ ...fields, ID: post.ID }, call.user?.ID ?? 0);
  writeRelations(call, saved, false);
  return ok(postItem(call.site, call.site.tables.posts.get(post.ID) ?? saved, true));
}

const autosavesOf = (call: RestCall, post: PostRow): PostRow[] => call.site.tables.posts.ownedBy(post.ID).filter((row) => row.post_type === 'revision' && row.post_name === `${post.ID}-autosave-v1`);

/** Drafts of one's own are changed themselves; beside all else lies one autosave of each person. */
function autosave(call: RestCall, post: PostRow): RestAnswer {
  if (!mayChange(call, post, 'edit')) return refuse(call, 'rest_cannot_edit', 'Sorry, you are not allowed to edit this post.');
  const given: Fields = {};
  for (const [name, column] of [['title', 'post_title'], ['content', 'post_content'], ['excerpt', 'post_excerpt']] as const) {
    const text = rawText(call.params[name]);
    if (text !== undefined) given[column] = text;
  }
  const by = call.user?.ID ?? 0;
  if (['draft', 'auto-draft'].includes(post.post_status) && post.post_author === by) return ok(postItem(call.site, call.events.savePost({ ...given, ID: post.ID }, by), true));
  const texts = { post_title: post.post_title, post_content: post.post_content, post_excerpt: post.post_excerpt, ...given };
  if (texts.post_title === post.post_title && texts.post_content === post.post_content && texts.post_excerpt === post.post_excerpt) {
    return wpError(400, 'rest_autosave_no_changes', 'There is nothing to save. The autosave and the post content are the same.');
  }
  const own = autosavesOf(call, post).find((row) => row.post_author === by);
  const saved = call.events.savePost({ ...texts, ...(own ? { ID: own.ID } : {}), post_type: 'revision', post_status: 'inherit', post_parent: post.ID, post_name: `${post.ID}-autosave-v1`, post_author: by }, by);
  return ok(revisionItem(call, saved));
}

/** Revisions tell less of themselves than posts, and know no parts of their texts in `_fields` (6.1). */
function revisionItem(call: RestCall, row: PostRow): Item {
  const whole: Item = postItem(call.site, row, true);
  const asked = typeof call.params['_fields'] === 'string' ? call.params['_fields'].split(',') : null;
  const told = (name: string): boolean => asked === null || !['guid', 'title', 'content', 'excerpt'].includes(name) || asked.includes(name);
  return Object.fromEntries(['author', 'date', 'date_gmt', 'id', 'modified', 'modified_gmt', 'parent', 'slug', 'guid', 'title', 'content', 'excerpt'].filter(told).map((name) => [name, name === 'parent' ? row.post_parent : whole[name]]));
}

function listAutosaves(call: RestCall, post: PostRow): RestAnswer {
  if (!mayChange(call, post, 'edit')) return refuse(call, 'rest_cannot_read', 'Sorry, you are not allowed to view autosaves of this post.');
  return ok(autosavesOf(call, post).map((row) => revisionItem(call, row)));
}

/** Autosaves are among them. */
function listRevisions(call: RestCall, post: PostRow): RestAnswer {
  if (!mayChange(call, post, 'edit')) return refuse(call, 'rest_cannot_read', 'Sorry, you are not allowed to view revisions of this post.');
  const rows = call.site.tables.posts.ownedBy(post.ID).filter((row) => row.post_type === 'revision').sort((a, b) => b.ID - a.ID);
  return pageOf(call, rows, (row) => revisionItem(call, row));
}

function remove(call: RestCall, post: PostRow): RestAnswer {
  if (!mayChange(call, post, 'delete')) return refuse(call, 'rest_cannot_delete', 'Sorry, you are not allowed to delete this post.');
  const by = call.user?.ID ?? 0;
  if (isTrue(call.params['force'])) {
    const previous: Item = postItem(call.site, post, true);
    call.events.deletePost(post.ID, by);
    return ok({ deleted: true, previous });
  }
  if (post.post_type === 'attachment') return wpError(501, 'rest_trash_not_supported', "The post does not support trashing. Set 'force=true' to delete.");
  if (post.post_status === 'trash') return wpError(410, 'rest_already_trashed', 'The post has already been deleted.');
  return ok(postItem(call.site, call.events.savePost({ ID: post.ID, post_status: 'trash', post_name: `${post.post_name}__trashed` }, by), true));
}

function ofType(handler: (call: RestCall, type: string, id: string | undefined) => RestAnswer) {
  return (call: RestCall, match: RegExpExecArray): RestAnswer => {
    const type = typeOfBase(call.site, match[1] ?? '');
    return type === null ? noRoute() : handler(call, type, match[2]);
  };
}

function withPost(handler: (call: RestCall, post: PostRow) => RestAnswer) {
  return ofType((call, type, id) => {
    const post = find(call, type, id);
    return post ? handler(call, post) : invalidId();
  });
}

/** The last of `wp/v2`: every other route of that space is a type of post. */
export const POST_ROUTES: readonly RestRoute[] = [
  route('GET', /^wp\/v2\/([a-z_-]+)$/, ofType(list)),
  route('POST', /^wp\/v2\/([a-z_-]+)$/, ofType(create)),
  route('GET', /^wp\/v2\/([a-z_-]+)\/(\d+)$/, withPost(read)),
  route('POST PUT PATCH', /^wp\/v2\/([a-z_-]+)\/(\d+)$/, withPost(update)),
  route('DELETE', /^wp\/v2\/([a-z_-]+)\/(\d+)$/, withPost(remove)),
  route('GET', /^wp\/v2\/([a-z_-]+)\/(\d+)\/autosaves$/, withPost(listAutosaves)),
  route('POST', /^wp\/v2\/([a-z_-]+)\/(\d+)\/autosaves$/, withPost(autosave)),
  route('GET', /^wp\/v2\/([a-z_-]+)\/(\d+)\/revisions$/, withPost(listRevisions)),
];
