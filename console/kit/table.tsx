// The one table of the console: sticky header, selection, sorting, more rows when the end comes near. Only the rows in view are in the
// document, so ten thousand are no slower than ten. On a phone columns marked `isWide` go, and the first cell says what they said.
import { useMemo, useRef, type ReactNode } from 'react';
import { Cell, Checkbox, Collection, Column, Row, Table, TableBody, TableHeader, TableLayout, TableLoadMoreItem, Virtualizer, type Selection, type SortDescriptor } from 'react-aria-components';
import { useLocation } from 'wouter';
import type { Problem } from '../graph/errors.js';
import { Icon } from './icons.js';
import { Bones, Notice, ProblemState, RowBones } from './states.js';
import { useNarrow } from './use-narrow.js';
import { formatNumber } from './words.js';

export interface ColumnSpec<RowType> {
  readonly id: string;
  readonly name: string;
  /** Pixels, or a share of what is left such as 2fr. */
  readonly width?: number | `${number}fr`;
  readonly minWidth?: number;
  readonly align?: 'end';
  readonly allowsSorting?: boolean;
  /** Left out on a phone. */
  readonly isWide?: boolean;
  readonly cell: (row: RowType, isNarrow: boolean) => ReactNode;
}

export interface DataTableProps<RowType> {
  readonly label: string;
  /** The first one names the row. */
  readonly columns: readonly ColumnSpec<RowType>[];
  readonly rows: readonly RowType[];
  readonly idOf: (row: RowType) => string;
  /** What a row is called, for typing ahead and for its check box. */
  readonly textOf: (row: RowType) => string;
  readonly linkOf?: (row: RowType) => string;
  readonly onAction?: (row: RowType) => void;
  readonly selected?: Selection;
  readonly onSelect?: (selected: Selection) => void;
  readonly sort?: SortDescriptor;
  readonly onSort?: (sort: SortDescriptor) => void;
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

const HEADER_HEIGHT = 36;
const CHECK_WIDTH = 44;
/** Rows from which taking most of them out one by one can be noticed. */
const LONG = 500;
/** With its borders. */
const FOOT_HEIGHT = 38;

export function DataTable<RowType extends object>(props: DataTableProps<RowType>): ReactNode {
  const { label, columns, rows, idOf, textOf, linkOf, onAction, selected, onSelect, sort, onSort, isLoading, isLoadingMore = false, onLoadMore, totalCount = null, problem = null, retry, empty, noun } = props;
  const isNarrow = useNarrow();
  const [, navigate] = useLocation();
  const shown = useMemo(() => columns.filter(({ isWide }) => !isNarrow || isWide !== true), [columns, isNarrow]);
  const rowHeight = isNarrow ? (props.narrowRowHeight ?? 60) : (props.rowHeight ?? 44);
  const layoutOptions = useMemo(() => ({ rowHeight, headingHeight: HEADER_HEIGHT, padding: 0, gap: 0, loaderHeight: onLoadMore === undefined ? 0 : rowHeight }), [rowHeight, onLoadMore === undefined]);
  const hasSelection = onSelect !== undefined;
  const epoch = useEpoch(rows.length);
  const open = (id: string | number): void => {
    const row = rows.find((one) => idOf(one) === id);
    if (row === undefined) return;
    if (linkOf) navigate(linkOf(row));
    else onAction?.(row);
  };
  const isOpenable = linkOf !== undefined || onAction !== undefined;
  if (rows.length === 0) {
    return <div className="table-box" aria-busy={isLoading}>{isLoading ? <><div style={{ height: HEADER_HEIGHT, borderBottom: '1px solid var(--line)', flex: 'none' }} /><RowBones rowHeight={rowHeight} /></> : problem ? <ProblemState problem={problem} {...(retry ? { retry } : {})} /> : empty}</div>;
  }
  return (
    <>
      {problem && <Notice look="bad"><p>{problem.message}</p></Notice>}
      <div className="table-box" style={{ flex: `0 1 ${HEADER_HEIGHT + rows.length * rowHeight + FOOT_HEIGHT}px`, minHeight: Math.min(rows.length, 4) * rowHeight + HEADER_HEIGHT + FOOT_HEIGHT }}>
        <Virtualizer layout={TableLayout} layoutOptions={layoutOptions}>
          <Table
            key={epoch} aria-label={label} className="table" selectionMode={hasSelection ? 'multiple' : 'none'} selectionBehavior="toggle"
            {...(selected === undefined ? {} : { selectedKeys: selected })} {...(onSelect ? { onSelectionChange: onSelect } : {})}
            {...(sort ? { sortDescriptor: sort } : {})} {...(onSort ? { onSortChange: onSort } : {})}
            {...(isOpenable ? { onRowAction: open } : {})}
          >
            <TableHeader>
              {hasSelection && <Column width={CHECK_WIDTH} minWidth={CHECK_WIDTH} className="column" textValue="Select"><SelectAll /></Column>}
              {shown.map(({ id, name, width, minWidth = 60, align, allowsSorting = false }, index) => (
                <Column key={id} id={id} isRowHeader={index === 0} allowsSorting={allowsSorting} minWidth={minWidth} className={align === 'end' ? 'column end' : 'column'} textValue={name} {...(width === undefined ? {} : { width })}>
                  {({ sortDirection }) => <>{name}{sortDirection !== undefined && <Icon name={sortDirection === 'ascending' ? 'up' : 'down'} />}</>}
                </Column>
              ))}
            </TableHeader>
            <TableBody>
              {/* Each row is made once and kept by its object: with ten thousand, making all of them anew at each page is what one would wait for. */}
              <Collection items={rows} dependencies={[shown, hasSelection, isNarrow]}>
                {(row) => (
                  <Row id={idOf(row)} textValue={textOf(row)} className="row">
                    {hasSelection && <Cell className="cell"><SelectRow /></Cell>}
                    {shown.map((column) => <Cell key={column.id} className={column.align === 'end' ? 'cell end number' : 'cell'}>{column.cell(row, isNarrow)}</Cell>)}
                  </Row>
                )}
              </Collection>
              {onLoadMore && <TableLoadMoreItem onLoadMore={onLoadMore} isLoading={isLoadingMore} className="cell"><Bones width="60%" /></TableLoadMoreItem>}
            </TableBody>
          </Table>
        </Virtualizer>
        <TableFoot shown={rows.length} totalCount={totalCount} selected={selected} noun={noun} plural={props.plural ?? `${noun}s`} />
      </div>
    </>
  );
}

/** Another number once a long list became a short one: beginning anew is quicker than taking thousands of rows out, and the scroll begins at the top. */
function useEpoch(count: number): number {
  const last = useRef({ count, epoch: 0 });
  if (last.current.count > LONG && count < last.current.count / 2) last.current = { count, epoch: last.current.epoch + 1 };
  else if (count !== last.current.count) last.current = { ...last.current, count };
  return last.current.epoch;
}

function TableFoot({ shown, totalCount, selected, noun, plural }: { readonly shown: number; readonly totalCount: number | null; readonly selected: Selection | undefined; readonly noun: string; readonly plural: string }): ReactNode {
  const all = totalCount ?? shown;
  const chosen = selected === undefined ? 0 : selected === 'all' ? shown : selected.size;
  return <div className="table-foot"><span role="status">{shown < all ? `${formatNumber(shown)} of ` : ''}{formatNumber(all)} {all === 1 ? noun : plural}</span>{chosen > 0 && <strong>{formatNumber(chosen)} selected</strong>}</div>;
}

function SelectAll(): ReactNode {
  return <Checkbox slot="selection" className="check">{({ isIndeterminate }) => <span className="box"><Icon name={isIndeterminate ? 'minus' : 'check'} /></span>}</Checkbox>;
}

function SelectRow(): ReactNode {
  return <Checkbox slot="selection" className="check"><span className="box"><Icon name="check" /></span></Checkbox>;
}
