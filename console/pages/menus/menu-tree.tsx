// The items of a menu as a tree: dragged, or moved with the keyboard (drag from its handle with Enter, or the buttons of a row).
import type { ReactNode } from 'react';
import { Button as AriaButton, Tree, TreeItem, TreeItemContent, useDragAndDrop } from 'react-aria-components';
import { IconButton } from '../../kit/button.js';
import { indent, moveBy, outdent, placeAt, remove, sizeAt, type Entry } from './tree.js';

interface Branch {
  readonly entry: Entry;
  readonly children: readonly Branch[];
}

function branchesOf(entries: readonly Entry[], start = 0, end = entries.length): Branch[] {
  const branches: Branch[] = [];
  for (let index = start; index < end; index += sizeAt(entries, index)) {
    const entry = entries[index];
    if (entry) branches.push({ entry, children: branchesOf(entries, index + 1, index + sizeAt(entries, index)) });
  }
  return branches;
}

export function MenuTree({ entries, onChange, onEdit }: { readonly entries: readonly Entry[]; readonly onChange: (entries: readonly Entry[]) => void; readonly onEdit: (entry: Entry) => void }): ReactNode {
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ 'text/plain': entries.find((entry) => entry.key === key)?.label ?? '' })),
    onMove({ keys, target }) {
      const [key] = [...keys].map(String);
      if (key !== undefined) onChange(placeAt(entries, key, String(target.key), target.dropPosition));
    },
  });
  const row = ({ entry, children }: Branch): ReactNode => (
    <TreeItem key={entry.key} id={entry.key} textValue={entry.label} className="menu-row">
      <TreeItemContent>
        <div className="menu-cell" style={{ paddingInlineStart: `${entry.depth * 1.5}rem` }}>
          <AriaButton slot="drag" className="button plain icon grip">⠿</AriaButton>
          <span className="two"><span className="cut">{entry.label}</span><span className="cut soft">{entry.objectId === null ? (entry.url ?? 'link') : entry.objectName}</span></span>
          <span className="menu-acts">
            <IconButton icon="up" label={`Move ${entry.label} up`} onPress={() => onChange(moveBy(entries, entry.key, -1))} />
            <IconButton icon="down" label={`Move ${entry.label} down`} onPress={() => onChange(moveBy(entries, entry.key, 1))} />
            <IconButton icon="outdent" label={`Move ${entry.label} out`} isDisabled={entry.depth === 0} onPress={() => onChange(outdent(entries, entry.key))} />
            <IconButton icon="indent" label={`Move ${entry.label} in`} onPress={() => onChange(indent(entries, entry.key))} />
            <IconButton icon="edit" label={`Edit ${entry.label}`} onPress={() => onEdit(entry)} />
            <IconButton icon="trash" label={`Remove ${entry.label}`} onPress={() => onChange(remove(entries, entry.key))} />
          </span>
        </div>
      </TreeItemContent>
      {children.map(row)}
    </TreeItem>
  );
  return (
    <Tree aria-label="Items of the menu" className="menu-tree" selectionMode="none" dragAndDropHooks={dragAndDropHooks} expandedKeys={entries.map(({ key }) => key)} renderEmptyState={() => <p className="soft">No item yet. Add the first one below.</p>}>
      {branchesOf(entries).map(row)}
    </Tree>
  );
}
