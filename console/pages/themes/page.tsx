// The themes of one site: which one it shows, what is outdated, and switching, updating or deleting them.
import { useState, type ReactNode } from 'react';
import type { Selection } from 'react-aria-components';
import { useParams } from 'wouter';
import { useApply } from '../../extensions/apply-dialog.js';
import { InstallDialog } from '../../extensions/install-dialog.js';
import type { ExtensionAction } from '../../extensions/generated.js';
import { InstalledNote, versionsText } from '../../extensions/installed.js';
import { useGraph } from '../../graph/use-graph.js';
import { Button } from '../../kit/button.js';
import { PageFrame } from '../../kit/page.js';
import { Empty } from '../../kit/states.js';
import { DataTable, type ColumnSpec } from '../../kit/table.js';
import { Badge } from '../../kit/words.js';
import { ThemeDialog } from './theme-dialog.js';
import { SiteThemesDocument, type SiteThemesQuery } from './generated.js';

type ThemeRow = NonNullable<NonNullable<SiteThemesQuery['site']>['themes']>[number];

const NO_SELECTION: Selection = new Set<string>();

export function Page(): ReactNode {
  const { site: id } = useParams<{ readonly site: string }>();
  const loaded = useGraph(SiteThemesDocument, { site: id });
  const [selected, setSelected] = useState<Selection>(NO_SELECTION);
  const { ask, dialog } = useApply();
  const [isInstalling, setInstalling] = useState(false);
  const [opened, setOpened] = useState<ThemeRow | null>(null);
  const site = loaded.kind === 'data' ? loaded.data.site : null;
  const rows = site?.themes ?? [];
  const chosen = rows.filter((row) => selected === 'all' || selected.has(row.id));
  const outdated = chosen.filter(({ update }) => update !== null && update !== undefined);
  const spare = chosen.filter(({ isActive }) => !isActive);
  const begin = (action: ExtensionAction, on: readonly ThemeRow[]): void =>
    ask({ action, kind: 'THEME', targets: on.map(({ slug, installedVersion }) => ({ siteId: id, siteName: site?.name ?? '', slug, installedVersion })) });
  const problem = loaded.kind === 'problem' ? loaded.problem : loaded.kind === 'data' && !site?.themes ? (loaded.problem ?? { kind: 'denied' as const, message: 'Themes are for people who may switch or edit them.', requestId: null }) : null;
  return (
    <PageFrame title="Themes" fills about={site?.name ?? ' '} actions={problem ? undefined : <Button icon="plus" isDisabled={!site} onPress={() => setInstalling(true)}>Install…</Button>}>
      {chosen.length > 0 && (
        <div className="toolbar">
          <div className="line">
            <Button icon="sync" look="primary" isDisabled={outdated.length === 0} onPress={() => begin('UPDATE', outdated)}>Update</Button>
            <Button isDisabled={chosen.length !== 1 || spare.length !== 1} onPress={() => begin('SWITCH_THEME', chosen)}>Show this theme</Button>
            <Button isDisabled={chosen.every(({ autoUpdate }) => autoUpdate === true)} onPress={() => begin('ENABLE_AUTO_UPDATE', chosen.filter(({ autoUpdate }) => autoUpdate !== true))}>Auto-update on</Button>
            <Button isDisabled={chosen.every(({ autoUpdate }) => autoUpdate === false)} onPress={() => begin('DISABLE_AUTO_UPDATE', chosen.filter(({ autoUpdate }) => autoUpdate !== false))}>Auto-update off</Button>
            <Button icon="trash" look="danger" isDisabled={spare.length === 0} onPress={() => begin('DELETE', spare)}>Delete</Button>
          </div>
        </div>
      )}
      <DataTable
        label="Themes" noun="theme" columns={COLUMNS} rows={rows} idOf={(row) => row.id} textOf={({ name }) => name} selected={selected} onSelect={setSelected} onAction={setOpened} rowHeight={52}
        isLoading={loaded.kind === 'loading'} problem={problem} {...(loaded.kind === 'problem' ? { retry: loaded.retry } : {})}
        empty={<Empty title="No theme yet" icon="themes" hint="The themes of a site show here as soon as it has synced them." />}
      />
      {opened && <ThemeDialog id={opened.id} name={opened.name} onClose={() => setOpened(null)} />}
      {isInstalling && site && <InstallDialog kind="THEME" site={site} onClose={() => setInstalling(false)} ask={ask} />}
      {dialog}
    </PageFrame>
  );
}

const COLUMNS: readonly ColumnSpec<ThemeRow>[] = [
  {
    id: 'name', name: 'Theme', width: '3fr', minWidth: 180,
    cell: (theme, isNarrow) => (
      <span className="two"><span className="cut">{theme.name}</span><span className="cut">{isNarrow ? `${versionsText(theme)}${theme.isActive ? ' · shown' : ''}` : theme.parent ? `${theme.slug}, built on ${theme.parent.name}` : theme.slug}</span></span>
    ),
  },
  { id: 'state', name: 'State', width: 120, isWide: true, cell: ({ isActive }) => (isActive ? <Badge tone="good">Shown</Badge> : <Badge>Spare</Badge>) },
  { id: 'version', name: 'Version', width: 170, isWide: true, cell: (theme) => <span className="cut number">{versionsText(theme)}</span> },
  { id: 'kind', name: 'Made of', width: 120, isWide: true, cell: ({ isBlockTheme }) => (isBlockTheme === true ? 'blocks' : isBlockTheme === false ? 'templates' : <span className="soft">not known</span>) },
  { id: 'auto', name: 'Auto-update', width: 120, isWide: true, cell: ({ autoUpdate }) => (autoUpdate === true ? 'on' : <span className="soft">{autoUpdate === false ? 'off' : 'not known'}</span>) },
  { id: 'notes', name: 'Notes', width: '1fr', minWidth: 120, isWide: true, cell: InstalledNote },
];
