// Whether a site's menu is still what an editor began with. The store does not know everything that REST tells (addresses of links after
// a full sync), and REST does not tell everything that is stored (a title of an item's own): what one side does not know is not compared.
import { decode } from 'html-entities';
import type { HeldItem, LiveMenu } from './menu.js';

/** An item as the editor saw it. Null is what the store does not know. */
export type BaseItem = {
  readonly id: number;
  readonly title: string;
  /** The title that is shown: that of the object when the item has none. */
  readonly label: string;
  readonly type: string | null;
  readonly object: string | null;
  readonly objectId: number | null;
  readonly parent: number | null;
  readonly order: number;
  readonly url: string | null;
  readonly target: string | null;
  readonly classes: readonly string[] | null;
};

export type MenuBase = { readonly name: string; readonly items: readonly BaseItem[] };

export function differsFrom(base: MenuBase, live: LiveMenu): boolean {
  const items = live.items.filter(({ status }) => status === 'publish');
  if (base.name !== live.menu.name || base.items.length !== items.length) return true;
  const byId = new Map(items.map((item) => [item.id, item]));
  return base.items.some((item) => {
    const now = byId.get(item.id);
    return !now || !isSame(item, now);
  });
}

function isSame(base: BaseItem, now: HeldItem): boolean {
  const isCustom = now.type === 'custom';
  return (
    base.order === now.order && known(base.parent, now.parent) && known(base.type, now.type) && (isCustom || (known(base.object, now.object) && known(base.objectId, now.objectId))) &&
    sameTitle(base, now) && (!isCustom || base.url === null || base.url === '' || base.url === now.url) && known(base.target, now.target) &&
    (base.classes === null || base.classes.join(' ') === now.classes.join(' '))
  );
}

const known = <T>(base: T | null, now: T): boolean => base === null || base === now;

// Titles of objects are shown with their quotes and dashes made typographic.
function sameTitle({ title, label }: BaseItem, now: HeldItem): boolean {
  return title === '' ? letters(label) === letters(now.title) : decode(title) === decode(now.title);
}

const letters = (text: string): string => decode(text).replace(/[^\p{L}\p{N}]+/gu, '');
