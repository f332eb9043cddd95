// What checksums say nothing about, looked at from afar through the site's REST API as its owner: how many posts, pages, media and comments
// there are, which was modified last, and what unseen.ts looks at. A few calls; what differs and was not repaired becomes a finding of
// the site. Called by run.ts after the tables.
import { z } from 'zod';
import { recordFinding, resolveFindings } from '../../store/site-findings.js';
import type { Store } from '../../store/store.js';
import type { SiteAtWork } from './site-answers.js';
import { compareUnseen, type AskOwner, type UnseenResult } from './unseen.js';

export interface ShallowResult {
  readonly looked: number;
  /** For people, one a difference. */
  readonly differences: readonly string[];
  readonly unseen: readonly UnseenResult[];
}

export const SHALLOW_FINDING = 'differs-from-rest';

const NOTHING: ShallowResult = { looked: 0, differences: [], unseen: [] };
/** Statuses that WordPress leaves out of "any". */
const LEFT_OUT = `('trash', 'auto-draft', 'post-trashed', 'sitegraph:missing')`;

/** What a difference is called for people. */
const NAMES: Readonly<Record<UnseenResult['table'], string>> = { 'rest:spam': 'spam', 'rest:people': 'people', 'rest:menu-links': 'addresses of menu links' };

interface Kind {
  readonly name: string;
  readonly route: string;
  readonly query: Readonly<Record<string, string>>;
  /** Our count and newest modification: `total`, `newest` ("2026-11-24T08:00:00"). */
  readonly sql: string;
}

const content = (name: string, route: string, type: string): Kind => ({
  name, route, query: { status: 'any', orderby: 'modified', order: 'desc' },
  sql: `SELECT count(*) AS total, to_char(max(modified_gmt) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') AS newest FROM post WHERE site_id = $1 AND alive AND type = '${type}' AND status NOT IN ${LEFT_OUT}`,
});
const comments = (name: string, status: string, stored: string): Kind => ({
  name, route: 'wp/v2/comments', query: { status, type: 'comment' },
  sql: `SELECT count(*) AS total, NULL AS newest FROM comment WHERE site_id = $1 AND alive AND type IN ('', 'comment') AND status = '${stored}'`,
});

const KINDS: readonly Kind[] = [
  content('posts', 'wp/v2/posts', 'post'), content('pages', 'wp/v2/pages', 'page'), content('media', 'wp/v2/media', 'attachment'),
  comments('approved comments', 'approve', '1'), comments('comments held back', 'hold', '0'),
];

const newestShape = z.array(z.object({ modified_gmt: z.string().optional() }));

/** Looks at the site; in a repair what nothing else brings is fetched and applied. A site that does not answer is no difference. */
export async function lookFromAfar(store: Store, site: SiteAtWork, repairs: boolean): Promise<ShallowResult> {
  const [row] = await store.database.query<{ ownerId: number | null }>('SELECT owner_user_id AS "ownerId" FROM site WHERE id = $1', [site.siteId]);
  const ownerId = row?.ownerId ?? null;
  if (ownerId === null) return NOTHING;
  const ask: AskOwner = async (route, query, shape) => {
    site.meter.spendCall();
    const outcome = await site.client.rest(site.siteId, { as: { kind: 'user', userId: ownerId }, method: 'GET', route, query: { context: 'edit', ...query } });
    if (outcome.kind === 'failure' || outcome.error !== null || outcome.status >= 400) return null;
    const body = shape.safeParse(outcome.body);
    const total = Number(outcome.headers['x-wp-total'] ?? Number.NaN);
    return body.success && Number.isSafeInteger(total) ? { body: body.data, total } : null;
  };

  const differences: string[] = [];
  let looked = 0;
  for (const kind of KINDS) {
    const theirs = await ask(kind.route, { per_page: 1, ...kind.query }, newestShape);
    if (theirs === null) continue;
    looked += 1;
    const [ours] = await store.database.query<{ total: number; newest: string | null }>(kind.sql, [site.siteId]);
    if (!ours) continue;
    if (ours.total !== theirs.total) differences.push(`${kind.name}: the site has ${theirs.total}, here are ${ours.total}`);
    const newest = theirs.body[0]?.modified_gmt;
    if (newest !== undefined && ours.newest !== null && newest !== ours.newest) differences.push(`${kind.name}: the newest was modified at ${newest}, here at ${ours.newest}`);
  }
  const unseen = await compareUnseen(store, site, ask, repairs);
  looked += unseen.length;
  for (const { table, differences: found, repaired } of unseen) if (found.size > repaired) differences.push(`${NAMES[table]}: ${found.size - repaired} differ or are missing here`);

  const now = new Date();
  if (differences.length > 0) await recordFinding(store.database, site.siteId, SHALLOW_FINDING, differences.join('; '), now);
  else if (looked > 0) await resolveFindings(store.database, site.siteId, [SHALLOW_FINDING], now);
  return { looked, differences, unseen };
}
