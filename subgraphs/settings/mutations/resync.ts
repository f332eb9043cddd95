// siteResync. What can be expected to fail comes back as userErrors, and nothing was done then.
import { maySeeSettings } from '../../../auth/visibility.js';
import { FULL_SYNC_MODULES } from '../../../core/sync-modules.js';
import { CHECKSUM_TABLES } from '../../../store/read/checksum-tables.js';
import { findDrivenSite } from '../../../store/read/drive.js';
import { requestRun } from '../../../store/sync-runs.js';
import type { MutationResolvers, SiteResyncInput, UserError } from '../generated.js';
import type { SettingsContext } from '../loaders.js';
import type { SiteModel, SiteResyncModel } from '../models.js';
import { siteById } from '../nodes.js';

const MAX_KEY_CHARACTERS = 200;

const refuse = (site: SiteModel | null, code: UserError['code'], message: string, field: string, retryable = false): SiteResyncModel => ({
  site, run: null, userErrors: [{ code, message, field: ['input', field], retryable }],
});

export const resyncMutations: Required<Pick<MutationResolvers<SettingsContext>, 'siteResync'>> = {
  async siteResync(_root, { input }, context) {
    const { store, access, viewer } = context;
    const site = await siteById(input.siteId, context);
    if (!site) return refuse(null, 'NOT_FOUND', 'there is no such site', 'siteId');
    const found = await access.site(site.siteId);
    if (!found || viewer.kind === 'anonymous' || !maySeeSettings(found.caps)) {
      return refuse(site, 'FORBIDDEN', 'only people who may manage options on the site can have it synchronized', 'siteId');
    }
    const problem = problemOf(input);
    if (problem) return refuse(site, 'INVALID', problem.message, problem.field);
    const driven = await findDrivenSite(store.database, site.siteId);
    if (!driven || driven.isDisconnected) return refuse(site, 'SITE_UNREACHABLE', 'the site is disconnected; connect it again first', 'siteId');
    if (driven.connectionKind === 'rest' && input.mode !== 'FULL') {
      return refuse(site, 'INVALID', 'a site without Jetpack has no checksums; ask for FULL, which imports it anew', 'mode');
    }
    const outcome = await requestRun(store, {
      siteId: site.siteId,
      kind: driven.connectionKind === 'rest' ? 'IMPORT' : input.mode,
      modules: input.modules ?? null,
      // A person's keys are the person's own: nobody meets the run of another by guessing.
      idempotencyKey: `${viewer.accountId}:${input.idempotencyKey}`,
      requestedBy: viewer.kind === 'operator' ? 'the operator' : `user ${found.userId}`,
    });
    if (outcome.kind === 'mismatch') return refuse(site, 'IDEMPOTENCY_MISMATCH', 'the key was used with another input before; use a new one', 'idempotencyKey');
    if (outcome.kind === 'crowded') return refuse(site, 'RATE_LIMITED', 'too many runs wait on this site already; try again when some are done', 'siteId', true);
    return { site, run: outcome.run, userErrors: [] };
  },
};

function problemOf({ mode, modules, idempotencyKey }: SiteResyncInput): { readonly field: string; readonly message: string } | null {
  if (idempotencyKey.length < 1 || idempotencyKey.length > MAX_KEY_CHARACTERS || /\0|\p{Surrogate}/u.test(idempotencyKey)) {
    return { field: 'idempotencyKey', message: `the key must be text of 1 to ${MAX_KEY_CHARACTERS} characters` };
  }
  if (!modules) return null;
  const known: readonly string[] = mode === 'FULL' ? FULL_SYNC_MODULES : CHECKSUM_TABLES;
  if (modules.length === 0) return { field: 'modules', message: 'modules is empty; name some, or leave it out for all' };
  const unknown = modules.find((name) => !known.includes(name));
  return unknown === undefined ? null : { field: 'modules', message: `"${unknown.slice(0, 60)}" cannot be asked for with ${mode}; there are ${known.join(', ')}` };
}
