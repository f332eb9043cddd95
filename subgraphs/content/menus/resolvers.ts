// The resolvers of menus. The content subgraph merges them into its own; the context holds `menus`.
import { decodeNumericId, encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import type { Resolvers } from '../generated.js';
import { userStub } from '../resolvers/references.js';
import type { MenuContext } from './loaders.js';
import type { MenuModel } from './models.js';

type MenuResolvers = Required<Pick<Resolvers<MenuContext>, 'Menu' | 'MenuItem' | 'MenuLocation' | 'MenuConflict'>> & {
  readonly Site: Pick<NonNullable<Resolvers<MenuContext>['Site']>, 'menus' | 'menuLocations'>;
};

export const menuResolvers: MenuResolvers = {
  Site: {
    menus: ({ siteId }, _args, { menus }) => menus.ofSite(siteId),
    menuLocations: ({ siteId }, _args, { menus }) => menus.locations(siteId),
  },
  Menu: {
    __resolveReference: ({ id }, context) => menuById(id, context),
    id: ({ siteId, localId }) => encodeGlobalId(siteId, 'Menu', localId),
    site: ({ siteId }) => ({ id: encodeSiteId(siteId), siteId }),
    items: async (menu, _args, { menus }) => (await menus.content(menu)).items,
    tree: async (menu, _args, { menus }) => (await menus.content(menu)).tree,
    version: async (menu, _args, { menus }) => (await menus.content(menu)).version,
    freshness: ({ siteId }, _args, { menus }) => menus.freshness(siteId),
  },
  MenuItem: {
    id: ({ siteId, localId }) => menuItemId(siteId, localId),
    parentId: ({ siteId, parentLocalId }) => (parentLocalId === null ? null : menuItemId(siteId, parentLocalId)),
  },
  MenuConflict: {
    // What was not synced when the conflict was found has told nobody yet.
    changedBy: async (conflict, _args, { menus }) => userStub(conflict.siteId, (await menus.changer(conflict))?.userId ?? 0),
    changedAt: async (conflict, _args, { menus }) => (await menus.changer(conflict))?.at ?? null,
  },
  MenuLocation: { label: ({ slug }) => slug },
};

async function menuById(id: string, { menus }: MenuContext): Promise<MenuModel | null> {
  const decoded = decodeNumericId(id, 'Menu');
  return decoded && menus.menu(decoded.siteId, decoded.localId);
}

const menuItemId = (siteId: SiteId, localId: number): string => encodeGlobalId(siteId, 'MenuItem', localId);
