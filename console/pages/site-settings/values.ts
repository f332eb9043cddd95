// The form's values: texts by the names of the input, made from the graph's settings and turned back for the mutation.
import type { EditableSettingsFragment, SiteSettingsUpdateInput } from './generated.js';

export const FIELDS = [
  'title', 'tagline', 'timezone', 'language', 'dateFormat', 'timeFormat', 'startOfWeek', 'postsPerPage', 'showOnFront', 'pageOnFrontId', 'pageForPostsId', 'defaultCategoryId', 'defaultCommentStatus',
] as const;
export type FieldName = (typeof FIELDS)[number];
export type Values = Readonly<Record<FieldName, string>>;

export const LABELS: Readonly<Record<FieldName, string>> = {
  title: 'Title', tagline: 'Tagline', timezone: 'Time zone', language: 'Language', dateFormat: 'Date format', timeFormat: 'Time format', startOfWeek: 'Week begins on', postsPerPage: 'Posts on a page',
  showOnFront: 'Front page shows', pageOnFrontId: 'Front page', pageForPostsId: 'Page of posts', defaultCategoryId: 'Default category', defaultCommentStatus: 'Comments on new posts',
};

export function valuesOf(settings: EditableSettingsFragment): Values {
  return {
    title: settings.title, tagline: settings.tagline, timezone: settings.timezone.name ?? '', language: settings.language, dateFormat: settings.dateFormat, timeFormat: settings.timeFormat,
    startOfWeek: String(settings.startOfWeek), postsPerPage: String(settings.postsPerPage), showOnFront: settings.showOnFront, pageOnFrontId: settings.pageOnFront?.id ?? '',
    pageForPostsId: settings.pageForPosts?.id ?? '', defaultCategoryId: settings.defaultCategoryId ?? '', defaultCommentStatus: settings.defaultCommentStatus,
  };
}

/** The fields in which two sets of values differ. */
export function differing(one: Values, other: Values): FieldName[] {
  return FIELDS.filter((name) => one[name] !== other[name]);
}

/** The part of the mutation's input that says what changed. */
export function changesOf(values: Values, names: readonly FieldName[]): Partial<SiteSettingsUpdateInput> {
  return Object.fromEntries(names.map((name) => [name, name === 'startOfWeek' || name === 'postsPerPage' ? Number(values[name]) : values[name]]));
}

/** What cannot be sent, by field. */
export function faultsOf(values: Values): Partial<Record<FieldName, string>> {
  const posts = Number(values.postsPerPage);
  return {
    ...(Number.isInteger(posts) && posts >= 1 && posts <= 1000 ? {} : { postsPerPage: 'Expected a whole number from 1 to 1000.' }),
    ...(values.title.length <= 500 ? {} : { title: 'At most 500 characters.' }),
  };
}
