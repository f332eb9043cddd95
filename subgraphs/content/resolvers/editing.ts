// What those who may edit content see of it beyond the content: revisions, the newest autosave, who is editing, and an address for showing it.
// The same for posts, pages and content of other types.
import { currentTime } from '../../../core/answer-sources.js';
import { previewToken, PREVIEW_MS } from '../../../origin/preview.js';
import { badUserInput, createPage, decodeCursor, encodeCursor, hashList, parseFirst } from '../../shared/pages.js';
import { actingUser } from '../../shared/writes.js';
import type { ContentContext } from '../loaders.js';
import { mayEdit } from '../loaders/contents.js';
import type { ContentModel, RevisionConnectionModel } from '../models.js';
import { typeFacts } from '../mutations/shared.js';
import { ownUrl } from '../place.js';

interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

export const editing = {
  revisions: async (content: ContentModel, args: PageArguments, context: ContentContext): Promise<RevisionConnectionModel | null> => {
    const first = parseFirst(args.first, 10);
    const hash = hashList('Post.revisions', content.siteId, content.localId);
    const after = decodeCursor(args.after, hash, ['number']);
    if (after && !Number.isSafeInteger(after[0])) throw badUserInput('after is not a cursor of this list; pass pageInfo.endCursor of the page before');
    const rows = await context.contents.revisions(content, { autosaves: false, afterId: after?.[0] ?? null, take: first + 1 });
    return rows && createPage(rows, first, after === null, (row) => encodeCursor(hash, [row.localId]));
  },
  autosave: async (content: ContentModel, _args: object, context: ContentContext) => (await context.contents.revisions(content, { autosaves: true, afterId: null, take: 1 }))?.[0] ?? null,
  lock: (content: ContentModel, _args: object, context: ContentContext) => (mayEdit(content) ? context.locks.load(content) : null),
  preview: async (content: ContentModel, _args: object, context: ContentContext) => {
    const type = typeFacts(content.access, content.type);
    if (!type || !mayEdit(content)) return null;
    const who = await actingUser(context.store, content.access);
    if ('code' in who) return null;
    const expiresAt = new Date(Math.ceil((currentTime().getTime() + PREVIEW_MS) / 1000) * 1000);
    const token = previewToken(context.store.secrets, { siteId: content.siteId, route: type.route, postId: content.localId, userId: who.userId, expiresAt });
    return { url: ownUrl(context.place, `/preview/${token}`), expiresAt };
  },
};
