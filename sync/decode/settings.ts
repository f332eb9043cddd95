// Options, network options, constants and callables. Only what sync/decode/privacy admits is stored; of a secret one it
// is only stored that it exists.
import type { AuditDraft, DomainChange, Json, SettingKind } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';
import { auditLine } from './audit.js';
import { decoder, NOTHING, type Decoder, type DecoderTable, type ItemContext } from './item.js';
import { admitCallable, admitConstant, admitNetworkOption, admitOption, type Admitted } from './privacy.js';
import { json, nameText, positional } from './shapes.js';

type SyncedKind = Extract<SettingKind, 'OPTION' | 'NETWORK_OPTION' | 'CONSTANT' | 'CALLABLE'>;

const ADMIT: Readonly<Record<SyncedKind, (name: string, value: Json) => Admitted | null>> = {
  OPTION: admitOption,
  NETWORK_OPTION: admitNetworkOption,
  CONSTANT: admitConstant,
  CALLABLE: admitCallable,
};

export function upsertSetting(settingKind: SettingKind, name: string, { value, redacted }: Admitted, rev: Rev): DomainChange {
  return { kind: 'upsert', entity: 'setting', key: { settingKind, name }, rev, groups: { core: { value, redacted } } };
}

/** A setting as it may be kept, or nothing. */
export function changesOfSetting(settingKind: SyncedKind, name: string, value: Json, rev: Rev): DomainChange[] {
  const admitted = ADMIT[settingKind](name, value);
  return admitted === null ? [] : [upsertSetting(settingKind, name, admitted, rev)];
}

/** Options that the site's own code keeps for itself, or of which another event tells more. */
const SILENT_OPTIONS = new Set([
  'jetpack_options', 'jetpack_activated', 'jetpack_available_modules', 'jetpack_excluded_extensions', 'post_count', 'uninstall_plugins', 'active_plugins',
  'active_sitewide_plugins', 'jetpack_waf_automatic_rules_last_updated_timestamp', 'woocommerce_version', 'woocommerce_db_version',
  'woocommerce_admin_install_timestamp', 'wcs_notification_settings_update_time',
]);
const SILENT_PREFIXES: readonly string[] = ['jetpack_sync_', 'launchpad_'];

function line(item: ItemContext, name: string, verb: string, before: Admitted | null, after: Admitted | null): AuditDraft | null {
  if (SILENT_OPTIONS.has(name) || SILENT_PREFIXES.some((prefix) => name.startsWith(prefix))) return null;
  const redacted = before?.redacted === true || after?.redacted === true;
  const change = { field: name, before: before?.value ?? null, after: after?.value ?? null, redacted };
  return auditLine(item, {
    category: 'SETTINGS', typename: 'Option', localId: name, label: name, summary: `${verb} setting "${name}"`, fieldChanges: [change],
  });
}

type OptionKind = 'OPTION' | 'NETWORK_OPTION';

function added(kind: OptionKind): Decoder {
  return decoder(positional({ name: nameText, value: json }), ({ name, value }, item) => {
    const after = ADMIT[kind](name, value);
    if (after === null) return NOTHING;
    return { changes: [upsertSetting(kind, name, after, item.rev)], audit: line(item, name, 'Added', null, after) };
  });
}

/** Site options come old value first, network options new value first. */
function updated(kind: OptionKind): Decoder {
  return decoder(positional({ name: nameText, first: json, second: json }), ({ name, first, second }, item) => {
    const [old, current] = kind === 'OPTION' ? [first, second] : [second, first];
    const before = ADMIT[kind](name, old);
    const after = ADMIT[kind](name, current);
    if (after === null) return NOTHING;
    return { changes: [upsertSetting(kind, name, after, item.rev)], audit: line(item, name, 'Changed', before, after) };
  });
}

function deleted(kind: OptionKind): Decoder {
  return decoder(positional({ name: nameText }), ({ name }, item) => {
    if (ADMIT[kind](name, null) === null) return NOTHING;
    const change: DomainChange = { kind: 'delete', entity: 'setting', key: { settingKind: kind, name }, rev: item.rev };
    return { changes: [change], audit: line(item, name, 'Deleted', null, null) };
  });
}

function computed(kind: 'CONSTANT' | 'CALLABLE'): Decoder {
  return decoder(positional({ name: nameText, value: json }), ({ name, value }, item) => ({
    changes: changesOfSetting(kind, name, value, item.rev),
    audit: null,
  }));
}

export const SETTING_DECODERS: DecoderTable = {
  added_option: added('OPTION'),
  updated_option: updated('OPTION'),
  deleted_option: deleted('OPTION'),
  add_site_option: added('NETWORK_OPTION'),
  update_site_option: updated('NETWORK_OPTION'),
  delete_site_option: deleted('NETWORK_OPTION'),
  jetpack_sync_constant: computed('CONSTANT'),
  jetpack_sync_callable: computed('CALLABLE'),
};
