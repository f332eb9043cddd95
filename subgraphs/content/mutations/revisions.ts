// contentRestoreRevision: the texts of a revision saved into its content, with the rights, the conflict check and the receipt of any save.
import { decodeNumericId, encodeGlobalId } from '../../../core/ids.js';
import { userError } from '../../shared/writes.js';
import type { ContentUpdateInput, MutationResolvers } from '../generated.js';
import type { ContentContext } from '../loaders.js';
import { updateContent } from './save.js';

export const revisionMutations: Required<Pick<MutationResolvers<ContentContext>, 'contentRestoreRevision'>> = {
  async contentRestoreRevision(_root, { input }, context) {
    const notFound = { content: null, conflict: null, write: null, userErrors: [userError('NOT_FOUND', 'there is no such revision, or you may not edit what it belongs to', 'id')] };
    const key = decodeNumericId(input.id, 'Revision');
    const revision = key && (await context.contents.revision(key));
    const content = revision && (await context.contents.byKey({ siteId: revision.siteId, localId: revision.parentId }));
    const body = revision && (await context.contents.storedBody(revision));
    if (!content || !body) return notFound;
    const update: ContentUpdateInput = {
      id: encodeGlobalId(content.siteId, content.__typename, content.localId), idempotencyKey: input.idempotencyKey,
      onConflict: input.onConflict ?? 'FAIL', whenUnreachable: input.whenUnreachable ?? 'REFUSE', ...(input.expectedVersion ? { expectedVersion: input.expectedVersion } : {}),
      fields: { title: revision.title, rawContent: body.content, excerpt: body.excerpt },
    };
    // What was read to decide is not what there will be.
    context.contents.forget(content);
    return updateContent(update, context, input);
  },
};
