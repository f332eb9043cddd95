// Tells who else is at it: somebody edits it, has taken it over, has it open on the site, or has saved something since it was opened.
import type { ReactNode } from 'react';
import { Button } from '../../kit/button.js';
import { Notice } from '../../kit/states.js';
import { formatAge } from '../../kit/words.js';
import type { LockDesk } from './use-lock.js';

const BOTH_MAY = 'Both of you may write: what does not touch is put together when it is saved, about the rest you are asked.';

export function LockNotice({ desk, version, isDirty, onReload }: { readonly desk: LockDesk; readonly version: string; readonly isDirty: boolean; readonly onReload: () => void }): ReactNode {
  const { lock, seen, isTaking, takeOver } = desk;
  const isBehind = seen !== null && seen.whileAt === version && seen.version !== version;
  const take = (words: string): ReactNode => <Button onPress={() => void takeOver()} isPending={isTaking}>{words}</Button>;
  return (
    <>
      {lock.kind === 'other' && lock.wasOwn && (
        <Notice look="warn" action={take('Take it back')}><p><strong>{lock.holder.name ?? 'Somebody else'}</strong> has taken over {formatAge(lock.holder.since)}. What you typed is still here. {BOTH_MAY}</p></Notice>
      )}
      {lock.kind === 'other' && !lock.wasOwn && (
        <Notice look="warn" action={take('Take over')}><p><strong>{lock.holder.name ?? 'Somebody else'}</strong> is editing this{lock.holder.isOnSite ? ' in the site’s own editor' : ''}, since {sinceWord(lock.holder.since)}. {BOTH_MAY}</p></Notice>
      )}
      {lock.kind === 'own' && lock.alsoOnSite !== null && <Notice look="warn"><p><strong>{lock.alsoOnSite}</strong> has this open in the site’s own editor. {BOTH_MAY}</p></Notice>}
      {isBehind && (
        <Notice action={isDirty ? undefined : <Button onPress={onReload}>Show it</Button>}>
          <p>It was changed {formatAge(seen.modifiedAt)}, after you opened it. {isDirty ? 'When you save, what does not touch is put together, and about the rest you are asked.' : 'You see it as it was before.'}</p>
        </Notice>
      )}
    </>
  );
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' });

/** The time of day, of today; how long ago where that is longer. */
function sinceWord(at: string): string {
  const isToday = new Date(at).toDateString() === new Date().toDateString();
  return isToday ? CLOCK.format(new Date(at)) : formatAge(at);
}
