// The themes of all sites, one row a theme. A row leads to its installations, which can be chosen and updated.
import type { ReactNode } from 'react';
import { FeedEmpty, FeedLine } from '../../extensions/feed-notice.js';
import { fleetColumns } from '../../extensions/fleet-columns.js';
import { useGraphList } from '../../graph/use-graph.js';
import { SearchBox, SelectBox } from '../../kit/fields.js';
import { PageFrame } from '../../kit/page.js';
import { Empty } from '../../kit/states.js';
import { DataTable } from '../../kit/table.js';
import { useSearchParam, useSettled } from '../../kit/use-search-param.js';
import { FleetThemesPageDocument } from './generated.js';

const PAGE_SIZE = 50;
const SHOWN = [{ value: 'ALL', label: 'Every theme' }, { value: 'OUTDATED', label: 'With an update' }, { value: 'VULNERABLE', label: 'Known to be unsafe' }] as const;
const COLUMNS = fleetColumns('Theme', 'Shown');

export function Page(): ReactNode {
  const [search, setSearch] = useSearchParam('search');
  const [show, setShow] = useSearchParam('show');
  const settled = useSettled(search.trim());
  const shown = SHOWN.find(({ value }) => value === show)?.value ?? 'ALL';
  const list = useGraphList(
    FleetThemesPageDocument,
    { first: PAGE_SIZE, filter: { search: settled === '' ? null : settled, hasUpdate: shown === 'OUTDATED' ? true : null, vulnerable: shown === 'VULNERABLE' ? true : null } },
    ({ fleet }) => fleet && { rows: fleet.themes.nodes, endCursor: fleet.themes.pageInfo.endCursor ?? null, hasMore: fleet.themes.pageInfo.hasNextPage, totalCount: fleet.themes.totalCount ?? null },
  );
  return (
    <PageFrame title="Themes" fills about="On all sites where you may manage them">
      <div className="toolbar" role="search">
        <SearchBox label="Search themes" value={search} onChange={setSearch} />
        <SelectBox label="Which" isBare options={SHOWN} value={shown} onChange={(value) => setShow(value === 'ALL' ? '' : value)} />
      </div>
      {shown === 'VULNERABLE' && <FeedLine />}
      <DataTable
        label="Themes" noun="theme" columns={COLUMNS} rows={list.rows} idOf={({ slug }) => slug} textOf={({ name }) => name} linkOf={({ slug }) => `/themes/${encodeURIComponent(slug)}`} rowHeight={52}
        isLoading={list.isLoading} isLoadingMore={list.isLoadingMore} onLoadMore={list.loadMore} totalCount={list.totalCount} problem={list.problem} retry={list.refresh}
        empty={settled === '' && shown === 'VULNERABLE' ? <FeedEmpty noun="theme" /> : settled !== '' || shown !== 'ALL' ? <Empty title="No theme matches" icon="search" hint="Try another word, or every theme." /> : <Empty title="No theme yet" icon="themes" hint="The themes of a site show here as soon as it has synced them." />}
      />
    </PageFrame>
  );
}
