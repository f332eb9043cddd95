// The menus of a site: choose one, put its items into order, say where the theme shows it, save the whole at once.
import { useState, type ReactNode } from 'react';
import { useParams } from 'wouter';
import { useGraph } from '../../graph/use-graph.js';
import { useWrite } from '../../graph/use-write.js';
import { Button } from '../../kit/button.js';
import { Ask } from '../../kit/dialog.js';
import { CheckBox, SelectBox, TextBox } from '../../kit/fields.js';
import { PageFrame } from '../../kit/page.js';
import { Bones, CardBones, Empty, Notice, ProblemState } from '../../kit/states.js';
import { say, sayProblem } from '../../kit/toasts.js';
import { useLeaveGuard } from '../../kit/use-leave-guard.js';
import { useSearchParam } from '../../kit/use-search-param.js';
import { Badge } from '../../kit/words.js';
import { AddItem, EditItem } from './add-item.js';
import { MenuRemoveDocument, SiteMenusDocument, type MenuPartsFragment, type SiteMenusQuery } from './generated.js';
import { MenuTree } from './menu-tree.js';
import { draftOfMenu, useMenu } from './use-menu.js';
import type { Entry } from './tree.js';

type Location = NonNullable<SiteMenusQuery['site']>['menuLocations'][number];

export function Page(): ReactNode {
  const { site = '' } = useParams<{ site: string }>();
  const [chosen, choose] = useSearchParam('menu');
  const menus = useGraph(SiteMenusDocument, { site });
  if (menus.kind === 'loading') return <PageFrame title="Menus" actions={<Button icon="plus" isDisabled>New menu</Button>}><MenuBones /></PageFrame>;
  if (menus.kind === 'problem') return <PageFrame title="Menus"><ProblemState problem={menus.problem} retry={menus.retry} /></PageFrame>;
  const found = menus.data.site;
  if (!found) return <PageFrame title="Menus"><ProblemState problem={menus.problem ?? { kind: 'denied', message: 'There is no such site, or you may not see its menus.', requestId: null }} /></PageFrame>;
  const menu = chosen === 'new' ? null : (found.menus.find(({ id }) => id === chosen) ?? found.menus[0] ?? null);
  const isNew = chosen === 'new';
  return (
    <PageFrame title="Menus" actions={<Button icon="plus" onPress={() => choose('new')} isDisabled={isNew}>New menu</Button>}>
      {!isNew && menu && <div className="toolbar"><SelectBox label="Menu" options={found.menus.map(({ id, name }) => ({ value: id, label: name }))} value={menu.id} onChange={choose} /></div>}
      {menu === null && !isNew ? <Empty title="No menu yet" icon="menus" hint="A menu is a list of links that the theme shows in one of its places. Themes made of blocks keep theirs in their templates."><Button look="primary" onPress={() => choose('new')}>Make a menu</Button></Empty>
        : <MenuPage key={menu?.id ?? 'new'} site={site} menu={menu} places={found.menuLocations} onSaved={(saved) => { choose(saved.id); menus.refresh(); }} onRemoved={() => { choose(''); menus.refresh(); }} onCancel={isNew ? () => choose('') : null} />}
    </PageFrame>
  );
}

/** What is above the items has its size before it comes. */
function MenuBones(): ReactNode {
  return <div className="stack" role="status" aria-label="Loading"><div className="bone-line"><Bones width="11rem" height="100%" /></div><div className="save-bar editor-bar"><div className="bone-line"><Bones width="4rem" height="1.25rem" /></div></div><CardBones lines={3} height="10rem" /><CardBones height="16rem" /></div>;
}

interface MenuPageProps {
  readonly site: string;
  readonly menu: MenuPartsFragment | null;
  readonly places: readonly Location[];
  readonly onSaved: (menu: MenuPartsFragment) => void;
  readonly onRemoved: () => void;
  readonly onCancel: (() => void) | null;
}

function MenuPage({ site, menu, places, onSaved, onRemoved, onCancel }: MenuPageProps): ReactNode {
  const editor = useMenu(site, menu);
  const { draft, change, isDirty, conflict } = editor;
  const [edited, setEdited] = useState<Entry | null>(null);
  const [isRemoving, setRemoving] = useState(false);
  const [told, tell] = useState('');
  const { send, isBusy } = useWrite(MenuRemoveDocument);
  const guard = useLeaveGuard(isDirty);
  const save = async (over?: string): Promise<void> => {
    const saved = await editor.save(over);
    if (saved === null) return;
    say('Menu saved', saved.name);
    onSaved(saved);
  };
  const remove = async (): Promise<void> => {
    if (menu === null) return;
    const answer = await send((idempotencyKey) => ({ id: menu.id, expectedVersion: menu.version, idempotencyKey }));
    setRemoving(false);
    const refused = answer.ok ? (answer.data.menuDelete ? answer.data.menuDelete.userErrors[0] : { message: 'You may not delete menus here.' }) : answer.problem;
    if (refused) return sayProblem('The menu was not deleted', refused);
    say('Menu deleted', menu.name);
    onRemoved();
  };
  return (
    <>
      {editor.problem !== null && <Notice look="bad"><p>It was not saved: {editor.problem}</p></Notice>}
      {conflict !== null && <MenuConflict current={conflict} onTheirs={editor.takeTheirs} onMine={() => void save(conflict.version)} isBusy={editor.isBusy} />}
      <div className="save-bar editor-bar">
        <Badge tone={isDirty ? 'warn' : 'good'}>{isDirty ? 'Not saved yet' : 'Saved'}</Badge>
        <span className="push line">
          {menu !== null && <Button icon="trash" onPress={() => setRemoving(true)}>Delete</Button>}
          {onCancel && <Button onPress={onCancel}>Cancel</Button>}
          <Button look="primary" isDisabled={!isDirty || draft.name.trim() === '' || editor.isBusy} onPress={() => void save()}>Save menu</Button>
        </span>
      </div>
      <div className="card stack">
        <TextBox label="Name" value={draft.name} onChange={(name) => change({ name })} maxLength={200} />
        {places.length > 0 && (
          <div className="field" role="group" aria-label="Where the theme shows it">
            <span className="label">Where the theme shows it</span>
            <div className="line">{places.map(({ slug, label }) => <CheckBox key={slug} isSelected={draft.locations.includes(slug)} onChange={(isOn) => change({ locations: isOn ? [...draft.locations, slug].sort() : draft.locations.filter((one) => one !== slug) })}>{label}</CheckBox>)}</div>
          </div>
        )}
      </div>
      <p className="hidden-visually" role="status">{told}</p>
      <MenuTree entries={draft.entries} onEdit={setEdited} onChange={(entries) => { if (entries === draft.entries) tell('It cannot go further.'); else { tell(`${entries.length} items, changed.`); change({ entries }); } }} />
      <AddItem site={site} onAdd={(entry) => { change({ entries: [...draft.entries, entry] }); tell(`${entry.label} added at the end.`); }} />
      <EditItem entry={edited} onClose={() => setEdited(null)} onDone={(entry) => change({ entries: draft.entries.map((one) => (one.key === entry.key ? { ...entry, depth: one.depth } : one)) })} />
      <Ask title={`Delete ${menu?.name ?? ''}?`} isOpen={isRemoving} onClose={() => setRemoving(false)} confirm="Delete the menu" look="danger" onConfirm={() => void remove()} isBusy={isBusy}><p>Its items go with it; what they lead to stays.</p></Ask>
      {guard}
    </>
  );
}

function MenuConflict({ current, onTheirs, onMine, isBusy }: { readonly current: MenuPartsFragment; readonly onTheirs: () => void; readonly onMine: () => void; readonly isBusy: boolean }): ReactNode {
  return (
    <section className="card stack" aria-labelledby="menu-conflict">
      <h2 id="menu-conflict">Changed by somebody else meanwhile</h2>
      <p>This is the menu on the site now; yours is below and not saved.</p>
      <ul>{draftOfMenu(current).entries.map(({ key, label, depth }) => <li key={key} style={{ marginInlineStart: `${depth * 1.25}rem` }}>{label}</li>)}</ul>
      <div className="line"><Button onPress={onTheirs} isDisabled={isBusy}>Take theirs</Button><Button look="danger" onPress={onMine} isDisabled={isBusy}>Save mine over it</Button></div>
    </section>
  );
}
