// Saving a whole menu, a new one or one that the site has: read, compared with what the editor began with, journaled, driven there. It
// ends as the new menu or as the old one; while neither is certain the write stays open, and reading it back goes on with it.
import type { Json } from '../../../core/changes.js';
import { refuse } from '../answers.js';
import type { Applied, Delivery, Failed, Operation, Refused, WriteContext } from '../operation.js';
import { connectionOwner } from '../../../store/read/acting-user.js';
import { readStoredMenu } from '../../../store/read/stored-menu.js';
import { auditOfSave } from './audit.js';
import { changesOfLocations, changesOfMenu, targetsOfMenu } from './changes.js';
import { differsFrom, type MenuBase } from './compare.js';
import { driveMenu, mayBeAtWork, takenBack, type Driven } from './drive.js';
import { findJournal, keep, type Journal } from './journal.js';
import { MENUS_TURN, readLiveMenu, readLocations, type LiveMenu, type Locations } from './menu.js';
import { cleanSteps, newGoal, sameSet, switchSteps, type WantedItem } from './plan.js';

export type MenuSaveInput = {
  /** Null makes a new menu. */
  readonly menuId: number | null;
  /** Plain text. */
  readonly name: string;
  /** Null leaves them. */
  readonly locations: readonly string[] | null;
  readonly items: readonly WantedItem[];
  /** What the editor began with; `stale` when the version named is not the current one; null saves without looking. */
  readonly base: MenuBase | 'stale' | null;
};

export const menuSave: Operation<MenuSaveInput> = {
  name: 'menuSave',
  turnOf: () => MENUS_TURN,
  async deliver(context, input) {
    const live = input.menuId === null ? null : await readLiveMenu(context, input.menuId);
    if (live !== null && live.kind !== 'live') return live;
    if (live !== null) {
      const against = input.base !== null && (input.base === 'stale' || differsFrom(input.base, live));
      if (against) return conflict(context, input, live);
      const missing = input.items.find(({ id }) => id !== null && !live.items.some((item) => item.id === id));
      if (missing) return conflict(context, input, live, `the item ${missing.id} is no longer in the menu; begin again from the current version`);
    }
    const told = await locationsBefore(context, input, live);
    if (told !== null && told.kind !== 'locations') return told;
    const journal: Journal = {
      menuId: input.menuId, before: live === null ? null : { menu: live.menu, items: live.items }, locations: told?.locations ?? null, created: {}, goal: 'new', lost: 0, lostAt: null, why: null,
    };
    if (live !== null && isThere(input, live)) return applied(context, input, journal, published(live));
    if (!(await keep(context, journal))) return { kind: 'failed', code: 'timeout', message: 'the write was settled elsewhere', wasSent: true };
    return endOf(context, input, await driveMenu(context, input, journal, live));
  },
  async readBack(context, input) {
    const journal = await findJournal(context);
    // Nothing is sent before the journal is kept.
    if (journal === null) return refuse('SITE_REJECTED', 'it was not begun; the menu is as it was');
    const driven = await driveMenu(context, input, journal, null);
    const owner = driven.kind === 'failed' ? await ownerToo(context) : null;
    return owner === null ? endOf(context, input, driven) : endOf(owner.context, input, await driveMenu(owner.context, input, owner.journal, null));
  },
};

/** When the person may not put the menu back any more, whose save it was, the owner of the connection does. */
async function ownerToo(context: WriteContext): Promise<{ readonly context: WriteContext; readonly journal: Journal } | null> {
  const journal = await findJournal(context);
  if (journal?.goal !== 'old' || journal.why?.code !== 'FORBIDDEN' || context.as.kind !== 'user') return null;
  const owner = await connectionOwner(context.store.database, context.siteId);
  return owner === null || owner.userId === context.as.userId ? null : { context: { ...context, as: { kind: 'user', userId: owner.userId } }, journal };
}

function isThere(input: MenuSaveInput, live: LiveMenu): boolean {
  if (input.items.some(({ id }) => id === null)) return false;
  const goal = newGoal(input.items, { name: input.name, description: live.menu.description, locations: input.locations }, live.items, live.items, new Map());
  return switchSteps(goal, live.menu, live.items, '\u0000').length === 0 && cleanSteps(goal, live.items, '\u0000').length === 0;
}

const published = (live: LiveMenu): LiveMenu => ({ ...live, items: live.items.filter(({ status }) => status === 'publish') });

/** The locations before a save that changes them; null for one that does not. */
async function locationsBefore(context: WriteContext, input: MenuSaveInput, live: LiveMenu | null): Promise<{ readonly kind: 'locations'; readonly locations: Locations } | Refused | Failed | null> {
  if (input.locations === null || sameSet(input.locations, live?.menu.locations ?? [])) return null;
  const told = await readLocations(context);
  if (told.kind !== 'locations') return told;
  const unknown = input.locations.find((location) => !(location in told.locations));
  return unknown === undefined ? told : refuse('INVALID', `the theme has no menu location ${JSON.stringify(unknown.slice(0, 60))}; it has ${Object.keys(told.locations).join(', ').slice(0, 200) || 'none'}`);
}

async function conflict(context: WriteContext, input: MenuSaveInput, live: LiveMenu, message = 'the menu changed on the site since you began; begin again from the current version'): Promise<Refused> {
  const stored = await readStoredMenu(context.store.database, context.siteId, live.menu.id, live.items.map(({ id }) => id));
  const changes = changesOfMenu(stored, live.menu, published(live).items, new Map(), revOf(live, context));
  return { ...refuse('VERSION_CONFLICT', message, { menuId: input.menuId, conflict: true }), changes, siteMs: live.siteMs };
}

async function endOf(context: WriteContext, input: MenuSaveInput, driven: Driven): Promise<Delivery> {
  if (driven.kind === 'failed') return driven;
  if (driven.kind === 'new') return applied(context, input, driven.journal, published(driven.live));
  return mayBeAtWork(context, driven.journal) ? { kind: 'failed', code: 'timeout', message: 'a request may still be at work on the site', wasSent: true } : takenBack(driven.journal);
}

async function applied(context: WriteContext, input: MenuSaveInput, journal: Journal, live: LiveMenu): Promise<Applied> {
  const rev = revOf(live, context);
  const stored = await readStoredMenu(context.store.database, context.siteId, live.menu.id, live.items.map(({ id }) => id));
  const titles = new Map(input.items.flatMap(({ id, fields }, place): [number, string][] => {
    const itemId = id ?? journal.created[place];
    return itemId === undefined || fields.title === undefined ? [] : [[itemId, fields.title]];
  }));
  const changes = [...changesOfMenu(stored, live.menu, live.items, titles, rev), ...changesOfLocations(stored, locationsAfter(journal, live), rev)];
  return {
    kind: 'applied', changes, siteMs: live.siteMs, targets: targetsOfMenu(stored, live.menu.id, changes), result: { menuId: live.menu.id } as Json,
    audit: auditOfSave(journal.before, live),
  };
}

/** Where the menu stands now, and where it no longer does. */
function locationsAfter({ before }: Journal, { menu }: LiveMenu): Locations {
  const left = (before?.menu.locations ?? []).filter((location) => !menu.locations.includes(location));
  return Object.fromEntries([...left.map((location) => [location, 0] as const), ...menu.locations.map((location) => [location, menu.id] as const)]);
}

/** The site's second as a revision; what the store holds meanwhile is stepped over when the reply is applied. */
export function revOf(live: Pick<LiveMenu, 'siteMs'>, context: WriteContext): number {
  return (live.siteMs ?? context.now().getTime()) * 1_000;
}
