// What is around every page: skip link, navigation (a column, or behind a button on a phone), the page's place, messages.
import { Suspense, useEffect, useState, type ReactNode } from 'react';
import { Dialog, Modal, ModalOverlay } from 'react-aria-components';
import { Link, Route, Switch, useLocation } from 'wouter';
import { LinkButton, IconButton } from '../kit/button.js';
import { Empty, PageBones } from '../kit/states.js';
import { PageFrame } from '../kit/page.js';
import { Toasts } from '../kit/toasts.js';
import { useNarrow } from '../kit/use-narrow.js';
import { CrashGuard } from './crash-guard.js';
import { Mark } from './mark.js';
import { ROUTES } from './routes.js';
import { Side } from './side.js';

export function Shell(): ReactNode {
  const [location] = useLocation();
  const isNarrow = useNarrow();
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [location]);
  return (
    <>
      <a className="skip" href="#main" onClick={focusMain}>Skip to the page</a>
      <div className="shell">
        {isNarrow ? (
          <header className="top">
            <IconButton icon="menu" label="Open the navigation" onPress={() => setOpen(true)} />
            <Link href="/" className="brand"><Mark /></Link><strong>Sitegraph</strong>
          </header>
        ) : <header className="side"><Side /></header>}
        {isNarrow && (
          <ModalOverlay className="veil" isOpen={isOpen} onOpenChange={setOpen} isDismissable>
            <Modal className="modal drawer"><Dialog aria-label="Navigation" className="side"><Side /></Dialog></Modal>
          </ModalOverlay>
        )}
        <main id="main" className="main" tabIndex={-1}>
          <CrashGuard key={/^\/sites\/([^/]+)/.exec(location)?.[1] ?? ''} at={location}>
            <Suspense fallback={<PageBones />}>
              <Switch>
                {ROUTES.map(({ path, page: Page }) => <Route key={path} path={path}><Page /></Route>)}
                <Route><NotFound /></Route>
              </Switch>
            </Suspense>
          </CrashGuard>
        </main>
      </div>
      <Toasts />
    </>
  );
}

function focusMain(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function NotFound(): ReactNode {
  return <PageFrame title="Nothing here"><Empty title="There is no such page" hint="The address may be from an older link."><LinkButton to="/" look="primary">Go to your sites</LinkButton></Empty></PageFrame>;
}
