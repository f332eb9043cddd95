// The navigation: over all sites, in the site that is open, the person at its foot.
import { useState, type ReactNode } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { Link, useLocation, useRoute } from 'wouter';
import { useGraph } from '../graph/use-graph.js';
import { IconButton } from '../kit/button.js';
import { Icon, type IconName } from '../kit/icons.js';
import { Bones } from '../kit/states.js';
import { goToSignIn, serverPath } from './base.js';
import { ViewerDocument } from './generated.js';
import { Mark } from './mark.js';
import { FLEET_NAV, SITE_NAV, sitePath, type NavEntry } from './navigation.js';
import { SiteSwitcher } from './site-switcher.js';
import { keepTheme, readTheme, type Theme } from './theme.js';

export function Side(): ReactNode {
  const [, site] = useRoute<{ readonly site: string }>('/sites/:site/*?');
  const siteId = site?.site ?? null;
  return (
    <>
      <Link href="/" className="brand"><Mark />Sitegraph</Link>
      <nav aria-label="All sites"><NavList entries={FLEET_NAV} hrefOf={({ path }) => path} /></nav>
      <h2 id="site-heading">{siteId === null ? 'One site' : 'This site'}</h2>
      <SiteSwitcher siteId={siteId} />
      {siteId !== null && <nav aria-label="This site"><NavList entries={SITE_NAV} hrefOf={({ path }) => sitePath(siteId, path)} /></nav>}
      <div className="foot"><Person /></div>
    </>
  );
}

function NavList({ entries, hrefOf }: { readonly entries: readonly NavEntry[]; readonly hrefOf: (entry: NavEntry) => string }): ReactNode {
  const [location] = useLocation();
  const hrefs = entries.map(hrefOf);
  // The longest entry that the address begins with, so that a post's editor still belongs to Posts.
  const current = hrefs.filter((href) => location === href || (href !== '/' && location.startsWith(`${href}/`))).sort((a, b) => b.length - a.length)[0];
  return (
    <ul className="nav">
      {entries.map((entry, index) => {
        const href = hrefs[index] ?? '/';
        return <li key={href}><Link href={href} {...(href === current ? { 'aria-current': 'page' } : {})}><Icon name={entry.icon} />{entry.label}</Link></li>;
      })}
    </ul>
  );
}

const THEMES: readonly { readonly id: Theme; readonly label: string; readonly icon: IconName }[] = [
  { id: 'system', label: 'As the system', icon: 'screen' },
  { id: 'light', label: 'Light', icon: 'sun' },
  { id: 'dark', label: 'Dark', icon: 'moon' },
];

function Person(): ReactNode {
  const viewer = useGraph(ViewerDocument, {});
  const [theme, setTheme] = useState(readTheme);
  if (viewer.kind === 'data' && viewer.data.viewer === null && viewer.problem === null) goToSignIn();
  const name = viewer.kind === 'data' ? (viewer.data.viewer?.displayName ?? '') : null;
  return (
    <div className="person">
      {name === null ? <Bones width="7rem" /> : <a href={serverPath('/account')} className="cut">{name === '' ? 'Your account' : name}</a>}
      <MenuTrigger>
        <IconButton icon={THEMES.find(({ id }) => id === theme)?.icon ?? 'screen'} label="Light or dark" />
        <Popover className="popover" placement="top end">
          <Menu className="list" selectionMode="single" disallowEmptySelection selectedKeys={[theme]} onSelectionChange={(keys) => {
            const chosen = [...(keys as Set<Theme>)][0] ?? 'system';
            keepTheme(chosen);
            setTheme(chosen);
          }}>
            {THEMES.map(({ id, label, icon }) => <MenuItem key={id} id={id} textValue={label}><Icon name={icon} />{label}</MenuItem>)}
          </Menu>
        </Popover>
      </MenuTrigger>
    </div>
  );
}
