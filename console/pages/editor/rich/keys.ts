// Keys of a block's text: marks, new lines, lists, and the ways from one block to the next, which the list of blocks carries out.
import { baseKeymap, chainCommands, splitBlock, toggleMark } from 'prosemirror-commands';
import { history, redo, undo } from 'prosemirror-history';
import { keymap } from 'prosemirror-keymap';
import type { Schema } from 'prosemirror-model';
import { liftListItem, sinkListItem, splitListItem } from 'prosemirror-schema-list';
import type { Command, Plugin } from 'prosemirror-state';
import type { TextKind } from './schema.js';

export interface WaysOut {
  /** Enter where a new paragraph begins; `rest` is the markup after the cursor, which is taken out of this block. */
  readonly onSplit: (rest: string) => void;
  /** Backspace in a block without text. */
  readonly onRemove: () => void;
  readonly onMove: (step: -1 | 1) => void;
  readonly onLink: () => void;
}

export function textPlugins(schema: Schema, kind: TextKind, isPre: boolean, ways: () => WaysOut, writeRest: (from: number) => string): Plugin[] {
  const mark = (name: string): Command => { const type = schema.marks[name]; return type ? toggleMark(type) : () => false; };
  const item = schema.nodes['list_item'];
  const lineBreak: Command = (state, dispatch) => {
    const type = schema.nodes['hard_break'];
    if (type && dispatch) dispatch((isPre ? state.tr.insertText('\n') : state.tr.replaceSelectionWith(type.create())).scrollIntoView());
    return true;
  };
  const split: Command = (state, dispatch) => {
    if (kind !== 'inline') return false;
    if (isPre) return lineBreak(state, dispatch);
    const { to } = state.selection;
    const rest = writeRest(to);
    if (dispatch) {
      dispatch(state.tr.delete(state.selection.from, state.doc.content.size));
      ways().onSplit(rest);
    }
    return true;
  };
  // Enter in the last, empty item or paragraph goes on below the block.
  const leave: Command = (state, dispatch) => {
    const { $from, empty } = state.selection;
    const isLast = empty && $from.parent.content.size === 0 && $from.after() + ($from.depth - 1) >= state.doc.content.size;
    if (kind === 'inline' || !isLast || state.doc.childCount === 0 || ($from.depth > 3 && kind === 'list')) return false;
    const holder = kind === 'list' ? $from.node(1) : state.doc;
    if (holder.childCount < 2) return false;
    if (dispatch) {
      const depth = kind === 'list' ? 2 : 1;
      dispatch(state.tr.delete($from.before(depth), $from.after(depth)));
      ways().onSplit('');
    }
    return true;
  };
  const removeEmpty: Command = (state, dispatch) => {
    if (state.doc.textContent !== '' || state.doc.content.size > 6 || state.selection.from > 4) return false;
    if (dispatch) ways().onRemove();
    return true;
  };
  const out = (run: () => void): Command => (_state, dispatch) => { if (dispatch) run(); return true; };
  return [
    history(),
    keymap({
      'Mod-b': mark('strong'), 'Mod-i': mark('em'), 'Mod-e': mark('code'), 'Mod-z': undo, 'Mod-y': redo, 'Shift-Mod-z': redo, 'Mod-k': out(() => ways().onLink()),
      Enter: chainCommands(leave, split, item ? splitListItem(item) : splitBlock), 'Shift-Enter': lineBreak, Backspace: removeEmpty,
      'Alt-Shift-ArrowUp': out(() => ways().onMove(-1)), 'Alt-Shift-ArrowDown': out(() => ways().onMove(1)),
      ...(item ? { 'Mod-]': sinkListItem(item), 'Mod-[': liftListItem(item) } : {}),
    }),
    keymap(baseKeymap),
  ];
}
