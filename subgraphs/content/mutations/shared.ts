// What the mutations of content share: how a type is written, the payload of a write, and running many writes of one mutation.
import type { Json } from '../../../core/changes.js';
import type { SiteId } from '../../../core/ids.js';
import { typenameOfPostType } from '../../../core/post-types.js';
import type { SiteAccess } from '../../shared/access.js';
import { userError, type ReceiptModel, type UserErrorModel } from '../../shared/writes.js';
import type { ContentContext } from '../loaders.js';
import type { ContentConflictModel, ContentSaveModel } from '../models.js';
import { writableTaxonomies } from './fields.js';

/** How the site's REST API has a type of content. */
export interface TypeFacts {
  readonly route: string;
  readonly typename: string;
  readonly createCap: string;
  readonly taxonomies: Readonly<Record<string, string>>;
}

/** The facts of a type; null when the site does not expose it. */
export function typeFacts(access: SiteAccess, slug: string): TypeFacts | null {
  const rules = access.policy.types.get(slug);
  const typename = typenameOfPostType(slug);
  if (!rules?.type.showInRest || typename === null || typename === 'Product') return null;
  const { cap, restBase } = rules.type;
  return {
    route: `wp/v2/${restBase ?? slug}`, typename, createCap: cap['create_posts'] ?? cap['edit_posts'] ?? 'edit_posts', taxonomies: writableTaxonomies(access, slug),
  };
}

interface SaveResult {
  readonly postId?: number;
  readonly conflict?: Omit<ContentConflictModel, 'siteId' | 'postId'>;
}

/** The payload of a write of one content. */
export async function answerSave(siteId: SiteId, write: ReceiptModel | null, userErrors: UserErrorModel[], result: Json, context: ContentContext): Promise<ContentSaveModel> {
  const { postId, conflict } = (result ?? {}) as unknown as SaveResult;
  if (postId === undefined) return { content: null, conflict: null, write, userErrors };
  if (conflict !== undefined) return { content: null, conflict: { ...conflict, siteId, postId }, write, userErrors };
  return { content: await context.contents.written({ siteId, localId: postId }), conflict: null, write, userErrors };
}

/** How many ids one mutation takes. */
const MAX_IDS = 100;
/** Writes towards sites that one mutation makes at a time. */
const AT_ONCE = 4;

/** Why a list of ids is refused as a whole; null when it is not. */
export function refuseIds(ids: readonly string[]): UserErrorModel | null {
  if (ids.length === 0 || ids.length > MAX_IDS) return userError('INVALID', `ids must hold 1 to ${MAX_IDS} ids; got ${ids.length}`, 'ids');
  return new Set(ids).size < ids.length ? userError('INVALID', 'ids holds an id twice', 'ids') : null;
}

/** What was not sent because the request's time is up; nothing was recorded, so the same key sends it. */
export const outOfTime = (): UserErrorModel => ({ ...userError('SITE_UNREACHABLE', 'not sent: the time of this request is up; ask again with the same key'), retryable: true });

/** Runs over the ids, a few at a time, and gives what became of each in their order. */
export async function forEachId<Result>(ids: readonly string[], run: (id: string, index: number) => Promise<Result>): Promise<Result[]> {
  const results = new Map<number, Result>();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < ids.length; index = next++) results.set(index, await run(ids[index] ?? '', index));
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, work));
  return ids.map((_id, index) => results.get(index) as Result);
}
