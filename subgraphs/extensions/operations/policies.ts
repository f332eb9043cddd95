// updatePolicySet, updatePolicyRemove and updatePolicies: who may say what updates itself on which sites. Jobs carry policies out.
import { currentTime } from '../../../core/answer-sources.js';
import { decodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import { parseWindow } from '../../../core/update-window.js';
import { EVERY_SITE, policiesOf, removePolicies, setPolicies, type PolicyRow } from '../../../store/update-policies.js';
import { targetSites } from '../../../store/read/extension-targets.js';
import { badUserInput } from '../../shared/pages.js';
import { userError, type UserErrorModel } from '../../shared/writes.js';
import type { UpdatePolicyInput, UpdatePolicyRemoveInput } from '../generated.js';
import type { OperationsContext } from './context.js';
import { callerOn, capabilityFor } from './judge.js';

export interface PolicyPayloadModel {
  readonly affected: number;
  readonly policies: PolicyRow[];
  readonly userErrors: UserErrorModel[];
}

const MAX_SITES = 1_000;
const MAX_SLUGS = 100;
const MAX_DELAY_DAYS = 90;
const MAX_POLICIES = 10_000;
const MAX_LISTED = 5_000;
const MAX_ERRORS = 20;

/** Sets policies, all or none. */
export async function setUpdatePolicy(input: UpdatePolicyInput, context: OperationsContext): Promise<PolicyPayloadModel> {
  const { store, viewer } = context;
  if (viewer.kind === 'anonymous') return refused([userError('FORBIDDEN', 'policies are set by people')]);
  const { kind, siteIds, slugs, errors } = readInput(input, context);
  if (errors.length > 0 || !kind) return refused(errors);
  const places = siteIds.length === 0 ? [{ siteId: EVERY_SITE, userId: null, actorLabel: 'the operator' }] : await placesOf(siteIds, kind, context);
  if (!Array.isArray(places)) return refused(places.errors);
  if (places.length * slugs.length > MAX_POLICIES) return refused([userError('INVALID', `at most ${MAX_POLICIES} policies are set at once: sites times slugs`, 'slugs')]);
  const policies = await setPolicies(
    store.database,
    places.flatMap((place) => slugs.map((slug) => ({
      ...place, kind, slug, autoUpdate: input.autoUpdate, window: input.window?.trim() || null, delayDays: input.delayDays ?? 0, securityOnly: input.securityOnly ?? false, accountId: viewer.accountId,
    }))),
    currentTime(),
  );
  return { affected: policies.length, policies, userErrors: [] };
}

/** Takes policies back, all or none. */
export async function removeUpdatePolicy(input: UpdatePolicyRemoveInput, context: OperationsContext): Promise<PolicyPayloadModel> {
  const { store, viewer } = context;
  if (viewer.kind === 'anonymous') return refused([userError('FORBIDDEN', 'policies are taken back by people')]);
  const { kind, siteIds, slugs, errors } = readInput(input, context);
  if (errors.length > 0 || !kind) return refused(errors);
  const capability = capabilityFor(kind, 'UPDATE') ?? '';
  const accesses = await Promise.all(siteIds.map((siteId) => context.access.site(siteId)));
  const denied = accesses.flatMap((access, index): UserErrorModel[] => {
    if (!access || (!access.isOperator && access.userId === null)) return [userError('NOT_FOUND', 'there is no such site', 'siteIds', String(index))];
    return access.can(capability) ? [] : [userError('FORBIDDEN', `you need the capability ${capability} on the site`, 'siteIds', String(index))];
  });
  if (denied.length > 0) return refused(denied.slice(0, MAX_ERRORS));
  const policies = await removePolicies(store.database, siteIds.length === 0 ? [EVERY_SITE] : siteIds, kind, slugs);
  return { affected: policies.length, policies, userErrors: [] };
}

const refused = (userErrors: UserErrorModel[]): PolicyPayloadModel => ({ affected: 0, policies: [], userErrors });

/** What both inputs name: sites, none for the whole fleet, and slugs, an empty one for everything. The kind is null beside an error. */
function readInput(input: UpdatePolicyInput | UpdatePolicyRemoveInput, { viewer }: OperationsContext): { readonly kind: 'PLUGIN' | 'THEME' | null; readonly siteIds: readonly SiteId[]; readonly slugs: readonly string[]; readonly errors: UserErrorModel[] } {
  const kind = input.kind === 'PLUGIN' || input.kind === 'THEME' ? input.kind : null;
  const errors = kind ? checkInput(input) : [userError('INVALID', 'policies are for plugins and themes', 'kind')];
  const siteIds = input.siteIds.map(siteIdOf);
  if (siteIds.some((siteId) => siteId === null)) errors.push(userError('INVALID', 'siteIds takes ids of sites; one of them is none', 'siteIds'));
  if (siteIds.length === 0 && viewer.kind !== 'operator') errors.push(userError('FORBIDDEN', 'policies for the whole fleet are the operator’s alone; name your sites', 'siteIds'));
  return { kind, siteIds: siteIds.filter((siteId) => siteId !== null), slugs: input.slugs && input.slugs.length > 0 ? [...new Set(input.slugs)] : [''], errors };
}

function checkInput({ siteIds, slugs, window = null, delayDays = 0 }: Pick<UpdatePolicyInput, 'siteIds'> & Partial<UpdatePolicyInput>): UserErrorModel[] {
  const errors: UserErrorModel[] = [];
  if (siteIds.length > MAX_SITES) errors.push(userError('INVALID', `siteIds takes at most ${MAX_SITES} sites; got ${siteIds.length}`, 'siteIds'));
  if ((slugs?.length ?? 0) > MAX_SLUGS || slugs?.some((slug) => !/^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/.test(slug))) errors.push(userError('INVALID', `slugs takes at most ${MAX_SLUGS} slugs of letters, digits, dots, dashes and underscores`, 'slugs'));
  if (window?.trim() && !parseWindow(window)) errors.push(userError('INVALID', 'window is a time of day such as 02:00-05:00, with days where it matters: Mon-Fri 22:00-04:00', 'window'));
  if (!Number.isInteger(delayDays ?? 0) || (delayDays ?? 0) < 0 || (delayDays ?? 0) > MAX_DELAY_DAYS) errors.push(userError('INVALID', `delayDays is a whole number from 0 to ${MAX_DELAY_DAYS}`, 'delayDays'));
  return errors;
}

interface Place {
  readonly siteId: number;
  readonly userId: number | null;
  readonly actorLabel: string;
}

/** As whom each site will be called; errors name the sites where the viewer may not. */
async function placesOf(siteIds: readonly SiteId[], kind: 'PLUGIN' | 'THEME', { store, access }: OperationsContext): Promise<Place[] | { readonly errors: UserErrorModel[] }> {
  const unique = [...new Set(siteIds)];
  const [sites, accesses] = await Promise.all([targetSites(store.database, unique), Promise.all(unique.map((siteId) => access.site(siteId)))]);
  const capability = capabilityFor(kind, 'UPDATE') ?? '';
  const errors: UserErrorModel[] = [];
  const places = unique.flatMap((siteId, index): Place[] => {
    const [site, found] = [sites.get(siteId), accesses[index]];
    const refuse = (code: 'NOT_FOUND' | 'FORBIDDEN' | 'INVALID', message: string): Place[] => {
      errors.push(userError(code, message, 'siteIds', String(siteIds.indexOf(siteId))));
      return [];
    };
    if (!site || !found || (!found.isOperator && found.userId === null)) return refuse('NOT_FOUND', 'there is no such site');
    if (!found.can(capability)) return refuse('FORBIDDEN', `you need the capability ${capability} on the site`);
    if (site.connectionKind === 'rest') return refuse('INVALID', 'a site without Jetpack cannot be updated from here');
    const caller = callerOn(site, found);
    if (caller === undefined) return refuse('FORBIDDEN', 'nobody is connected there as whom it could be done');
    return [{ siteId, userId: found.isOperator ? null : caller, actorLabel: found.isOperator ? site.ownerName : (found.userName ?? 'somebody') }];
  });
  return errors.length > 0 ? { errors: errors.slice(0, MAX_ERRORS) } : places;
}

/** The policies that the viewer may see: of sites on which they may update, and of the fleet for the operator. */
export async function listUpdatePolicies(ids: readonly string[] | null, { store, viewer, access }: OperationsContext): Promise<PolicyRow[]> {
  if (ids && ids.length > MAX_SITES) throw badUserInput(`siteIds takes at most ${MAX_SITES} sites; got ${ids.length}`);
  const asked = ids?.map(siteIdOf).filter((siteId) => siteId !== null) ?? null;
  if (viewer.kind === 'operator') return policiesOf(store.database, asked, true, MAX_LISTED);
  const own = viewer.kind === 'person' ? viewer.users.map(({ siteId }) => siteId).filter((siteId) => asked === null || asked.includes(siteId)) : [];
  const accesses = await Promise.all(own.map((siteId) => access.site(siteId)));
  return policiesOf(store.database, own.filter((_siteId, index) => accesses[index]?.can('update_plugins') === true || accesses[index]?.can('update_themes') === true), false, MAX_LISTED);
}

function siteIdOf(id: string): SiteId | null {
  const decoded = decodeGlobalId(id);
  return decoded?.type === 'Site' && decoded.localId === String(decoded.siteId) ? decoded.siteId : null;
}

/** The site of a policy; null for the whole fleet. */
export function siteOfPolicy({ siteId }: PolicyRow): { id: string; siteId: SiteId } | null {
  return siteId === EVERY_SITE ? null : { id: encodeSiteId(siteId as SiteId), siteId: siteId as SiteId };
}
