// The payload of a save that stands against another change, and the resolvers that read what it names.
import type { ContentConflictResolvers } from '../generated.js';
import type { ContentContext } from '../loaders.js';
import { schemaField } from './save.js';

export const conflictResolvers: ContentConflictResolvers<ContentContext> = {
  current: ({ siteId, postId }, _args, context) => context.contents.byKey({ siteId, localId: postId }),
  // Who changed it is told by the site's own event, which comes after the conflict was found.
  changedBy: () => null,
  changedAt: ({ changedAt }) => changedAt,
  changedFields: ({ changedFields }) => [...new Set(changedFields.map(schemaField))],
  conflictingFields: ({ fields }) => fields.map((conflict) => ({ ...conflict, field: schemaField(conflict.field) })),
};
