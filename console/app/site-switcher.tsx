// Leads to another site, keeping the page where that makes sense: search as you type, arrow keys, Enter.
import { useState, type ReactNode } from 'react';
import { Autocomplete, Button, Dialog, DialogTrigger, ListBox, ListBoxItem, Popover } from 'react-aria-components';
import { useLocation } from 'wouter';
import { useGraph } from '../graph/use-graph.js';
import { SearchBox } from '../kit/fields.js';
import { Icon } from '../kit/icons.js';
import { useSettled } from '../kit/use-search-param.js';
import { shortUrl } from '../kit/words.js';
import { SiteNameDocument, SwitcherSitesDocument } from './generated.js';
import { SITE_NAV, sitePath } from './navigation.js';

export function SiteSwitcher({ siteId }: { readonly siteId: string | null }): ReactNode {
  const current = useGraph(SiteNameDocument, { id: siteId ?? '' }, { pause: siteId === null });
  const name = siteId === null ? 'Choose a site' : current.kind === 'data' ? (current.data.site?.name ?? 'Unknown site') : '…';
  return (
    <DialogTrigger>
      <Button className="select-button"><span className="cut"><span className="hidden-visually">Site: </span>{name}</span><Icon name="down" /></Button>
      <Popover className="popover" placement="bottom start" style={{ width: '19rem' }}>
        <Dialog aria-label="Choose a site">{({ close }) => <Choices close={close} />}</Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function Choices({ close }: { readonly close: () => void }): ReactNode {
  const [search, setSearch] = useState('');
  const settled = useSettled(search);
  const [location, navigate] = useLocation();
  const sites = useGraph(SwitcherSitesDocument, { search: settled === '' ? null : settled });
  const nodes = sites.kind === 'data' ? (sites.data.sites?.nodes ?? []) : [];
  const kept = SITE_NAV.find(({ path }) => path !== '' && new RegExp(`^/sites/[^/]+${path}$`).test(location))?.path ?? '';
  return (
    <Autocomplete inputValue={search} onInputChange={setSearch}>
      <div className="inside"><SearchBox label="Search sites" value={search} onChange={setSearch} autoFocus /></div>
      <ListBox
        aria-label="Sites" className="list" items={nodes} selectionMode="none" renderEmptyState={() => <div className="none">{sites.kind === 'loading' ? 'Searching…' : 'No site has this name or address.'}</div>}
        onAction={(key) => {
          close();
          navigate(sitePath(String(key), kept));
        }}
      >
        {({ id, name, homeUrl }) => <ListBoxItem id={id} textValue={name}><span className="two"><span className="cut">{name}</span><span className="cut">{shortUrl(homeUrl)}</span></span></ListBoxItem>}
      </ListBox>
    </Autocomplete>
  );
}
