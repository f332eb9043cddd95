// How carefully something is done to many sites: on which to try it first, whether to look at their pages, when, and how fast.
import type { ReactNode } from 'react';
import { CheckBox, SelectBox, TextBox } from '../kit/fields.js';
import { formatNumber } from '../kit/words.js';
import type { ExtensionsApplyInput } from './generated.js';

export interface Care {
  /** A site's id; empty for none. */
  readonly canary: string;
  readonly looksAtPages: boolean;
  readonly takesBack: boolean;
  /** A local date and time as its field has it; empty for at once. */
  readonly at: string;
  readonly atOnce: '1' | '5' | '10' | '20';
  /** The part that may fail before nothing more is begun. */
  readonly mayFail: '0' | '0.2' | '0.5' | '1';
}

export const USUAL_CARE: Care = { canary: '', looksAtPages: true, takesBack: true, at: '', atOnce: '5', mayFail: '0.2' };

const SPEEDS = [{ value: '1', label: 'One after the other' }, { value: '5', label: 'Five at once' }, { value: '10', label: 'Ten at once' }, { value: '20', label: 'Twenty at once' }] as const;
const BOUNDS = [{ value: '0', label: 'At the first failure' }, { value: '0.2', label: 'When a fifth failed' }, { value: '0.5', label: 'When half failed' }, { value: '1', label: 'Never' }] as const;

export function CareFields({ care, onChange, sites }: { readonly care: Care; readonly onChange: (care: Care) => void; readonly sites: readonly (readonly [id: string, name: string])[] }): ReactNode {
  const set = (part: Partial<Care>): void => onChange({ ...care, ...part });
  const isMany = sites.length > 1;
  return (
    <fieldset className="plain stack"><legend>How carefully</legend>
      {isMany && <SelectBox label="Try it first on" hint="The other sites wait until this one is done and its pages are well." options={[{ value: '', label: 'No site: all in turn' }, ...sites.map(([value, label]) => ({ value, label }))]} value={care.canary} onChange={(canary) => set({ canary })} />}
      <CheckBox isSelected={care.looksAtPages} onChange={(looksAtPages) => set({ looksAtPages })}>Look at each site’s pages before and after</CheckBox>
      <CheckBox isSelected={care.takesBack && care.looksAtPages} isDisabled={!care.looksAtPages} onChange={(takesBack) => set({ takesBack })}>Take back what breaks a page</CheckBox>
      <details className="more">
        <summary>When and how fast</summary>
        <div className="form-grid thirds">
          <TextBox label="Begin" type="datetime-local" value={care.at} onChange={(at) => set({ at })} hint={care.at === '' ? 'At once.' : whenFault(care.at) ?? 'In your own time zone.'} />
          {isMany && <SelectBox label="Sites at work" options={SPEEDS} value={care.atOnce} onChange={(atOnce) => set({ atOnce })} />}
          {isMany && <SelectBox label="Stop" options={BOUNDS} value={care.mayFail} onChange={(mayFail) => set({ mayFail })} hint={`Judged from ${formatNumber(5)} finished ones on.`} />}
        </div>
      </details>
    </fieldset>
  );
}

function whenFault(at: string): string | null {
  return new Date(at).getTime() <= Date.now() ? 'That is past: it begins at once.' : null;
}

/** What of an operation the care is. */
export function inputOfCare({ canary, looksAtPages, takesBack, at, atOnce, mayFail }: Care): Pick<ExtensionsApplyInput, 'safety' | 'scheduleAt' | 'concurrency' | 'stopOnFailureRate'> {
  return {
    safety: { healthCheck: looksAtPages, autoRollback: takesBack && looksAtPages, ...(canary === '' ? {} : { canarySiteIds: [canary] }) },
    concurrency: Number(atOnce), stopOnFailureRate: Number(mayFail), ...(at === '' ? {} : { scheduleAt: new Date(at).toISOString() }),
  };
}
