// contentTrash, contentRestore and contentDelete: for each id decide who may, say what the person saw, and hand over to the operation.
import { decodeNumericId, type SiteId } from '../../../core/ids.js';
import { contentDelete, contentRestore, contentTrash, type ContentActionInput } from '../../../origin/writes/content/actions.js';
import type { Operation } from '../../../origin/writes/operation.js';
import { readEditable } from '../../../store/read/editable.js';
import { forbidden, userError, type UserErrorModel, type WriteAnswer } from '../../shared/writes.js';
import type { ContentActionInput as ActionInput, MutationResolvers } from '../generated.js';
import type { ContentContext } from '../loaders.js';
import { policyPost } from '../loaders/contents.js';
import type { ContentActionModel } from '../models.js';
import { COMPARED_FIELDS, storedField } from './fields.js';
import { answerSave, forEachId, outOfTime, refuseIds, typeFacts } from './shared.js';

type ActionMutations = Pick<MutationResolvers<ContentContext>, 'contentTrash' | 'contentRestore' | 'contentDelete'>;

interface Action {
  readonly operation: Operation<ContentActionInput>;
  /** What the site's REST API asks for. */
  readonly capability: 'edit_post' | 'delete_post';
}

const TRASH: Action = { operation: contentTrash, capability: 'delete_post' };
const RESTORE: Action = { operation: contentRestore, capability: 'edit_post' };
const DELETE: Action = { operation: contentDelete, capability: 'delete_post' };

export const actionMutations: Required<ActionMutations> = {
  contentTrash: (_root, { input }, context) => actOnAll(TRASH, input, context),
  contentRestore: (_root, { input }, context) => actOnAll(RESTORE, input, context),
  contentDelete: (_root, { input }, context) => actOnAll(DELETE, input, context),
};

async function actOnAll(action: Action, input: ActionInput, context: ContentContext): Promise<{ results: ContentActionModel[]; userErrors: UserErrorModel[] }> {
  const { ids, expectedVersions } = input;
  const refused = refuseIds(ids);
  if (refused) return { results: [], userErrors: [refused] };
  if (expectedVersions && expectedVersions.length !== ids.length) {
    return { results: [], userErrors: [userError('INVALID', `expectedVersions must hold one version for each of the ${ids.length} ids; got ${expectedVersions.length}`, 'expectedVersions')] };
  }
  return { results: await forEachId(ids, (id, index) => actOn(action, input, index, id, context)), userErrors: [] };
}

async function actOn(action: Action, input: ActionInput, index: number, id: string, context: ContentContext): Promise<ContentActionModel> {
  const refuse = (error: UserErrorModel): ContentActionModel => ({ id, content: null, conflict: null, write: null, userErrors: [error] });
  const notFound = () => refuse(userError('NOT_FOUND', 'there is no such content, or you may not know of it', 'ids', String(index)));
  const key = decodeNumericId(id, 'Post', 'Page', 'CustomContent', 'MediaItem');
  if (!key) return notFound();
  const stored = () => context.writer.stored({ siteId: key.siteId, operation: action.operation.name, asked: input, part: index });
  if (!context.writer.hasTime()) return refuse(outOfTime());
  const [access, row] = await Promise.all([context.access.site(key.siteId), readEditable(context.db, key.siteId, key.localId)]);
  if (!access || !row) {
    // Deleted, perhaps by this very write.
    const done = access && (await stored());
    return done ? { id, content: null, conflict: null, write: done.receipt, userErrors: done.userErrors } : notFound();
  }
  const post = policyPost(row);
  if (!access.can('read_post', { kind: 'post', post })) return notFound();
  const type = typeFacts(access, row.type);
  if (!type) return refuse(userError('INVALID', `the site does not expose content of the type ${row.type}`, 'ids', String(index)));
  const denied = forbidden(access, action.capability, { kind: 'post', post }, 'ids');
  if (denied) return refuse({ ...denied, field: ['ids', String(index)] });
  const expected = input.expectedVersions?.[index];
  if (expected !== undefined && expected !== row.version) {
    // It changed by this very write, perhaps, whose answer the client did not get.
    const done = await stored();
    if (done) return told(action, id, index, key.siteId, done, context);
    const conflict = { siteId: key.siteId, postId: key.localId, changedFields: [], fields: [], mergeable: false, changedAt: row.modifiedGmt?.toISOString() ?? null };
    return { ...refuse(userError('VERSION_CONFLICT', 'it changed since you looked; look again', 'expectedVersions', String(index))), conflict };
  }
  const operationInput: ContentActionInput = {
    postId: key.localId, route: type.route, typename: type.typename, noun: row.type, homeUrl: row.homeUrl, taxonomies: type.taxonomies, title: row.title, status: row.status, isSticky: row.isSticky,
    base: expected === undefined ? null : Object.fromEntries(COMPARED_FIELDS.map((field) => [field, storedField(row, type.taxonomies, field)])),
  };
  const answer = await context.writer.write({ access, operation: action.operation, asked: input, input: operationInput, targets: [`post:${key.localId}`], part: index });
  return told(action, id, index, key.siteId, answer, context);
}

/** What became of one content. */
async function told(action: Action, id: string, index: number, siteId: SiteId, { receipt, userErrors, result }: WriteAnswer, context: ContentContext): Promise<ContentActionModel> {
  const errors = userErrors.map((error) => (error.code === 'VERSION_CONFLICT' ? { ...error, field: ['expectedVersions', String(index)] } : error));
  const isGone = action === DELETE && errors.length === 0 && receipt?.state !== 'QUEUED';
  return isGone ? { id, content: null, conflict: null, write: receipt, userErrors: errors } : { id, ...(await answerSave(siteId, receipt, errors, result, context)) };
}
