// Installations of plugins, of one site or of all: find what is outdated, choose, and have it updated, switched or deleted. One page for
// both addresses.
import { useMemo, useState, type ReactNode } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover, type Selection } from 'react-aria-components';
import { useParams } from 'wouter';
import { useApply } from '../../extensions/apply-dialog.js';
import { FeedEmpty, FeedLine } from '../../extensions/feed-notice.js';
import { InstallDialog } from '../../extensions/install-dialog.js';
import type { ExtensionAction } from '../../extensions/generated.js';
import { useGraph, useGraphList, type LoadedList } from '../../graph/use-graph.js';
import { Button } from '../../kit/button.js';
import { SearchBox, SelectBox } from '../../kit/fields.js';
import { PageFrame } from '../../kit/page.js';
import { Empty } from '../../kit/states.js';
import { DataTable } from '../../kit/table.js';
import { useSearchParam, useSettled } from '../../kit/use-search-param.js';
import { columnsOf } from './columns.js';
import { FleetInstallsDocument, SiteInstallsDocument, SiteUpdatesDocument, type ExtensionFilter, type InstallRowFragment } from './generated.js';
import { PluginDialog } from './plugin-dialog.js';
import { SiteUpdates } from './site-updates.js';

const PAGE_SIZE = 100;
const NO_SELECTION: Selection = new Set<string>();
const SHOWN = [
  { value: 'ALL', label: 'Every installation', filter: {} }, { value: 'OUTDATED', label: 'With an update', filter: { hasUpdate: true } }, { value: 'VULNERABLE', label: 'Known to be unsafe', filter: { vulnerable: true } },
  { value: 'ACTIVE', label: 'Active', filter: { status: ['ACTIVE', 'NETWORK_ACTIVE'] } }, { value: 'INACTIVE', label: 'Inactive', filter: { status: ['INACTIVE'] } }, { value: 'PAUSED', label: 'Stopped after an error', filter: { status: ['PAUSED'] } },
] as const satisfies readonly { value: string; label: string; filter: ExtensionFilter }[];
const MORE: readonly { readonly action: ExtensionAction; readonly label: string }[] = [
  { action: 'ACTIVATE', label: 'Activate' }, { action: 'DEACTIVATE', label: 'Deactivate' }, { action: 'ENABLE_AUTO_UPDATE', label: 'Switch auto-update on' },
  { action: 'DISABLE_AUTO_UPDATE', label: 'Switch auto-update off' }, { action: 'DELETE', label: 'Delete' },
];

export function Page(): ReactNode {
  const { site } = useParams<{ readonly site?: string }>();
  return site === undefined ? <FleetPage /> : <SitePage site={site} />;
}

function FleetPage(): ReactNode {
  const filter = useFilter();
  const list = useGraphList(FleetInstallsDocument, { first: PAGE_SIZE, filter: filter.variables }, ({ fleet }) => fleet && pageOf(fleet.installs));
  return <Installs title="Installed plugins" list={list} filter={filter} isFleet />;
}

function SitePage({ site }: { readonly site: string }): ReactNode {
  const filter = useFilter();
  const list = useGraphList(SiteInstallsDocument, { site, first: PAGE_SIZE, filter: filter.variables }, ({ site: found }) => found?.plugins ? pageOf(found.plugins) : null);
  return <Installs title="Plugins" list={list} filter={filter} site={site} isFleet={false} />;
}

interface Filter {
  readonly search: string;
  readonly setSearch: (search: string) => void;
  readonly shown: (typeof SHOWN)[number]['value'];
  readonly setShown: (shown: string) => void;
  readonly isFiltered: boolean;
  readonly variables: ExtensionFilter;
}

function useFilter(): Filter {
  const [search, setSearch] = useSearchParam('search');
  const [show, setShown] = useSearchParam('show');
  const settled = useSettled(search.trim());
  const { value: shown, filter } = SHOWN.find(({ value }) => value === show) ?? SHOWN[0];
  return { search, setSearch, shown, setShown, isFiltered: settled !== '' || shown !== 'ALL', variables: { ...filter, search: settled === '' ? null : settled } };
}

function Installs({ title, list, filter, site, isFleet }: { readonly title: string; readonly list: LoadedList<InstallRowFragment>; readonly filter: Filter; readonly site?: string; readonly isFleet: boolean }): ReactNode {
  const [selected, setSelected] = useState<Selection>(NO_SELECTION);
  const { ask, dialog } = useApply();
  const [isInstalling, setInstalling] = useState(false);
  const [opened, setOpened] = useState<InstallRowFragment | null>(null);
  const about = useGraph(SiteUpdatesDocument, { site: site ?? '' }, { pause: site === undefined });
  const here = about.kind === 'data' ? about.data.site : null;
  const columns = useMemo(() => columnsOf(isFleet), [isFleet]);
  const chosen = list.rows.filter(({ id }) => selected === 'all' || selected.has(id));
  const outdated = chosen.filter(({ update }) => update !== null && update !== undefined);
  const begin = (action: ExtensionAction, rows: readonly InstallRowFragment[]): void =>
    ask({ action, kind: 'PLUGIN', targets: rows.map((row) => ({ siteId: row.site.id, siteName: row.site.name, slug: row.slug, file: row.file, installedVersion: row.installedVersion })) });
  return (
    <PageFrame title={title} fills about={site === undefined ? undefined : <SiteUpdates site={here ?? null} ask={ask} />} actions={list.problem?.kind === 'denied' ? undefined : <Button icon="plus" isDisabled={site !== undefined && here === null} onPress={() => setInstalling(true)}>Install…</Button>}>
      <div className="toolbar" role="search">
        <SearchBox label="Search names and files" value={filter.search} onChange={filter.setSearch} />
        <SelectBox label="Which" isBare options={SHOWN} value={filter.shown} onChange={(value) => filter.setShown(value === 'ALL' ? '' : value)} />
        {chosen.length > 0 && (
          <div className="line push">
            <Button icon="sync" look="primary" isDisabled={outdated.length === 0} onPress={() => begin('UPDATE', outdated)}>{outdated.length > 0 ? `Update ${outdated.length}` : 'Update'}</Button>
            <MenuTrigger>
              <Button icon="down">More</Button>
              <Popover className="popover" placement="bottom end">
                <Menu className="list" aria-label="What to do with the chosen ones" onAction={(action) => begin(action as ExtensionAction, chosen)}>{MORE.map(({ action, label }) => <MenuItem key={action} id={action}>{label}</MenuItem>)}</Menu>
              </Popover>
            </MenuTrigger>
          </div>
        )}
      </div>
      {filter.shown === 'VULNERABLE' && <FeedLine />}
      <DataTable
        label={title} noun="installation" columns={columns} rows={list.rows} idOf={({ id }) => id} textOf={({ name, site: on }) => (isFleet ? `${name} on ${on.name}` : name)} selected={selected} onSelect={setSelected} onAction={setOpened} rowHeight={52}
        isLoading={list.isLoading} isLoadingMore={list.isLoadingMore} onLoadMore={list.loadMore} totalCount={list.totalCount} problem={list.problem} retry={list.refresh}
        empty={filter.shown === 'VULNERABLE' && filter.search.trim() === '' ? <FeedEmpty noun="plugin" /> : filter.isFiltered ? <Empty title="Nothing matches" icon="search" hint="Try another word, or every installation." /> : <Empty title="No plugin" icon="plugins" hint="The plugins of a site show here as soon as it has synced them." />}
      />
      {opened && <PluginDialog row={opened} onClose={() => setOpened(null)} begin={begin} />}
      {isInstalling && <InstallDialog kind="PLUGIN" site={here ?? null} onClose={() => setInstalling(false)} ask={ask} />}
      {dialog}
    </PageFrame>
  );
}

function pageOf({ nodes, pageInfo, totalCount }: { readonly nodes: readonly InstallRowFragment[]; readonly pageInfo: { readonly endCursor?: string | null; readonly hasNextPage: boolean }; readonly totalCount?: number | null }) {
  return { rows: nodes, endCursor: pageInfo.endCursor ?? null, hasMore: pageInfo.hasNextPage, totalCount: totalCount ?? null };
}
