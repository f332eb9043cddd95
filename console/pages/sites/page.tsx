// All sites of the person: how they are, how far behind, what could be updated. The first page, and the pattern of the others that list.
import { useState, type ReactNode } from 'react';
import type { Selection } from 'react-aria-components';
import { sitePath } from '../../app/navigation.js';
import { useApply } from '../../extensions/apply-dialog.js';
import { useGraphList } from '../../graph/use-graph.js';
import { Button } from '../../kit/button.js';
import { SearchBox, SelectBox } from '../../kit/fields.js';
import { PageFrame } from '../../kit/page.js';
import { Empty } from '../../kit/states.js';
import { siteTone, siteWord, updateCount } from '../../kit/site-words.js';
import { DataTable, type ColumnSpec } from '../../kit/table.js';
import { useSearchParam, useSettled } from '../../kit/use-search-param.js';
import { Badge, formatNumber, formatSeconds, shortUrl, Time } from '../../kit/words.js';
import { SitesListDocument, type ConnectionState, type SitesListQuery } from './generated.js';

type SiteRow = NonNullable<SitesListQuery['sites']>['nodes'][number];

const PAGE_SIZE = 50;
const NO_SELECTION: Selection = new Set<string>();
const STATES = [
  { value: 'ALL', label: 'Every state' }, { value: 'CONNECTED', label: 'Connected' }, { value: 'DEGRADED', label: 'Behind or silent' }, { value: 'DISCONNECTED', label: 'Disconnected' },
] as const;

export function Page(): ReactNode {
  const [search, setSearch] = useSearchParam('search');
  const [state, setState] = useSearchParam('state');
  const settled = useSettled(search);
  const connection = STATES.find(({ value }) => value === state && value !== 'ALL')?.value as ConnectionState | undefined;
  const isFiltered = settled !== '' || connection !== undefined;
  const sites = useGraphList(
    SitesListDocument,
    { first: PAGE_SIZE, filter: { search: settled === '' ? null : settled, connection: connection ?? null } },
    ({ sites: page }) => page && { rows: page.nodes, endCursor: page.pageInfo.endCursor ?? null, hasMore: page.pageInfo.hasNextPage, totalCount: page.totalCount ?? null },
  );
  const [selected, setSelected] = useState<Selection>(NO_SELECTION);
  const { ask, dialog } = useApply();
  const chosen = sites.rows.filter(({ id }) => selected === 'all' || selected.has(id));
  const oldCore = chosen.filter(({ updates }) => updates?.core);
  const oldWords = chosen.filter(({ updates }) => updates !== null && updates !== undefined && updates.translations > 0);
  const targetsOf = (rows: readonly SiteRow[], slug: string) => rows.map(({ id, name }) => ({ siteId: id, siteName: name, slug }));
  return (
    <PageFrame title="Sites" fills>
      <div className="toolbar" role="search">
        <SearchBox label="Search by name or address" value={search} onChange={setSearch} />
        <SelectBox label="State" isBare options={STATES} value={connection ?? 'ALL'} onChange={(value) => setState(value === 'ALL' ? '' : value)} />
        {chosen.length > 0 && (
          <div className="line push">
            <Button icon="sync" look="primary" isDisabled={oldCore.length === 0} onPress={() => ask({ action: 'UPDATE_CORE', kind: 'CORE', targets: targetsOf(oldCore, 'wordpress') })}>{oldCore.length > 0 ? `Update WordPress on ${oldCore.length}` : 'Update WordPress'}</Button>
            <Button isDisabled={oldWords.length === 0} onPress={() => ask({ action: 'UPDATE_TRANSLATIONS', kind: 'TRANSLATION', targets: targetsOf(oldWords, 'translations') })}>{oldWords.length > 0 ? `Update translations on ${oldWords.length}` : 'Update translations'}</Button>
          </div>
        )}
      </div>
      <DataTable
        label="Sites" noun="site" columns={COLUMNS} rows={sites.rows} idOf={({ id }) => id} textOf={({ name }) => name} linkOf={({ id }) => sitePath(id)} selected={selected} onSelect={setSelected}
        isLoading={sites.isLoading} isLoadingMore={sites.isLoadingMore} onLoadMore={sites.loadMore} totalCount={sites.totalCount} problem={sites.problem} retry={sites.refresh} rowHeight={52}
        empty={isFiltered ? <Empty title="No site matches" icon="search" hint="Try another word, or every state." /> : <AddSite />}
      />
      {dialog}
    </PageFrame>
  );
}

function AddSite(): ReactNode {
  return (
    <Empty title="No site yet" icon="sites" hint={<>A site is added from its own dashboard (Jetpack, “Connect”), once the two lines that <code>npx sitegraph site invite</code> prints are in its <code>wp-config.php</code>. Whoever runs this server can also connect one with <code>npx sitegraph site connect ADDRESS --user ADMIN</code>.</>} />
  );
}

const COLUMNS: readonly ColumnSpec<SiteRow>[] = [
  {
    id: 'name', name: 'Site', width: '3fr', minWidth: 180,
    cell: (site, isNarrow) => (
      <span className="two">
        <span className="cut">{site.name}</span>
        <span className="cut">{isNarrow && updateCount(site.updates) > 0 ? `${updateCount(site.updates)} updates · ` : ''}{shortUrl(site.homeUrl)}</span>
      </span>
    ),
  },
  { id: 'state', name: 'State', width: 120, cell: (site) => <Badge tone={siteTone(site)}>{siteWord(site)}</Badge> },
  { id: 'lag', name: 'Behind', width: 100, align: 'end', isWide: true, cell: ({ sync }) => (sync ? formatSeconds(sync.queueLagSeconds) : '–') },
  { id: 'heard', name: 'Last heard', width: 130, isWide: true, cell: ({ sync }) => <Time at={sync?.lastReceivedAt} isAge /> },
  { id: 'wordpress', name: 'WordPress', width: 140, isWide: true, cell: ({ wordpressVersion, updates }) => <span className="number">{wordpressVersion ?? '–'}{updates?.core && <span className="soft"> → {updates.core.version}</span>}</span> },
  { id: 'updates', name: 'Updates', width: 100, align: 'end', isWide: true, cell: ({ updates }) => (updates ? (updateCount(updates) > 0 ? <Badge tone="note" isBare>{formatNumber(updateCount(updates))}</Badge> : <span className="soft">none</span>) : '–') },
];
