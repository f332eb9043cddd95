// Deleting a menu: one call in which WordPress deletes its items too. Asked again after an unknown outcome it is gone or it is there.
import { readStoredMenu } from '../../../store/read/stored-menu.js';
import { refuse } from '../answers.js';
import type { Applied, Operation, WriteContext } from '../operation.js';
import { readMenu } from './assign.js';
import { objectOf, told } from './audit.js';
import { changesOfGoneMenu, changesOfLocations, changesOfMenu, targetsOfMenu } from './changes.js';
import { differsFrom, type MenuBase } from './compare.js';
import { absent, asFailed } from '../settled.js';
import { MENUS_TURN, readLiveMenu } from './menu.js';
import { makeSteps } from './steps.js';

export type MenuDeleteInput = {
  readonly menuId: number;
  readonly name: string;
  /** Where it stands, as the store knows it. */
  readonly locations: readonly string[];
  readonly base: MenuBase | 'stale' | null;
};

export const menuDelete: Operation<MenuDeleteInput> = {
  name: 'menuDelete',
  turnOf: () => MENUS_TURN,
  async deliver(context, input) {
    if (input.base !== null) {
      const live = await readLiveMenu(context, input.menuId);
      if (live.kind !== 'live') return live;
      if (input.base === 'stale' || differsFrom(input.base, live)) {
        const stored = await readStoredMenu(context.store.database, context.siteId, input.menuId, live.items.map(({ id }) => id));
        const rev = (live.siteMs ?? context.now().getTime()) * 1_000;
        const changes = changesOfMenu(stored, live.menu, live.items.filter(({ status }) => status === 'publish'), new Map(), rev);
        return { ...refuse('VERSION_CONFLICT', 'the menu changed on the site since you began; look at it again', { menuId: input.menuId }), changes, siteMs: live.siteMs };
      }
    }
    const made = await makeSteps(context, [{ method: 'DELETE', route: `wp/v2/menus/${input.menuId}`, body: { force: true } }]);
    return made.kind === 'made' ? applied(context, input, made.siteMs) : made;
  },
  async readBack(context, input) {
    const menu = await readMenu(context, input.menuId);
    if ('kind' in menu) {
      if (menu.kind === 'refused' && menu.code === 'NOT_FOUND') return applied(context, input, null);
      return asFailed(menu);
    }
    return absent(context, 'the site still has the menu');
  },
};

async function applied(context: WriteContext, input: MenuDeleteInput, siteMs: number | null): Promise<Applied> {
  const rev = (siteMs ?? context.now().getTime()) * 1_000;
  const stored = await readStoredMenu(context.store.database, context.siteId, input.menuId, []);
  const changes = [...changesOfGoneMenu(stored, input.menuId, rev), ...changesOfLocations(stored, Object.fromEntries(input.locations.map((location) => [location, 0])), rev)];
  return {
    kind: 'applied', changes, siteMs, targets: targetsOfMenu(stored, input.menuId, changes), result: { menuId: input.menuId },
    audit: {
      event: 'menu.deleted', category: 'CONTENT', object: objectOf({ id: input.menuId, name: input.name }), summary: `Deleted menu "${input.name.slice(0, 80)}"`,
      fieldChanges: [told('items', [...stored.items.values()].filter((item) => item.isInMenu).length, 0)],
    },
  };
}
