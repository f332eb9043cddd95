// Full synchronizations, checks, repairs and imports: what was asked for, by whom, how far it is, why it failed.
import type { ReactNode } from 'react';
import { ProgressBar } from '../../kit/progress.js';
import { Badge, formatNumber, Time, type Tone } from '../../kit/words.js';
import type { SyncHealthQuery, SyncRunKind, SyncRunState } from './generated.js';

type Run = NonNullable<NonNullable<SyncHealthQuery['site']>['sync']>['runs'][number];

const KINDS: Readonly<Record<SyncRunKind, string>> = { FULL: 'Full sync', VERIFY: 'Verification', REPAIR: 'Repair', IMPORT: 'Import over REST' };
const STATES: Readonly<Record<SyncRunState, readonly [string, Tone]>> = {
  QUEUED: ['Waiting', 'quiet'], RUNNING: ['Under way', 'note'], DONE: ['Done', 'good'], FAILED: ['Failed', 'bad'], CANCELLED: ['Called off', 'quiet'],
};

export function Runs({ runs }: { readonly runs: readonly Run[] }): ReactNode {
  return (
    <section className="card" aria-labelledby="runs"><h2 id="runs">Runs</h2>
      {runs.length === 0 ? <p className="soft">Nothing was asked for yet.</p> : <ul className="runs">{runs.map((run) => <li key={run.id}><RunLine run={run} /></li>)}</ul>}
    </section>
  );
}

function RunLine({ run }: { readonly run: Run }): ReactNode {
  const [word, tone] = STATES[run.state];
  const counted = run.progress.filter(({ total }) => total !== null);
  const total = counted.reduce((sum, part) => sum + (part.total ?? 0), 0);
  const done = counted.reduce((sum, part) => sum + Math.min(part.done, part.total ?? 0), 0);
  const rows = run.progress.reduce((sum, part) => sum + part.done, 0);
  return (
    <>
      <div className="line spread">
        <span className="line"><strong>{KINDS[run.kind]}</strong><Badge tone={tone}>{word}</Badge>{run.modules && <span className="soft">{run.modules.join(', ')}</span>}</span>
        <span className="soft">asked by {run.requestedBy}, <Time at={run.requestedAt} isAge /></span>
      </div>
      {run.state === 'RUNNING' && <ProgressBar label={run.progress.find(({ finished }) => !finished)?.name ?? 'beginning'} percent={total > 0 ? (done / total) * 100 : null} note={rows > 0 ? `${formatNumber(rows)} rows` : ''} />}
      {run.errorMessage !== null && run.errorMessage !== undefined && <p className="soft"><strong>{run.errorCode}</strong> {run.errorMessage}</p>}
      {run.state === 'DONE' && rows > 0 && <p className="soft">{formatNumber(rows)} rows in {run.progress.length} parts</p>}
    </>
  );
}
