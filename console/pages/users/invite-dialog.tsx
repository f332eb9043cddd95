// Makes a user on the site. Nobody is told a password and WordPress sends no e-mail, so the end of it says what to tell the person.
import { useState, type FormEvent, type ReactNode } from 'react';
import { useWrite } from '../../graph/use-write.js';
import { Button } from '../../kit/button.js';
import { Dialog } from '../../kit/dialog.js';
import { SelectBox, TextBox } from '../../kit/fields.js';
import { Notice } from '../../kit/states.js';
import { UserInviteDocument } from './generated.js';
import { NO_REFUSALS, refusalsOf, refusedBy } from '../../graph/refusals.js';
import type { RoleChoice } from './role-boxes.js';

const FIELDS = ['email', 'username', 'displayName', 'role'];
/** WordPress's own role for who may do least; else the last of the site's. */
const LEAST = 'subscriber';

export function InviteDialog({ site, roles, onClose, onDone }: { readonly site: string; readonly roles: readonly RoleChoice[]; readonly onClose: () => void; readonly onDone: () => void }): ReactNode {
  const { send, isBusy } = useWrite(UserInviteDocument);
  const [email, setEmail] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [username, setUsername] = useState('');
  const [role, setRole] = useState(roles.find(({ slug }) => slug === LEAST)?.slug ?? roles.at(-1)?.slug ?? LEAST);
  const [refusals, setRefusals] = useState(NO_REFUSALS);
  const [invited, setInvited] = useState<string | null>(null);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (email.trim() === '' || isBusy) return;
    const answer = await send((idempotencyKey) => ({ input: { siteId: site, email: email.trim(), role, username: username.trim() || null, displayName: displayName.trim() || null, idempotencyKey } }));
    if (!answer.ok) return setRefusals(refusedBy(answer.problem));
    const payload = answer.data.userInvite;
    if (!payload) return setRefusals({ byField: {}, whole: 'You may not invite users here.' });
    setRefusals(refusalsOf(payload.userErrors, FIELDS));
    if (payload.userErrors.length > 0) return;
    setInvited(payload.user?.username ?? email.trim());
    onDone();
  };
  if (invited !== null) {
    return (
      <Dialog title="Invited" isOpen onClose={onClose}>
        <p><strong>{invited}</strong> is a user of the site now. WordPress has sent no e-mail: tell them to open the site’s sign-in page, choose “Lost your password?” and give <strong>{email.trim()}</strong>.</p>
        <div className="actions"><Button look="primary" onPress={onClose} autoFocus>Done</Button></div>
      </Dialog>
    );
  }
  const error = (name: string): string | null => refusals.byField[name] ?? null;
  return (
    <Dialog title="Invite somebody" isOpen onClose={onClose} isBusy={isBusy}>
      <form className="stack" noValidate onSubmit={(event) => void submit(event)}>
        {refusals.whole !== null && <Notice look="bad"><p>{refusals.whole}</p></Notice>}
        <TextBox label="E-mail address" type="email" value={email} onChange={setEmail} error={error('email')} maxLength={100} isRequired autoFocus />
        <SelectBox label="Role" options={roles.map(({ slug, name }) => ({ value: slug, label: name }))} value={role} onChange={setRole} error={error('role')} />
        <TextBox label="Name to show" value={displayName} onChange={setDisplayName} error={error('displayName')} maxLength={250} hint="Without it the login name." />
        <TextBox label="Login name" value={username} onChange={setUsername} error={error('username')} maxLength={60} hint="Without it one is made of the e-mail address. It cannot be changed later." />
        <div className="actions"><Button onPress={onClose} isDisabled={isBusy}>Cancel</Button><Button type="submit" look="primary" isPending={isBusy} isDisabled={email.trim() === ''}>Invite</Button></div>
      </form>
    </Dialog>
  );
}
