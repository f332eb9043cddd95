// Why something was not done with an extension on a site, failed, or is risky: the words of operations over fleets, as the
// schema's ExtensionReasonCode has them. Shared by what plans, what carries out and what tells.

export type ExtensionReasonCode =
  | 'SITE_NOT_FOUND' | 'FORBIDDEN' | 'NOT_CONNECTED' | 'SITE_UNREACHABLE' | 'SITE_TIMEOUT' | 'SITE_REFUSED' | 'FILES_NOT_WRITABLE' | 'FILE_MODS_DISALLOWED'
  | 'MANAGED' | 'AUTOMATIC_UPDATES_OFF' | 'NETWORK' | 'REQUIRED' | 'REQUIRES' | 'MUST_USE' | 'DROP_IN' | 'PROTECTED' | 'ALREADY_DONE' | 'NOT_INSTALLED' | 'ALREADY_INSTALLED' | 'STILL_ACTIVE' | 'AMBIGUOUS' | 'NO_UPDATE'
  | 'NO_PACKAGE' | 'INCOMPATIBLE_WP' | 'INCOMPATIBLE_PHP' | 'VERSION_MISMATCH' | 'UNSUPPORTED' | 'PAGE_BROKEN' | 'NOT_DONE' | 'OUTCOME_UNKNOWN' | 'CANCELLED'
  | 'CANARY_FAILED' | 'STOPPED' | 'MAJOR_VERSION' | 'ACTIVE' | 'FIT_UNKNOWN' | 'INTERNAL';

export interface Reason {
  readonly code: ExtensionReasonCode;
  readonly message: string;
}

export const ACTIONS = [
  'INSTALL', 'ACTIVATE', 'DEACTIVATE', 'UPDATE', 'DELETE', 'ENABLE_AUTO_UPDATE', 'DISABLE_AUTO_UPDATE', 'SWITCH_THEME', 'UPDATE_CORE', 'UPDATE_TRANSLATIONS',
] as const;
export type OperationAction = (typeof ACTIONS)[number];

export type OperationKind = 'PLUGIN' | 'THEME' | 'CORE' | 'TRANSLATION';

/** Makes a reason. */
export function reason(code: ExtensionReasonCode, message: string): Reason {
  return { code, message };
}
