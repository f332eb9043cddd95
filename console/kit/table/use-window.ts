// Which rows are in view of a list that scrolls, with some beyond its edges. Tells only when others come into view.
import { useCallback, useLayoutEffect, useRef, useState, type RefObject } from 'react';

export interface RowWindow {
  readonly first: number;
  readonly last: number;
  /** Scrolls so that a row is in view, no further than needed. */
  readonly reveal: (index: number) => void;
}

/** Rows beyond each edge: enough that a flick shows rows and not their background. */
const BEYOND = 8;

/** `begin` is what the first row is: another one is another list, which is read from its beginning. */
export function useWindow(place: RefObject<HTMLElement | null>, begin: string, count: number, rowHeight: number, headerHeight: number): RowWindow {
  const [seen, setSeen] = useState({ first: 0, last: Math.min(count - 1, 29) });
  const begun = useRef(begin);
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    if (begin !== begun.current) element.scrollTop = 0;
    begun.current = begin;
    const look = (): void => {
      const first = Math.max(0, Math.min(count - 1, Math.floor(element.scrollTop / rowHeight)) - BEYOND);
      const last = Math.min(count - 1, Math.floor((element.scrollTop + element.clientHeight - headerHeight) / rowHeight) + BEYOND);
      setSeen((now) => (now.first === first && now.last === last ? now : { first, last }));
    };
    look();
    const size = new ResizeObserver(look);
    size.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      size.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [place, begin, count, rowHeight, headerHeight]);

  const reveal = useCallback((index: number) => {
    const element = place.current;
    if (element === null) return;
    const top = index * rowHeight;
    const bottom = top + rowHeight - (element.clientHeight - headerHeight);
    if (element.scrollTop > top) element.scrollTop = top;
    else if (element.scrollTop < bottom) element.scrollTop = bottom;
  }, [place, rowHeight, headerHeight]);
  return { first: Math.min(seen.first, Math.max(0, count - 1)), last: Math.min(seen.last, count - 1), reveal };
}
