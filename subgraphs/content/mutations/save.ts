// contentCreate and contentUpdate: decode the ids, decide who may, say what the editor began with, and hand over to the operation.
import type { PostPolicyInput } from '../../../auth/capabilities/input.js';
import { decodeGlobalId, decodeNumericId } from '../../../core/ids.js';
import { contentSave, type ContentSaveInput } from '../../../origin/writes/content/save.js';
import { readEditable, type EditableRow } from '../../../store/read/editable.js';
import type { SiteAccess } from '../../shared/access.js';
import { forbidden, userError, type UserErrorModel } from '../../shared/writes.js';
import type { ContentCreateInput, ContentUpdateInput, MutationResolvers } from '../generated.js';
import type { ContentContext } from '../loaders.js';
import { policyPost } from '../loaders/contents.js';
import type { ContentSaveModel } from '../models.js';
import { autosaveContent } from './autosave.js';
import { COMPARED_FIELDS, decodeFields, findTermsIn, namedTerms, storedField, type FieldValues, type FindTerms } from './fields.js';
import { addNewTags, tagsField } from './new-tags.js';
import { answerSave, typeFacts } from './shared.js';

type SaveMutations = Pick<MutationResolvers<ContentContext>, 'contentCreate' | 'contentUpdate' | 'contentAutosave'>;

export const saveMutations: Required<SaveMutations> = {
  contentCreate: (_root, { input }, context) => createContent(input, context),
  contentUpdate: (_root, { input }, context) => updateContent(input, context),
  contentAutosave: (_root, { input }, context) => autosaveContent(input, context),
};

const refused = (...userErrors: UserErrorModel[]): ContentSaveModel => ({ content: null, conflict: null, write: null, userErrors });

async function createContent(input: ContentCreateInput, context: ContentContext): Promise<ContentSaveModel> {
  const id = decodeGlobalId(input.siteId);
  const access = id?.type === 'Site' ? await context.access.site(id.siteId) : null;
  if (!access) return refused(userError('NOT_FOUND', 'there is no such site', 'siteId'));
  const slug = input.type ?? 'post';
  const type = typeFacts(access, slug);
  if (!type) return refused(userError('INVALID', `the site exposes no content type ${JSON.stringify(slug.slice(0, 60))}`, 'type'));
  const denied = forbidden(access, type.createCap, null, 'type');
  if (denied) return refused(denied);
  const { fields, errors } = await decodeFields(findTermsIn(context.db, access.siteId), access, type.taxonomies, input.fields, 'fields');
  if (errors.length > 0) return refused(...errors);
  const tags = tagsField(type, input.fields.newTags);
  if (tags !== null && typeof tags !== 'string') return refused(tags);
  if (tags !== null) fields[tags] ??= [];
  const draft: PostPolicyInput = { id: 0, type: slug, status: 'draft', authorId: access.userId ?? 0 };
  const more = deniedFields(access, draft, fields);
  if (more) return refused(more);
  const untagged = tags === null ? [] : await addNewTags(access, input, tags, fields, context);
  if (untagged.length > 0) return refused(...untagged);
  const operationInput: ContentSaveInput = {
    postId: null, route: type.route, typename: type.typename, noun: slug, homeUrl: access.homeUrl, taxonomies: type.taxonomies, fields: { status: 'draft', ...fields }, base: null, policy: 'FAIL',
  };
  const { receipt, userErrors, result } = await context.writer.write({ access, operation: contentSave, asked: input, input: operationInput, targets: [] });
  return answerSave(access.siteId, receipt, userErrors, result, context);
}

/** What a client sent: of any mutation that ends in a save. */
type SaveAsked = Pick<ContentUpdateInput, 'idempotencyKey' | 'whenUnreachable'>;

/** Saves; `asked` is what the client sent, where that is not the input itself, and `known` the content where it was just read and no terms are saved. */
export async function updateContent(input: ContentUpdateInput, context: ContentContext, asked: SaveAsked = input, known: EditableRow | null = null): Promise<ContentSaveModel> {
  const key = decodeNumericId(input.id, 'Post', 'Page', 'CustomContent', 'MediaItem');
  const [access, row] = key ? await Promise.all([context.access.site(key.siteId), known ?? readEditable(context.db, key.siteId, key.localId, namedTerms(input.fields, input.baseFields))]) : [null, null];
  if (!key || !access || !row) return refused(userError('NOT_FOUND', 'there is no such content, or you may not know of it', 'id'));
  const post = policyPost(row);
  if (!access.can('read_post', { kind: 'post', post })) return refused(userError('NOT_FOUND', 'there is no such content, or you may not know of it', 'id'));
  const type = typeFacts(access, row.type);
  if (!type) return refused(userError('INVALID', `the site does not expose content of the type ${row.type}`, 'id'));
  const denied = forbidden(access, 'edit_post', { kind: 'post', post }, 'id');
  if (denied) return refused(denied);
  const findTerms: FindTerms = async () => new Map(Object.entries(row.named).map(([ttId, term]) => [Number(ttId), term]));
  const { fields, errors } = await decodeFields(findTerms, access, type.taxonomies, input.fields, 'fields');
  const begun = input.baseFields ? await decodeFields(findTerms, access, type.taxonomies, input.baseFields, 'baseFields') : { fields: {}, errors: [] };
  if (errors.length + begun.errors.length > 0) return refused(...errors, ...begun.errors);
  const tags = tagsField(type, input.fields.newTags);
  if (tags !== null && typeof tags !== 'string') return refused(tags);
  // Beside the tags that it names by id, or else beside those that it has.
  if (tags !== null) fields[tags] ??= storedField(row, type.taxonomies, tags);
  if (Object.keys(fields).length === 0) return refused(userError('INVALID', 'fields is empty; there is nothing to save', 'fields'));
  const more = deniedFields(access, post, fields);
  if (more) return refused(more);
  const untagged = tags === null ? [] : await addNewTags(access, { ...asked, fields: input.fields }, tags, fields, context);
  if (untagged.length > 0) return refused(...untagged);
  const base = baseOf(input, row, type.taxonomies, fields, begun.fields);
  const operationInput: ContentSaveInput = {
    postId: key.localId, route: type.route, typename: type.typename, noun: row.type, homeUrl: row.homeUrl, taxonomies: type.taxonomies, fields, base, policy: input.onConflict ?? 'FAIL',
  };
  const { receipt, userErrors, result } = await context.writer.write({ access, operation: contentSave, asked, input: operationInput, targets: [`post:${key.localId}`] });
  return answerSave(key.siteId, receipt, userErrors, result, context);
}

/** What the editor began with: the fields it tells, and everything else when the version it names is the one that is stored. */
function baseOf(input: ContentUpdateInput, row: EditableRow, taxonomies: Readonly<Record<string, string>>, fields: FieldValues, told: FieldValues): FieldValues | null {
  if (!input.expectedVersion && !input.baseFields) return null;
  if (input.expectedVersion !== row.version) return told;
  const compared = new Set([...COMPARED_FIELDS, ...Object.keys(fields)]);
  return { ...Object.fromEntries([...compared].map((field) => [field, storedField(row, taxonomies, field)])), ...told };
}

/** What single fields ask for beyond editing: publishing, another's name, the front page, terms. */
function deniedFields(access: SiteAccess, post: PostPolicyInput, fields: FieldValues): UserErrorModel | null {
  const caps = access.policy.types.get(post.type)?.type.cap ?? {};
  const others = caps['edit_others_posts'] ?? 'edit_others_posts';
  const status = fields['status'];
  if (typeof status === 'string' && status !== post.status && ['publish', 'future', 'private'].includes(status)) {
    const denied = forbidden(access, caps['publish_posts'] ?? 'publish_posts', null, 'status');
    if (denied) return denied;
  }
  if (typeof fields['authorId'] === 'number' && fields['authorId'] !== post.authorId && fields['authorId'] !== access.userId) {
    const denied = forbidden(access, others, null, 'authorId');
    if (denied) return denied;
  }
  // Either is enough, as for the site's REST API; who may edit may unstick.
  if (fields['sticky'] === true && forbidden(access, others, null, 'sticky')) {
    const denied = forbidden(access, caps['publish_posts'] ?? 'publish_posts', null, 'sticky');
    if (denied) return denied;
  }
  for (const field of Object.keys(fields)) {
    if (!field.startsWith('terms.')) continue;
    const taxonomy = [...access.policy.taxonomies.values()].find(({ restBase }) => restBase === field.slice(6));
    const denied = forbidden(access, taxonomy?.cap['assign_terms'] ?? 'edit_posts', null, 'termIds');
    if (denied) return denied;
  }
  return null;
}

/** Names of fields as the schema has them. */
export function schemaField(field: string): string {
  return field.startsWith('terms.') ? 'termIds' : field.startsWith('meta.') ? 'meta' : field;
}

