// What became of one installation: its reason, what was done about it, what its pages showed, and the log.
import type { ReactNode } from 'react';
import { recoveryText, stateTone, stateWord, versionStep } from '../../extensions/words.js';
import { Button } from '../../kit/button.js';
import { Dialog } from '../../kit/dialog.js';
import { Badge, formatTime } from '../../kit/words.js';
import type { Item } from './page.js';

/** `onTakeBack` where something of the operation can be taken back; it takes back all that was done on the item's site. */
export function ItemDialog({ item, onClose, onTakeBack, isBusy }: { readonly item: Item | null; readonly onClose: () => void; readonly onTakeBack?: (item: Item) => void; readonly isBusy: boolean }): ReactNode {
  return (
    <Dialog title={item ? `${item.slug} on ${item.site.name}` : ''} isOpen={item !== null} onClose={onClose} isWide>
      {item && (
        <div className="stack">
          <div className="line"><Badge tone={stateTone(item.state)}>{stateWord(item.state)}</Badge><span className="number">{versionStep(item.fromVersion, item.toVersion)}</span>{item.canary && <span className="soft">goes first</span>}</div>
          {item.reason && <p><strong>{item.reason.code}</strong> {item.reason.message}</p>}
          {item.recovery && <p>{recoveryText(item.recovery)}</p>}
          {item.health && <p className="soft">Pages: {item.health.before ?? 'no answer'} before, {item.health.after ?? 'no answer'} after{item.health.fatal ? `; found “${item.health.fatal}”` : ''}</p>}
          {item.log.length > 0 && <ol className="log" tabIndex={0} aria-label="Log">{item.log.map(({ at, message }, index) => <li key={index}><time dateTime={at} className="soft number">{formatTime(at)}</time> {message}</li>)}</ol>}
        </div>
      )}
      <div className="actions">
        {item?.state === 'SUCCEEDED' && onTakeBack && <Button icon="undo" onPress={() => onTakeBack(item)} isPending={isBusy}>Take back on this site</Button>}
        <Button onPress={onClose} autoFocus>Close</Button>
      </div>
    </Dialog>
  );
}
