// Tags that a save names in words: those that the site has are taken, the others are made first, each by a write of its own under
// the save's key, so that a retry makes none twice.
import { termSave } from '../../../origin/writes/terms/save.js';
import { readTermIdsByName } from '../../../store/read/content-terms.js';
import type { SiteAccess } from '../../shared/access.js';
import { userError, type UserErrorModel } from '../../shared/writes.js';
import type { ContentUpdateInput } from '../generated.js';
import type { ContentContext } from '../loaders.js';
import type { FieldValues } from './fields.js';
import type { TypeFacts } from './shared.js';
import { routeOf } from './terms.js';

const MAX_TAGS = 50;
const MAX_CHARACTERS = 200;
/** Far above the parts of the save itself. */
const FIRST_PART = 1_000;

/** The field of a save that holds the tags, where it names new ones; null where it does not. */
export function tagsField(type: TypeFacts, names: readonly string[] | null | undefined): string | UserErrorModel | null {
  if (!names || names.length === 0) return null;
  const restName = Object.entries(type.taxonomies).find(([, taxonomy]) => taxonomy === 'post_tag')?.[0];
  if (restName === undefined) return userError('INVALID', 'content of this type has no tags', 'fields', 'newTags');
  if (names.length > MAX_TAGS || names.some((name) => name.trim() === '' || name.length > MAX_CHARACTERS || name.includes('\u0000'))) {
    return userError('INVALID', `newTags must hold at most ${MAX_TAGS} names of 1 to ${MAX_CHARACTERS} characters without NUL`, 'fields', 'newTags');
  }
  return `terms.${restName}`;
}

/** Adds the named tags to the field, making those that are missing; gives why it could not. Whoever may set tags may make them. */
export async function addNewTags(
  access: SiteAccess, input: Pick<ContentUpdateInput, 'idempotencyKey' | 'fields'>, field: string, fields: FieldValues, context: ContentContext,
): Promise<UserErrorModel[]> {
  // Of two spellings the first.
  const names = [...new Map((input.fields.newTags ?? []).toReversed().map((name) => [name.trim().toLowerCase(), name.trim()])).values()].toReversed();
  const known = await readTermIdsByName(context.db, access.siteId, 'post_tag', names);
  const termIds = new Set((fields[field] as readonly number[] | undefined) ?? []);
  const route = routeOf(access, 'post_tag') ?? 'wp/v2/tags';
  for (const [index, name] of names.entries()) {
    const termId = known.get(name.toLowerCase());
    if (termId !== undefined) {
      termIds.add(termId);
      continue;
    }
    const { userErrors, result } = await context.writer.write({
      access, operation: termSave, targets: [], part: FIRST_PART + index,
      // A tag that waits would leave the save without its number.
      asked: { ...input, whenUnreachable: 'REFUSE' }, input: { route, taxonomy: 'post_tag', term: null, fields: { name }, base: null, reuse: true, isNumberedById: !access.hasJetpack },
    });
    const made = (result as { termId?: number } | null)?.termId;
    if (userErrors.length > 0 || made === undefined) return userErrors.map((error) => ({ ...error, field: error.field ?? ['fields', 'newTags', String(index)] }));
    termIds.add(made);
  }
  fields[field] = [...termIds].sort((a, b) => a - b);
  return [];
}
