// What the newest full synchronization brought, part by part; with a bar while it is under way.
import type { ReactNode } from 'react';
import { ProgressBar } from '../../kit/progress.js';
import { Badge, formatNumber, formatSeconds } from '../../kit/words.js';
import type { SyncState } from './generated.js';

export interface SyncedPart {
  readonly name: string;
  readonly total: number | null;
  readonly synced: number;
  readonly state: SyncState;
}

export function SyncedParts({ modules, fullSync }: { readonly modules: readonly SyncedPart[]; readonly fullSync: { readonly percent: number; readonly etaSeconds: number | null } | null }): ReactNode {
  return (
    <section className="card" aria-labelledby="synced"><h2 id="synced">What synced</h2>
      {fullSync && <ProgressBar label="Full sync" percent={fullSync.percent} note={fullSync.etaSeconds === null ? '' : `${formatSeconds(fullSync.etaSeconds)} left`} />}
      {modules.length === 0 ? <p className="soft">No full synchronization came yet.</p> : (
        <div className="scrolls" tabIndex={0} role="group" aria-labelledby="synced"><table className="plain-table">
          <thead><tr><th scope="col">Part</th><th scope="col" className="end">Rows</th><th scope="col" className="end">State</th></tr></thead>
          <tbody>{modules.map(({ name, total, synced, state }) => (
            <tr key={name}><th scope="row">{name}</th><td className="end number">{formatNumber(synced)}{total !== null && total !== synced && <span className="soft"> of {formatNumber(total)}</span>}</td><td className="end">{state === 'HEALTHY' ? <Badge tone="good" isBare>complete</Badge> : state === 'FULL_SYNC' ? <Badge tone="note" isBare>coming</Badge> : <Badge isBare>waiting</Badge>}</td></tr>
          ))}</tbody>
        </table></div>
      )}
    </section>
  );
}
