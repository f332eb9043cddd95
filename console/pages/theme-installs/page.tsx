// One theme on all sites: where it is shown, where it is outdated, and updating or deleting it there.
import { useState, type ReactNode } from 'react';
import type { Selection } from 'react-aria-components';
import { useParams } from 'wouter';
import { useApply } from '../../extensions/apply-dialog.js';
import type { ExtensionAction } from '../../extensions/generated.js';
import { InstalledNote, versionsText } from '../../extensions/installed.js';
import { useGraphList } from '../../graph/use-graph.js';
import { Button, LinkButton } from '../../kit/button.js';
import { PageFrame } from '../../kit/page.js';
import { Empty } from '../../kit/states.js';
import { DataTable, type ColumnSpec } from '../../kit/table.js';
import { Badge } from '../../kit/words.js';
import { ThemeInstallsDocument, type ThemeInstallRowFragment } from './generated.js';

const PAGE_SIZE = 100;
const NO_SELECTION: Selection = new Set<string>();
const NOTHING = { rows: [], endCursor: null, hasMore: false, totalCount: 0 };

export function Page(): ReactNode {
  const slug = decodeURIComponent(useParams<{ readonly theme: string }>().theme);
  const [selected, setSelected] = useState<Selection>(NO_SELECTION);
  const { ask, dialog } = useApply();
  const list = useGraphList(ThemeInstallsDocument, { slug, first: PAGE_SIZE }, ({ fleet }) => {
    // The search finds parts of names and slugs too.
    const found = fleet?.themes.nodes.find((theme) => theme.slug === slug)?.installs;
    return fleet && (found ? { rows: found.nodes, endCursor: found.pageInfo.endCursor ?? null, hasMore: found.pageInfo.hasNextPage, totalCount: found.totalCount ?? null } : NOTHING);
  });
  const chosen = list.rows.filter(({ id }) => selected === 'all' || selected.has(id));
  const outdated = chosen.filter(({ update }) => update !== null && update !== undefined);
  const spare = chosen.filter(({ isActive }) => !isActive);
  const begin = (action: ExtensionAction, on: readonly ThemeInstallRowFragment[]): void =>
    ask({ action, kind: 'THEME', targets: on.map(({ site, installedVersion }) => ({ siteId: site.id, siteName: site.name, slug, installedVersion })) });
  return (
    <PageFrame title={list.rows[0]?.name ?? slug} fills about="On all sites where you may manage themes" actions={<LinkButton to="/themes">Every theme</LinkButton>}>
      {chosen.length > 0 && (
        <div className="toolbar">
          <Button icon="sync" look="primary" isDisabled={outdated.length === 0} onPress={() => begin('UPDATE', outdated)}>{outdated.length > 0 ? `Update ${outdated.length}` : 'Update'}</Button>
          <Button isDisabled={spare.length === 0} onPress={() => begin('SWITCH_THEME', spare)}>Show this theme</Button>
          <Button icon="trash" look="danger" isDisabled={spare.length === 0} onPress={() => begin('DELETE', spare)}>Delete</Button>
        </div>
      )}
      <DataTable
        label="Installations" noun="installation" columns={COLUMNS} rows={list.rows} idOf={({ id }) => id} textOf={({ name, site }) => `${name} on ${site.name}`} selected={selected} onSelect={setSelected} rowHeight={52}
        isLoading={list.isLoading} isLoadingMore={list.isLoadingMore} onLoadMore={list.loadMore} totalCount={list.totalCount} problem={list.problem} retry={list.refresh}
        empty={<Empty title="Nowhere installed" icon="themes" hint="No site on which you may manage themes has it." />}
      />
      {dialog}
    </PageFrame>
  );
}

const COLUMNS: readonly ColumnSpec<ThemeInstallRowFragment>[] = [
  { id: 'site', name: 'Site', width: '3fr', minWidth: 170, cell: (theme, isNarrow) => <span className="two"><span className="cut">{theme.site.name}</span>{isNarrow && <span className="cut">{versionsText(theme)}{theme.isActive ? ' · shown' : ''}</span>}</span> },
  { id: 'state', name: 'State', width: 120, isWide: true, cell: ({ isActive }) => (isActive ? <Badge tone="good">Shown</Badge> : <Badge>Spare</Badge>) },
  { id: 'version', name: 'Version', width: 190, isWide: true, cell: (theme) => <span className="cut number">{versionsText(theme)}</span> },
  { id: 'notes', name: 'Notes', width: '2fr', minWidth: 120, isWide: true, cell: InstalledNote },
];
