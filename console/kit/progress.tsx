// How far something is, as a bar with its words.
import type { ReactNode } from 'react';
import { Label, ProgressBar as AriaProgressBar } from 'react-aria-components';

/** `percent` null shows that it is under way and nobody knows how far. */
export function ProgressBar({ label, percent, note = '' }: { readonly label: string; readonly percent: number | null; readonly note?: string }): ReactNode {
  return (
    <AriaProgressBar className="progress" isIndeterminate={percent === null} {...(percent === null ? {} : { value: percent })}>
      {({ valueText }) => (
        <>
          <div className="line spread"><Label>{label}</Label><span className="soft number">{[valueText, note].filter((text) => text !== undefined && text !== '').join(' · ')}</span></div>
          <div className="meter"><div style={{ width: `${percent ?? 100}%` }} className={percent === null ? 'bones' : ''} /></div>
        </>
      )}
    </AriaProgressBar>
  );
}
