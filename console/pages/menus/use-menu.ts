// One menu under the editor: its entries, name and locations, what is not saved, and the save of the whole with the version it began with.
import { useState } from 'react';
import { useWrite } from '../../graph/use-write.js';
import { plainText } from '../../kit/content-words.js';
import { MenuStoreDocument, type MenuPartsFragment } from './generated.js';
import { parentsOf, readEntries, type Entry } from './tree.js';

export interface MenuDraft {
  readonly name: string;
  readonly locations: readonly string[];
  readonly entries: readonly Entry[];
}

export interface MenuEditor {
  readonly draft: MenuDraft;
  readonly isDirty: boolean;
  readonly isBusy: boolean;
  readonly problem: string | null;
  /** The menu as the site has it now, when it is another than the one that was begun with. */
  readonly conflict: MenuPartsFragment | null;
  readonly change: (part: Partial<MenuDraft>) => void;
  /** Saves; with a version other than the one begun with, over what is there. */
  readonly save: (over?: string) => Promise<MenuPartsFragment | null>;
  /** Begins anew with the site's. */
  readonly takeTheirs: () => void;
}

export function draftOfMenu({ name, locations, items }: MenuPartsFragment): MenuDraft {
  return { name, locations, entries: readEntries(items, plainText) };
}

const EMPTY: MenuDraft = { name: '', locations: [], entries: [] };

/** `menu` null makes a new one. Give the component that calls it the menu's id as key. */
export function useMenu(site: string, menu: MenuPartsFragment | null): MenuEditor {
  const [base, setBase] = useState<{ readonly id: string | null; readonly version: string | null; readonly draft: MenuDraft }>(() => ({ id: menu?.id ?? null, version: menu?.version ?? null, draft: menu ? draftOfMenu(menu) : EMPTY }));
  const [draft, setDraft] = useState<MenuDraft>(base.draft);
  const [problem, setProblem] = useState<string | null>(null);
  const [conflict, setConflict] = useState<MenuPartsFragment | null>(null);
  const { send, isBusy } = useWrite(MenuStoreDocument);
  const begin = (current: MenuPartsFragment): void => {
    const fresh = draftOfMenu(current);
    setBase({ id: current.id, version: current.version, draft: fresh });
    setDraft(fresh);
    setConflict(null);
  };
  return {
    draft, problem, conflict, isBusy,
    isDirty: JSON.stringify(draft) !== JSON.stringify(base.draft),
    change: (part) => setDraft((now) => ({ ...now, ...part })),
    async save(over) {
      setProblem(null);
      const parents = parentsOf(draft.entries);
      const answer = await send((idempotencyKey) => ({
        input: {
          siteId: site, id: base.id, name: draft.name, expectedVersion: over ?? base.version, idempotencyKey,
          ...(draft.locations.join() === base.draft.locations.join() ? {} : { locations: [...draft.locations] }),
          items: draft.entries.map(({ key, isNew, label, url, objectId, objectName, target, classes }, index) => ({
            id: isNew ? null : key, key, parentKey: parents[index] ?? null, label: objectName !== null && label === objectName ? null : label, target, classes: [...classes],
            ...(isNew && objectId !== null ? { objectId } : {}), ...(objectId === null && url !== null ? { url } : {}),
          })),
        },
      }));
      if (!answer.ok) {
        setProblem(answer.problem.message);
        return null;
      }
      const payload = answer.data.menuSave;
      if (payload?.conflict?.current) {
        setConflict(payload.conflict.current);
        return null;
      }
      if (!payload?.menu) {
        setProblem(payload?.userErrors[0]?.message ?? 'You may not edit menus here.');
        return null;
      }
      begin(payload.menu);
      return payload.menu;
    },
    takeTheirs: () => conflict && begin(conflict),
  };
}
