// What would happen with one target, from what is known here: blocked and why, or how risky. Pure; plan.ts reads the facts. The
// same questions are asked again of the site itself when the time comes (origin/extensions/prepare.ts).
import { reason, type Reason } from '../../../core/extension-reasons.js';
import { compareVersions } from '../../../core/version-order.js';
import type { TargetSite } from '../../../store/read/extension-targets.js';
import type { PluginRecord, ThemeRecord, UpdateFacts } from '../../../store/read/extensions.js';
import type { SiteAccess } from '../../shared/access.js';
import type { ExtensionAction, ExtensionKind, ExtensionRisk } from '../generated.js';
import { isDropIn, isMustUse, isStandalone, restrictionsOf } from '../restrictions.js';
import { coreUpdate, fileModAbility, textOrNull, words } from '../updates.js';

export interface JudgedTarget {
  readonly kind: ExtensionKind;
  readonly slug: string;
  readonly file: string | null;
  readonly version: string | null;
  readonly expectedVersion: string | null;
  /** What was uploaded, when it comes from a package. */
  readonly package: { readonly slug: string; readonly kind: string; readonly version: string; readonly file: string | null } | null;
}

export interface TargetFacts {
  readonly site: TargetSite | null;
  readonly access: SiteAccess | null;
  readonly facts: UpdateFacts | null;
  /** The plugins in the target's folder. */
  readonly plugins: readonly PluginRecord[];
  readonly themes: readonly ThemeRecord[];
}

export interface Judgement {
  readonly file: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly risk: ExtensionRisk;
  readonly blocked: readonly Reason[];
  readonly risks: readonly Reason[];
}

const CAPABILITIES: Readonly<Record<ExtensionKind, Partial<Record<ExtensionAction, string>>>> = {
  PLUGIN: {
    INSTALL: 'install_plugins', ACTIVATE: 'activate_plugins', DEACTIVATE: 'activate_plugins', UPDATE: 'update_plugins', DELETE: 'delete_plugins',
    ENABLE_AUTO_UPDATE: 'update_plugins', DISABLE_AUTO_UPDATE: 'update_plugins',
  },
  THEME: { INSTALL: 'install_themes', UPDATE: 'update_themes', DELETE: 'delete_themes', SWITCH_THEME: 'switch_themes', ENABLE_AUTO_UPDATE: 'update_themes', DISABLE_AUTO_UPDATE: 'update_themes' },
  CORE: { UPDATE_CORE: 'update_core', ENABLE_AUTO_UPDATE: 'update_core', DISABLE_AUTO_UPDATE: 'update_core' },
  TRANSLATION: { UPDATE_TRANSLATIONS: 'update_core', ENABLE_AUTO_UPDATE: 'update_core', DISABLE_AUTO_UPDATE: 'update_core' },
};
const FILE_CHANGES: ReadonlySet<ExtensionAction> = new Set(['INSTALL', 'UPDATE', 'DELETE', 'UPDATE_CORE', 'UPDATE_TRANSLATIONS']);
/** What WordPress's own REST API does on a site without Jetpack, and for plugins alone. */
const REST_ACTIONS: ReadonlySet<ExtensionAction> = new Set(['INSTALL', 'ACTIVATE', 'DEACTIVATE', 'DELETE']);

/** Which capability an action needs; null when there is no such action for the kind. */
export function capabilityFor(kind: ExtensionKind, action: ExtensionAction): string | null {
  return CAPABILITIES[kind][action] ?? null;
}

/** Judges one target. */
export function judge(action: ExtensionAction, target: JudgedTarget, known: TargetFacts): Judgement {
  const nothing: Judgement = { file: target.file, from: null, to: null, risk: 'LOW', blocked: [], risks: [] };
  if (!known.site || !known.access) return { ...nothing, blocked: [reason('SITE_NOT_FOUND', 'there is no such site')] };
  const blocked = [...siteReasons(action, target, known.site, known), ...callerReasons(action, target, known.site, known.access, known.facts)];
  const state = stateOf(target, known);
  blocked.push(...(state.trouble ? [state.trouble] : stateReasons(action, target, state, known)));
  const to = versionAfter(action, target, state);
  const risks = blocked.length > 0 ? [] : risksOf(action, state, to);
  return { file: state.file ?? target.file, from: state.version, to, risk: riskOf(action, risks), blocked, risks };
}

function siteReasons(action: ExtensionAction, target: JudgedTarget, site: TargetSite, { facts }: TargetFacts): Reason[] {
  const reasons: Reason[] = [];
  if (site.isDisconnected) reasons.push(reason('NOT_CONNECTED', 'the site is disconnected; connect it again'));
  if (site.noWay.length > 0) reasons.push(reason('SITE_UNREACHABLE', `the site could not be reached when it was last called (${site.noWay.join(', ')})`));
  if (isWithoutJetpack(site, facts) && (target.kind !== 'PLUGIN' || !REST_ACTIONS.has(action) || target.package !== null)) {
    reasons.push(reason('UNSUPPORTED', 'a site without the plugin Jetpack only installs plugins from the directory, switches and deletes them: its REST API can do no more'));
  }
  const ability = facts && FILE_CHANGES.has(action) ? fileModAbility(facts) : null;
  if (ability && !ability.update) {
    reasons.push(ability.reasons.includes('DISALLOW_FILE_MODS')
      ? reason('FILE_MODS_DISALLOWED', 'the site forbids changing its files (DISALLOW_FILE_MODS)')
      : reason('FILES_NOT_WRITABLE', 'WordPress cannot write the files of the site'));
  }
  return reasons;
}

/** Connected by application password, or by a standalone plugin. */
const isWithoutJetpack = (site: TargetSite, facts: UpdateFacts | null): boolean => site.connectionKind === 'rest' || isStandalone(facts);

function callerReasons(action: ExtensionAction, target: JudgedTarget, site: TargetSite, access: SiteAccess, facts: UpdateFacts | null): Reason[] {
  const capability = capabilityFor(target.kind, action) ?? 'update_core';
  if (!access.can(capability)) return [reason('FORBIDDEN', `you need the capability ${capability} on the site`)];
  const caller = callerOn(site, access);
  if (site.isDisconnected || caller !== undefined && (caller !== null || !(needsUser(target.kind) || isStandalone(facts)))) return [];
  return [reason('NOT_CONNECTED', access.isOperator ? 'nobody is connected as the owner of the site, so there is nobody to do it as' : 'you are not connected on that site; connect there first')];
}

/** WordPress and its translations are updated by people only; plugins and themes by the site itself, too. */
const needsUser = (kind: ExtensionKind): boolean => kind === 'CORE' || kind === 'TRANSLATION';

/** As whom a site is called for a viewer: a user, the site itself (null), or nobody (undefined). */
export function callerOn(site: TargetSite, access: Pick<SiteAccess, 'isOperator' | 'userId'>): number | null | undefined {
  if (!access.isOperator) return access.userId !== null && site.connectedUserIds.includes(access.userId) ? access.userId : undefined;
  if (site.ownerUserId !== null && site.connectedUserIds.includes(site.ownerUserId)) return site.ownerUserId;
  return site.connectionKind === 'jetpack' && site.hasBlogToken ? null : undefined;
}

/** The target as it stands on the site. */
interface State {
  readonly trouble: Reason | null;
  readonly isInstalled: boolean;
  readonly file: string | null;
  readonly version: string | null;
  readonly isActive: boolean;
  readonly autoUpdate: boolean | null;
  readonly offer: { readonly version: string; readonly words: Readonly<Record<string, unknown>> } | null;
  readonly details: Readonly<Record<string, unknown>>;
}

const ABSENT: State = { trouble: null, isInstalled: false, file: null, version: null, isActive: false, autoUpdate: null, offer: null, details: {} };

function stateOf(target: JudgedTarget, { plugins, themes, facts, site }: TargetFacts): State {
  if (target.kind === 'TRANSLATION') return { ...ABSENT, isInstalled: true };
  if (target.kind === 'CORE') {
    const update = facts && site ? coreUpdate(facts) : null;
    return { ...ABSENT, isInstalled: true, isActive: true, version: textOrNull(facts?.settings['CALLABLE:wp_version']), offer: update && { version: update.version, words: update.offer } };
  }
  const wantedFile = target.file ?? target.package?.file ?? null;
  const found: readonly (PluginRecord | ThemeRecord)[] = target.kind === 'THEME' ? themes.filter((theme) => theme.slug === target.slug) : plugins.filter((plugin) => wantedFile === null || plugin.file === wantedFile);
  if (found.length > 1) return { ...ABSENT, trouble: reason('AMBIGUOUS', `the site has ${found.length} plugins in the folder ${target.slug}; name the file`) };
  const [row] = found;
  if (!row) return ABSENT;
  return {
    trouble: null, isInstalled: true, file: 'file' in row ? (row.file as string) : null, version: row.version, isActive: row.active,
    autoUpdate: row.details['autoUpdateKnown'] === true ? row.autoUpdate : null,
    offer: row.updateVersion === null ? null : { version: row.updateVersion, words: words(row.details['update']) }, details: row.details,
  };
}

function stateReasons(action: ExtensionAction, target: JudgedTarget, state: State, known: TargetFacts): Reason[] {
  const name = target.slug;
  if (action === 'INSTALL') return state.isInstalled ? [reason('ALREADY_INSTALLED', `${name} ${state.version ?? ''} is installed already`)] : [];
  if (!state.isInstalled && target.kind === 'PLUGIN') {
    // Neither is among the plugins that WordPress lists, and looks after.
    if (isMustUse(known.facts, name, target.file)) return [reason('MUST_USE', `${name} is a must-use plugin, which WordPress cannot switch, update or delete; change its files on the server`)];
    if (isDropIn(name, target.file)) return [reason('DROP_IN', `${name} is a drop-in, which WordPress cannot switch, update or delete; change its file on the server`)];
  }
  if (!state.isInstalled) return [reason('NOT_INSTALLED', `${name} is not installed on the site`)];
  const reasons: Reason[] = [];
  if (target.expectedVersion !== null && target.expectedVersion !== state.version) {
    reasons.push(reason('VERSION_MISMATCH', `version ${target.expectedVersion} was expected; ${state.version ?? 'an unknown one'} is installed`));
  }
  reasons.push(...actionReasons(action, target, state, known));
  const plugin = target.kind === 'PLUGIN' ? known.plugins.find((one) => one.file === state.file) : undefined;
  const others = plugin && target.package === null ? (restrictionsOf(plugin, known.facts) ?? []) : [];
  for (const { action: restricted, reason: found } of others) {
    if (restricted === action && !WHOLE_SITE.has(found.code) && !reasons.some(({ code }) => code === found.code)) reasons.push(found);
  }
  return reasons;
}

/** Told by siteReasons already. */
const WHOLE_SITE: ReadonlySet<string> = new Set(['FILE_MODS_DISALLOWED', 'FILES_NOT_WRITABLE']);

function actionReasons(action: ExtensionAction, target: JudgedTarget, state: State, known: TargetFacts): Reason[] {
  const isJetpack = target.kind === 'PLUGIN' && target.slug === 'jetpack' && known.site?.connectionKind === 'jetpack';
  switch (action) {
    case 'ACTIVATE': return state.isActive ? [reason('ALREADY_DONE', `${target.slug} is active already`)] : fitReasons(target, known, words(state.details['headers']), 'RequiresWP', 'RequiresPHP');
    case 'DEACTIVATE': return isJetpack ? [protectedReason()] : state.isActive ? [] : [reason('ALREADY_DONE', `${target.slug} is not active`)];
    case 'DELETE': {
      if (isJetpack) return [protectedReason()];
      const isParent = target.kind === 'THEME' && known.themes.some((theme) => theme.active && theme.parentSlug === target.slug);
      return state.isActive || isParent ? [reason('STILL_ACTIVE', target.kind === 'THEME' ? `${target.slug} is the active theme, or its parent` : `${target.slug} is active; switch it off first`)] : [];
    }
    case 'SWITCH_THEME': return state.isActive ? [reason('ALREADY_DONE', `${target.slug} is the active theme already`)] : [];
    case 'ENABLE_AUTO_UPDATE': return state.autoUpdate === true ? [reason('ALREADY_DONE', `${target.slug} updates itself already`)] : [];
    case 'DISABLE_AUTO_UPDATE': return state.autoUpdate === false ? [reason('ALREADY_DONE', `${target.slug} does not update itself`)] : [];
    case 'UPDATE': case 'UPDATE_CORE': return updateReasons(target, state, known);
    default: return [];
  }
}

const protectedReason = (): Reason => reason('PROTECTED', 'the connection of the site hangs on Jetpack; disconnect the site instead');

function updateReasons(target: JudgedTarget, state: State, known: TargetFacts): Reason[] {
  if (target.package !== null) return target.package.version === state.version ? [reason('ALREADY_DONE', `version ${state.version} is installed already`)] : [];
  const { offer } = state;
  if (offer === null) return [reason('NO_UPDATE', `the site is offered no newer version of ${target.slug}`)];
  const reasons: Reason[] = [];
  if (target.version !== null && target.version !== offer.version && target.kind !== 'CORE') reasons.push(reason('VERSION_MISMATCH', `version ${target.version} was asked for; the site is offered ${offer.version}`));
  if (offer.words['packageAvailable'] === false) reasons.push(reason('NO_PACKAGE', `the site cannot download ${offer.version}; a licence is missing`));
  return [...reasons, ...fitReasons(target, known, offer.words, 'requires', 'requires_php')];
}

function fitReasons(target: JudgedTarget, { facts }: TargetFacts, said: Readonly<Record<string, unknown>>, wpName: string, phpName: string): Reason[] {
  const [wp, php] = [textOrNull(facts?.settings['CALLABLE:wp_version']), textOrNull(facts?.settings['CONSTANT:PHP_VERSION'])];
  const [needsWp, needsPhp] = [textOrNull(said[wpName]), textOrNull(said[phpName])];
  return [
    ...(needsWp && wp && isOlder(wp, needsWp) ? [reason('INCOMPATIBLE_WP', `${target.slug} needs WordPress ${needsWp}; the site has ${wp}`)] : []),
    ...(needsPhp && php && isOlder(php, needsPhp) ? [reason('INCOMPATIBLE_PHP', `${target.slug} needs PHP ${needsPhp}; the site has ${php}`)] : []),
  ];
}

/** By release: 7.1-RC2 counts as 7.1, and 7.1.0 equals 7.1. */
function isOlder(version: string, than: string): boolean {
  const release = (text: string): string => (text.split(/[-+ ]/)[0] ?? text).replace(/(\.0+)+$/, '');
  return compareVersions(release(version), release(than)) < 0;
}

function versionAfter(action: ExtensionAction, target: JudgedTarget, state: State): string | null {
  if (target.package !== null) return target.package.version;
  if (action === 'UPDATE' || action === 'UPDATE_CORE') return target.version ?? state.offer?.version ?? null;
  if (action === 'INSTALL') return target.version;
  return action === 'DELETE' ? null : state.version;
}

function risksOf(action: ExtensionAction, state: State, to: string | null): Reason[] {
  const risks: Reason[] = [];
  const changesCode = action === 'UPDATE' || action === 'UPDATE_CORE' || action === 'ACTIVATE' || action === 'SWITCH_THEME';
  if (changesCode && (state.isActive || action === 'ACTIVATE' || action === 'SWITCH_THEME')) risks.push(reason('ACTIVE', 'its code runs on the site'));
  if (action === 'UPDATE' && to !== null && state.version !== null && major(to) !== major(state.version)) risks.push(reason('MAJOR_VERSION', `from ${state.version} to ${to} is another major version`));
  if (action === 'UPDATE' && state.offer && !textOrNull(state.offer.words['requires'])) risks.push(reason('FIT_UNKNOWN', 'the offer does not say which WordPress it needs'));
  return risks;
}

const major = (version: string): string => version.split('.')[0] ?? version;

function riskOf(action: ExtensionAction, risks: readonly Reason[]): ExtensionRisk {
  const has = (code: Reason['code']): boolean => risks.some((risk) => risk.code === code);
  if (action === 'UPDATE_CORE' || action === 'SWITCH_THEME' || (has('ACTIVE') && (has('MAJOR_VERSION') || has('FIT_UNKNOWN')))) return 'HIGH';
  return has('ACTIVE') || has('MAJOR_VERSION') ? 'MEDIUM' : 'LOW';
}
