// Catches what a page throws, so that the navigation stays usable. A class because React has no other way; another address clears it. A chunk that is gone means
// that the server was updated meanwhile: the page is loaded anew, once.
import { Component, type ReactNode } from 'react';
import { Button } from '../kit/button.js';
import { Icon } from '../kit/icons.js';

const RELOADED = 'sitegraph-reloaded';

export class CrashGuard extends Component<{ readonly at: string; readonly children: ReactNode }, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown): { readonly error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidUpdate(before: { readonly at: string }): void {
    if (before.at !== this.props.at && this.state.error !== null) this.setState({ error: null });
  }

  override componentDidCatch(error: Error): void {
    const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
    if (!/dynamically imported module|Importing a module script failed/i.test(error.message) || Date.now() - last < 60_000) return;
    sessionStorage.setItem(RELOADED, String(Date.now()));
    location.reload();
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <div className="page"><div className="state bad" role="alert">
        <Icon name="warning" /><h1>This page failed</h1><p>{this.state.error.message}</p>
        <div className="actions"><Button onPress={() => location.reload()}>Load it again</Button></div>
      </div></div>
    );
  }
}
