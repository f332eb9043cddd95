// The form of the settings: what is changed here stays until it is saved or put back, also when newer facts of the site arrive.
import { useState, type FormEvent, type ReactNode } from 'react';
import { useWrite } from '../../graph/use-write.js';
import { Button } from '../../kit/button.js';
import { SelectBox, TextBox } from '../../kit/fields.js';
import { Notice } from '../../kit/states.js';
import { say, sayProblem } from '../../kit/toasts.js';
import { Conflict } from './conflict.js';
import { SaveSettingsDocument, type EditableSettingsFragment } from './generated.js';
import { changesOf, differing, faultsOf, LABELS, valuesOf, type FieldName, type Values } from './values.js';

export interface SettingsFormProps {
  readonly siteId: string;
  readonly settings: EditableSettingsFragment;
  readonly mayWrite: boolean;
  readonly pages: readonly { readonly id: string; readonly title: string }[];
  readonly categories: readonly { readonly id: string; readonly name: string }[];
}

const WEEK = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'].map((label, index) => ({ value: String(index), label }));
const FRONT = [{ value: 'posts', label: 'The latest posts' }, { value: 'page', label: 'A page' }];
const COMMENTS = [{ value: 'open', label: 'Allowed' }, { value: 'closed', label: 'Not allowed' }];

export function SettingsForm({ siteId, settings, mayWrite, pages, categories }: SettingsFormProps): ReactNode {
  // The settings that the edits were made on; newer ones replace them only while nothing is edited.
  const [base, setBase] = useState(settings);
  const [values, setValues] = useState(() => valuesOf(settings));
  const [theirs, setTheirs] = useState<EditableSettingsFragment | null>(null);
  const [refusals, setRefusals] = useState<Partial<Record<string, string>>>({});
  const { isBusy, send } = useWrite(SaveSettingsDocument);
  const edited = differing(values, valuesOf(base));
  if (settings.version !== base.version && edited.length === 0 && theirs === null) {
    setBase(settings);
    setValues(valuesOf(settings));
  }
  const faults = { ...refusals, ...faultsOf(values) };

  const save = async (on: EditableSettingsFragment): Promise<void> => {
    const names = differing(values, valuesOf(on));
    const written = await send((idempotencyKey) => ({ input: { siteId, idempotencyKey, expectedVersion: on.version, ...changesOf(values, names) } }));
    if (!written.ok) return sayProblem('The settings were not saved', written.problem);
    const payload = written.data.siteSettingsUpdate;
    if (payload?.conflict?.current) return setTheirs(payload.conflict.current);
    const byField = Object.fromEntries((payload?.userErrors ?? []).map(({ field, message }) => [field?.at(-1) ?? '', message]));
    setRefusals(byField);
    if (payload?.settings) {
      setBase(payload.settings);
      setValues(valuesOf(payload.settings));
      setTheirs(null);
    }
    const first = payload?.userErrors[0];
    if (first) sayProblem('Not everything was saved', first);
    else say('The settings are saved', payload?.write?.state === 'QUEUED' ? 'The site cannot be reached now; they are delivered when it can.' : 'The site has them.');
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (edited.length > 0 && Object.keys(faultsOf(values)).length === 0) void save(base);
  };
  const set = (name: FieldName) => (value: string): void => setValues((before) => ({ ...before, [name]: value }));
  const field = (name: FieldName) => ({ label: LABELS[name], value: values[name], onChange: set(name), error: faults[name] ?? null, isDisabled: !mayWrite || isBusy });
  const choices = (none: string, rows: readonly { readonly id: string; readonly label: string }[], current: string) => [
    { value: '', label: none }, ...rows.map(({ id, label }) => ({ value: id, label })), ...(current === '' || rows.some(({ id }) => id === current) ? [] : [{ value: current, label: 'As it is' }]),
  ];
  const pageChoices = (current: string) => choices('None', pages.map(({ id, title }) => ({ id, label: title === '' ? 'without a title' : title })), current);

  return (
    <form onSubmit={submit} className="stack" aria-label="Settings">
      {!mayWrite && <Notice><p>Your account may read these settings and not change them.</p></Notice>}
      <section className="card stack" aria-labelledby="general"><h2 id="general">General</h2>
        <div className="form-grid">
          <TextBox {...field('title')} maxLength={500} /><TextBox {...field('tagline')} maxLength={1000} />
          <TextBox {...field('timezone')} hint={base.timezone.name === null ? 'The site uses a fixed offset. A name such as Europe/Lisbon replaces it.' : 'A name such as Europe/Lisbon.'} />
          <TextBox {...field('language')} hint="A locale that is installed on the site, such as de_DE." />
          <TextBox {...field('dateFormat')} hint="In PHP’s letters, such as j F Y." /><TextBox {...field('timeFormat')} hint="In PHP’s letters, such as H:i." />
          <SelectBox {...field('startOfWeek')} options={WEEK} />
        </div>
      </section>
      <section className="card stack" aria-labelledby="reading"><h2 id="reading">Reading and writing</h2>
        <div className="form-grid">
          <SelectBox {...field('showOnFront')} options={FRONT} />
          <TextBox {...field('postsPerPage')} type="number" />
          {values.showOnFront === 'page' && <><SelectBox {...field('pageOnFrontId')} options={pageChoices(values.pageOnFrontId)} /><SelectBox {...field('pageForPostsId')} options={pageChoices(values.pageForPostsId)} /></>}
          <SelectBox {...field('defaultCategoryId')} options={choices('Not known', categories.map(({ id, name }) => ({ id, label: name })), values.defaultCategoryId)} />
          <SelectBox {...field('defaultCommentStatus')} options={COMMENTS} />
        </div>
        <p className="soft">Addresses ({base.permalinkStructure === '' ? 'plain' : <code>{base.permalinkStructure}</code>}) and whether search engines may index the site ({base.searchEngineVisible ? 'they may' : 'they may not'}) are changed in wp-admin: WordPress’s REST API does not offer them.</p>
      </section>
      <div className="save-bar">
        <Button type="submit" look="primary" isPending={isBusy} isDisabled={!mayWrite || edited.length === 0}>Save</Button>
        <Button onPress={() => setValues(valuesOf(base))} isDisabled={edited.length === 0 || isBusy}>Put back</Button>
        <span className="soft" role="status">{edited.length === 0 ? 'Nothing is changed' : `Changed: ${edited.map((name) => LABELS[name]).join(', ')}`}</span>
      </div>
      {theirs && (
        <Conflict
          base={valuesOf(base)} mine={values} theirs={valuesOf(theirs)} isBusy={isBusy} onClose={() => setTheirs(null)}
          onMerge={(merged: Values) => {
            setBase(theirs);
            setValues(merged);
            setTheirs(null);
          }}
          onOverwrite={() => void save(theirs)}
        />
      )}
    </form>
  );
}
