// The columns of a list of installed plugins.
import { InstalledNote, versionsText } from '../../extensions/installed.js';
import type { ColumnSpec } from '../../kit/table.js';
import { Badge, type Tone } from '../../kit/words.js';
import type { InstallRowFragment, PluginStatus } from './generated.js';

const ACTIVATIONS: Readonly<Record<PluginStatus, readonly [string, Tone]>> = {
  ACTIVE: ['Active', 'good'], INACTIVE: ['Inactive', 'quiet'], NETWORK_ACTIVE: ['Network active', 'good'], PAUSED: ['Stopped', 'bad'],
};

export function columnsOf(isFleet: boolean): readonly ColumnSpec<InstallRowFragment>[] {
  const site: ColumnSpec<InstallRowFragment> = { id: 'site', name: 'Site', width: '2fr', minWidth: 130, isWide: true, cell: (row) => <span className="cut">{row.site.name}</span> };
  return [
    {
      id: 'name', name: 'Plugin', width: '3fr', minWidth: 180,
      cell: (row, isNarrow) => (
        <span className="two"><span className="cut">{row.name}</span><span className="cut">{isNarrow ? [isFleet ? row.site.name : null, versionsText(row), row.activation ? ACTIVATIONS[row.activation][0] : null].filter(Boolean).join(' · ') : row.file}</span></span>
      ),
    },
    ...(isFleet ? [site] : []),
    { id: 'version', name: 'Version', width: 170, isWide: true, cell: (row) => <span className="cut number">{versionsText(row)}</span> },
    { id: 'state', name: 'State', width: 140, isWide: true, cell: ({ activation }) => (activation ? <Badge tone={ACTIVATIONS[activation][1]}>{ACTIVATIONS[activation][0]}</Badge> : <span className="soft">not known</span>) },
    { id: 'auto', name: 'Auto-update', width: 120, isWide: true, cell: ({ autoUpdate }) => (autoUpdate === true ? 'on' : <span className="soft">{autoUpdate === false ? 'off' : 'not known'}</span>) },
    { id: 'notes', name: 'Notes', width: '2fr', minWidth: 120, isWide: true, cell: InstalledNote },
  ];
}
