// One user: what is known of them, and the form that changes it as far as the viewer may. Removing asks in a dialog of its own.
import { useState, type FormEvent, type ReactNode } from 'react';
import { useGraph } from '../../graph/use-graph.js';
import { useWrite } from '../../graph/use-write.js';
import { Button } from '../../kit/button.js';
import { Dialog } from '../../kit/dialog.js';
import { TextBox } from '../../kit/fields.js';
import { Notice } from '../../kit/states.js';
import { say } from '../../kit/toasts.js';
import { Time } from '../../kit/words.js';
import { UserRightsDocument, UserUpdateDocument, type UserRowFragment } from './generated.js';
import { NO_REFUSALS, refusalsOf, refusedBy } from '../../graph/refusals.js';
import { RemoveDialog } from './remove-dialog.js';
import { RoleBoxes, type RoleChoice } from './role-boxes.js';

const FIELDS = ['displayName', 'email', 'url', 'roles', 'locale'];
const LOCALE = /^([a-z]{2,3}(_[A-Za-z0-9]+)*)?$/;

interface Values {
  readonly displayName: string;
  readonly email: string;
  readonly url: string;
  readonly roles: readonly string[];
}

const valuesOf = ({ displayName, email, url, roles }: UserRowFragment): Values => ({ displayName, email: email ?? '', url: url ?? '', roles: roles?.map(({ slug }) => slug) ?? [] });
const isSame = (left: Values[keyof Values], right: Values[keyof Values]): boolean => [left].flat().toSorted().join('\n') === [right].flat().toSorted().join('\n');

export interface UserDialogProps {
  readonly site: string;
  readonly user: UserRowFragment;
  readonly roles: readonly RoleChoice[];
  readonly isSelf: boolean;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function UserDialog({ site, user, roles, isSelf, onClose, onDone }: UserDialogProps): ReactNode {
  const rights = useGraph(UserRightsDocument, { site, user: user.id });
  const { send, isBusy } = useWrite(UserUpdateDocument);
  // What the edits were made on.
  const [base, setBase] = useState(user);
  const [values, setValues] = useState(() => valuesOf(user));
  // What it is now is not synced: null leaves it, nothing is the site's own.
  const [locale, setLocale] = useState<string | null>(null);
  const [refusals, setRefusals] = useState(NO_REFUSALS);
  const [isRemoving, setRemoving] = useState(false);
  const may = rights.kind === 'data' ? rights.data.site : null;
  const mayEdit = may?.mayEdit === true;
  const edited = (['displayName', 'email', 'url', 'roles'] as const).filter((name) => !isSame(values[name], valuesOf(base)[name]));
  // Roles that are no longer registered are kept, not lost by saving another one.
  const choices = [...roles, ...(base.roles ?? []).filter(({ slug }) => !roles.some((one) => one.slug === slug))];

  const localeFault = locale === null || LOCALE.test(locale.trim()) ? null : 'A code such as de_DE.';

  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if ((edited.length === 0 && locale === null) || isBusy || localeFault !== null) return;
    const changes = { ...Object.fromEntries(edited.map((name) => [name, values[name]])), ...(locale === null ? {} : { locale: locale.trim() }) } as Partial<{ displayName: string; email: string; url: string; roles: string[]; locale: string }>;
    const answer = await send((idempotencyKey) => ({ input: { id: user.id, expectedVersion: base.version, ...changes, idempotencyKey } }));
    if (!answer.ok) return setRefusals(refusedBy(answer.problem));
    const payload = answer.data.userUpdate;
    if (!payload) return setRefusals({ byField: {}, whole: 'You may not change this user.' });
    const isConflict = payload.userErrors.some(({ code }) => code === 'VERSION_CONFLICT');
    if (isConflict && payload.user) {
      const theirs = valuesOf(payload.user);
      setValues((mine) => ({ ...theirs, ...Object.fromEntries(edited.map((name) => [name, mine[name]])) }));
      setBase(payload.user);
      return setRefusals({ byField: {}, whole: 'Somebody else has changed this user meanwhile. What you did not touch shows as it is now; save again to put your changes over theirs.' });
    }
    setRefusals(refusalsOf(payload.userErrors, FIELDS));
    if (payload.userErrors.length > 0) return;
    say(`${payload.user?.displayName ?? user.displayName} is saved`, 'The site has it.');
    onDone();
    onClose();
  };
  if (isRemoving) return <RemoveDialog site={site} user={base} onClose={() => setRemoving(false)} onDone={() => { onDone(); onClose(); }} />;
  const field = (name: 'displayName' | 'email' | 'url') => ({
    value: values[name], onChange: (value: string) => setValues((before) => ({ ...before, [name]: value })), error: refusals.byField[name] ?? null, isDisabled: !mayEdit || isBusy,
  });
  return (
    <Dialog title={base.displayName} isOpen onClose={onClose} isBusy={isBusy}>
      <form className="stack" noValidate onSubmit={(event) => void save(event)}>
        {refusals.whole !== null && <Notice look="bad"><p>{refusals.whole}</p></Notice>}
        {may && !mayEdit && <Notice><p>Your account may see this user and not change them.</p></Notice>}
        <dl className="facts">
          <dt>Login name</dt><dd>{base.username ?? <span className="soft">not shown to you</span>}</dd>
          <dt>Account</dt><dd>{base.linkedAccount === true ? 'linked here: what this person asks for is done in this user’s name' : base.linkedAccount === false ? 'not linked here' : 'not known'}</dd>
          <dt>Signed in</dt><dd><Time at={base.lastActivityAt} otherwise="not seen since the site was connected" /></dd>
          <dt>Since</dt><dd><Time at={base.registeredAt} otherwise="not known" /></dd>
        </dl>
        <TextBox label="Name to show" {...field('displayName')} maxLength={250} />
        {base.email !== null && <TextBox label="E-mail address" type="email" {...field('email')} maxLength={100} hint="WordPress asks for no confirmation here." />}
        <TextBox label="Website" type="url" {...field('url')} maxLength={100} />
        <div className="line">
          {locale === null ? <Button isDisabled={!mayEdit || isBusy} onPress={() => setLocale('')}>Change the language…</Button> : <TextBox label="Language" value={locale} onChange={setLocale} error={localeFault ?? refusals.byField['locale'] ?? null} isDisabled={isBusy} maxLength={20} hint="Of this person’s dashboard, such as de_DE, installed on the site. Empty for the site’s own; what it is now is not synced." autoFocus />}
          {locale !== null && <Button look="plain" onPress={() => setLocale(null)}>Leave it</Button>}
        </div>
        {base.roles && <RoleBoxes roles={choices} chosen={values.roles} onChange={(chosen) => setValues((before) => ({ ...before, roles: chosen }))} isDisabled={may?.mayPromote !== true || isBusy} error={refusals.byField['roles'] ?? null} />}
        <div className="actions">
          {may?.mayRemove === true && !isSelf && <Button icon="trash" look="danger" onPress={() => setRemoving(true)} isDisabled={isBusy}>Remove…</Button>}
          <Button onPress={onClose} isDisabled={isBusy} autoFocus>{mayEdit ? 'Cancel' : 'Close'}</Button>
          {(mayEdit || !may) && <Button type="submit" look="primary" isPending={isBusy} isDisabled={(edited.length === 0 && locale === null) || localeFault !== null || (values.roles.length === 0 && edited.includes('roles'))}>Save</Button>}
        </div>
      </form>
    </Dialog>
  );
}
