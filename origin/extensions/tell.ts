// What the store and the audit log learn of an item that ended: the changes that the site's answer means, and a line with the person
// who asked. Called by carry-out.ts; the site's own sync tells the same later and wins by its clock.
import type { ActorRef, AuditDraft, DecodedItem, DomainChange, Json } from '../../core/changes.js';
import type { OperationAction } from '../../core/extension-reasons.js';
import { applyBatch } from '../../store/apply/apply.js';
import { WRITE_ACTION } from '../../store/apply/echoes.js';
import type { OperationItemRow } from '../../store/extension-operations.js';
import type { Store } from '../../store/store.js';
import type { SiteExtension } from './words.js';

export interface Ending {
  readonly item: OperationItemRow;
  readonly action: OperationAction;
  /** How it is now, by the site's own answer; null when it is gone, undefined when nobody told. */
  readonly now: SiteExtension | null | undefined;
  /** The site's clock when it told that, ms; null when it did not. */
  readonly siteMs: number | null;
}

const VERBS: Readonly<Record<OperationAction, readonly [done: string, failed: string]>> = {
  INSTALL: ['Installed', 'install'], ACTIVATE: ['Activated', 'activate'], DEACTIVATE: ['Deactivated', 'deactivate'], UPDATE: ['Updated', 'update'], DELETE: ['Deleted', 'delete'],
  ENABLE_AUTO_UPDATE: ['Enabled automatic updates of', 'enable automatic updates of'], DISABLE_AUTO_UPDATE: ['Disabled automatic updates of', 'disable automatic updates of'],
  SWITCH_THEME: ['Switched to', 'switch to'], UPDATE_CORE: ['Updated', 'update'], UPDATE_TRANSLATIONS: ['Updated', 'update'],
};

/** Applies what is known and writes the audit line, in one transaction. */
export async function tellEnding(store: Store, ending: Ending, at: Date): Promise<void> {
  const { item, siteMs } = ending;
  const told: DecodedItem = {
    key: `operation-${item.operationId}-${item.position}`, action: WRITE_ACTION, rev: (siteMs ?? at.getTime()) * 1_000, at: new Date(siteMs ?? at.getTime()).toISOString(),
    isImporting: false, calledAt: item.attemptedAt ?? at, actor: actorOf(item), changes: siteMs === null ? [] : changesOf(ending, siteMs * 1_000), audit: auditOf(ending), deadLetter: null,
  };
  await applyBatch(store, item.siteId, [told], at);
}

function actorOf({ userId, actorLabel }: OperationItemRow): ActorRef {
  return { kind: userId === null ? 'APPLICATION' : 'USER', userId, label: actorLabel, via: 'operation' };
}

function changesOf({ item, action, now }: Ending, rev: number): DomainChange[] {
  if (now === undefined || (item.kind !== 'PLUGIN' && item.kind !== 'THEME')) return [];
  // Of a plugin the event that also tells whether it runs: an older list of active ones may still name what was deleted and is installed anew.
  const event = now === null ? 'deleted' : item.kind === 'PLUGIN' ? (now.isActive ? 'activated' : 'deactivated') : action === 'INSTALL' ? 'installed' : 'updated';
  const value: Json = now === null ? { event, success: true } : { event, Version: now.version, ...(now.name === '' ? {} : { Name: now.name }) };
  const key = now?.key ?? item.file ?? item.slug;
  const changes: DomainChange[] = [
    { kind: 'upsert', entity: 'setting', key: { settingKind: item.kind === 'PLUGIN' ? 'PLUGIN_EVENT' : 'THEME_EVENT', name: key }, rev, groups: { core: { value, redacted: false } } },
  ];
  if (item.kind === 'THEME' && now?.isActive === true) {
    const theme = { name: now.name, version: now.version, slug: now.slug, uri: '' };
    changes.push({ kind: 'upsert', entity: 'setting', key: { settingKind: 'STATS', name: 'active_theme' }, rev, groups: { core: { value: theme, redacted: false } } });
  }
  return changes;
}

function auditOf({ item, action, now }: Ending): AuditDraft {
  const name = now?.name || item.slug;
  const [done, failed] = VERBS[action];
  const what = item.kind === 'CORE' ? 'WordPress' : item.kind === 'TRANSLATION' ? 'translations' : `${item.kind === 'PLUGIN' ? 'plugin' : 'theme'} ${name}`;
  const versions = item.fromVersion !== null && now && now.version !== item.fromVersion ? ` from ${item.fromVersion} to ${now.version}` : '';
  const summary = item.state === 'SUCCEEDED' ? `${done} ${what}${versions}`
    : item.state === 'ROLLED_BACK' ? `Could not ${failed} ${what}: it broke a page and was taken back (${item.recovery})`
      : `Could not ${failed} ${what} (${item.reason ?? 'unknown'})`;
  const typename = item.kind === 'PLUGIN' ? 'InstalledPlugin' : item.kind === 'THEME' ? 'InstalledTheme' : item.kind === 'CORE' ? 'WordPress' : 'Translations';
  const fieldChanges = item.state === 'SUCCEEDED' && versions !== '' ? [{ field: 'installedVersion', before: item.fromVersion, after: now?.version ?? null, redacted: false }] : [];
  return { event: `extension_${action.toLowerCase()}`, category: 'EXTENSION', object: { typename, localId: item.kind === 'PLUGIN' || item.kind === 'THEME' ? (now?.key ?? item.file ?? item.slug) : null, label: name.slice(0, 120) }, summary: summary.slice(0, 300), fieldChanges };
}
