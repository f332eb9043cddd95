// What is told of an installed plugin or theme wherever one is listed: its versions, and what somebody should know before leaving it alone.
import type { ReactNode } from 'react';
import { Badge } from '../kit/words.js';

export interface Installed {
  readonly installedVersion: string;
  readonly update?: { readonly version: string; readonly securityFix: boolean; readonly packageAvailable: boolean; readonly compatible?: boolean | null } | null;
  readonly vulnerabilities: readonly { readonly title: string; readonly severity: string; readonly fixedIn?: string | null }[];
}

export function versionsText({ installedVersion, update }: Pick<Installed, 'installedVersion' | 'update'>): string {
  return update ? `${installedVersion} → ${update.version}` : installedVersion === '' ? 'none named' : installedVersion;
}

/** The gravest thing to know; null when there is none. */
export function InstalledNote({ update, vulnerabilities: [gravest] }: Installed): ReactNode {
  if (gravest) return <span title={gravest.title}><Badge tone="bad">{gravest.severity}: {gravest.fixedIn ? `fixed in ${gravest.fixedIn}` : 'no fix known'}</Badge></span>;
  if (update?.securityFix) return <Badge tone="bad">closes a known hole</Badge>;
  if (update?.packageAvailable === false) return <Badge tone="warn">a licence is missing</Badge>;
  if (update?.compatible === false) return <Badge tone="warn">needs a newer WordPress or PHP</Badge>;
  return null;
}
