// From the schema's settings to those that the operation takes: ids as the site has them, values in the form in which they are
// compared. What cannot be used is told with the path in the input; no site is asked here.
import type { Json } from '../../../core/changes.js';
import { decodeNumericId, type NodeType, type SiteId } from '../../../core/ids.js';
import { comparable, OPTION_PREFIX, RESERVED_REST_NAMES } from '../../../origin/rest/settings-answer.js';
import type { Queryable } from '../../../store/database.js';
import { readTerms } from '../../../store/read/content-terms.js';
import { keyText } from '../../../store/read/content.js';
import { userError, type UserErrorModel } from '../../shared/writes.js';
import type { SiteSettingsUpdateInput } from '../generated.js';

const MAX_TEXT = { title: 500, tagline: 1_000, timezone: 100, language: 20, dateFormat: 100, timeFormat: 100 } as const;
const RANGES = { startOfWeek: [0, 6], postsPerPage: [1, 1_000] } as const;
const CHOICES = { defaultCommentStatus: ['open', 'closed'], showOnFront: ['posts', 'page'] } as const;
const IDS: Readonly<Record<'pageOnFrontId' | 'pageForPostsId' | 'iconMediaId', NodeType>> = { pageOnFrontId: 'Page', pageForPostsId: 'Page', iconMediaId: 'MediaItem' };
const MAX_OPTIONS = 20;
const MAX_OPTION_CHARACTERS = 65_536;

type Bad = (field: string, message: string) => void;

/** Decodes what is to be changed. */
export async function decodeSettingFields(
  db: Queryable, siteId: SiteId, input: SiteSettingsUpdateInput,
): Promise<{ readonly fields: Record<string, Json>; readonly errors: UserErrorModel[] }> {
  const fields: Record<string, Json> = {};
  const errors: UserErrorModel[] = [];
  const bad: Bad = (field, message) => void errors.push(userError('INVALID', message, field));
  if (input.permalinkStructure) bad('permalinkStructure', "WordPress's REST API cannot change the shape of addresses; change it in wp-admin, Settings, Permalinks");
  for (const [field, most] of entriesOf(MAX_TEXT)) {
    const value = input[field];
    if (value === undefined || value === null) continue;
    if (value.length > most || value.includes('\u0000')) bad(field, `${field} must have at most ${most} characters, and no NUL; got ${value.length}`);
    else fields[field] = comparable(field, value);
  }
  for (const [field, [least, most]] of entriesOf(RANGES)) {
    const value = input[field];
    if (value === undefined || value === null) continue;
    if (value < least || value > most) bad(field, `${field} must be ${least} to ${most}; got ${value}`);
    else fields[field] = value;
  }
  for (const [field, choices] of entriesOf(CHOICES)) {
    const value = input[field];
    if (value === undefined || value === null) continue;
    if (choices.some((choice) => choice === value)) fields[field] = value;
    else bad(field, `${field} must be ${choices.join(' or ')}`);
  }
  for (const [field, type] of entriesOf(IDS)) {
    const value = input[field];
    if (value === undefined || value === null) continue;
    const id = decodeNumericId(value, type);
    if (id?.siteId === siteId) fields[field] = id.localId;
    else bad(field, `${field} is not the id of a ${type} of this site`);
  }
  if (input.defaultCategoryId) await decodeCategory(db, siteId, input.defaultCategoryId, fields, bad);
  decodeOptions(input.options ?? [], fields, bad);
  return { fields, errors };
}

async function decodeCategory(db: Queryable, siteId: SiteId, id: string, fields: Record<string, Json>, bad: Bad): Promise<void> {
  const key = decodeNumericId(id, 'Term');
  const term = key?.siteId === siteId ? (await readTerms(db, [key])).get(keyText(siteId, key.localId)) : undefined;
  if (term?.taxonomy === 'category') fields['defaultCategoryId'] = term.localId;
  else bad('defaultCategoryId', 'defaultCategoryId is not the id of a category of this site');
}

function decodeOptions(options: NonNullable<SiteSettingsUpdateInput['options']>, fields: Record<string, Json>, bad: Bad): void {
  if (options.length > MAX_OPTIONS) return bad('options', `options must name at most ${MAX_OPTIONS} settings; got ${options.length}`);
  for (const { name, value = null } of options) {
    const shown = JSON.stringify(name.slice(0, 60));
    if (!/^[\w.-]{1,191}$/.test(name)) bad('options', `${shown} is no name of a setting`);
    else if (RESERVED_REST_NAMES.has(name)) bad('options', `the setting ${shown} is not written as an option; use its own field, or wp-admin where it has none`);
    else if (JSON.stringify(value).length > MAX_OPTION_CHARACTERS) bad('options', `the value of ${shown} must have at most ${MAX_OPTION_CHARACTERS} characters as JSON`);
    else fields[`${OPTION_PREFIX}${name}`] = value as Json;
  }
}

function entriesOf<T extends object>(map: T): [keyof T, T[keyof T]][] {
  return Object.entries(map) as [keyof T, T[keyof T]][];
}
