// The words of carrying out an operation on one site: what is done, how the site stands, what the caller is given.
import type { OperationAction, OperationKind } from '../../core/extension-reasons.js';
import type { SiteId } from '../../core/ids.js';
import type { CallOutcome } from '../site-calls.js';

export interface Step {
  readonly siteId: SiteId;
  readonly action: OperationAction;
  readonly kind: OperationKind;
  readonly slug: string;
  /** A plugin's main file; null where it is not known before it is installed. */
  readonly file: string | null;
  readonly toVersion: string | null;
}

/** A plugin or theme as its site tells it. */
export interface SiteExtension {
  /** A plugin's main file; a theme's slug. */
  readonly key: string;
  readonly slug: string;
  readonly version: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly autoUpdate: boolean;
  /** The newer version that the site knows of. */
  readonly offered: string | null;
}

/** How a site is spoken to about its extensions: through Jetpack's JSON API, or WordPress's own REST API. */
export interface Way {
  /** Whether this way has the action at all. */
  can(step: Step, hasZip: boolean): boolean;
  list(kind: 'PLUGIN' | 'THEME'): Promise<CallOutcome<readonly SiteExtension[] | null>>;
  /** How many updates of WordPress and of translations wait; null where nobody tells. */
  waiting(): Promise<CallOutcome<{ readonly core: number; readonly translations: number } | null>>;
  /** Does it, once; `key` names an installed extension. */
  perform(step: Step, key: string | null): Promise<CallOutcome<unknown>>;
  /** Switches a plugin, or makes a theme the active one. */
  setActive(kind: 'PLUGIN' | 'THEME', key: string, active: boolean): Promise<CallOutcome<unknown>>;
  remove(kind: 'PLUGIN' | 'THEME', key: string): Promise<CallOutcome<unknown>>;
  /** Installs a zip, or puts it in the place of what is installed; null where this way cannot. */
  readonly installZip: ((kind: 'PLUGIN' | 'THEME', verb: 'new' | 'replace', zip: { readonly content: Uint8Array; readonly name: string }) => Promise<CallOutcome<unknown>>) | null;
}
