// The columns of a list of plugins or themes across sites, one row for all installations of one.
import type { ColumnSpec } from '../kit/table.js';
import { Badge, formatNumber } from '../kit/words.js';

export interface FleetItem {
  readonly slug: string;
  readonly name: string;
  readonly siteCount: number;
  readonly activeCount: number;
  readonly outdatedCount: number;
  readonly vulnerableCount: number;
  readonly versions: readonly { readonly version: string; readonly siteCount: number }[];
}

const VERSIONS_SHOWN = 3;

/** `active` is what a plugin or theme is where it runs. */
export function fleetColumns(name: string, active: string): readonly ColumnSpec<FleetItem>[] {
  return [
    {
      id: 'name', name, width: '3fr', minWidth: 180,
      cell: (item, isNarrow) => (
        <span className="two"><span className="cut">{item.name}</span><span className="cut">{isNarrow ? `${formatNumber(item.siteCount)} ${item.siteCount === 1 ? 'site' : 'sites'} · ${item.outdatedCount > 0 ? `${formatNumber(item.outdatedCount)} outdated` : 'up to date'}` : item.slug}</span></span>
      ),
    },
    { id: 'sites', name: 'Sites', width: 90, align: 'end', isWide: true, cell: ({ siteCount }) => formatNumber(siteCount) },
    { id: 'active', name: active, width: 90, align: 'end', isWide: true, cell: ({ activeCount }) => formatNumber(activeCount) },
    { id: 'versions', name: 'Versions', width: '2fr', minWidth: 140, isWide: true, cell: ({ versions }) => <span className="cut number">{versions.slice(0, VERSIONS_SHOWN).map(({ version, siteCount }) => `${version === '' ? 'none' : version} (${formatNumber(siteCount)})`).join(', ')}{versions.length > VERSIONS_SHOWN ? ` and ${versions.length - VERSIONS_SHOWN} more` : ''}</span> },
    { id: 'outdated', name: 'Outdated', width: 110, align: 'end', isWide: true, cell: ({ outdatedCount }) => (outdatedCount > 0 ? <Badge tone="note" isBare>{formatNumber(outdatedCount)}</Badge> : <span className="soft">none</span>) },
    { id: 'unsafe', name: 'Unsafe', width: 100, align: 'end', isWide: true, cell: ({ vulnerableCount }) => (vulnerableCount > 0 ? <Badge tone="bad" isBare>{formatNumber(vulnerableCount)}</Badge> : <span className="soft">–</span>) },
  ];
}
