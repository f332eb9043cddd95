// The blocks as a list to put into order: by dragging, or with the keyboard (Enter on the handle, arrows, Enter).
import type { ReactNode } from 'react';
import { Button, GridList, GridListItem, useDragAndDrop } from 'react-aria-components';
import { plainText } from '../../kit/content-words.js';
import { moveItem, type BlockDocument } from './blocks/document.js';
import { blockLabel } from './blocks/kinds.js';

export function Outline({ document, onChange }: { readonly document: BlockDocument; readonly onChange: (document: BlockDocument) => void }): ReactNode {
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ 'text/plain': String(key) })),
    onReorder({ keys, target }) {
      const [moved] = [...keys].map(String);
      if (moved === undefined) return;
      const from = document.items.findIndex(({ id }) => id === moved);
      const to = document.items.findIndex(({ id }) => id === target.key) + (target.dropPosition === 'after' ? 1 : 0);
      onChange(moveItem(document, moved, from < to ? to - 1 : to));
    },
  });
  if (document.items.length < 2) return null;
  return (
    <details className="card panel" open>
      <summary><h2>Order of blocks</h2></summary>
      <GridList aria-label="Order of blocks" className="outline" items={document.items} dragAndDropHooks={dragAndDropHooks} selectionMode="none">
        {({ id, segment }) => {
          const text = plainText(segment.source.slice(0, 2_000)).slice(0, 60);
          return (
            <GridListItem id={id} textValue={`${blockLabel(segment.name)} ${text}`}>
              <Button slot="drag" className="button plain icon grip">⠿</Button>
              <span className="two"><span>{blockLabel(segment.name)}</span><span className="cut soft">{text}</span></span>
            </GridListItem>
          );
        }}
      </GridList>
    </details>
  );
}
