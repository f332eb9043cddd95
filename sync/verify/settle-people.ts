// What people may do: its checksum is over texts that the site's PHP makes, so a sum that differs proves nothing yet. The people in
// question are fetched, compared with what is kept of them, and where that is the same the forms of those texts are learned.
import type { DomainChange } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import { stableJson } from '../../store/apply/merge.js';
import type { Store } from '../../store/store.js';
import { changesOfUser, userShape } from '../decode/users.js';
import { idOfKey } from './compare.js';
import type { Settled } from './settle-metas.js';
import { fetchObjects, type Refusal, type SiteAtWork } from './site-answers.js';

const PEOPLE_A_BATCH = 50;

interface Rights extends Record<string, unknown> {
  readonly roles: readonly string[];
  readonly caps: Readonly<Record<string, boolean>> | null;
  readonly allCaps: readonly string[];
  readonly isConnected: boolean | null;
  readonly locale: string | null;
}

const comparable = ({ roles, caps, allCaps, isConnected, locale }: Rights): string => stableJson({ roles: [...roles], caps: caps ?? {}, allCaps: [...allCaps].sort(), isConnected: isConnected === true, locale: locale || null });

/** Tells of people's ids, as a drill-down spells them, whose rights differ or who are there on one side alone. */
export async function settlePeople(store: Store, site: SiteAtWork, keys: readonly string[]): Promise<Settled | Refusal> {
  const different = new Set<string>();
  const learned: DomainChange[] = [];
  for (let at = 0; at < keys.length; at += PEOPLE_A_BATCH) {
    const batch = keys.slice(at, at + PEOPLE_A_BATCH);
    const answer = await fetchObjects(site, 'users', 'user', batch.map(idOfKey));
    if (answer.kind === 'refused') return answer;
    const held = await heldRights(store, site.siteId, batch.map(idOfKey));
    for (const key of batch) {
      const object = answer.value.objects[key];
      const ours = held.get(idOfKey(key));
      const parsed = userShape.safeParse(object);
      const isGone = object === undefined || object === null;
      // An object that does not parse says nothing.
      if (!isGone && !parsed.success) continue;
      const changes = parsed.success ? changesOfUser(parsed.data, answer.value.rev) : [];
      const theirs = rightsOf(changes);
      if (ours === undefined ? !isGone : theirs === null || comparable(theirs) !== comparable(ours)) different.add(key);
      else learned.push(...changes.filter((change) => change.kind === 'metaForm'));
    }
  }
  return { different, learned };
}

async function heldRights(store: Store, siteId: SiteId, ids: readonly number[]): Promise<Map<number, Rights>> {
  const rows = await store.database.query<Rights & { id: number }>(
    `SELECT id, coalesce(roles, '{}') AS roles, caps, coalesce(all_caps, '{}') AS "allCaps", is_connected AS "isConnected", locale
     FROM site_user WHERE site_id = $1 AND alive AND id = ANY($2::bigint[])`, [siteId, ids]);
  return new Map(rows.map((row) => [row.id, row]));
}

function rightsOf(changes: readonly DomainChange[]): Rights | null {
  const [upsert] = changes;
  if (upsert?.kind !== 'upsert' || upsert.entity !== 'user') return null;
  const { core, roles, connected } = upsert.groups;
  return {
    roles: roles?.roles ?? [], caps: (roles?.caps as Rights['caps'] | undefined) ?? {}, allCaps: roles?.allCaps ?? [], isConnected: connected?.isConnected ?? null, locale: core?.locale ?? null,
  };
}
