// Putting a menu into a location of the theme, or taking the one out that stands there: one call, repeated without harm.
import { readStoredMenu } from '../../../store/read/stored-menu.js';
import { refuse } from '../answers.js';
import type { Applied, Delivery, Operation, WriteContext } from '../operation.js';
import { objectOf, told } from './audit.js';
import { changesOfLocations } from './changes.js';
import { ask, MENU_MEMBERS, MENUS_TURN, menuOfAnswer, notMenu, readLocations, type HeldMenu, type Locations } from './menu.js';
import { makeSteps } from './steps.js';
import { absent, asFailed } from '../settled.js';

export type MenuAssignInput = {
  readonly location: string;
  /** Null leaves the location empty. */
  readonly menuId: number | null;
};

export const menuAssign: Operation<MenuAssignInput> = {
  name: 'menuAssign',
  turnOf: () => MENUS_TURN,
  async deliver(context, input) {
    const told = await readLocations(context);
    if (told.kind !== 'locations') return told;
    const { locations } = told;
    if (!(input.location in locations)) return refuse('INVALID', `the theme has no menu location ${JSON.stringify(input.location.slice(0, 60))}`);
    const was = locations[input.location] ?? 0;
    const menuId = input.menuId ?? was;
    if (was === (input.menuId ?? 0)) return applied(context, input, menuId, locations, told.siteMs);
    const own = Object.keys(locations).filter((location) => location !== input.location && locations[location] === menuId);
    const made = await makeSteps(context, [{ method: 'POST', route: `wp/v2/menus/${menuId}`, body: { locations: input.menuId === null ? own : [...own, input.location] } }]);
    if (made.kind !== 'made') return made;
    const [answer = null] = made.answers;
    if (answer === null) return refuse('NOT_FOUND', 'the site no longer has the menu');
    return menuOfAnswer(answer) === null ? notMenu(true) : applied(context, input, menuId, locations, made.siteMs);
  },
  async readBack(context, input) {
    const told = await readLocations(context);
    if (told.kind !== 'locations') return asFailed(told);
    if ((told.locations[input.location] ?? 0) === (input.menuId ?? 0)) return applied(context, input, input.menuId ?? 0, told.locations, told.siteMs);
    return absent(context, 'the site does not have it so');
  },
};

async function applied(context: WriteContext, input: MenuAssignInput, menuId: number, before: Locations, siteMs: number | null): Promise<Applied> {
  const stored = await readStoredMenu(context.store.database, context.siteId, menuId, []);
  const changes = changesOfLocations(stored, { [input.location]: input.menuId ?? 0 }, (siteMs ?? context.now().getTime()) * 1_000);
  const name = stored.term?.name ?? String(menuId);
  return {
    kind: 'applied', changes, siteMs, targets: [`Menu:${menuId}`, ...(stored.mods ? [`setting:OPTION/${stored.mods.name}`] : [])], result: { menuId: menuId === 0 ? null : menuId },
    audit: {
      event: 'menu.assigned', category: 'CONTENT', object: objectOf({ id: menuId, name }),
      summary: input.menuId === null ? `Emptied the menu location ${input.location}` : `Put menu "${name.slice(0, 80)}" into the location ${input.location}`,
      fieldChanges: [told(`locations.${input.location}`, before[input.location] ?? 0, input.menuId ?? 0)],
    },
  };
}

/** A menu by itself. */
export async function readMenu(context: WriteContext, menuId: number): Promise<HeldMenu | Exclude<Delivery, Applied>> {
  const answered = await ask(context, `wp/v2/menus/${menuId}`, { context: 'edit', _fields: MENU_MEMBERS });
  if (answered.kind !== 'answered') return answered;
  return menuOfAnswer(answered.body) ?? notMenu(false);
}
