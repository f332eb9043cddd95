// themeCustomize and what it is about: the styles of a block theme, their version, and which modifications cannot be written on a stock
// site. Who may is decided here, by the rules of viewerCan.
import { createHash } from 'node:crypto';
import type { Json } from '../../core/changes.js';
import { decodeGlobalId } from '../../core/ids.js';
import { themeCustomize } from '../../origin/writes/themes/customize.js';
import type { ThemeStyles } from '../../store/read/extensions.js';
import { canonicalText } from '../shared/pages.js';
import { forbidden, userError, type ReceiptModel, type UserErrorModel } from '../shared/writes.js';
import type { ThemeCustomizeInput } from './generated.js';
import type { ExtensionsContext } from './loaders.js';
import type { ThemeModel } from './models.js';
import { words } from './updates.js';

export interface ThemeCustomizeModel {
  readonly theme: ThemeModel | null;
  readonly write: ReceiptModel | null;
  readonly userErrors: UserErrorModel[];
}

/** The settings and styles of a row of styles; empty ones when it holds none that can be read. */
export function stylesOf(stored: ThemeStyles | null): { readonly settings: Json; readonly styles: Json } {
  let content: unknown = null;
  try {
    content = JSON.parse(stored?.content ?? '{}');
  } catch {
    // A content that is no JSON holds no styles.
  }
  const { settings, styles } = words(content);
  return { settings: words(settings) as Json, styles: words(styles) as Json };
}

/** Changes whenever the styles do. */
export function stylesVersion(stored: ThemeStyles | null): string {
  return createHash('sha256').update(canonicalText(stylesOf(stored))).digest('base64url').slice(0, 22);
}

/** Where else a modification is written; all others have no route of WordPress's REST API. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  nav_menu_locations: 'menuAssign assigns menus to locations',
  custom_logo: 'siteSettingsUpdate sets the logo, as the option site_logo',
};

const MAX_STYLES_CHARACTERS = 500_000;
const refused = (...userErrors: UserErrorModel[]): ThemeCustomizeModel => ({ theme: null, write: null, userErrors });

export async function customizeTheme(input: ThemeCustomizeInput, { extensions, writer }: ExtensionsContext): Promise<ThemeCustomizeModel> {
  const id = decodeGlobalId(input.themeId);
  const [access, theme] = id?.type === 'InstalledTheme' ? await Promise.all([extensions.access(id.siteId), extensions.theme(id.siteId, id.localId)]) : [null, null];
  if (!access || !theme) return refused(userError('NOT_FOUND', 'there is no such theme', 'themeId'));
  const denied = forbidden(access, 'edit_theme_options', null, 'themeId');
  if (denied) return refused(denied);
  const errors = Object.keys(words(input.mods)).map((name) =>
    userError('INVALID', `a stock site has no way to write the modification ${name.slice(0, 80)} from outside${ELSEWHERE[name] === undefined ? '' : `; ${ELSEWHERE[name]}`}`, 'mods', name.slice(0, 80)));
  if (input.mods !== null && input.mods !== undefined && errors.length === 0) errors.push(userError('INVALID', 'mods must be a map that is not empty, or be left out', 'mods'));
  const fields: Record<string, Json> = {};
  for (const name of ['settings', 'styles'] as const) {
    const value: unknown = input[name];
    if (value === null || value === undefined) continue;
    if (typeof value !== 'object' || Array.isArray(value)) errors.push(userError('INVALID', `${name} must be a map, as in theme.json`, name));
    else if (JSON.stringify(value).length > MAX_STYLES_CHARACTERS) errors.push(userError('INVALID', `${name} must have at most ${MAX_STYLES_CHARACTERS} characters`, name));
    else fields[name] = value as Json;
  }
  if (errors.length > 0) return refused(...errors);
  if (Object.keys(fields).length === 0) return refused(userError('INVALID', 'neither settings nor styles are given; there is nothing to save'));
  if (!theme.active) return refused(userError('INVALID', 'the site keeps styles of its active theme alone; switch to this one first', 'themeId'));
  if (theme.details['isBlockTheme'] === false) return refused(userError('INVALID', 'this theme is not made of blocks; it has no styles to write', 'themeId'));
  const stored = await extensions.stylesOf(theme.siteId, theme.slug);
  const isExpected = Boolean(input.expectedVersion);
  const isStale = isExpected && stylesVersion(stored) !== input.expectedVersion;
  const operationInput = { slug: theme.slug, postId: stored?.postId ?? null, fields, base: isExpected && !isStale ? stylesOf(stored) : null, isStale };
  const { receipt, userErrors } = await writer.write({ access, operation: themeCustomize, asked: input, input: operationInput, targets: stored === null ? [] : [`post:${stored.postId}`] });
  extensions.forgetStyles(theme.siteId, theme.slug);
  const isDone = receipt?.state === 'APPLIED' || receipt?.state === 'CONFIRMED';
  return { theme: isDone ? theme : null, write: receipt, userErrors };
}
