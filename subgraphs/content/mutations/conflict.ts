// The payload of a save that stands against another change, and the resolvers that read what it names.
import type { ContentConflictResolvers } from '../generated.js';
import { readChanger } from '../../../store/read/editable.js';
import type { ContentContext } from '../loaders.js';
import { userStub } from '../resolvers/references.js';
import { schemaField } from './save.js';

export const conflictResolvers: ContentConflictResolvers<ContentContext> = {
  current: ({ siteId, postId }, _args, context) => context.contents.byKey({ siteId, localId: postId }),
  // Told by the site's own event, which may come only after the conflict was found.
  async changedBy({ siteId, postId, changedAt }, _args, context) {
    const userId = changedAt === null ? null : await readChanger(context.db, siteId, postId, new Date(changedAt));
    return userId === null ? null : userStub(siteId, userId);
  },
  changedAt: ({ changedAt }) => changedAt,
  changedFields: ({ changedFields }) => [...new Set(changedFields.map(schemaField))],
  conflictingFields: ({ fields }) => fields.map((conflict) => ({ ...conflict, field: schemaField(conflict.field) })),
};
