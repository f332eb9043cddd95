// What belongs to content beside its text: status and date, address, categories and tags, picture, excerpt.
import { useState, type ReactNode } from 'react';
import { useGraph } from '../../graph/use-graph.js';
import { Button } from '../../kit/button.js';
import { titleText, statusWord } from '../../kit/content-words.js';
import { Dialog } from '../../kit/dialog.js';
import { CheckBox, SearchBox, SelectBox, TextBox } from '../../kit/fields.js';
import { Bones } from '../../kit/states.js';
import { useNarrow } from '../../kit/use-narrow.js';
import { useSettled } from '../../kit/use-search-param.js';
import type { Named } from './draft.js';
import { EditorMediaDocument, EditorTermsDocument, type ContentStatus } from './generated.js';
import type { Editor } from './use-editor.js';

const STATUSES: readonly ContentStatus[] = ['DRAFT', 'PENDING', 'PUBLISHED', 'PRIVATE'];

export function SidePanels({ site, editor }: { readonly site: string; readonly editor: Editor }): ReactNode {
  const { draft, base, change } = editor;
  const options = [...new Set([...STATUSES, base.status])].map((value) => ({ value, label: statusWord(value) }));
  const isLater = draft.publishedAt !== null && new Date(draft.publishedAt).getTime() > Date.now();
  return (
    <>
      <Panel title="Publishing">
        <SelectBox label="Status" options={options} value={draft.status} onChange={(status) => change({ status })} />
        <TextBox label="Date" type="datetime-local" value={localOf(draft.publishedAt)} onChange={(at) => change({ publishedAt: at === '' ? base.publishedAt : isoOf(at) })} hint={draft.status === 'PUBLISHED' && isLater ? 'It will be published at this time.' : 'In your own time zone.'} />
        <TextBox label="Slug" value={draft.slug} onChange={(slug) => change({ slug })} maxLength={200} hint="The part of the address that names it." />
      </Panel>
      {draft.categories !== null && <Panel title="Categories"><Terms site={site} taxonomy="category" label="Search categories" chosen={draft.categories} onChange={(categories) => change({ categories })} /></Panel>}
      {draft.tags !== null && (
        <Panel title="Tags">
          <Terms site={site} taxonomy="post_tag" label="Search tags" chosen={draft.tags} onChange={(tags) => change({ tags })} />
          <NewTags names={draft.newTags} onChange={(newTags) => change({ newTags })} />
        </Panel>
      )}
      <Panel title="Featured image"><Image site={site} image={draft.image} onChange={(image) => change({ image })} /></Panel>
      {base.excerptShown !== null && (
        <Panel title="Excerpt">
          <TextBox label="Excerpt" isMultiline value={draft.excerpt ?? ''} onChange={(excerpt) => change({ excerpt })} hint={draft.excerpt === null ? `Now: ${base.excerptShown.slice(0, 160) || 'nothing'}` : 'Saved in place of the one of now.'} />
        </Panel>
      )}
    </>
  );
}

/** Where the panels stand below the text, a list that is still to come would push away what follows it; there it is opened by hand. */
function Panel({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  const isNarrow = useNarrow();
  return <details className="card panel" open={title === 'Publishing' || (title === 'Categories' && !isNarrow)}><summary><h2>{title}</h2></summary><div className="stack">{children}</div></details>;
}

function Terms({ site, taxonomy, label, chosen, onChange }: { readonly site: string; readonly taxonomy: string; readonly label: string; readonly chosen: readonly Named[]; readonly onChange: (chosen: readonly Named[]) => void }): ReactNode {
  const [search, setSearch] = useState('');
  const settled = useSettled(search.trim());
  const terms = useGraph(EditorTermsDocument, { site, taxonomy, search: settled === '' ? null : settled });
  if (terms.kind === 'loading') return <Bones height="6rem" />;
  if (terms.kind === 'problem') return <p className="soft">{terms.problem.message}</p>;
  const found = terms.data.site?.taxonomyTerms.nodes ?? [];
  const shown = [...chosen, ...found.filter(({ id }) => !chosen.some((term) => term.id === id))];
  return (
    <>
      {(search !== '' || found.length > 8) && <SearchBox label={label} value={search} onChange={setSearch} />}
      <div className="ticks" role="group" aria-label={label.replace('Search ', '')}>
        {shown.map((term) => {
          const isChosen = chosen.some(({ id }) => id === term.id);
          // All terms of a taxonomy go by naming others of it; nothing names none of them.
          return <CheckBox key={term.id} isSelected={isChosen} isDisabled={isChosen && chosen.length === 1} onChange={(isOn) => onChange(isOn ? [...chosen, { id: term.id, name: term.name }] : chosen.filter(({ id }) => id !== term.id))}>{term.name}</CheckBox>;
        })}
        {shown.length === 0 && <span className="soft">None.</span>}
      </div>
    </>
  );
}

function NewTags({ names, onChange }: { readonly names: readonly string[]; readonly onChange: (names: readonly string[]) => void }): ReactNode {
  const [text, setText] = useState('');
  const add = (): void => {
    const name = text.trim();
    if (name !== '' && !names.includes(name)) onChange([...names, name]);
    setText('');
  };
  return (
    <form className="line" onSubmit={(event) => { event.preventDefault(); add(); }}>
      {names.map((name) => <Button key={name} icon="close" onPress={() => onChange(names.filter((one) => one !== name))}>{name}</Button>)}
      <TextBox label="New tag" value={text} onChange={setText} maxLength={200} /><Button type="submit" isDisabled={text.trim() === ''}>Add</Button>
    </form>
  );
}

function Image({ site, image, onChange }: { readonly site: string; readonly image: Named | null; readonly onChange: (image: Named | null) => void }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <p>{image === null ? <span className="soft">None.</span> : titleText(image.name)}</p>
      <div className="line"><Button onPress={() => setOpen(true)}>Choose…</Button>{image !== null && <Button onPress={() => onChange(null)}>Take away</Button>}</div>
      <Dialog title="Choose a picture" isOpen={isOpen} onClose={() => setOpen(false)}><Pictures site={site} onChoose={(chosen) => { onChange(chosen); setOpen(false); }} /></Dialog>
    </>
  );
}

function Pictures({ site, onChoose }: { readonly site: string; readonly onChoose: (image: Named) => void }): ReactNode {
  const [search, setSearch] = useState('');
  const settled = useSettled(search.trim());
  const media = useGraph(EditorMediaDocument, { site, search: settled === '' ? null : settled });
  const pictures = media.kind === 'data' ? (media.data.site?.media.nodes ?? []).filter(({ mimeType }) => mimeType === '' || mimeType.startsWith('image/')) : [];
  return (
    <>
      <SearchBox label="Search pictures by name" value={search} onChange={setSearch} autoFocus />
      {media.kind === 'problem' && <p className="soft">{media.problem.message}</p>}
      <ul className="choices">
        {pictures.map(({ id, title, mimeType, altText }) => <li key={id}><Button look="plain" onPress={() => onChoose({ id, name: title })}>{titleText(title)}<span className="soft">{altText || mimeType}</span></Button></li>)}
        {media.kind === 'data' && pictures.length === 0 && <li className="soft">No picture.</li>}
      </ul>
    </>
  );
}

/** For a field of a date and time, in the reader's zone. */
function localOf(at: string | null): string {
  if (at === null) return '';
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const isoOf = (local: string): string => new Date(local).toISOString();
