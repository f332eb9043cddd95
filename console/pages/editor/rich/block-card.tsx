// One block: its name and what can be done to it, and its text, its markup or a glimpse of what it holds.
import type { EditorView } from 'prosemirror-view';
import { useMemo, useRef, useState, type ReactNode } from 'react';
import { Button, IconButton } from '../../../kit/button.js';
import { plainText } from '../../../kit/content-words.js';
import { Dialog } from '../../../kit/dialog.js';
import { TextBox } from '../../../kit/fields.js';
import { parseBlocks, wrapBlock } from '../blocks/grammar.js';
import { blockLabel, editingOf, headingLevel } from '../blocks/kinds.js';
import type { Item } from '../blocks/document.js';
import { RichText } from './rich-text.js';
import { readTextSource } from './text-source.js';

export interface BlockCardProps {
  readonly item: Item;
  readonly index: number;
  readonly count: number;
  readonly isActive: boolean;
  readonly focus: 'start' | 'end' | null;
  readonly onActive: (id: string, view: EditorView) => void;
  readonly onSource: (source: string) => void;
  readonly onRemove: () => void;
  readonly onMove: (step: -1 | 1) => void;
  readonly onLink: () => void;
  /** What is left of the block, and the markup that begins the next one. */
  readonly onSplit: (rest: string, source: string) => void;
}

const GLIMPSE = 240;

export function BlockCard(props: BlockCardProps): ReactNode {
  const { item, index, count, isActive, focus, onActive, onSource, onRemove, onMove } = props;
  const { segment } = item;
  const [isRaw, setRaw] = useState(false);
  // What the text itself told is no reason to read it anew.
  const told = useRef({ source: segment.source, epoch: 0 });
  if (told.current.source !== segment.source) told.current = { source: segment.source, epoch: told.current.epoch + 1 };
  const { epoch } = told.current;
  const text = useMemo(() => readTextSource(segment), [epoch, segment.name]);
  const tell = (source: string): void => {
    told.current = { source, epoch };
    onSource(source);
  };
  const label = segment.name === 'core/heading' ? `Heading ${headingLevel(segment)}` : blockLabel(segment.name);
  const place = `${label}, block ${index + 1} of ${count}`;
  return (
    <div role="listitem" className={isActive ? 'block active' : 'block'} aria-label={place}>
      <div className="block-head">
        <span className="block-name">{label}</span>
        <span className="block-acts">
          <IconButton icon="up" label={`Move ${place} up`} isDisabled={index === 0} onPress={() => onMove(-1)} />
          <IconButton icon="down" label={`Move ${place} down`} isDisabled={index === count - 1} onPress={() => onMove(1)} />
          <IconButton icon="code" label={`Edit ${place} as HTML`} onPress={() => setRaw(true)} />
          <IconButton icon="trash" label={`Remove ${place}`} onPress={onRemove} />
        </span>
      </div>
      {text !== null ? (
        <RichText
          key={epoch} text={text} label={place} className={classOf(segment.name, headingLevel(segment))} isPre={/code|preformatted|verse/.test(segment.name)} focus={focus}
          onChange={tell} onActive={(view) => onActive(item.id, view)} onRemove={onRemove} onMove={onMove} onLink={props.onLink} onSplit={(rest) => props.onSplit(rest, told.current.source)}
        />
      ) : editingOf(segment) === 'html' ? (
        <HtmlBox label={place} value={segment.inner} onChange={(inner) => onSource(segment.name === 'core/freeform' ? inner : wrapBlock(segment.name, segment.attributes, inner))} />
      ) : <Glimpse source={segment.source} />}
      <RawDialog isOpen={isRaw} source={segment.source} label={place} onClose={() => setRaw(false)} onDone={onSource} />
    </div>
  );
}

function classOf(name: string, level: number): string {
  return name === 'core/heading' ? `text h${level}` : /code|preformatted|verse/.test(name) ? 'text pre' : name === 'core/quote' ? 'text quote' : 'text';
}

/** Markup as it is; told when it is left, so that what is typed half is not parsed. */
function HtmlBox({ label, value, onChange }: { readonly label: string; readonly value: string; readonly onChange: (value: string) => void }): ReactNode {
  const [text, setText] = useState<string | null>(null);
  return <textarea className="input mono" aria-label={label} rows={Math.min(16, Math.max(3, (text ?? value).split('\n').length + 1))} value={text ?? value} spellCheck={false} onChange={({ target }) => setText(target.value)} onBlur={() => { if (text !== null && text !== value && text.trim() !== '') onChange(text); setText(null); }} />;
}

function Glimpse({ source }: { readonly source: string }): ReactNode {
  const names = useMemo(() => innerNames(source), [source]);
  const text = useMemo(() => glimpseOf(source), [source]);
  return (
    <div className="glimpse">
      <p>{text === '' ? <span className="soft">Nothing to read in it.</span> : text}</p>
      {names.length > 0 && <p className="soft">Holds {names.join(', ')}.</p>}
    </div>
  );
}

/** The text, and what pictures say in place of themselves. */
function glimpseOf(source: string): string {
  const alts = [...source.slice(0, 20_000).matchAll(/\balt="([^"]+)"/g)].map(([, alt = '']) => alt).slice(0, 5);
  return [plainText(source.slice(0, 20_000)).slice(0, GLIMPSE), ...alts.map((alt) => plainText(alt))].filter((text) => text !== '').join(' · ');
}

/** What a block holds, as "3 × Column". */
function innerNames(source: string): string[] {
  const counts = new Map<string, number>();
  const [whole] = parseBlocks(source).segments;
  for (const { name } of parseBlocks(whole?.inner ?? '').segments) if (name !== 'core/freeform') counts.set(blockLabel(name), (counts.get(blockLabel(name)) ?? 0) + 1);
  return [...counts].slice(0, 4).map(([name, many]) => (many === 1 ? name : `${many} × ${name}`));
}

function RawDialog({ isOpen, source, label, onClose, onDone }: { readonly isOpen: boolean; readonly source: string; readonly label: string; readonly onClose: () => void; readonly onDone: (source: string) => void }): ReactNode {
  return <Dialog title={label} isOpen={isOpen} onClose={onClose} isWide><RawForm source={source} onClose={onClose} onDone={onDone} /></Dialog>;
}

function RawForm({ source, onClose, onDone }: { readonly source: string; readonly onClose: () => void; readonly onDone: (source: string) => void }): ReactNode {
  const [text, setText] = useState(source);
  return (
    <>
      <TextBox label="Markup, with its delimiters" isMultiline value={text} onChange={setText} autoFocus />
      <div className="actions"><Button onPress={onClose}>Cancel</Button><Button look="primary" onPress={() => { onDone(text); onClose(); }}>Use this markup</Button></div>
    </>
  );
}
