// contentAutosave: beside the content, or, for a draft of the person's own, into it as WordPress does; that is a save with its checks.
import { decodeNumericId } from '../../../core/ids.js';
import { contentAutosave } from '../../../origin/writes/content/autosave.js';
import { readEditable } from '../../../store/read/editable.js';
import { forbidden, userError, type UserErrorModel } from '../../shared/writes.js';
import type { ContentUpdateInput } from '../generated.js';
import type { ContentContext } from '../loaders.js';
import { policyPost } from '../loaders/contents.js';
import type { ContentSaveModel } from '../models.js';
import { decodeFields, findTermsIn } from './fields.js';
import { updateContent } from './save.js';
import { answerSave, typeFacts } from './shared.js';

const KEPT: ReadonlySet<string> = new Set(['title', 'rawContent', 'excerpt']);

export async function autosaveContent(input: ContentUpdateInput, context: ContentContext): Promise<ContentSaveModel> {
  const refused = (...userErrors: UserErrorModel[]): ContentSaveModel => ({ content: null, conflict: null, write: null, userErrors });
  const key = decodeNumericId(input.id, 'Post', 'Page', 'CustomContent');
  const [access, row] = key ? await Promise.all([context.access.site(key.siteId), readEditable(context.db, key.siteId, key.localId)]) : [null, null];
  const post = row && policyPost(row);
  if (!key || !access || !post || !access.can('read_post', { kind: 'post', post })) return refused(userError('NOT_FOUND', 'there is no such content, or you may not know of it', 'id'));
  const type = typeFacts(access, row.type);
  if (!type) return refused(userError('INVALID', `the site does not expose content of the type ${row.type}`, 'id'));
  const denied = forbidden(access, 'edit_post', { kind: 'post', post }, 'id');
  if (denied) return refused(denied);
  const { fields, errors } = await decodeFields(findTermsIn(context.db, access.siteId), access, type.taxonomies, input.fields, 'fields');
  if (errors.length > 0) return refused(...errors);
  const other = Object.keys(fields).find((field) => !KEPT.has(field));
  if (other !== undefined || Object.keys(fields).length === 0) {
    return refused(userError('INVALID', `an autosave keeps title, rawContent and excerpt${other === undefined ? '; fields has none of them' : ` alone; got ${other}`}`, 'fields'));
  }
  // Never without a look: what is a draft here may be published there by now.
  if (['draft', 'auto-draft'].includes(row.status) && row.authorId === access.userId) return updateContent({ ...input, expectedVersion: input.expectedVersion ?? row.version }, context, input, row);
  const { receipt, userErrors, result } = await context.writer.write({
    access, operation: contentAutosave, asked: input, targets: [],
    input: { postId: key.localId, route: type.route, taxonomies: type.taxonomies, typename: type.typename, noun: row.type, homeUrl: row.homeUrl, fields },
  });
  return answerSave(key.siteId, receipt, userErrors, result, context);
}
