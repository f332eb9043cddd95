// siteSettingsUpdate: decode the ids, decide who may, say what the person began with, and hand over to the operation.
import type { Json } from '../../../core/changes.js';
import { decodeGlobalId } from '../../../core/ids.js';
import { storedSettings } from '../../../origin/rest/settings-answer.js';
import { settingsSave } from '../../../origin/writes/settings/save.js';
import { forbidden, userError, type UserErrorModel } from '../../shared/writes.js';
import type { MutationResolvers, SettingsConflictResolvers, SiteSettingsUpdateInput, SiteSettingsUpdatePayloadResolvers } from '../generated.js';
import type { SettingsContext } from '../loaders.js';
import type { SettingsUpdateModel } from '../models.js';
import { siteModel } from '../nodes.js';
import { siteSettings } from '../site-facts.js';
import { decodeSettingFields } from './setting-fields.js';

export const updateMutations: Required<Pick<MutationResolvers<SettingsContext>, 'siteSettingsUpdate'>> = {
  siteSettingsUpdate: (_root, { input }, context) => updateSettings(input, context),
};

const refused = (...userErrors: UserErrorModel[]): SettingsUpdateModel => ({ site: null, conflict: null, write: null, userErrors });

async function updateSettings(input: SiteSettingsUpdateInput, context: SettingsContext): Promise<SettingsUpdateModel> {
  const id = decodeGlobalId(input.siteId);
  const [access, row] = id?.type === 'Site' ? await Promise.all([context.access.site(id.siteId), context.loaders.siteFacts(id.siteId)]) : [null, null];
  if (!access || !row) return refused(userError('NOT_FOUND', 'there is no such site', 'siteId'));
  const denied = forbidden(access, 'manage_options', null, 'siteId');
  if (denied) return refused(denied);
  const { fields, errors } = await decodeSettingFields(context.store.database, access.siteId, input);
  if (errors.length > 0) return refused(...errors);
  if (Object.keys(fields).length === 0) return refused(userError('INVALID', 'no setting is given; there is nothing to save'));
  const isExpected = Boolean(input.expectedVersion);
  const isStale = isExpected && siteSettings(row, context.now).version !== input.expectedVersion;
  const operationInput = { fields, base: isExpected && !isStale ? storedSettings(row.settings) : null, isStale };
  // What is not known before the site is asked; the operation names the rows that it wrote.
  const { receipt, userErrors, result } = await context.writer.write({ access, operation: settingsSave, asked: input, input: operationInput, targets: [] });
  context.loaders.forgetSite(access.siteId);
  const { changedFields, untaken = [] } = (result ?? {}) as SettingsResult;
  const isDone = receipt?.state === 'APPLIED' || receipt?.state === 'CONFIRMED';
  return {
    site: isDone ? siteModel(access.siteId) : null,
    conflict: changedFields === undefined ? null : { siteId: access.siteId, changedFields },
    write: receipt,
    userErrors: isDone ? [...userErrors, ...untaken.map((field) => userError('SITE_REJECTED', `the site kept its ${field}; it does not take such a value`, field))] : userErrors,
  };
}

type SettingsResult = { readonly changedFields?: string[]; readonly untaken?: string[] } & { readonly [member: string]: Json };

export const updatePayloadResolvers: SiteSettingsUpdatePayloadResolvers<SettingsContext> = {
  settings: ({ site }, _args, context) => (site === null ? null : settingsOf(site.siteId, context)),
};

export const conflictResolvers: SettingsConflictResolvers<SettingsContext> = {
  current: ({ siteId }, _args, context) => settingsOf(siteId, context),
};

/** Both come only to people who may manage options. */
async function settingsOf(siteId: Parameters<SettingsContext['loaders']['siteFacts']>[0], { loaders, now }: SettingsContext) {
  const row = await loaders.siteFacts(siteId);
  return row && siteSettings(row, now);
}
