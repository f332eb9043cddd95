// The plugins of all sites, one row a plugin: on how many sites, in which versions, how many are outdated or unsafe. A row leads to its
// installations, which can be chosen and updated.
import type { ReactNode } from 'react';
import { FeedEmpty, FeedLine } from '../../extensions/feed-notice.js';
import { fleetColumns } from '../../extensions/fleet-columns.js';
import { useGraph, useGraphList } from '../../graph/use-graph.js';
import { LinkButton } from '../../kit/button.js';
import { SearchBox, SelectBox } from '../../kit/fields.js';
import { PageFrame } from '../../kit/page.js';
import { Empty } from '../../kit/states.js';
import { DataTable } from '../../kit/table.js';
import { useSearchParam, useSettled } from '../../kit/use-search-param.js';
import { formatNumber } from '../../kit/words.js';
import { FleetPluginsPageDocument, FleetSummaryDocument, type FleetSummaryQuery } from './generated.js';

const PAGE_SIZE = 50;
const SHOWN = [{ value: 'ALL', label: 'Every plugin' }, { value: 'OUTDATED', label: 'With an update' }, { value: 'VULNERABLE', label: 'Known to be unsafe' }] as const;
const COLUMNS = fleetColumns('Plugin', 'Active');

export function Page(): ReactNode {
  const [search, setSearch] = useSearchParam('search');
  const [show, setShow] = useSearchParam('show');
  const settled = useSettled(search.trim());
  const shown = SHOWN.find(({ value }) => value === show)?.value ?? 'ALL';
  const summary = useGraph(FleetSummaryDocument, {});
  const list = useGraphList(
    FleetPluginsPageDocument,
    { first: PAGE_SIZE, filter: { search: settled === '' ? null : settled, hasUpdate: shown === 'OUTDATED' ? true : null, vulnerable: shown === 'VULNERABLE' ? true : null } },
    ({ fleet }) => fleet && { rows: fleet.plugins.nodes, endCursor: fleet.plugins.pageInfo.endCursor ?? null, hasMore: fleet.plugins.pageInfo.hasNextPage, totalCount: fleet.plugins.totalCount ?? null },
  );
  return (
    <PageFrame title="Plugins" fills actions={<><LinkButton to="/plugins/installed">Every installation</LinkButton><LinkButton to="/plugins/installed?show=OUTDATED" icon="sync" look="primary">Outdated</LinkButton></>}>
      <Summary summary={summary.kind === 'data' ? summary.data.fleet : null} isFeedTold={shown === 'VULNERABLE'} />
      <div className="toolbar" role="search">
        <SearchBox label="Search plugins" value={search} onChange={setSearch} />
        <SelectBox label="Which" isBare options={SHOWN} value={shown} onChange={(value) => setShow(value === 'ALL' ? '' : value)} />
      </div>
      {shown === 'VULNERABLE' && <FeedLine />}
      <DataTable
        label="Plugins" noun="plugin" columns={COLUMNS} rows={list.rows} idOf={({ slug }) => slug} textOf={({ name }) => name} linkOf={({ slug }) => `/plugins/installed?search=${encodeURIComponent(slug)}`}
        isLoading={list.isLoading} isLoadingMore={list.isLoadingMore} onLoadMore={list.loadMore} totalCount={list.totalCount} problem={list.problem} retry={list.refresh} rowHeight={52}
        empty={settled === '' && shown === 'VULNERABLE' ? <FeedEmpty noun="plugin" /> : settled !== '' || shown !== 'ALL' ? <Empty title="No plugin matches" icon="search" hint="Try another word, or every plugin." /> : <Empty title="No plugin yet" icon="plugins" hint="The plugins of a site show here as soon as it has synced them." />}
      />
    </PageFrame>
  );
}

function Summary({ summary, isFeedTold }: { readonly summary: FleetSummaryQuery['fleet'] | null; readonly isFeedTold: boolean }): ReactNode {
  // One line whatever it says, so that nothing moves when it comes.
  if (!summary) return <p className="one-line soft">{'\u00a0'}</p>;
  const sites = summary.sitesWithUpdates === 0 ? 'No site waits for an update' : `${formatNumber(summary.sitesWithUpdates)} ${summary.sitesWithUpdates === 1 ? 'site waits' : 'sites wait'} for updates`;
  const fixes = summary.securityFixes > 0 ? `, ${formatNumber(summary.securityFixes)} of them close a known hole` : '';
  return <p className="one-line soft">{sites}{fixes}{summary.vulnerabilityFeed.configured || isFeedTold ? '' : ' · no feed of vulnerabilities is configured'}</p>;
}
