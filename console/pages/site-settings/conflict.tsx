// Shown when the site's settings changed since they were read here: what they were, what was written here, what the site has now.
import type { ReactNode } from 'react';
import { Button } from '../../kit/button.js';
import { Dialog } from '../../kit/dialog.js';
import { differing, FIELDS, LABELS, type Values } from './values.js';

export interface ConflictProps {
  readonly base: Values;
  readonly mine: Values;
  readonly theirs: Values;
  readonly isBusy: boolean;
  readonly onClose: () => void;
  /** Goes on editing on the site's values, with what only this person changed. */
  readonly onMerge: (merged: Values) => void;
  readonly onOverwrite: () => void;
}

export function Conflict({ base, mine, theirs, isBusy, onClose, onMerge, onOverwrite }: ConflictProps): ReactNode {
  const changedThere = differing(base, theirs);
  const changedHere = differing(base, mine);
  const shown = FIELDS.filter((name) => changedThere.includes(name) || changedHere.includes(name));
  const merged = { ...theirs, ...Object.fromEntries(changedHere.filter((name) => !changedThere.includes(name)).map((name) => [name, mine[name]])) } as Values;
  return (
    <Dialog title="The site’s settings changed meanwhile" isOpen onClose={onClose} isWide isBusy={isBusy} role="alertdialog">
      <p>Nothing was saved. Somebody changed {changedThere.length === 0 ? 'other settings' : changedThere.map((name) => LABELS[name]).join(', ')} on the site since you opened this page.</p>
      <div className="scrolls" tabIndex={0} role="group" aria-label="What changed"><table className="plain-table">
        <thead><tr><th scope="col">Setting</th><th scope="col">Before</th><th scope="col">Yours</th><th scope="col">On the site now</th></tr></thead>
        <tbody>{shown.map((name) => <tr key={name}><th scope="row">{LABELS[name]}</th><td>{base[name]}</td><td>{changedHere.includes(name) ? <strong>{mine[name]}</strong> : mine[name]}</td><td>{changedThere.includes(name) ? <strong>{theirs[name]}</strong> : theirs[name]}</td></tr>)}</tbody>
      </table></div>
      <div className="actions">
        <Button onPress={onClose} isDisabled={isBusy}>Cancel</Button>
        <Button look="danger" onPress={onOverwrite} isPending={isBusy}>Save mine over it</Button>
        <Button look="primary" onPress={() => onMerge(merged)} isDisabled={isBusy} autoFocus>Go on from the site’s values</Button>
      </div>
    </Dialog>
  );
}
