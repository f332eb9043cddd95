// The one table of the console: sticky header, selection, more rows when the end comes near, and a foot that counts. On a phone columns
// marked `isWide` go, and the first cell says what they said. The rows themselves are table/grid.tsx.
import { useMemo, type ReactNode } from 'react';
import type { Selection } from 'react-aria-components';
import { useLocation } from 'wouter';
import { BASE } from '../app/base.js';
import type { Problem } from '../graph/errors.js';
import { Notice, ProblemState, RowBones } from './states.js';
import { chosenCount } from './table/choosing.js';
import { Grid, HEADER_HEIGHT } from './table/grid.js';
import { useNarrow } from './use-narrow.js';
import { formatNumber } from './words.js';

export interface ColumnSpec<RowType> {
  readonly id: string;
  readonly name: string;
  /** Pixels, or a share of what is left such as 2fr. */
  readonly width?: number | `${number}fr`;
  readonly minWidth?: number;
  readonly align?: 'end';
  /** Left out on a phone. */
  readonly isWide?: boolean;
  /** Its name is for assistive technology alone, as of a column of buttons. */
  readonly isNameHidden?: boolean;
  readonly cell: (row: RowType, isNarrow: boolean) => ReactNode;
}

export interface DataTableProps<RowType> {
  readonly label: string;
  /** The first one names the row. The same array from one drawing to the next, or every row is drawn again. */
  readonly columns: readonly ColumnSpec<RowType>[];
  readonly rows: readonly RowType[];
  readonly idOf: (row: RowType) => string;
  /** What a row is called, for typing ahead and for its check box. */
  readonly textOf: (row: RowType) => string;
  readonly linkOf?: (row: RowType) => string;
  readonly onAction?: (row: RowType) => void;
  readonly selected?: Selection;
  readonly onSelect?: (selected: Selection) => void;
  readonly isLoading: boolean;
  readonly isLoadingMore?: boolean;
  readonly onLoadMore?: () => void;
  readonly totalCount?: number | null;
  readonly problem?: Problem | null;
  readonly retry?: () => void;
  /** What stands in place of no rows. */
  readonly empty: ReactNode;
  /** Of one row; all have the same, 44 pixels on a wide window and 60 on a phone unless told. */
  readonly rowHeight?: number;
  readonly narrowRowHeight?: number;
  /** What a row is: "site", "plugin". */
  readonly noun: string;
  readonly plural?: string;
}

/** With the borders of the box, over the line under the last row. */
const FOOT_HEIGHT = 35;

export function DataTable<RowType extends object>(props: DataTableProps<RowType>): ReactNode {
  const { label, columns, rows, idOf, textOf, linkOf, onAction, selected, onSelect, isLoading, isLoadingMore = false, onLoadMore, totalCount = null, problem = null, retry, empty, noun } = props;
  const isNarrow = useNarrow();
  const [, navigate] = useLocation();
  const shown = useMemo(() => columns.filter(({ isWide }) => !isNarrow || isWide !== true), [columns, isNarrow]);
  const rowHeight = isNarrow ? (props.narrowRowHeight ?? 60) : (props.rowHeight ?? 44);
  const open = (row: RowType, isAside: boolean): void => {
    if (linkOf && isAside) window.open(`${BASE}${linkOf(row)}`, '_blank', 'noopener');
    else if (linkOf) navigate(linkOf(row));
    else onAction?.(row);
  };
  if (rows.length === 0) {
    return <div className="table-box" aria-busy={isLoading}>{isLoading ? <><div style={{ height: HEADER_HEIGHT, borderBottom: '1px solid var(--line)', flex: 'none' }} /><RowBones rowHeight={rowHeight} /></> : problem ? <ProblemState problem={problem} {...(retry ? { retry } : {})} /> : empty}</div>;
  }
  return (
    <>
      {problem && <Notice look="bad"><p>{problem.message}</p></Notice>}
      <div className="table-box" style={{ flex: `0 1 ${HEADER_HEIGHT + rows.length * rowHeight + FOOT_HEIGHT}px`, minHeight: Math.min(rows.length, 4) * rowHeight + HEADER_HEIGHT + FOOT_HEIGHT }}>
        <Grid
          label={label} columns={shown} rows={rows} idOf={idOf} textOf={textOf} isNarrow={isNarrow} rowHeight={rowHeight} totalCount={totalCount ?? rows.length} selected={selected} onSelect={onSelect}
          onOpen={linkOf !== undefined || onAction !== undefined ? open : undefined} isLoadingMore={isLoadingMore} onLoadMore={onLoadMore}
        />
        <TableFoot shown={rows.length} totalCount={totalCount} selected={selected} noun={noun} plural={props.plural ?? `${noun}s`} />
      </div>
    </>
  );
}

function TableFoot({ shown, totalCount, selected, noun, plural }: { readonly shown: number; readonly totalCount: number | null; readonly selected: Selection | undefined; readonly noun: string; readonly plural: string }): ReactNode {
  const all = totalCount ?? shown;
  const chosen = selected === undefined ? 0 : chosenCount(selected, shown);
  return <div className="table-foot"><span role="status">{shown < all ? `${formatNumber(shown)} of ` : ''}{formatNumber(all)} {all === 1 ? noun : plural}</span><strong role="status">{chosen > 0 ? `${formatNumber(chosen)} selected` : ''}</strong></div>;
}
