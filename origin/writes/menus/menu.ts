// A classic menu as a site holds it (a term of nav_menu and its items), read whole over wp/v2/menus, menu-items and menu-locations.
// Drafts are read too: a save in progress keeps there what visitors are not to see yet.
import { decode } from 'html-entities';
import { z } from 'zod';
import type { Json } from '../../../core/changes.js';
import { rawText } from '../../rest/raw-text.js';
import { readAnswer, rowsOf, type Answered } from '../answers.js';
import type { Failed, Refused, WriteContext } from '../operation.js';

/** What an item holds, in the site's own words; `url` only of a link of its own. */
export type ItemFields = {
  readonly title: string;
  /** custom, post_type, taxonomy or post_type_archive. */
  readonly type: string;
  readonly object: string;
  readonly objectId: number;
  readonly url: string;
  /** The item above it; 0 for none. */
  readonly parent: number;
  readonly order: number;
  readonly target: string;
  readonly classes: readonly string[];
  readonly status: string;
};

export type HeldItem = ItemFields & { readonly id: number; readonly description: string };

/** A menu; the name is plain text. */
export type HeldMenu = { readonly id: number; readonly name: string; readonly slug: string; readonly description: string; readonly locations: readonly string[] };

export interface LiveMenu {
  readonly kind: 'live';
  readonly menu: HeldMenu;
  readonly items: readonly HeldItem[];
  readonly siteMs: number | null;
}

/** WordPress writes the locations of all menus as one option, and a menu is many calls: what two people save at once is compared one after the other. */
export const MENUS_TURN = { name: 'menus', isShared: true } as const;

/** The most items that a menu is read with; more are not edited here. */
export const MAX_ITEMS = 1_000;
const PAGE = 100;
const READ_TIMEOUT_MS = 10_000;

const whole = z.coerce.number().int().nonnegative().catch(0);
const text = z.string().catch('');

const menuShape = z.object({ id: z.number().int().positive(), name: z.string(), slug: text, description: text, locations: z.array(z.string()).catch([]) });
export const MENU_MEMBERS = 'id,name,slug,description,locations';

const itemShape = z.object({
  id: z.number().int().positive(), title: rawText, status: text, url: text, description: rawText, type: text, object: text, object_id: whole, parent: whole,
  menu_order: whole, target: text, classes: z.array(z.string()).catch([]), menus: whole,
});
export const ITEM_MEMBERS = 'id,title.raw,status,url,description,type,object,object_id,parent,menu_order,target,classes,menus';

/** Reads a menu of an answer; null when it is none. */
export function menuOfAnswer(body: Json): HeldMenu | null {
  const parsed = menuShape.safeParse(body);
  return parsed.success ? { ...parsed.data, name: decode(parsed.data.name) } : null;
}

/** Reads an item of an answer; null when it is none. */
export function itemOfAnswer(body: Json): HeldItem | null {
  const parsed = itemShape.safeParse(body);
  if (!parsed.success) return null;
  const { object_id: objectId, menu_order: order, menus: _menus, ...item } = parsed.data;
  return { ...item, objectId, order, url: item.type === 'custom' ? item.url : '', classes: item.classes.filter((one) => one !== '') };
}

export function timeoutOf({ deadlineMs, now }: WriteContext, most: number): number {
  return Math.max(1, Math.min(most, deadlineMs - now().getTime()));
}

export async function ask(context: WriteContext, route: string, query: Record<string, string | number>): Promise<(Answered & { readonly pages: number }) | Refused | Failed> {
  const outcome = await context.client.rest(context.siteId, { as: context.as, method: 'GET', route, query, timeoutMs: timeoutOf(context, READ_TIMEOUT_MS) });
  const answered = readAnswer(outcome, true);
  return answered.kind === 'answered' && outcome.kind === 'answer' ? { ...answered, pages: Number(outcome.headers['x-wp-totalpages'] ?? 1) || 0 } : (answered as Refused | Failed);
}

export const notMenu = (wasSent: boolean): Failed => ({ kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with a menu', wasSent });

/** A menu with all its items, published and draft: two calls, and one more for each hundred items. */
export async function readLiveMenu(context: WriteContext, menuId: number): Promise<LiveMenu | Refused | Failed> {
  const [told, first] = await Promise.all([ask(context, `wp/v2/menus/${menuId}`, { context: 'edit', _fields: MENU_MEMBERS }), itemPage(context, menuId, 1)]);
  if (told.kind !== 'answered') return told;
  if (first.kind !== 'answered') return first;
  const menu = menuOfAnswer(told.body);
  const bodies = [first.body];
  for (let page = 2; page <= Math.min(first.pages, MAX_ITEMS / PAGE); page += 1) {
    const more = await itemPage(context, menuId, page);
    if (more.kind !== 'answered') return more;
    bodies.push(more.body);
  }
  const rows = bodies.flatMap((body) => (Array.isArray(body) ? (body as Json[]) : [null]));
  const items = rows.map(itemOfAnswer);
  if (menu === null || items.includes(null)) return notMenu(false);
  return { kind: 'live', menu, items: items.filter((item) => item !== null), siteMs: told.siteMs };
}

function itemPage(context: WriteContext, menuId: number, page: number) {
  return ask(context, 'wp/v2/menu-items', { context: 'edit', menus: menuId, status: 'publish,draft', orderby: 'id', order: 'asc', per_page: PAGE, page, _fields: ITEM_MEMBERS });
}

/** The menu that carries a mark in its description: one that a save was making when it lost the answer. */
export async function findMarkedMenu(context: WriteContext, mark: string): Promise<HeldMenu | Refused | Failed | null> {
  const found = await ask(context, 'wp/v2/menus', { context: 'edit', per_page: PAGE, orderby: 'id', order: 'desc', _fields: MENU_MEMBERS });
  if (found.kind !== 'answered') return found;
  const rows = rowsOf(found);
  if ('kind' in rows) return rows;
  return rows.map(menuOfAnswer).find((menu) => menu?.description === mark) ?? null;
}

/** Menu ids by location of the active theme; 0 where none is. */
export type Locations = { readonly [location: string]: number };

export async function readLocations(context: WriteContext): Promise<{ readonly kind: 'locations'; readonly locations: Locations; readonly siteMs: number | null } | Refused | Failed> {
  const told = await ask(context, 'wp/v2/menu-locations', { context: 'edit' });
  if (told.kind !== 'answered') return told;
  const rows = z.record(z.string(), z.object({ menu: whole })).safeParse(Array.isArray(told.body) ? {} : told.body);
  if (!rows.success) return notMenu(false);
  return { kind: 'locations', locations: Object.fromEntries(Object.entries(rows.data).map(([name, { menu }]) => [name, menu])), siteMs: told.siteMs };
}
