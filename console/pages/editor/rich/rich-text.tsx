// The text of one block under ProseMirror. It tells the block's new source after every change.
import { Fragment, Slice } from 'prosemirror-model';
import { EditorState, Selection } from 'prosemirror-state';
import { EditorView, type NodeView } from 'prosemirror-view';
import { useEffect, useLayoutEffect, useRef, type ReactNode } from 'react';
import type { TextSource } from './text-source.js';
import { textPlugins, type WaysOut } from './keys.js';
import { inert, schemaOf, writeInline } from './schema.js';

export interface RichTextProps extends WaysOut {
  /** Read when it is mounted. */
  readonly text: TextSource;
  readonly label: string;
  readonly className: string;
  readonly isPre: boolean;
  readonly focus: 'start' | 'end' | null;
  readonly onChange: (source: string) => void;
  /** The view has the focus, or its selection moved. */
  readonly onActive: (view: EditorView) => void;
}

export function RichText(props: RichTextProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;

  // Before it is painted: an empty block would grow and push what is below it.
  useLayoutEffect(() => {
    const { text, isPre, label, className } = latest.current;
    const schema = schemaOf(text.kind);
    const made: EditorView = new EditorView(place.current, {
      state: EditorState.create({ doc: text.doc, plugins: textPlugins(schema, text.kind, isPre, () => latest.current, (from) => writeInline(schema.node('doc', null, made.state.doc.slice(from).content))) }),
      attributes: { role: 'textbox', 'aria-multiline': 'true', 'aria-label': label, class: className },
      nodeViews: { piece: (node) => pieceView(String(node.attrs['html'])), list: (node) => bare(node.attrs['ordered'] === true ? 'ol' : 'ul') },
      markViews: { other: (mark) => bare(String(mark.attrs['tag'])), link: (mark) => linkView(String(mark.attrs['href'])) },
      dispatchTransaction(transaction) {
        const next = made.state.apply(transaction);
        made.updateState(next);
        if (transaction.docChanged) latest.current.onChange(text.write(next.doc));
        latest.current.onActive(made);
      },
      handleDOMEvents: { focus: () => { latest.current.onActive(made); return false; } },
      // Pictures and frames of what is pasted would load from elsewhere: text with its marks alone.
      transformPastedHTML: (html) => html.replace(/<(img|video|audio|iframe|object|svg|picture|script|style)\b[^>]*>/gi, ''),
      ...(isPre ? { clipboardTextParser: (pasted: string) => new Slice(Fragment.from(schema.text(pasted)), 0, 0) } : {}),
    });
    view.current = made;
    if (latest.current.focus !== null) focusView(made, latest.current.focus);
    return () => {
      made.destroy();
      view.current = null;
    };
    // Once: what comes from elsewhere gets a component of its own, by its key.
  }, []);

  useEffect(() => {
    if (view.current !== null && props.focus !== null) focusView(view.current, props.focus);
  }, [props.focus]);
  return <div ref={place} />;
}

function focusView(view: EditorView, where: 'start' | 'end'): void {
  view.focus();
  view.dispatch(view.state.tr.setSelection(where === 'start' ? Selection.atStart(view.state.doc) : Selection.atEnd(view.state.doc)));
}

/** An element without the attributes that it has in the source: styles would break the page's policy, the rest is none of its business. */
function bare(tag: string): { readonly dom: HTMLElement; readonly contentDOM: HTMLElement } {
  const dom = document.createElement(tag);
  return { dom, contentDOM: dom };
}

function linkView(href: string): ReturnType<typeof bare> {
  const view = bare('a');
  if (/^(https?:\/\/|mailto:|tel:|\/|#)/i.test(href)) view.dom.setAttribute('href', href);
  view.dom.setAttribute('rel', 'noreferrer');
  view.dom.title = href;
  return view;
}

/** A picture or the like in the text, by its name; it is not loaded. */
function pieceView(html: string): NodeView {
  const holder = inert.createElement('template');
  holder.innerHTML = html;
  const element = holder.content.firstElementChild;
  const dom = document.createElement('span');
  dom.className = 'piece';
  dom.textContent = `${(element?.tagName ?? 'html').toLowerCase()}${element?.getAttribute('alt') ? `: ${element.getAttribute('alt') ?? ''}` : ''}`;
  return { dom };
}
