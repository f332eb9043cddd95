// Drives a site's menu to where its journal says: forward to the new menu, or back to the old one. Every round reads the menu as it
// is and makes the steps that are missing, so it may be stopped anywhere and gone on with by anybody. New items are made as drafts,
// then everything is switched, and only then deleted: a menu that is left in the middle has lost nothing.
import type { Failed, Refused, WriteContext } from '../operation.js';
import { refuse } from '../answers.js';
import { createdOf, keep, markOf, type Journal } from './journal.js';
import { findMarkedMenu, itemOfAnswer, menuOfAnswer, notMenu, readLiveMenu, type HeldItem, type HeldMenu, type LiveMenu } from './menu.js';
import { bodyOf, cleanSteps, newGoal, oldGoal, ordersOf, switchSteps, type Goal, type Step, type WantedItem } from './plan.js';
import { makeSteps, type StepsEnd } from './steps.js';

/** What a save wants of a menu. */
export interface Wanted {
  readonly name: string;
  readonly locations: readonly string[] | null;
  readonly items: readonly WantedItem[];
}

/** Where the menu ended: `new` with what it holds now, or back where it was. */
export type Driven = { readonly kind: 'new'; readonly live: LiveMenu; readonly journal: Journal } | { readonly kind: 'old'; readonly journal: Journal } | Failed;

/** How often one pass reads the menu anew. */
const ROUNDS = 5;
/** So many calls without an answer, and a site that answers no better is given its old menu back. */
const MAX_LOST = 12;
/** A request of ours can still be at work on the site this long after it was sent; until then nothing counts as undone. */
export const AT_WORK_MS = 90_000;

/** `seen` is the menu as it was just read; null to read it first. */
export async function driveMenu(context: WriteContext, wanted: Wanted, begun: Journal, seen: LiveMenu | null): Promise<Driven> {
  let journal = begun;
  let live = seen;
  for (let round = 0; round < ROUNDS; round += 1) {
    if (context.now().getTime() >= context.deadlineMs) break;
    const read: LiveMenu | Refused | Failed | null = live ?? (await readAgain(context, journal));
    live = null;
    if (read !== null && read.kind === 'failed') return unknown(read.message);
    if (read !== null && read.kind === 'refused') {
      if (read.code === 'FORBIDDEN' && journal.goal === 'new') await keep(context, { ...journal, goal: 'old', why: { code: read.code, message: read.message } });
      if (read.code !== 'NOT_FOUND') return unknown(read.message);
      // The whole menu was deleted, by us on the way back or by somebody else: nothing is left to do.
      return { kind: 'old', journal: { ...journal, goal: 'old', why: journal.why ?? { code: 'SITE_REJECTED', message: 'the menu was deleted on the site meanwhile' } } };
    }
    const end: Approach = journal.goal === 'new' ? await forward(context, wanted, journal, read) : await back(context, journal, read);
    journal = end.journal;
    switch (end.kind) {
      case 'there': {
        if (journal.goal === 'new' && end.live) return { kind: 'new', live: end.live, journal };
        if (!mayBeAtWork(context, journal)) return { kind: 'old', journal };
        return unknown('a request may still be at work on the site');
      }
      case 'refused': {
        if (journal.goal === 'old') return unknown(`the old menu could not be put back yet: ${end.refused.message}`);
        journal = { ...journal, goal: 'old', why: { code: end.refused.code, message: end.refused.message } };
        break;
      }
      case 'lost': {
        journal = { ...journal, lost: journal.lost + 1, lostAt: context.now().getTime() };
        if (journal.goal === 'new' && journal.lost >= MAX_LOST) journal = { ...journal, goal: 'old', why: { code: 'SITE_REJECTED', message: `the site did not answer: ${end.message}` } };
        break;
      }
    }
    if (!(await keep(context, journal))) return unknown('the write was settled elsewhere');
  }
  return unknown('the menu is not finished yet');
}

type Approach =
  | { readonly kind: 'there'; readonly journal: Journal; readonly live: LiveMenu | null }
  | { readonly kind: 'refused'; readonly journal: Journal; readonly refused: Refused }
  | { readonly kind: 'lost'; readonly journal: Journal; readonly message: string };

const unknown = (message: string): Failed => ({ kind: 'failed', code: 'timeout', message, wasSent: true });

export function mayBeAtWork(context: WriteContext, { lostAt }: Journal): boolean {
  return lostAt !== null && context.now().getTime() - lostAt < AT_WORK_MS;
}

/** Null when a new menu was not made yet. */
async function readAgain(context: WriteContext, journal: Journal): Promise<LiveMenu | Refused | Failed | null> {
  if (journal.menuId !== null) return readLiveMenu(context, journal.menuId);
  const found = await findMarkedMenu(context, markOf(context));
  if (found === null || 'kind' in found) return found;
  return readLiveMenu(context, found.id);
}

async function forward(context: WriteContext, wanted: Wanted, begun: Journal, read: LiveMenu | null): Promise<Approach> {
  let journal = begun;
  let live = read;
  if (live === null) {
    const made = await makeSteps(context, [{ method: 'POST', route: 'wp/v2/menus', body: { name: wanted.name, description: markOf(context) } }]);
    if (made.kind !== 'made') return came(made, journal);
    const menu = menuOfAnswer(made.answers[0] ?? null);
    if (menu === null) return came(notMenu(true), journal);
    live = { kind: 'live', menu, items: [], siteMs: made.siteMs };
  }
  const isKnown = journal.menuId !== null;
  if (!isKnown) journal = { ...journal, menuId: live.menu.id };
  const created = await createItems(context, wanted, journal, live);
  if (created.kind !== 'live') return came(created.end, created.journal);
  const { live: whole, journal: held } = created;
  const goal = newGoal(wanted.items, { name: wanted.name, description: held.before?.menu.description ?? '', locations: wanted.locations }, held.before?.items ?? [], whole.items, createdOf(held));
  return finish(context, goal, held, whole);
}

async function back(context: WriteContext, journal: Journal, live: LiveMenu | null): Promise<Approach> {
  if (live === null) return { kind: 'there', journal, live: null };
  if (journal.before === null) {
    const made = await makeSteps(context, [{ method: 'DELETE', route: `wp/v2/menus/${live.menu.id}`, body: { force: true } }, ...givenBack(journal)]);
    return made.kind === 'made' ? { kind: 'there', journal, live: null } : came(made, journal);
  }
  const goal = oldGoal(journal.before.menu, journal.before.items, live.items, createdOf(journal), journal.locations !== null);
  const end = await finish(context, goal, journal, live);
  if (end.kind !== 'there') return end;
  const made = await makeSteps(context, givenBack(journal));
  return made.kind === 'made' ? end : came(made, journal);
}

/** Locations that the save took from other menus, given back to them. */
function givenBack({ locations, menuId, before }: Journal): Step[] {
  if (locations === null) return [];
  const own = before?.menu.id ?? menuId;
  const byMenu = new Map<number, string[]>();
  for (const [location, id] of Object.entries(locations)) if (id !== 0 && id !== own) byMenu.set(id, [...(byMenu.get(id) ?? []), location]);
  return [...byMenu].map(([id, names]) => ({ method: 'POST', route: `wp/v2/menus/${id}`, body: { locations: names } }));
}

type Created = { readonly kind: 'live'; readonly live: LiveMenu; readonly journal: Journal } | { readonly kind: 'ended'; readonly end: Exclude<StepsEnd, { kind: 'made' }>; readonly journal: Journal };

/** Makes the new items that are not there yet, as drafts with their mark; those whose answer was lost are found by it. */
async function createItems(context: WriteContext, wanted: Wanted, begun: Journal, live: LiveMenu): Promise<Created> {
  const mark = markOf(context);
  const created = createdOf(begun);
  const present = new Set(live.items.map(({ id }) => id));
  const byMark = new Map(live.items.filter(({ description }) => description.startsWith(mark)).map((item) => [Number(item.description.slice(mark.length)), item.id]));
  const orders = ordersOf(wanted.items.map(() => null));
  const missing: number[] = [];
  wanted.items.forEach((item, place) => {
    if (item.id !== null) return;
    const id = created.get(place) ?? byMark.get(place);
    if (id !== undefined && present.has(id)) created.set(place, id);
    else if (!created.has(place)) missing.push(place);
  });
  const steps = missing.map((place): Step => ({
    method: 'POST', route: 'wp/v2/menu-items',
    body: { ...bodyOf({ ...wanted.items[place]?.fields, order: orders[place] ?? 1, status: 'draft' }), menus: live.menu.id, description: `${mark}${place}` },
  }));
  const made = steps.length === 0 ? null : await makeSteps(context, steps);
  if (made !== null && made.kind !== 'made') return { kind: 'ended', end: made, journal: withCreated(begun, created) };
  const items = (made?.answers ?? []).map((answer) => itemOfAnswer(answer));
  if (items.includes(null)) return { kind: 'ended', end: notMenu(true), journal: withCreated(begun, created) };
  const fresh = items.filter((item) => item !== null);
  fresh.forEach((item, index) => created.set(missing[index] ?? 0, item.id));
  const journal = withCreated(begun, created);
  const isNews = created.size !== createdOf(begun).size || begun.menuId === null || fresh.length > 0;
  if (isNews && !(await keep(context, journal))) return { kind: 'ended', end: unknown('the write was settled elsewhere'), journal };
  return { kind: 'live', live: { ...live, items: [...live.items, ...fresh], siteMs: made?.siteMs ?? live.siteMs }, journal };
}

function withCreated(journal: Journal, created: ReadonlyMap<number, number>): Journal {
  return { ...journal, created: Object.fromEntries(created) };
}

/** Switches to the goal, then deletes what nobody sees any more. A deletion that is refused twice leaves a draft behind, not another menu. */
async function finish(context: WriteContext, goal: Goal, journal: Journal, live: LiveMenu): Promise<Approach> {
  const mark = markOf(context);
  const steps = switchSteps(goal, live.menu, live.items, mark);
  const switched = await makeSteps(context, steps);
  if (switched.kind !== 'made') return came(switched, journal);
  const clean = cleanSteps(goal, live.items, mark);
  const first = await makeSteps(context, clean);
  const cleaned = first.kind === 'refused' ? await makeSteps(context, clean) : first;
  if (cleaned.kind === 'failed') return came(cleaned, journal);
  return { kind: 'there', journal, live: { ...after(live, steps, switched, goal), siteMs: cleaned.siteMs ?? switched.siteMs ?? live.siteMs } };
}

/** The menu as the answers tell it. */
function after(live: LiveMenu, steps: readonly Step[], { answers }: Extract<StepsEnd, { kind: 'made' }>, goal: Goal): LiveMenu {
  const items = new Map<number, HeldItem>(live.items.map((item) => [item.id, item]));
  let menu: HeldMenu = live.menu;
  steps.forEach((step, index) => {
    const answer = answers[index] ?? null;
    if (!step.route.startsWith('wp/v2/menu-items')) return void (menu = menuOfAnswer(answer) ?? menu);
    const id = Number(step.route.slice(step.route.lastIndexOf('/') + 1));
    const item = itemOfAnswer(answer);
    if (item) items.set(id, item);
    else items.delete(id);
  });
  for (const id of goal.gone) items.delete(id);
  return { ...live, menu, items: [...items.values()].filter(({ status }) => status === 'publish') };
}

function came(end: Refused | Failed, journal: Journal): Approach {
  return end.kind === 'refused' ? { kind: 'refused', journal, refused: end } : { kind: 'lost', journal, message: end.message };
}

/** The refusal of a save that was taken back. */
export function takenBack({ why }: Journal): Refused {
  const code = why?.code;
  const known = code === 'FORBIDDEN' || code === 'INVALID' || code === 'NOT_FOUND' || code === 'RATE_LIMITED' ? code : 'SITE_REJECTED';
  return refuse(known, `${why?.message ?? 'the site refused'}; the menu is as it was`);
}
