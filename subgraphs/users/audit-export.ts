// The audit log of a site as lines of JSON, for the export over HTTP: the same people may have it who may read Site.auditLog.
import { hasScope, type Viewer } from '../../auth/viewer.js';
import { maySeeAudit } from '../../auth/visibility.js';
import { AppError } from '../../core/errors.js';
import { decodeNumericId, type SiteId } from '../../core/ids.js';
import { readAuditPage } from '../../store/read/audit-export.js';
import { findSiteByUrl } from '../../store/sites.js';
import type { Store } from '../../store/store.js';
import { accessLoader } from '../shared/access.js';

const SCOPE = 'audit:read';

/** Tells the lines of a site's log after a sequence, a page at a time. Throws before the first when the viewer may not have them. */
export type AuditExport = (viewer: Viewer, site: string, after: number) => Promise<AsyncIterable<string>>;

/** Creates the export over a store. `site` is a global id, a number or an address. */
export function createAuditExport(store: Store): AuditExport {
  return async (viewer, site, after) => {
    if (viewer.kind === 'anonymous') throw new AppError('UNAUTHENTICATED', 'the export needs a bearer token; make one with sitegraph token create');
    if (!hasScope(viewer, SCOPE)) throw new AppError('FORBIDDEN', `the export needs a token with the scope ${SCOPE}`);
    const siteId = await siteIdOf(store, site);
    const access = siteId === null ? null : await accessLoader(store, { viewer }).site(siteId);
    if (siteId === null || !access) throw new AppError('NOT_FOUND', 'there is no such site');
    if (!maySeeAudit(access.caps)) throw new AppError('FORBIDDEN', 'the audit log is for people who manage the site: the capability manage_options is missing');
    return pages(store, siteId, after);
  };
}

async function siteIdOf(store: Store, text: string): Promise<SiteId | null> {
  if (/^[1-9][0-9]{0,15}$/.test(text)) return Number(text) as SiteId;
  const id = decodeNumericId(text, 'Site');
  if (id) return id.siteId;
  return URL.canParse(text) ? ((await findSiteByUrl(store.database, text))?.id ?? null) : null;
}

async function* pages(store: Store, siteId: SiteId, after: number): AsyncIterable<string> {
  for (let from: number | null = after; from !== null; ) {
    const { lines, next } = await readAuditPage(store.database, siteId, from);
    if (lines.length > 0) yield `${lines.join('\n')}\n`;
    from = next;
  }
}
