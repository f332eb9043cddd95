// menuSave, menuAssign and menuDelete: decode the ids, decide who may, say what the editor began with, and hand over to the operation.
import type { Json } from '../../../core/changes.js';
import { decodeGlobalId, decodeNumericId, encodeGlobalId, type SiteId } from '../../../core/ids.js';
import { menuAssign } from '../../../origin/writes/menus/assign.js';
import type { BaseItem, MenuBase } from '../../../origin/writes/menus/compare.js';
import { menuDelete } from '../../../origin/writes/menus/remove.js';
import { menuSave } from '../../../origin/writes/menus/save.js';
import { readMenuItems, type MenuItemRow } from '../../../store/read/menus.js';
import { forbidden, userError, type ReceiptModel, type UserErrorModel } from '../../shared/writes.js';
import type { MenuSaveInput, MutationmenuAssignArgs, MutationmenuDeleteArgs, MutationResolvers } from '../generated.js';
import type { ContentContext } from '../loaders.js';
import { decodeItems } from './decode-items.js';
import type { MenuDeleteModel, MenuItemModel, MenuModel, MenuSaveModel } from './models.js';

type MenuMutations = Pick<MutationResolvers<ContentContext>, 'menuSave' | 'menuAssign' | 'menuDelete'>;

export const menuMutations: Required<MenuMutations> = {
  menuSave: (_root, { input }, context) => saveMenu(input, context),
  menuAssign: (_root, args, context) => assignMenu(args, context),
  menuDelete: (_root, args, context) => deleteMenu(args, context),
};

const CAPABILITY = 'edit_theme_options';
const MAX_NAME = 200;
const MAX_LOCATIONS = 50;

const refused = (...userErrors: UserErrorModel[]): MenuSaveModel => ({ menu: null, conflict: null, write: null, userErrors });
const noMenu = (field: string): UserErrorModel => userError('NOT_FOUND', 'there is no such menu, or you may not know of it', field);

async function saveMenu(input: MenuSaveInput, context: ContentContext): Promise<MenuSaveModel> {
  const site = decodeGlobalId(input.siteId);
  const access = site?.type === 'Site' ? await context.access.site(site.siteId) : null;
  if (!access) return refused(userError('NOT_FOUND', 'there is no such site', 'siteId'));
  const denied = forbidden(access, CAPABILITY, null, input.id ? 'id' : 'siteId');
  const key = input.id ? decodeNumericId(input.id, 'Menu') : null;
  if (denied) return refused(denied);
  if (input.id && key?.siteId !== access.siteId) return refused(noMenu('id'));
  const menu = key && (await context.menus.menu(access.siteId, key.localId));
  if (key && !menu) return (await storedSave(input, access.siteId, context)) ?? refused(noMenu('id'));
  const shown = menu ? (await context.menus.content(menu)).items : [];
  const { items, errors } = await decodeItems(context.db, access, input.items, new Map(shown.map(({ localId, label }) => [localId, label])));
  const name = input.name.trim();
  if (name === '' || name.length > MAX_NAME || name.includes('\u0000')) errors.push(userError('INVALID', `name must have 1 to ${MAX_NAME} characters`, 'name'));
  if (input.locations && input.locations.length > MAX_LOCATIONS) errors.push(userError('INVALID', `locations must hold at most ${MAX_LOCATIONS}`, 'locations'));
  if (errors.length > 0) return refused(...errors);
  const base = menu ? await baseOf(menu, input.expectedVersion, context) : null;
  const operationInput = { menuId: menu?.localId ?? null, name, locations: input.locations ? [...new Set(input.locations)] : null, items, base };
  const { receipt, userErrors, result } = await context.writer.write({
    access, operation: menuSave, asked: input, input: operationInput, targets: menu ? [`Menu:${menu.localId}`] : [],
  });
  return answer(access.siteId, receipt, userErrors, result, context, base === 'stale');
}

/** What a retry gets whose menu was deleted since. */
async function storedSave(input: MenuSaveInput, siteId: SiteId, context: ContentContext): Promise<MenuSaveModel | null> {
  const stored = await context.writer.stored({ siteId, operation: menuSave.name, asked: input });
  return stored && { menu: null, conflict: null, write: stored.receipt, userErrors: stored.userErrors };
}

async function assignMenu(args: MutationmenuAssignArgs, context: ContentContext): Promise<MenuSaveModel> {
  const site = decodeGlobalId(args.siteId);
  const access = site?.type === 'Site' ? await context.access.site(site.siteId) : null;
  if (!access) return refused(userError('NOT_FOUND', 'there is no such site', 'siteId'));
  const denied = forbidden(access, CAPABILITY, null, 'siteId');
  if (denied) return refused(denied);
  const key = args.menuId ? decodeNumericId(args.menuId, 'Menu') : null;
  const menu = key?.siteId === access.siteId ? await context.menus.menu(access.siteId, key.localId) : null;
  if (args.menuId && !menu) return refused(noMenu('menuId'));
  if (args.location === '' || args.location.length > 200) return refused(userError('INVALID', 'location must have 1 to 200 characters', 'location'));
  const { receipt, userErrors, result } = await context.writer.write({
    access, operation: menuAssign, asked: args, input: { location: args.location, menuId: menu?.localId ?? null }, targets: menu ? [`Menu:${menu.localId}`] : [],
  });
  return answer(access.siteId, receipt, userErrors, result, context);
}

async function deleteMenu(args: MutationmenuDeleteArgs, context: ContentContext): Promise<MenuDeleteModel> {
  const refuse = (error: UserErrorModel): MenuDeleteModel => ({ deletedIds: [], write: null, userErrors: [error] });
  const key = decodeNumericId(args.id, 'Menu');
  const access = key && (await context.access.site(key.siteId));
  if (!key || !access) return refuse(noMenu('id'));
  const denied = forbidden(access, CAPABILITY, null, 'id');
  if (denied) return refuse(denied);
  const menu = await context.menus.menu(key.siteId, key.localId);
  const answered = menu
    ? await context.writer.write({
        access, operation: menuDelete, asked: args, targets: [`Menu:${menu.localId}`],
        input: { menuId: menu.localId, name: menu.name, locations: [...menu.locations], base: await baseOf(menu, args.expectedVersion, context) },
      })
    : await context.writer.stored({ siteId: key.siteId, operation: menuDelete.name, asked: args });
  if (!answered) return refuse(noMenu('id'));
  const isDone = answered.userErrors.length === 0 && answered.receipt?.state !== 'QUEUED';
  context.menus.forget(key.siteId);
  return { deletedIds: isDone ? [encodeGlobalId(key.siteId, 'Menu', key.localId)] : [], write: answered.receipt, userErrors: answered.userErrors };
}

/** What the editor began with, when the version that it names is the one that is stored. */
async function baseOf(menu: MenuModel, expectedVersion: string | null | undefined, context: ContentContext): Promise<MenuBase | 'stale' | null> {
  if (!expectedVersion) return null;
  const { items, version } = await context.menus.content(menu);
  if (version !== expectedVersion) return 'stale';
  const shown = new Map(items.map((item) => [item.localId, item]));
  const rows = (await readMenuItems(context.db, [menu.siteId])).filter((row) => row.menuId === menu.localId);
  return { name: menu.name, items: rows.map((row) => baseItem(row, shown.get(row.id))) };
}

function baseItem(row: MenuItemRow, shown: MenuItemModel | undefined): BaseItem {
  const text = (key: string): string | null => {
    const value = row.meta[`_menu_item_${key}`];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
  };
  const whole = (key: string): number | null => {
    const value = text(key);
    return value === null ? null : Number(value) || 0;
  };
  return {
    id: row.id, title: row.storedTitle, label: shown?.label ?? row.storedTitle, type: text('type'), object: text('object'), objectId: whole('object_id'), parent: whole('menu_item_parent'),
    order: row.order, url: row.url, target: row.target, classes: '_menu_item_classes' in row.meta && shown ? [...shown.classes] : null,
  };
}

interface SaveResult {
  readonly menuId?: number | null;
  readonly conflict?: boolean;
}

async function answer(siteId: SiteId, write: ReceiptModel | null, userErrors: UserErrorModel[], result: Json, context: ContentContext, isSynced = false): Promise<MenuSaveModel> {
  const { menuId = null, conflict = false } = (result ?? {}) as SaveResult;
  context.menus.forget(siteId);
  const menu = menuId === null ? null : await context.menus.menu(siteId, menuId);
  return conflict ? { menu: null, conflict: { current: menu, siteId, menuId, isSynced }, write, userErrors } : { menu, conflict: null, write, userErrors };
}

