// The toolbar of the text that has the focus, and the dialog of a link. The keys are in the buttons' names.
import { toggleMark } from 'prosemirror-commands';
import type { EditorView } from 'prosemirror-view';
import { useState, type ReactNode } from 'react';
import { ToggleButton, Toolbar as AriaToolbar } from 'react-aria-components';
import { Button } from '../../../kit/button.js';
import { Dialog } from '../../../kit/dialog.js';
import { SelectBox, TextBox } from '../../../kit/fields.js';
import type { Item } from '../blocks/document.js';
import { readAttributes, wrapBlock, writeAttributes } from '../blocks/grammar.js';
import { headingLevel } from '../blocks/kinds.js';

const MARKS = [['strong', 'B', 'Bold (Ctrl B)'], ['em', 'I', 'Italic (Ctrl I)'], ['code', '<>', 'Code (Ctrl E)']] as const;
const LEVELS = [1, 2, 3, 4, 5, 6].map((level) => ({ value: String(level), label: `Heading ${level}` }));

export function Toolbar({ view, item, onSource, onLink }: { readonly view: EditorView | null; readonly item: Item | null; readonly onSource: (source: string) => void; readonly onLink: () => void }): ReactNode {
  const toggle = (name: string): void => {
    const type = view?.state.schema.marks[name];
    if (!view || !type) return;
    toggleMark(type)(view.state, view.dispatch);
    view.focus();
  };
  return (
    <AriaToolbar aria-label="Text" className="segments text-tools">
      {MARKS.map(([name, sign, label]) => <ToggleButton key={name} aria-label={label} className={`mark-${name}`} isDisabled={view === null} isSelected={view !== null && isOn(view, name)} onChange={() => toggle(name)}>{sign}</ToggleButton>)}
      <ToggleButton aria-label="Link (Ctrl K)" isDisabled={view === null} isSelected={view !== null && isOn(view, 'link')} onChange={onLink}>Link</ToggleButton>
      {item?.segment.name === 'core/heading' && <SelectBox label="Level" isBare options={LEVELS} value={String(headingLevel(item.segment))} onChange={(level) => onSource(withLevel(item, Number(level)))} />}
      {item?.segment.name === 'core/list' && view !== null && (
        <ToggleButton isSelected={view.state.doc.firstChild?.attrs['ordered'] === true} onChange={(ordered) => view.dispatch(view.state.tr.setNodeAttribute(0, 'ordered', ordered))}>Numbered</ToggleButton>
      )}
    </AriaToolbar>
  );
}

function isOn(view: EditorView, name: string): boolean {
  const { from, to, empty, $from } = view.state.selection;
  const type = view.state.schema.marks[name];
  if (!type) return false;
  return empty ? (view.state.storedMarks ?? $from.marks()).some((mark) => mark.type === type) : view.state.doc.rangeHasMark(from, to, type);
}

/** A heading's source at another level: the element and the attribute. */
function withLevel({ segment }: Item, level: number): string {
  const { level: _level, ...rest } = readAttributes(segment.attributes) ?? {};
  const inner = segment.inner.replace(/^(\s*<)h[1-6]\b/, `$1h${level}`).replace(/<\/h[1-6]>(\s*)$/, `</h${level}>$1`);
  return wrapBlock(segment.name, writeAttributes(level === 2 ? rest : { level, ...rest }), inner);
}

/** Asks where the selected text leads. */
export function LinkDialog({ view, isOpen, onClose }: { readonly view: EditorView | null; readonly isOpen: boolean; readonly onClose: () => void }): ReactNode {
  return <Dialog title="Link" isOpen={isOpen && view !== null} onClose={onClose}>{view !== null && <LinkForm view={view} onClose={onClose} />}</Dialog>;
}

function LinkForm({ view, onClose }: { readonly view: EditorView; readonly onClose: () => void }): ReactNode {
  const type = view.state.schema.marks['link'];
  const { from, to, empty, $from } = view.state.selection;
  const [href, setHref] = useState(String($from.marks().find((mark) => mark.type === type)?.attrs['href'] ?? ''));
  const isBad = href !== '' && /^\s*(javascript|data|vbscript):/i.test(href);
  const use = (): void => {
    if (!type) return;
    const { tr } = view.state;
    view.dispatch(href.trim() === '' ? tr.removeMark(from, to, type) : tr.removeMark(from, to, type).addMark(from, to, type.create({ href: href.trim() })));
    onClose();
    view.focus();
  };
  return (
    <>
      {empty && <p>Select the words of the link first.</p>}
      <TextBox label="Address" type="url" value={href} onChange={setHref} autoFocus isDisabled={empty} error={isBad ? 'Only addresses of pages, files and mail.' : null} hint="Empty takes the link away." />
      <div className="actions"><Button onPress={onClose}>Cancel</Button><Button look="primary" isDisabled={empty || isBad} onPress={use}>Use it</Button></div>
    </>
  );
}
