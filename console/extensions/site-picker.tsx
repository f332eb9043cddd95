// Chooses sites: search, tick, go on searching; what was ticked stays. Sites where the person may not do it can be seen and not ticked.
import { useState, type ReactNode } from 'react';
import { ListBox, ListBoxItem } from 'react-aria-components';
import { useGraph } from '../graph/use-graph.js';
import { SearchBox } from '../kit/fields.js';
import { Icon } from '../kit/icons.js';
import { useSettled } from '../kit/use-search-param.js';
import { formatNumber, shortUrl } from '../kit/words.js';
import { PickSitesDocument } from './generated.js';

/** Names by ids. */
export type ChosenSites = ReadonlyMap<string, string>;

export interface SitePickerProps {
  /** What the person has to be allowed on a site, as WordPress names it. */
  readonly capability: string;
  readonly chosen: ChosenSites;
  readonly onChange: (chosen: ChosenSites) => void;
}

export function SitePicker({ capability, chosen, onChange }: SitePickerProps): ReactNode {
  const [search, setSearch] = useState('');
  const settled = useSettled(search.trim());
  const found = useGraph(PickSitesDocument, { search: settled === '' ? null : settled, capability });
  const nodes = found.kind === 'data' ? (found.data.sites?.nodes ?? []) : [];
  const total = found.kind === 'data' ? (found.data.sites?.totalCount ?? 0) : 0;
  const names = [...chosen.values()];
  return (
    <div className="stack tight">
      <SearchBox label="Search sites" value={search} onChange={setSearch} />
      <ListBox
        aria-label="Sites" className="list bordered" items={nodes} selectionMode="multiple" selectionBehavior="toggle" selectedKeys={nodes.filter(({ id }) => chosen.has(id)).map(({ id }) => id)}
        disabledKeys={nodes.filter(({ may }) => may !== true).map(({ id }) => id)}
        onSelectionChange={(keys) => {
          const isTicked = (id: string): boolean => keys === 'all' || keys.has(id);
          const usable = nodes.filter(({ may }) => may === true);
          onChange(new Map([...[...chosen].filter(([id]) => !usable.some((site) => site.id === id)), ...usable.filter(({ id }) => isTicked(id)).map(({ id, name }) => [id, name] as const)]));
        }}
        renderEmptyState={() => <div className="none">{found.kind === 'loading' ? 'Searching…' : found.kind === 'problem' ? found.problem.message : 'No site has this name or address.'}</div>}
      >
        {({ id, name, homeUrl, may }) => (
          <ListBoxItem id={id} textValue={name} className="ticked-option"><span className="two"><span className="cut">{name}</span><span className="cut">{may === true ? shortUrl(homeUrl) : 'you may not do this here'}</span></span><span className="tick"><Icon name="check" /></span></ListBoxItem>
        )}
      </ListBox>
      <p className="soft" role="status">{names.length === 0 ? 'No site is chosen' : `${formatNumber(names.length)} chosen: ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${formatNumber(names.length - 3)} more` : ''}`}{total > nodes.length ? ` · ${formatNumber(nodes.length)} of ${formatNumber(total)} shown; search for others` : ''}</p>
    </div>
  );
}
