// Sets a policy, or changes and takes back one that is there. What it is about stays; only how it updates is changed afterwards.
import { useState, type FormEvent, type ReactNode } from 'react';
import { SitePicker, type ChosenSites } from '../../extensions/site-picker.js';
import { NO_REFUSALS, refusalsOf, refusedBy } from '../../graph/refusals.js';
import { useWrite } from '../../graph/use-write.js';
import { Button } from '../../kit/button.js';
import { Ask, Dialog } from '../../kit/dialog.js';
import { CheckBox, Segments, SelectBox, TextBox } from '../../kit/fields.js';
import { Notice } from '../../kit/states.js';
import { say, sayProblem } from '../../kit/toasts.js';
import { PolicyRemoveDocument, PolicySetDocument, type PolicyRowFragment } from './generated.js';
import { AT_NIGHT, daysChoices, fieldsOfWindow, textOfWindow, windowFault } from './window.js';
import { whatOf, whereOf } from './words.js';

const FIELDS = ['siteIds', 'slugs', 'window', 'delayDays'];
const PLACES = [{ value: 'fleet', label: 'All sites' }, { value: 'sites', label: 'Chosen sites' }] as const;
const KINDS = [{ value: 'PLUGIN', label: 'Plugins' }, { value: 'THEME', label: 'Themes' }] as const;
const WILLS = [{ value: 'update', label: 'Update by itself' }, { value: 'leave', label: 'Leave alone' }] as const;
const TIMES = [{ value: 'any', label: 'At any time' }, { value: 'window', label: 'In a window' }] as const;

export interface PolicyDialogProps {
  /** Null for a new one. */
  readonly policy: PolicyRowFragment | null;
  readonly isOperator: boolean;
  /** Whether vulnerabilities are known at all; null where that is not known. */
  readonly hasFeed: boolean | null;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function PolicyDialog({ policy, isOperator, hasFeed, onClose, onDone }: PolicyDialogProps): ReactNode {
  const setting = useWrite(PolicySetDocument);
  const removing = useWrite(PolicyRemoveDocument);
  const [place, setPlace] = useState<'fleet' | 'sites'>(isOperator ? 'fleet' : 'sites');
  const [sites, setSites] = useState<ChosenSites>(new Map());
  const [kind, setKind] = useState<'PLUGIN' | 'THEME'>('PLUGIN');
  const [slugs, setSlugs] = useState('');
  const [will, setWill] = useState<'update' | 'leave'>(policy?.autoUpdate === false ? 'leave' : 'update');
  const [window, setWindow] = useState(() => fieldsOfWindow(policy?.window));
  const [delay, setDelay] = useState(String(policy?.delayDays ?? 0));
  const [isSecurityOnly, setSecurityOnly] = useState(policy?.securityOnly ?? false);
  const [refusals, setRefusals] = useState(NO_REFUSALS);
  const [isAsking, setAsking] = useState(false);
  const updates = will === 'update';
  const about = policy ? { siteIds: policy.site ? [policy.site.id] : [], kind: policy.kind, slugs: policy.slug ? [policy.slug] : null } : { siteIds: place === 'fleet' ? [] : [...sites.keys()], kind, slugs: slugs.split(/[\s,]+/).filter((slug) => slug !== '') };
  const faults = { window: updates && window ? windowFault(window) : null, delayDays: /^([0-9]|[1-8][0-9]|90)$/.test(delay.trim()) ? null : 'A whole number of days, from 0 to 90.' };
  const isReady = (policy !== null || place === 'fleet' || sites.size > 0) && faults.window === null && (!updates || faults.delayDays === null);
  const error = (name: string): string | null => refusals.byField[name] ?? null;

  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!isReady || setting.isBusy) return;
    const answer = await setting.send(() => ({ input: { ...about, autoUpdate: updates, window: updates && window ? textOfWindow(window) : null, delayDays: updates ? Number(delay) : 0, securityOnly: updates && isSecurityOnly } }));
    if (!answer.ok) return setRefusals(refusedBy(answer.problem));
    const payload = answer.data.updatePolicySet;
    setRefusals(payload ? refusalsOf(payload.userErrors, FIELDS) : { byField: {}, whole: 'You may not set policies.' });
    if (!payload || payload.userErrors.length > 0) return;
    say(payload.affected === 1 ? 'The policy is set' : `${payload.affected} policies are set`);
    onDone();
    onClose();
  };
  const remove = async (): Promise<void> => {
    const answer = await removing.send(() => ({ input: about }));
    const refused = answer.ok ? (answer.data.updatePolicyRemove ? answer.data.updatePolicyRemove.userErrors[0]?.message : 'You may not take policies back.') : answer.problem.message;
    if (refused !== undefined) {
      setAsking(false);
      return sayProblem('The policy was not taken back', { message: refused });
    }
    say('The policy is taken back');
    onDone();
    onClose();
  };
  if (isAsking && policy) {
    return (
      <Ask title="Take this policy back?" isOpen onClose={() => setAsking(false)} confirm="Take it back" look="danger" onConfirm={() => void remove()} isBusy={removing.isBusy}>
        <p><strong>{whatOf(policy)}</strong> on <strong>{whereOf(policy)}</strong>: the next less particular policy counts from then on, or none.</p>
      </Ask>
    );
  }
  return (
    <Dialog title={policy ? `${whatOf(policy)} on ${whereOf(policy)}` : 'Add a policy'} isOpen onClose={onClose} isBusy={setting.isBusy}>
      <form className="stack" noValidate onSubmit={(event) => void save(event)}>
        {refusals.whole !== null && <Notice look="bad"><p>{refusals.whole}</p></Notice>}
        {policy === null && (
          <>
            <Choice label="Of what"><Segments label="Of what" options={KINDS} value={kind} onChange={setKind} /></Choice>
            <TextBox label="Only these" value={slugs} onChange={setSlugs} error={error('slugs')} hint="Names of folders, such as akismet, with commas between them. Empty for every one." />
            {isOperator && <Choice label="Where"><Segments label="Where" options={PLACES} value={place} onChange={setPlace} /></Choice>}
            {place === 'sites' && <SitePicker capability={kind === 'THEME' ? 'update_themes' : 'update_plugins'} chosen={sites} onChange={setSites} />}
            {error('siteIds') !== null && <Notice look="bad"><p>{error('siteIds')}</p></Notice>}
          </>
        )}
        <Choice label="What to do"><Segments label="What to do" options={WILLS} value={will} onChange={setWill} /></Choice>
        {updates ? (
          <>
            <Choice label="When"><Segments label="When" options={TIMES} value={window ? 'window' : 'any'} onChange={(value) => setWindow(value === 'any' ? null : AT_NIGHT)} /></Choice>
            {window && (
              <div className="stack tight">
                <div className="form-grid thirds">
                  <SelectBox label="Days" options={daysChoices(window.days)} value={window.days} onChange={(days) => setWindow({ ...window, days })} />
                  <TextBox label="From" type="time" value={window.from} onChange={(from) => setWindow({ ...window, from })} error={error('window')} />
                  <TextBox label="Until" type="time" value={window.to} onChange={(to) => setWindow({ ...window, to })} error={faults.window} />
                </div>
                <p className="soft">By each site’s own clock. A window over midnight belongs to the day on which it begins.</p>
              </div>
            )}
            <TextBox label="Days to wait" type="number" value={delay} onChange={setDelay} error={faults.delayDays ?? error('delayDays')} hint="From the day on which an update is first seen; others find its faults meanwhile." />
            <CheckBox isSelected={isSecurityOnly} onChange={setSecurityOnly}>Only updates that close a known hole</CheckBox>
            {isSecurityOnly && hasFeed === false && <Notice look="warn"><p>No feed of vulnerabilities is configured on this server, so no update is known to close a hole and this policy would begin nothing.</p></Notice>}
          </>
        ) : <p className="soft">Updates are made only when somebody asks for them, whatever a less particular policy says.</p>}
        <div className="actions">
          {policy && <Button icon="trash" look="danger" onPress={() => setAsking(true)} isDisabled={setting.isBusy}>Take back…</Button>}
          <Button onPress={onClose} isDisabled={setting.isBusy} autoFocus>Cancel</Button>
          <Button type="submit" look="primary" isPending={setting.isBusy} isDisabled={!isReady}>{policy ? 'Save' : 'Set the policy'}</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** A choice in view with its words above it; the words name it for assistive technology by themselves. */
function Choice({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactNode {
  return <div className="choice"><span aria-hidden="true">{label}</span>{children}</div>;
}
