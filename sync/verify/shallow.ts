// What checksums say nothing about, looked at from afar through the site's REST API as its owner: how many posts, pages, media and comments
// there are, which was modified last, and the e-mail addresses of people below contributor, whom no checksum counts. Reads only, a few
// calls; what differs becomes a finding of the site. Called by run.ts after the tables.
import { z } from 'zod';
import type { Json } from '../../core/changes.js';
import { recordFinding, resolveFindings } from '../../store/site-findings.js';
import type { Store } from '../../store/store.js';
import { OBJECT_SOURCES } from './repair-objects.js';
import { apply } from './repair.js';
import { fetchObjects, type SiteAtWork } from './site-answers.js';

export interface ShallowResult {
  readonly looked: number;
  /** For people, one a difference. */
  readonly differences: readonly string[];
  readonly repairedUsers: number;
}

export const SHALLOW_FINDING = 'differs-from-rest';

const NOTHING: ShallowResult = { looked: 0, differences: [], repairedUsers: 0 };
/** Statuses that WordPress leaves out of "any". */
const LEFT_OUT = `('trash', 'auto-draft', 'post-trashed', 'sitegraph:missing')`;
const USERS_A_PAGE = 100;
/** People whose address is compared; a shop has more customers than a look should cost. */
const MAX_USER_PAGES = 5;

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
const usersShape = z.array(z.object({ id: z.number(), email: z.string(), name: z.string() }));

/** Looks at the site; in a repair people whose profile differs are fetched and applied. A site that does not answer is no difference. */
export async function lookFromAfar(store: Store, site: SiteAtWork, repairs: boolean): Promise<ShallowResult> {
  const [row] = await store.database.query<{ ownerId: number | null }>('SELECT owner_user_id AS "ownerId" FROM site WHERE id = $1', [site.siteId]);
  const ownerId = row?.ownerId ?? null;
  if (ownerId === null) return NOTHING;
  const ask = async <T>(route: string, query: Readonly<Record<string, string | number>>, shape: z.ZodType<T>): Promise<{ body: T; total: number } | null> => {
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
  const users = await comparePeople(store, site, (page) => ask('wp/v2/users', { per_page: USERS_A_PAGE, page, orderby: 'id', order: 'asc' }, usersShape));
  looked += users.looked;
  const repairedUsers = repairs ? await repairUsers(store, site, users.differing) : 0;
  if (users.differing.length > repairedUsers) differences.push(`people: the profiles of ${users.differing.length} differ`);

  const now = new Date();
  if (differences.length > 0) await recordFinding(store.database, site.siteId, SHALLOW_FINDING, differences.join('; '), now);
  else if (looked > 0) await resolveFindings(store.database, site.siteId, [SHALLOW_FINDING], now);
  return { looked, differences, repairedUsers };
}

/** People that we have whose address or name is another there. Those that we never heard of are not missed: sync leaves them out. */
async function comparePeople(
  store: Store,
  site: SiteAtWork,
  askPage: (page: number) => Promise<{ body: z.infer<typeof usersShape>; total: number } | null>,
): Promise<{ looked: number; differing: number[] }> {
  const differing: number[] = [];
  for (let page = 1; page <= MAX_USER_PAGES; page += 1) {
    const theirs = await askPage(page);
    if (theirs === null) return { looked: page - 1, differing };
    const rows = await store.database.query<{ id: number; email: string; name: string }>(
      'SELECT id, email, display_name AS name FROM site_user WHERE site_id = $1 AND alive AND id = ANY($2::bigint[])', [site.siteId, theirs.body.map((user) => user.id)]);
    const ours = new Map(rows.map((user) => [user.id, user]));
    for (const user of theirs.body) {
      const own = ours.get(user.id);
      if (own && (own.email !== user.email || own.name !== user.name)) differing.push(user.id);
    }
    if (page * USERS_A_PAGE >= theirs.total) return { looked: page, differing };
  }
  return { looked: MAX_USER_PAGES, differing };
}

async function repairUsers(store: Store, site: SiteAtWork, ids: readonly number[]): Promise<number> {
  if (ids.length === 0) return 0;
  const source = OBJECT_SOURCES.users;
  const answer = await fetchObjects(site, source.module, source.type, ids as readonly Json[]);
  if (answer.kind === 'refused') return 0;
  const { objects, rev } = answer.value;
  await apply(store, site, await source.read({ store, siteId: site.siteId, asked: ids, objects, rev }), rev);
  return ids.length;
}
