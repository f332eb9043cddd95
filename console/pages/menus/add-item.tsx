// Adds an item to a menu: a page, post or category of the site, or a link of its own. And the form of one that is there.
import { useState, type ReactNode } from 'react';
import { useGraph } from '../../graph/use-graph.js';
import { Button } from '../../kit/button.js';
import { titleText } from '../../kit/content-words.js';
import { Dialog } from '../../kit/dialog.js';
import { CheckBox, SearchBox, TextBox } from '../../kit/fields.js';
import { Bones } from '../../kit/states.js';
import { useSettled } from '../../kit/use-search-param.js';
import { MenuTargetsDocument } from './generated.js';
import type { Entry } from './tree.js';

let made = 0;
const fresh = (part: Pick<Entry, 'label' | 'url' | 'objectId' | 'objectName'>): Entry => ({ key: `new-${(made += 1)}`, isNew: true, target: null, classes: [], depth: 0, ...part });
/** What may lead somewhere; the graph refuses the rest. */
const LINK = /^(https?:\/\/|mailto:|tel:|sms:|\/|#|\.{0,2}\/|[^:]*$)/i;

export function AddItem({ site, onAdd }: { readonly site: string; readonly onAdd: (entry: Entry) => void }): ReactNode {
  const [label, setLabel] = useState('');
  const [url, setUrl] = useState('');
  const isBad = url !== '' && !LINK.test(url);
  return (
    <div className="grid">
      <section className="card stack" aria-labelledby="add-target"><h2 id="add-target">Add from the site</h2><Targets site={site} onAdd={onAdd} /></section>
      <section className="card" aria-labelledby="add-link">
        <form className="stack" onSubmit={(event) => {
          event.preventDefault();
          onAdd(fresh({ label: label.trim(), url: url.trim(), objectId: null, objectName: null }));
          setLabel('');
          setUrl('');
        }}>
          <h2 id="add-link">Add a link</h2>
          <TextBox label="Link text" value={label} onChange={setLabel} maxLength={1_000} />
          <TextBox label="Address" value={url} onChange={setUrl} error={isBad ? 'An address of http, https, mailto, tel or sms, or one of this site.' : null} />
          <div><Button type="submit" isDisabled={label.trim() === '' || url.trim() === '' || isBad}>Add the link</Button></div>
        </form>
      </section>
    </div>
  );
}

function Targets({ site, onAdd }: { readonly site: string; readonly onAdd: (entry: Entry) => void }): ReactNode {
  const [search, setSearch] = useState('');
  const settled = useSettled(search.trim());
  const found = useGraph(MenuTargetsDocument, { site, search: settled === '' ? null : settled });
  const targets = found.kind === 'data' ? [
    ...(found.data.site?.contentNodes.nodes ?? []).map(({ id, title, type }) => ({ id, name: titleText(title), kind: type.slug === 'page' ? 'Page' : 'Post' })),
    ...(found.data.site?.taxonomyTerms.nodes ?? []).map(({ id, name }) => ({ id, name, kind: 'Category' })),
  ] : [];
  return (
    <>
      <SearchBox label="Search pages, posts, categories" value={search} onChange={setSearch} />
      {found.kind === 'problem' && <p className="soft">{found.problem.message}</p>}
      <ul className="choices fixed">
        {targets.map(({ id, name, kind }) => <li key={id}><Button look="plain" onPress={() => onAdd(fresh({ label: name, url: null, objectId: id, objectName: name }))}><span><span className="hidden-visually">Add </span>{name}</span><span className="soft">{kind}</span></Button></li>)}
        {found.kind === 'loading' && [0, 1, 2, 3].map((one) => <li key={one} className="bone-line"><Bones width="70%" /></li>)}
        {found.kind === 'data' && targets.length === 0 && <li className="soft">Nothing found.</li>}
      </ul>
    </>
  );
}

export function EditItem({ entry, onClose, onDone }: { readonly entry: Entry | null; readonly onClose: () => void; readonly onDone: (entry: Entry) => void }): ReactNode {
  return <Dialog title="Edit the item" isOpen={entry !== null} onClose={onClose}>{entry !== null && <ItemForm entry={entry} onClose={onClose} onDone={onDone} />}</Dialog>;
}

function ItemForm({ entry, onClose, onDone }: { readonly entry: Entry; readonly onClose: () => void; readonly onDone: (entry: Entry) => void }): ReactNode {
  const [label, setLabel] = useState(entry.label);
  const [url, setUrl] = useState(entry.url ?? '');
  const [isNewTab, setNewTab] = useState(entry.target === '_blank');
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); onDone({ ...entry, label: label.trim() || (entry.objectName ?? entry.label), url: entry.objectId === null ? url.trim() : null, target: isNewTab ? '_blank' : null }); onClose(); }}>
      <TextBox label="Text" value={label} onChange={setLabel} maxLength={1_000} autoFocus {...(entry.objectName === null ? {} : { hint: `Leads to ${entry.objectName}.` })} />
      {entry.objectId === null && <TextBox label="Address" value={url} onChange={setUrl} error={url !== '' && !LINK.test(url) ? 'An address of http, https, mailto, tel or sms, or one of this site.' : null} />}
      <CheckBox isSelected={isNewTab} onChange={setNewTab}>Opens a new window</CheckBox>
      <div className="actions"><Button onPress={onClose}>Cancel</Button><Button type="submit" look="primary" isDisabled={entry.objectId === null && (url.trim() === '' || !LINK.test(url))}>Done</Button></div>
    </form>
  );
}
