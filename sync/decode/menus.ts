// Navigation menus. Their terms, items and metas arrive as terms, posts and metas; only the item events carry the
// address and target of a custom link, so these are all that is taken from here.
import { z } from 'zod';
import { auditLine, short } from './audit.js';
import { decoder, type DecoderTable, type ItemContext } from './item.js';
import { id, label, membersOf, positional, text, whole } from './shapes.js';
import { removeTerm } from './terms.js';

function line(item: ItemContext, termId: number, name: string, verb: string) {
  const title = short(name) || `${termId}`;
  return auditLine(item, { category: 'CONTENT', typename: 'Menu', localId: termId, label: title, summary: `${verb} menu "${title}"` });
}

const menuShape = membersOf({ 'menu-name': label });

function saved(verb: string) {
  return decoder(positional({ termId: id, menu: menuShape }), ({ termId, menu }, item) => ({
    changes: [],
    audit: line(item, termId, menu['menu-name'], verb),
  }));
}

const linkShape = membersOf({ 'menu-item-url': text, 'menu-item-target': text, 'menu-item-title': label });
const menuTerm = z.object({ name: label }).optional().catch(undefined);

function itemSaved(verb: string) {
  return decoder(positional({ menuId: whole, menu: menuTerm, itemId: id, link: linkShape }), ({ menuId, menu, itemId, link }, item) => {
    const core = { url: link['menu-item-url'], target: link['menu-item-target'] };
    const title = short(link['menu-item-title']) || `${itemId}`;
    const place = `menu "${short(menu?.name ?? '') || menuId}"`;
    const parts = { category: 'CONTENT', typename: 'MenuItem', localId: itemId, label: title } as const;
    return {
      changes: [{ kind: 'upsert', entity: 'menuItemLink', key: { id: itemId }, rev: item.rev, groups: { core } }],
      audit: auditLine(item, { ...parts, summary: `${verb} item "${title}" in ${place}` }),
    };
  });
}

const deletedMenu = z.object({ name: label, parent: whole }).optional().catch(undefined);

const deleted = decoder(positional({ termId: id, ttId: id, term: deletedMenu }), ({ termId, ttId, term }, item) => ({
  changes: removeTerm({ ttId, termId, taxonomy: 'nav_menu', parentId: term?.parent ?? 0 }, item.rev),
  audit: line(item, termId, term?.name ?? '', 'Deleted'),
}));

export const MENU_DECODERS: DecoderTable = {
  wp_create_nav_menu: saved('Created'),
  jetpack_sync_updated_nav_menu: saved('Updated'),
  jetpack_sync_updated_nav_menu_add_item: itemSaved('Added'),
  jetpack_sync_updated_nav_menu_update_item: itemSaved('Updated'),
  delete_nav_menu: deleted,
};
