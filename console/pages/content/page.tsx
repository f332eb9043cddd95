// Posts, pages or content of other types of one site: search, filters, order, what can be done to a row or to many. One page for the
// three addresses; the last part of the address says which.
import { useMemo, useState, type ReactNode } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover, type Selection } from 'react-aria-components';
import { useLocation, useParams } from 'wouter';
import { sitePath } from '../../app/navigation.js';
import { useGraph, useGraphList } from '../../graph/use-graph.js';
import { Button, IconButton, LinkButton } from '../../kit/button.js';
import { editorPath, statusTone, statusWord, titleText } from '../../kit/content-words.js';
import { SearchBox, SelectBox } from '../../kit/fields.js';
import { Icon } from '../../kit/icons.js';
import { PageFrame } from '../../kit/page.js';
import { Empty } from '../../kit/states.js';
import { DataTable, type ColumnSpec } from '../../kit/table.js';
import { useSearchParam, useSettled } from '../../kit/use-search-param.js';
import { Badge, formatAge, Time } from '../../kit/words.js';
import { useContentActions, type ActionName, type ContentRow } from './actions.js';
import { ContentListDocument, ContentTypesDocument, type ContentOrder, type ContentStatus } from './generated.js';

const PAGE_SIZE = 50;
const NO_SELECTION: Selection = new Set<string>();
const STATUSES = [
  { value: 'ALL', label: 'Every status' }, { value: 'PUBLISHED', label: 'Published' }, { value: 'FUTURE', label: 'Scheduled' }, { value: 'DRAFT', label: 'Drafts' },
  { value: 'PENDING', label: 'Pending review' }, { value: 'PRIVATE', label: 'Private' }, { value: 'TRASH', label: 'Trash' },
] as const;
const ORDERS = [{ value: 'MODIFIED_DESC', label: 'Last changed first' }, { value: 'PUBLISHED_DESC', label: 'Last published first' }, { value: 'TITLE_ASC', label: 'By title' }] as const;
const KINDS = {
  posts: { title: 'Posts', noun: 'post', types: ['post'] }, pages: { title: 'Pages', noun: 'page', types: ['page'] }, content: { title: 'Other content', noun: 'entry', types: null },
} as const;

export function Page(): ReactNode {
  const { site = '' } = useParams<{ site: string }>();
  const [location] = useLocation();
  const kind = location.endsWith('/pages') ? 'pages' : location.endsWith('/content') ? 'content' : 'posts';
  return <ContentPage key={kind} site={site} kind={kind} />;
}

function ContentPage({ site, kind }: { readonly site: string; readonly kind: keyof typeof KINDS }): ReactNode {
  const { title, noun, types: fixed } = KINDS[kind];
  const [search, setSearch] = useSearchParam('search');
  const [status, setStatus] = useSearchParam('status');
  const [type, setType] = useSearchParam('type');
  const [order, setOrder] = useSearchParam('order');
  const settled = useSettled(search.trim());
  const wanted = STATUSES.find(({ value }) => value === status && value !== 'ALL')?.value as ContentStatus | undefined;
  const orderBy: ContentOrder = ORDERS.find(({ value }) => value === order)?.value ?? 'MODIFIED_DESC';
  const registered = useGraph(ContentTypesDocument, { site }, { pause: fixed !== null });
  const custom = registered.kind === 'data' ? (registered.data.site?.contentTypes ?? []).filter(({ slug, restBase }) => !['post', 'page', 'attachment'].includes(slug) && typeof restBase === 'string') : null;
  const types = fixed ?? (type === '' ? (custom ?? []).map(({ slug }) => slug) : [type]);
  const list = useGraphList(
    ContentListDocument,
    { site, types: types.length === 0 ? ['post'] : [...types], first: PAGE_SIZE, filter: { search: settled === '' ? null : settled.slice(0, 200), status: wanted ? [wanted] : null }, orderBy },
    ({ site: found }) => found && { rows: found.contentNodes.nodes, endCursor: found.contentNodes.pageInfo.endCursor ?? null, hasMore: found.contentNodes.pageInfo.hasNextPage, totalCount: found.contentNodes.totalCount ?? null },
  );
  const [selected, setSelected] = useState<Selection>(NO_SELECTION);
  const { ask, dialog } = useContentActions(() => {
    setSelected(NO_SELECTION);
    list.refresh();
  });
  const chosen = list.rows.filter(({ id }) => selected === 'all' || selected.has(id));
  const columns = useMemo(() => columnsOf(kind === 'content', ask), [kind]);
  const isFiltered = settled !== '' || wanted !== undefined || type !== '';
  const hasNoTypes = fixed === null && custom !== null && custom.length === 0;
  const isWaiting = fixed === null && custom === null && registered.kind === 'loading';
  return (
    <PageFrame
      title={title} fills
      actions={kind !== 'content' ? <LinkButton to={sitePath(site, `/${kind}/new`)} icon="plus" look="primary">{`New ${noun}`}</LinkButton> : undefined}
    >
      <div className="toolbar" role="search">
        <SearchBox label="Search titles and texts" value={search} onChange={setSearch} />
        <SelectBox label="Status" isBare options={STATUSES} value={wanted ?? 'ALL'} onChange={(value) => setStatus(value === 'ALL' ? '' : value)} />
        {fixed === null && !hasNoTypes && <SelectBox label="Type" isBare options={[{ value: '', label: 'Every type' }, ...(custom ?? []).map(({ slug, label }) => ({ value: slug, label }))]} value={type} onChange={setType} />}
        <SelectBox label="Order" isBare options={ORDERS} value={orderBy} onChange={(value) => setOrder(value === 'MODIFIED_DESC' ? '' : value)} />
        {chosen.length > 0 && (
          <div className="line push">
            {chosen.every(({ status: one }) => one === 'TRASH')
              ? <><Button icon="undo" onPress={() => ask('restore', chosen)}>Restore</Button><Button icon="trash" look="danger" onPress={() => ask('delete', chosen)}>Delete for good</Button></>
              : <Button icon="trash" onPress={() => ask('trash', chosen.filter(({ status: one }) => one !== 'TRASH'))}>Move to trash</Button>}
          </div>
        )}
      </div>
      <DataTable
        label={title} noun={noun} {...(noun === 'entry' ? { plural: 'entries' } : {})} columns={columns} rows={hasNoTypes || isWaiting ? [] : list.rows} idOf={({ id }) => id} textOf={(row) => titleText(row.title)}
        linkOf={(row) => sitePath(site, editorPath(row.type.slug, row.id))} selected={selected} onSelect={setSelected} rowHeight={52}
        isLoading={isWaiting || (list.isLoading && !hasNoTypes)} isLoadingMore={list.isLoadingMore} onLoadMore={list.loadMore} totalCount={list.totalCount}
        problem={registered.kind === 'problem' ? registered.problem : list.problem} retry={list.refresh}
        empty={hasNoTypes ? <Empty title="No other types" hint="Themes and plugins of this site register no content types of their own that its REST API shows." />
          : isFiltered ? <Empty title={`No ${noun} matches`} icon="search" hint="Try another word, or every status." /> : <Empty title={`No ${noun} yet`} hint="What is written on the site shows here a moment later." />}
      />
      {dialog}
    </PageFrame>
  );
}

function columnsOf(showsType: boolean, ask: (action: ActionName, rows: readonly ContentRow[]) => void): readonly ColumnSpec<ContentRow>[] {
  const type: ColumnSpec<ContentRow> = { id: 'type', name: 'Type', width: 140, isWide: true, cell: (row) => row.type.label };
  return [
    {
      id: 'title', name: 'Title', width: '3fr', minWidth: 160,
      cell: (row, isNarrow) => (
        <span className="two">
          <span className="cut">{titleText(row.title)}</span>
          {isNarrow && <span className="cut">{statusWord(row.status)} · {formatAge(row.modifiedAt)}{row.author ? ` · ${row.author.displayName}` : ''}</span>}
        </span>
      ),
    },
    ...(showsType ? [type] : []),
    { id: 'status', name: 'Status', width: 150, isWide: true, cell: ({ status }) => <Badge tone={statusTone(status)}>{statusWord(status)}</Badge> },
    { id: 'author', name: 'Author', width: 160, isWide: true, cell: ({ author }) => <span className="cut">{author?.displayName ?? '–'}</span> },
    { id: 'modified', name: 'Changed', width: 140, isWide: true, cell: ({ modifiedAt }) => <Time at={modifiedAt} isAge /> },
    { id: 'actions', name: 'Actions', isNameHidden: true, width: 56, align: 'end', cell: (row) => <RowMenu row={row} ask={ask} /> },
  ];
}

function RowMenu({ row, ask }: { readonly row: ContentRow; readonly ask: (action: ActionName, rows: readonly ContentRow[]) => void }): ReactNode {
  const isTrashed = row.status === 'TRASH';
  return (
    <MenuTrigger>
      <IconButton icon="more" label={`What to do with ${titleText(row.title)}`} />
      <Popover className="popover" placement="bottom end">
        <Menu className="list" onAction={(action) => ask(action as ActionName, [row])}>
          {typeof row.url === 'string' && !isTrashed && <MenuItem href={row.url} target="_blank" rel="noreferrer" textValue="Open on the site"><Icon name="external" />Open on the site</MenuItem>}
          {!isTrashed && <MenuItem id="trash" textValue="Move to trash"><Icon name="trash" />Move to trash</MenuItem>}
          {isTrashed && <MenuItem id="restore" textValue="Restore"><Icon name="undo" />Restore</MenuItem>}
          {isTrashed && <MenuItem id="delete" textValue="Delete for good"><Icon name="trash" />Delete for good</MenuItem>}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
