// What has to be done to a site's menu for it to become another one: pure. The whole of a save is told by two states, what the menu
// was and what it is to be; each step sets an item to what the state says, so that steps may be repeated and lost ones made up for.
import type { HeldItem, HeldMenu, ItemFields } from './menu.js';

/** An item of the tree that is saved. Members of `fields` that are left out stay as they are. */
export type WantedItem = {
  /** Null for a new one. */
  readonly id: number | null;
  /** The place in the list of the item above it; null for none. */
  readonly above: number | null;
  readonly fields: Partial<Pick<ItemFields, 'title' | 'type' | 'object' | 'objectId' | 'url' | 'target' | 'classes'>>;
};

/** One request that changes an item or the menu. */
export type Step = {
  readonly method: 'POST' | 'DELETE';
  readonly route: string;
  readonly body: { readonly [member: string]: string | number | boolean | readonly string[] };
};

/** What the published items of the menu are to be, the items that are to go, and the menu's own fields. */
export interface Goal {
  readonly items: ReadonlyMap<number, Partial<ItemFields>>;
  readonly gone: ReadonlySet<number>;
  readonly menu: { readonly name: string; readonly description: string; readonly locations: readonly string[] | null };
}

/** Members of an item by their names in REST. */
const REST_NAMES = {
  title: 'title', type: 'type', object: 'object', objectId: 'object_id', url: 'url', parent: 'parent', order: 'menu_order', target: 'target', classes: 'classes', status: 'status',
} as const;

const FIELDS = Object.keys(REST_NAMES) as (keyof ItemFields)[];

/** The fields of an item that are not as wanted. Links of their own have no object. */
export function differing(held: ItemFields, wanted: Partial<ItemFields>): (keyof ItemFields)[] {
  const type = wanted.type ?? held.type;
  return FIELDS.filter((field) => {
    const value = wanted[field];
    if (value === undefined || (type === 'custom' && (field === 'object' || field === 'objectId')) || (type !== 'custom' && field === 'url')) return false;
    return JSON.stringify(value) !== JSON.stringify(held[field]);
  });
}

/** Members of a request for some fields. Nobody reads `description` of a published item that we made: the mark goes with the publication. */
export function bodyOf(fields: Partial<ItemFields>): Step['body'] {
  return Object.fromEntries(FIELDS.flatMap((field) => (fields[field] === undefined ? [] : [[REST_NAMES[field], fields[field]]])));
}

/** The places of a list of items: as they are while that is in order, or counted anew, whichever changes less. */
export function ordersOf(held: readonly (number | null)[]): number[] {
  let last = 0;
  const kept = held.map((order) => (last = order !== null && order > last ? order : last + 1));
  const counted = held.map((_order, index) => index + 1);
  const changes = (orders: readonly number[]) => orders.filter((order, index) => order !== held[index]).length;
  return changes(kept) <= changes(counted) ? kept : counted;
}

/** The goal of a save. `created` holds the ids of new items by their place in the list; places without one are not there yet. */
export function newGoal(
  wanted: readonly WantedItem[], menu: Goal['menu'], before: readonly HeldItem[], live: readonly HeldItem[], created: ReadonlyMap<number, number>,
): Goal {
  const byId = new Map(live.map((item) => [item.id, item]));
  const begun = new Map(before.map((item) => [item.id, item]));
  const idAt = (place: number): number => wanted[place]?.id ?? created.get(place) ?? 0;
  const orders = ordersOf(wanted.map(({ id }) => (id === null ? null : (begun.get(id)?.order ?? null))));
  const items = new Map<number, Partial<ItemFields>>();
  wanted.forEach((item, place) => {
    const id = idAt(place);
    if (!byId.has(id)) return;
    items.set(id, { ...item.fields, parent: item.above === null ? 0 : idAt(item.above), order: orders[place] ?? 1, status: 'publish' });
  });
  const gone = new Set(before.filter(({ id, status }) => status === 'publish' && !items.has(id) && byId.has(id)).map(({ id }) => id));
  return { items, gone, menu };
}

/** The goal of taking a save back. */
export function oldGoal(menu: HeldMenu, before: readonly HeldItem[], live: readonly HeldItem[], created: ReadonlyMap<number, number>, withLocations: boolean): Goal {
  const byId = new Set(live.map(({ id }) => id));
  const items = new Map(before.filter(({ id }) => byId.has(id)).map(({ id, description: _description, ...fields }) => [id, fields] as const));
  const gone = new Set([...created.values()].filter((id) => byId.has(id)));
  return { items, gone, menu: { name: menu.name, description: menu.description, locations: withLocations ? menu.locations : null } };
}

/** The steps that show the goal to visitors: items as they are to be, those that go as drafts; then the menu's own fields. */
export function switchSteps(goal: Goal, menu: HeldMenu, live: readonly HeldItem[], mark: string): Step[] {
  const steps: Step[] = [];
  for (const held of live) {
    const wanted = goal.items.get(held.id);
    const id = held.id;
    if (goal.gone.has(id)) {
      if (held.status !== 'draft') steps.push({ method: 'POST', route: itemRoute(id), body: { status: 'draft' } });
      continue;
    }
    if (!wanted) continue;
    const fields = differing(held, wanted);
    const isMarked = held.description.startsWith(mark);
    if (fields.length === 0 && !isMarked) continue;
    // A new type says what the item leads to only together with its object or address.
    const told = fields.includes('type') ? [...fields, ...(['object', 'objectId', 'url'] as const)] : fields;
    const body = bodyOf(Object.fromEntries(told.map((field) => [field, wanted[field]])) as Partial<ItemFields>);
    steps.push({ method: 'POST', route: itemRoute(id), body: isMarked ? { ...body, description: '' } : body });
  }
  // What is published comes before what goes, so that the menu is never emptier than either.
  steps.sort((a, b) => rank(a) - rank(b));
  const own: Record<string, string | readonly string[]> = {};
  if (goal.menu.name !== menu.name) own['name'] = goal.menu.name;
  if (goal.menu.description !== menu.description) own['description'] = goal.menu.description;
  if (goal.menu.locations !== null && !sameSet(goal.menu.locations, menu.locations)) own['locations'] = goal.menu.locations;
  if (Object.keys(own).length > 0) steps.push({ method: 'POST', route: `wp/v2/menus/${menu.id}`, body: own });
  return steps;
}

const rank = ({ body }: Step): number => (body['status'] === 'publish' ? 0 : body['status'] === 'draft' ? 2 : 1);

/** The steps that remove what nobody sees any more: drafts of ours among it that a lost answer left behind. */
export function cleanSteps(goal: Goal, live: readonly HeldItem[], mark: string): Step[] {
  return live
    .filter((item) => goal.gone.has(item.id) || (item.status === 'draft' && item.description.startsWith(mark) && !goal.items.has(item.id)))
    .map((item) => ({ method: 'DELETE', route: itemRoute(item.id), body: { force: true } }));
}

const itemRoute = (id: number): string => `wp/v2/menu-items/${id}`;

export function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify([...a].sort()) === JSON.stringify([...b].sort());
}
