// Asks for a check, a repair or a full synchronization. What costs the site something is asked for twice.
import { useState, type ReactNode } from 'react';
import { useWrite } from '../../graph/use-write.js';
import { Button } from '../../kit/button.js';
import { Ask } from '../../kit/dialog.js';
import { say, sayProblem } from '../../kit/toasts.js';
import { ResyncDocument, type ResyncMode } from './generated.js';

const MODES: readonly { readonly mode: ResyncMode; readonly label: string; readonly done: string; readonly about: string }[] = [
  { mode: 'VERIFY', label: 'Verify', done: 'A check was asked for', about: 'Checksums of the copy and the site are compared. Nothing is changed.' },
  { mode: 'REPAIR', label: 'Repair', done: 'A repair was asked for', about: 'The copy is compared with the site by checksums, and only the rows that differ are fetched again.' },
  { mode: 'FULL', label: 'Full sync', done: 'A full sync was asked for', about: 'The site sends everything it has again. On a large site this takes long and keeps it busy; a repair is nearly always enough.' },
];

export function ResyncButtons({ siteId, isConnected, onAsked }: { readonly siteId: string; readonly isConnected: boolean; readonly onAsked: () => void }): ReactNode {
  const { isBusy, send } = useWrite(ResyncDocument);
  const [chosen, choose] = useState<(typeof MODES)[number] | null>(null);
  const ask = async ({ mode, label, done }: (typeof MODES)[number]): Promise<void> => {
    const written = await send((idempotencyKey) => ({ input: { siteId, mode, idempotencyKey } }));
    choose(null);
    if (!written.ok) return sayProblem(`${label} was not asked for`, written.problem);
    const refused = written.data.siteResync?.userErrors[0];
    if (refused) return sayProblem(`${label} was not asked for`, refused);
    say(done, 'It is below, among the runs.');
    onAsked();
  };
  return (
    <>
      {MODES.map((entry) => <Button key={entry.mode} icon={entry.mode === 'VERIFY' ? 'check' : entry.mode === 'REPAIR' ? 'edit' : 'sync'} isDisabled={!isConnected} onPress={() => (entry.mode === 'VERIFY' ? void ask(entry) : choose(entry))}>{entry.label}</Button>)}
      <Ask title={`${chosen?.label ?? ''} this site?`} isOpen={chosen !== null} onClose={() => choose(null)} confirm={chosen?.label ?? ''} isBusy={isBusy} onConfirm={() => chosen && void ask(chosen)}><p>{chosen?.about}</p></Ask>
    </>
  );
}
