// The rows of a table as a grid of ARIA: those in view are in the document and no others, and what is drawn when rows are added or the list
// is scrolled depends on the window, never on how many rows there are. Keys are in keys.ts, choosing rows is in choosing.ts.
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent, type MouseEvent, type ReactNode } from 'react';
import type { Selection } from 'react-aria-components';
import { Bones } from '../states.js';
import type { ColumnSpec } from '../table.js';
import { chosenCount, isChosen, toggled, withRange } from './choosing.js';
import { TickBox } from './tick-box.js';
import { moveOf, typeAhead } from './keys.js';
import { useWindow } from './use-window.js';

export const HEADER_HEIGHT = 36;
const CHECK_WIDTH = 44;
/** Rows before the end at which the next page is asked for. */
const NEAR_THE_END = 20;
const NOTHING: Selection = new Set<string>();

export interface GridProps<RowType> {
  readonly label: string;
  readonly columns: readonly ColumnSpec<RowType>[];
  readonly rows: readonly RowType[];
  readonly idOf: (row: RowType) => string;
  readonly textOf: (row: RowType) => string;
  readonly isNarrow: boolean;
  readonly rowHeight: number;
  readonly totalCount: number;
  readonly selected: Selection | undefined;
  readonly onSelect: ((selected: Selection) => void) | undefined;
  /** Opens a row; `isAside` in another tab, where it has an address. */
  readonly onOpen: ((row: RowType, isAside: boolean) => void) | undefined;
  readonly isLoadingMore: boolean;
  readonly onLoadMore: (() => void) | undefined;
}

export function Grid<RowType>(props: GridProps<RowType>): ReactNode {
  const { label, columns, rows, idOf, textOf, isNarrow, rowHeight, totalCount, selected = NOTHING, onSelect, onOpen, isLoadingMore } = props;
  const place = useRef<HTMLDivElement>(null);
  const begin = rows[0] === undefined ? '' : idOf(rows[0]);
  const { first, last, reveal } = useWindow(place, begin, rows.length, rowHeight, HEADER_HEIGHT);
  const [{ begun, active }, setActivity] = useState({ begun: begin, active: 0 });
  const at = begun === begin ? Math.min(active, rows.length - 1) : 0;
  const anchor = useRef(0);
  const takesFocus = useRef(false);
  const latest = useRef({ ...props, selected, begin });
  latest.current = { ...props, selected, begin };

  useEffect(() => {
    // Once for each end that comes near: what failed to load is asked for again when somebody scrolls, not by itself.
    if (last >= rows.length - NEAR_THE_END) latest.current.onLoadMore?.();
  }, [last, rows.length]);
  useLayoutEffect(() => {
    if (!takesFocus.current) return;
    takesFocus.current = false;
    place.current?.querySelector<HTMLElement>(`[aria-rowindex="${at + 2}"]`)?.focus({ preventScroll: true });
  });

  const on = useMemo<RowHandlers>(() => {
    const idAt = (index: number): string => latest.current.idOf(latest.current.rows[index] as RowType);
    const ids = (): readonly string[] => latest.current.rows.map((row) => latest.current.idOf(row));
    const choose = (index: number, isRange: boolean): void => {
      const { selected: now, onSelect: tell } = latest.current;
      tell?.(isRange ? withRange(now, ids(), anchor.current, index) : toggled(now, ids, idAt(index)));
      if (!isRange) anchor.current = index;
    };
    const openAt = (index: number, isAside: boolean): void => latest.current.onOpen?.(latest.current.rows[index] as RowType, isAside);
    const setActive = (index: number): void => setActivity({ begun: latest.current.begin, active: index });
    const moveTo = (index: number, isRange: boolean): void => {
      if (isRange && latest.current.onSelect) choose(index, true);
      takesFocus.current = true;
      reveal(index);
      setActive(index);
    };
    return {
      choose, focus: setActive,
      press(event, index) {
        // What is drawn elsewhere, such as a row's menu, tells its clicks to the row too.
        if (!event.currentTarget.contains(event.target as Node) || (event.target as Element).closest('button, a, label, input') !== null) return;
        const isAside = event.button === 1 || event.ctrlKey || event.metaKey;
        if (event.button > 1 || (event.button === 1 && !latest.current.onOpen)) return;
        const { selected: now, onSelect: tell, onOpen: open } = latest.current;
        if (open && (isAside || !event.shiftKey) && (isAside || tell === undefined || chosenCount(now, latest.current.rows.length) === 0)) return openAt(index, isAside);
        if (tell) choose(index, event.shiftKey);
      },
      key(event, index) {
        const row = event.currentTarget;
        if (event.defaultPrevented || !row.contains(event.target as Node)) return;
        const { rows: all, onSelect: tell } = latest.current;
        const isOnRow = event.target === row;
        if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') return stepInside(event, row);
        if (isOnRow && event.key === 'Enter') openAt(index, event.ctrlKey || event.metaKey);
        else if (isOnRow && event.key === ' ' && tell) choose(index, event.shiftKey);
        else if (event.key === 'a' && (event.ctrlKey || event.metaKey) && tell) tell('all');
        else if (isOnRow && event.key === 'Escape' && tell && chosenCount(latest.current.selected, all.length) > 0) tell(NOTHING);
        else {
          const page = Math.max(1, Math.floor(((place.current?.clientHeight ?? 0) - HEADER_HEIGHT) / latest.current.rowHeight) - 1);
          const to = moveOf(event, index, all.length, page) ?? (isOnRow ? typeAhead(event, index, all.length, (one) => latest.current.textOf(all[one] as RowType)) : null);
          if (to === null) return;
          moveTo(to, event.shiftKey && event.key.startsWith('Arrow'));
        }
        event.preventDefault();
        event.stopPropagation();
      },
    };
  }, [reveal]);

  const [template, minWidth] = useMemo(() => [templateOf(columns, onSelect !== undefined), columns.reduce((sum, { width, minWidth: least = 60 }) => sum + (typeof width === 'number' ? width : least), onSelect ? CHECK_WIDTH : 0)] as const, [columns, onSelect === undefined]);
  const shown = Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) => first + offset);
  if (at < first) shown.unshift(at);
  else if (at > last) shown.push(at);
  const count = chosenCount(selected, rows.length);
  return (
    <div ref={place} className="table" role="grid" aria-label={label} aria-rowcount={Math.max(totalCount, rows.length) + 1} aria-colcount={columns.length + (onSelect ? 1 : 0)} {...(onSelect ? { 'aria-multiselectable': true } : {})}>
      <div role="rowgroup" className="table-head" style={{ minWidth }}>
        <div role="row" aria-rowindex={1} className="head-row" style={{ gridTemplateColumns: template, height: HEADER_HEIGHT }}>
          {onSelect && <div role="columnheader" className="column"><TickBox label="Select all" isTicked={count > 0 && count === rows.length} isPartly={count > 0 && count < rows.length} onChange={(isOn) => onSelect(isOn ? 'all' : NOTHING)} /></div>}
          {columns.map(({ id, name, align, isNameHidden = false }) => <div key={id} role="columnheader" className={align === 'end' ? 'column end' : 'column'}>{isNameHidden ? <span className="hidden-visually">{name}</span> : name}</div>)}
        </div>
      </div>
      <div role="rowgroup" className="table-rows" style={{ height: rows.length * rowHeight, minWidth }}>
        {shown.map((index) => {
          const row = rows[index] as RowType;
          const id = idOf(row);
          return <GridRow key={id} row={row} index={index} text={textOf(row)} columns={columns as readonly ColumnSpec<unknown>[]} template={template} height={rowHeight} isNarrow={isNarrow} isActive={index === at} isSelected={onSelect === undefined ? null : isChosen(selected, id)} isOpenable={onOpen !== undefined} on={on} />;
        })}
      </div>
      {isLoadingMore && <div role="presentation" className="bone-row" style={{ height: rowHeight }}><Bones width="60%" /></div>}
    </div>
  );
}

function templateOf<RowType>(columns: readonly ColumnSpec<RowType>[], hasChecks: boolean): string {
  const widths = columns.map(({ width = '1fr', minWidth = 60 }) => (typeof width === 'number' ? `${width}px` : `minmax(${minWidth}px, ${width})`));
  return [...(hasChecks ? [`${CHECK_WIDTH}px`] : []), ...widths].join(' ');
}

interface RowHandlers {
  readonly press: (event: MouseEvent<HTMLElement>, index: number) => void;
  readonly key: (event: KeyboardEvent<HTMLElement>, index: number) => void;
  readonly focus: (index: number) => void;
  readonly choose: (index: number, isRange: boolean) => void;
}

interface GridRowProps {
  readonly row: unknown;
  readonly index: number;
  readonly text: string;
  readonly columns: readonly ColumnSpec<unknown>[];
  readonly template: string;
  readonly height: number;
  readonly isNarrow: boolean;
  readonly isActive: boolean;
  /** Null where rows are not chosen. */
  readonly isSelected: boolean | null;
  readonly isOpenable: boolean;
  readonly on: RowHandlers;
}

const GridRow = memo(function GridRow({ row, index, text, columns, template, height, isNarrow, isActive, isSelected, isOpenable, on }: GridRowProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  // Tab goes past the rows that are not the current one, and what is in them is reached by the arrow keys.
  useLayoutEffect(() => {
    for (const inside of place.current?.querySelectorAll<HTMLElement>(INSIDE) ?? []) inside.tabIndex = -1;
  });
  const style: CSSProperties = { gridTemplateColumns: template, height, transform: `translateY(${index * height}px)` };
  return (
    <div
      ref={place} role="row" className="row" aria-rowindex={index + 2} tabIndex={isActive ? 0 : -1} style={style} {...(isSelected === null ? {} : { 'aria-selected': isSelected })} {...(isSelected ? { 'data-selected': true } : {})} {...(isOpenable ? { 'data-allows-action': true } : {})}
      onClick={(event) => on.press(event, index)} onAuxClick={(event) => on.press(event, index)} onKeyDown={(event) => on.key(event, index)} onFocus={() => on.focus(index)}
    >
      {isSelected !== null && <div role="gridcell" className="cell"><TickBox label={`Select ${text}`} isTicked={isSelected} onChange={(_isOn, isRange) => on.choose(index, isRange)} /></div>}
      {columns.map(({ id, align, cell }, order) => <div key={id} role={order === 0 ? 'rowheader' : 'gridcell'} className={align === 'end' ? 'cell end number' : 'cell'}>{cell(row, isNarrow)}</div>)}
    </div>
  );
});

const INSIDE = 'button, a[href], input';

/** Arrow keys to the right and left go through what can be used in a row, and back to the row. */
function stepInside(event: KeyboardEvent<HTMLElement>, row: HTMLElement): void {
  const stops = [row, ...row.querySelectorAll<HTMLElement>(INSIDE)];
  const now = stops.indexOf(document.activeElement as HTMLElement);
  stops[Math.min(Math.max(now + (event.key === 'ArrowRight' ? 1 : -1), 0), stops.length - 1)]?.focus();
  event.preventDefault();
  event.stopPropagation();
}
