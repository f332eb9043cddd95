// The blocks of a post: text where it is text, markup or a card where it is not; what can be done to each, the toolbar, adding, undo of a
// removal. Loaded by itself, since it brings the whole of ProseMirror.
import type { EditorView } from 'prosemirror-view';
import { useCallback, useState, type ReactNode } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { Button } from '../../../kit/button.js';
import { Notice } from '../../../kit/states.js';
import { moveItem, newItem, putItem, removeItem, replaceItem, type BlockDocument, type Item } from '../blocks/document.js';
import { blockLabel, NEW_KINDS } from '../blocks/kinds.js';
import { BlockCard } from './block-card.js';
import { LinkDialog, Toolbar } from './toolbar.js';

export interface BlockListProps {
  readonly document: BlockDocument;
  readonly onChange: (document: BlockDocument) => void;
}

export interface FocusWish {
  readonly id: string;
  readonly where: 'start' | 'end';
}

export function BlockList({ document, onChange }: BlockListProps): ReactNode {
  const [active, setActive] = useState<{ readonly id: string; readonly view: EditorView } | null>(null);
  const [, redraw] = useState(0);
  const [focus, setFocus] = useState<FocusWish | null>(null);
  const [removed, setRemoved] = useState<{ readonly item: Item; readonly index: number } | null>(null);
  const [isLinking, setLinking] = useState(false);

  const onActive = useCallback((id: string, view: EditorView) => {
    setActive((now) => (now?.view === view ? now : { id, view }));
    redraw((count) => count + 1);
    setFocus(null);
  }, []);
  const remove = (item: Item): void => {
    const index = document.items.indexOf(item);
    setRemoved({ item, index });
    setActive((now) => (now?.id === item.id ? null : now));
    onChange(removeItem(document, item.id));
    const before = document.items[index - 1] ?? document.items[index + 1];
    if (before) setFocus({ id: before.id, where: 'end' });
  };
  const add = (source: string, index: number): void => {
    const item = newItem(source);
    onChange(putItem(document, index, item));
    setFocus({ id: item.id, where: 'start' });
  };
  const activeIndex = active === null ? -1 : document.items.findIndex(({ id }) => id === active.id);
  return (
    <div className="blocks">
      <div className="block-tools">
        <Toolbar view={activeIndex < 0 ? null : (active?.view ?? null)} item={document.items[activeIndex] ?? null} onSource={(source) => active && onChange(replaceItem(document, active.id, source))} onLink={() => setLinking(true)} />
        <MenuTrigger>
          <Button icon="plus">Add a block</Button>
          <Popover className="popover" placement="bottom end">
            <Menu className="list" items={NEW_KINDS} onAction={(id) => add(NEW_KINDS.find((kind) => kind.id === id)?.source ?? '', activeIndex < 0 ? document.items.length : activeIndex + 1)}>
              {({ id, label }) => <MenuItem id={id} textValue={label}>{label}</MenuItem>}
            </Menu>
          </Popover>
        </MenuTrigger>
      </div>
      {removed !== null && (
        <Notice action={<Button icon="undo" onPress={() => {
          onChange(putItem(document, Math.min(removed.index, document.items.length), removed.item));
          setFocus({ id: removed.item.id, where: 'end' });
          setRemoved(null);
        }}>Undo</Button>}><p>{blockLabel(removed.item.segment.name)} removed.</p></Notice>
      )}
      {document.items.length === 0 && <p className="soft">No block yet.</p>}
      <div role="list" aria-label="Blocks" className="block-items">
        {document.items.map((item, index) => (
          <BlockCard
            key={item.id} item={item} index={index} count={document.items.length} isActive={active?.id === item.id} focus={focus?.id === item.id ? focus.where : null}
            onActive={onActive} onSource={(source) => onChange(replaceItem(document, item.id, source))} onRemove={() => remove(item)}
            onMove={(step) => onChange(moveItem(document, item.id, index + step))} onLink={() => setLinking(true)}
            onSplit={(rest, source) => {
              const next = newItem(`<!-- wp:paragraph -->\n<p>${rest}</p>\n<!-- /wp:paragraph -->`);
              onChange(putItem(replaceItem(document, item.id, source), index + 1, next));
              setFocus({ id: next.id, where: 'start' });
            }}
          />
        ))}
      </div>
      <LinkDialog view={active?.view ?? null} isOpen={isLinking} onClose={() => setLinking(false)} />
    </div>
  );
}
