// Asks what becomes of what somebody wrote before they are removed from the site for good: it goes to another user, or goes too.
import { useState, type ReactNode } from 'react';
import { ListBox, ListBoxItem } from 'react-aria-components';
import { useGraph } from '../../graph/use-graph.js';
import { useWrite } from '../../graph/use-write.js';
import { Button } from '../../kit/button.js';
import { Dialog } from '../../kit/dialog.js';
import { SearchBox, Segments } from '../../kit/fields.js';
import { Notice } from '../../kit/states.js';
import { say } from '../../kit/toasts.js';
import { useSettled } from '../../kit/use-search-param.js';
import { HeirsDocument, UserRemoveDocument, type UserRowFragment } from './generated.js';

type Fate = 'give' | 'delete';
const FATES = [{ value: 'give', label: 'Goes to another user' }, { value: 'delete', label: 'Is deleted too' }] as const;

export function RemoveDialog({ site, user, onClose, onDone }: { readonly site: string; readonly user: UserRowFragment; readonly onClose: () => void; readonly onDone: () => void }): ReactNode {
  const { send, isBusy } = useWrite(UserRemoveDocument);
  const [fate, setFate] = useState<Fate>('give');
  const [heir, setHeir] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);

  const remove = async (): Promise<void> => {
    const answer = await send((idempotencyKey) => ({ input: { id: user.id, idempotencyKey, ...(fate === 'delete' ? { deleteContent: true } : { reassignTo: heir }) } }));
    const payload = answer.ok ? answer.data.userRemove : null;
    const refused = answer.ok ? (payload ? payload.userErrors[0]?.message : 'You may not remove users here.') : answer.problem.message;
    if (refused !== undefined) return setRefusal(refused);
    say(`${user.displayName} is removed`, fate === 'delete' ? 'What they wrote went too.' : 'What they wrote belongs to somebody else now.');
    onDone();
  };
  return (
    <Dialog title={`Remove ${user.displayName}?`} isOpen onClose={onClose} isBusy={isBusy} role="alertdialog">
      <div className="stack">
        {refusal !== null && <Notice look="bad"><p>{refusal}</p></Notice>}
        <p>The user is deleted from the site for good. What they wrote:</p>
        <Segments label="What they wrote" options={FATES} value={fate} onChange={setFate} />
        {fate === 'give' ? <Heirs site={site} without={user.id} heir={heir} onHeir={setHeir} /> : <Notice look="warn"><p>Their posts, pages and other content go to the trash or are deleted, as WordPress does it, and nobody else gets them.</p></Notice>}
      </div>
      <div className="actions">
        <Button onPress={onClose} isDisabled={isBusy} autoFocus>Cancel</Button>
        <Button look="danger" onPress={() => void remove()} isPending={isBusy} isDisabled={fate === 'give' && heir === null}>Remove</Button>
      </div>
    </Dialog>
  );
}

function Heirs({ site, without, heir, onHeir }: { readonly site: string; readonly without: string; readonly heir: string | null; readonly onHeir: (heir: string | null) => void }): ReactNode {
  const [search, setSearch] = useState('');
  const settled = useSettled(search.trim());
  const found = useGraph(HeirsDocument, { site, search: settled === '' ? null : settled });
  const nodes = found.kind === 'data' ? (found.data.site?.users?.nodes ?? []).filter(({ id }) => id !== without) : [];
  return (
    <>
      <SearchBox label="Search users" value={search} onChange={(text) => { setSearch(text); onHeir(null); }} />
      <ListBox
        aria-label="Who is to have it" className="list bordered" items={nodes} selectionMode="single" disallowEmptySelection selectedKeys={heir === null ? [] : [heir]}
        onSelectionChange={(keys) => onHeir(keys === 'all' ? null : String([...keys][0]))} renderEmptyState={() => <div className="none">{found.kind === 'loading' ? 'Searching…' : 'Nobody else matches.'}</div>}
      >
        {({ id, displayName, username }) => <ListBoxItem id={id} textValue={displayName}><span className="two"><span className="cut">{displayName}</span><span className="cut">{username}</span></span></ListBoxItem>}
      </ListBox>
    </>
  );
}
