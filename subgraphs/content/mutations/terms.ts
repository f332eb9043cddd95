// termSave and termDelete: decode the ids, decide who may, as the site's REST API does, and hand over to the operations.
import type { Json } from '../../../core/changes.js';
import { decodeGlobalId, decodeNumericId, type SiteId } from '../../../core/ids.js';
import { isDefaultTerm } from '../../../auth/capabilities/site-policy.js';
import { termDelete } from '../../../origin/writes/terms/remove.js';
import { termSave, type TermSaveInput } from '../../../origin/writes/terms/save.js';
import type { SiteAccess } from '../../shared/access.js';
import { forbidden, userError, type UserErrorModel, type WriteAnswer } from '../../shared/writes.js';
import type { MutationResolvers, TermDeleteInput, TermSaveInput as SaveInput } from '../generated.js';
import type { ContentContext } from '../loaders.js';
import type { TermModel, TermWriteModel } from '../models.js';

type TermMutations = Pick<MutationResolvers<ContentContext>, 'termSave' | 'termDelete'>;

export const termMutations: Required<TermMutations> = {
  termSave: (_root, { input }, context) => save(input, context),
  termDelete: (_root, { input }, context) => remove(input, context),
};

const refuse = (...userErrors: UserErrorModel[]): TermWriteModel => ({ term: null, write: null, userErrors });
const MAX_TEXT = { name: 200, slug: 200, description: 100_000 } as const;

async function save(input: SaveInput, context: ContentContext): Promise<TermWriteModel> {
  const siteKey = decodeGlobalId(input.siteId);
  const access = siteKey?.type === 'Site' ? await context.access.site(siteKey.siteId) : null;
  if (!access) return refuse(userError('NOT_FOUND', 'there is no such site', 'siteId'));
  const route = routeOf(access, input.taxonomy);
  if (route === null) return refuse(userError('INVALID', `the site exposes no taxonomy ${JSON.stringify(input.taxonomy.slice(0, 60))}`, 'taxonomy'));
  const term = input.id ? await findTerm(input.id, access.siteId, context) : null;
  if (input.id && term?.taxonomy !== input.taxonomy) return refuse(userError('NOT_FOUND', 'there is no such term in this taxonomy', 'id'));
  const isHierarchical = (await context.facts.registrations(access.siteId)).taxonomies.get(input.taxonomy)?.hierarchical ?? false;
  const denied = term ? forbidden(access, 'edit_term', { kind: 'term', term: { id: term.localId, taxonomy: term.taxonomy } }, 'id') : deniedCreation(access, input.taxonomy, isHierarchical);
  if (denied) return refuse(denied);
  const wrong = Object.entries(MAX_TEXT).flatMap(([field, most]) => {
    const value = input[field as keyof typeof MAX_TEXT];
    return value && (value.length > most || value.includes('\u0000')) ? [userError('INVALID', `${field} must have at most ${most} characters and no NUL`, field)] : [];
  });
  if (input.name.trim() === '') wrong.push(userError('INVALID', 'name is empty', 'name'));
  const parent = input.parentId ? await findTerm(input.parentId, access.siteId, context) : null;
  if (input.parentId && (!isHierarchical || parent?.taxonomy !== input.taxonomy || parent.ttId === term?.ttId)) {
    wrong.push(userError('INVALID', isHierarchical ? 'parentId is not another term of this taxonomy' : 'this taxonomy has no parents', 'parentId'));
  }
  if (wrong.length > 0) return refuse(...wrong);
  if (term && input.expectedVersion && input.expectedVersion !== term.version) {
    // It changed by this very write, perhaps, whose answer the client did not get.
    const done = await context.writer.stored({ siteId: access.siteId, operation: termSave.name, asked: input });
    if (done) return told(access.siteId, term, done, context);
    return { ...refuse(userError('VERSION_CONFLICT', 'it changed since you looked; look again', 'expectedVersion')), term };
  }
  const operationInput: TermSaveInput = {
    route, taxonomy: input.taxonomy, term: term && { termId: term.localId, ttId: term.ttId }, reuse: false, isNumberedById: !access.hasJetpack,
    fields: {
      name: input.name, ...(input.slug ? { slug: input.slug } : {}), ...(typeof input.description === 'string' ? { description: input.description } : {}),
      ...(parent ? { parent: parent.localId } : input.parentId === null && isHierarchical ? { parent: 0 } : {}),
    },
    base: term && input.expectedVersion
      ? { name: term.storedName, slug: term.slug, description: term.description, ...(isHierarchical ? { parent: term.parentId } : {}) } : null,
  };
  return told(access.siteId, term, await context.writer.write({ access, operation: termSave, asked: input, input: operationInput, targets: term ? [`term:${term.ttId}`] : [] }), context);
}

async function told(siteId: SiteId, term: TermModel | null, { receipt, userErrors, result }: WriteAnswer, context: ContentContext): Promise<TermWriteModel> {
  const ttId = userErrors.length === 0 ? ttIdOf(result) : (term?.ttId ?? null);
  return { term: ttId === null ? null : await context.terms.again({ siteId, localId: ttId }), write: receipt, userErrors };
}

async function remove(input: TermDeleteInput, context: ContentContext): Promise<{ deletedId: string | null; write: TermWriteModel['write']; userErrors: UserErrorModel[] }> {
  const refused = (error: UserErrorModel) => ({ deletedId: null, write: null, userErrors: [error] });
  const key = decodeNumericId(input.id, 'Term');
  const access = key && (await context.access.site(key.siteId));
  const term = key && (await context.terms.byKey(key));
  if (!key || !access || !term) {
    const stored = key && access && (await context.writer.stored({ siteId: key.siteId, operation: termDelete.name, asked: input }));
    if (!stored) return refused(userError('NOT_FOUND', 'there is no such term', 'id'));
    return { deletedId: stored.userErrors.length === 0 ? input.id : null, write: stored.receipt, userErrors: stored.userErrors };
  }
  const route = routeOf(access, term.taxonomy);
  if (route === null) return refused(userError('INVALID', `the site does not expose the taxonomy ${term.taxonomy}`, 'id'));
  if (isDefaultTerm(access.policy, term.taxonomy, term.localId)) return refused(userError('INVALID', 'the default term of a taxonomy cannot be deleted; choose another default first', 'id'));
  const denied = forbidden(access, 'delete_term', { kind: 'term', term: { id: term.localId, taxonomy: term.taxonomy } }, 'id');
  if (denied) return refused(denied);
  if (input.expectedVersion && input.expectedVersion !== term.version) return refused(userError('VERSION_CONFLICT', 'it changed since you looked; look again', 'expectedVersion'));
  const { receipt, userErrors } = await context.writer.write({
    access, operation: termDelete, asked: input, targets: [`term:${term.ttId}`],
    input: { route, taxonomy: term.taxonomy, termId: term.localId, ttId: term.ttId, parentId: term.parentId, name: term.storedName },
  });
  return { deletedId: userErrors.length === 0 && receipt?.state !== 'QUEUED' ? input.id : null, write: receipt, userErrors };
}

/** The taxonomy's route in REST; null where REST does not show it. Menus have mutations of their own. */
export function routeOf(access: SiteAccess, taxonomy: string): string | null {
  const restBase = taxonomy === 'nav_menu' || taxonomy === 'post_format' ? null : access.policy.taxonomies.get(taxonomy)?.restBase;
  return restBase ? `wp/v2/${restBase}` : null;
}

/** Whoever may use the terms of a taxonomy without levels may make new ones; a level of others needs more. */
export function deniedCreation(access: SiteAccess, taxonomy: string, isHierarchical: boolean): UserErrorModel | null {
  const caps = access.policy.taxonomies.get(taxonomy)?.cap ?? {};
  return isHierarchical ? forbidden(access, caps['edit_terms'] ?? 'manage_categories', null, 'taxonomy') : forbidden(access, caps['assign_terms'] ?? 'edit_posts', null, 'taxonomy');
}

async function findTerm(id: string, siteId: SiteId, context: ContentContext): Promise<TermModel | null> {
  const key = decodeNumericId(id, 'Term');
  return key?.siteId === siteId ? context.terms.byKey(key) : null;
}

function ttIdOf(result: Json): number | null {
  const { ttId } = (result ?? {}) as { ttId?: number | null };
  return ttId ?? null;
}
