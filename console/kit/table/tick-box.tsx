// The box that chooses a row, or all of them: a plain check box, since there is one in every row that scrolls by.
import { useEffect, useRef, type ReactNode } from 'react';
import { Icon } from '../icons.js';

export function TickBox({ label, isTicked, isPartly = false, onChange }: { readonly label: string; readonly isTicked: boolean; readonly isPartly?: boolean; readonly onChange: (isTicked: boolean, isRange: boolean) => void }): ReactNode {
  const place = useRef<HTMLInputElement>(null);
  const isShift = useRef(false);
  useEffect(() => {
    if (place.current) place.current.indeterminate = isPartly;
  }, [isPartly]);
  return (
    <label className="check tick-box" {...(isTicked ? { 'data-selected': true } : {})} {...(isPartly ? { 'data-indeterminate': true } : {})} onClick={(event) => { isShift.current = event.shiftKey; }}>
      <input ref={place} type="checkbox" className="hidden-visually" aria-label={label} checked={isTicked} onChange={(event) => onChange(event.target.checked, isShift.current)} />
      <span className="box"><Icon name={isPartly ? 'minus' : 'check'} /></span>
    </label>
  );
}
