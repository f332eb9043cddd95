// What a site's refusals and a call's failures are in the words of operations. The codes are the site's own; texts are told, never
// decided by.
import { reason, type Reason } from '../../core/extension-reasons.js';
import type { CallFailureCode, SiteError } from '../site-calls.js';

const NOT_WRITABLE: ReadonlySet<string> = new Set(['fs_unavailable', 'fs_error', 'fs_no_root_dir', 'fs_no_content_dir', 'fs_no_plugins_dir', 'fs_no_themes_dir', 'fs_no_folder', 'unable_to_connect_to_filesystem', 'mkdir_failed_destination', 'copy_failed', 'files_not_writable', 'could_not_remove_plugin']);
const FORBIDDEN: ReadonlySet<string> = new Set(['unauthorized', 'rest_forbidden', 'rest_cannot_manage_plugins', 'rest_cannot_install_plugin', 'rest_cannot_activate_plugin', 'rest_cannot_deactivate_plugin', 'rest_cannot_delete_plugin', 'rest_cannot_view_plugins', 'rest_cannot_create']);
const MODS: ReadonlySet<string> = new Set(['file_mod_not_allowed', 'file_modifications_disallowed', 'filesystem_modifications_not_allowed']);

/** The reason of a site's refusal. */
export function refusalReason({ code, message }: SiteError): Reason {
  const text = message === '' ? code : `${message} (${code})`;
  if (NOT_WRITABLE.has(code)) return reason('FILES_NOT_WRITABLE', `WordPress cannot write the files of the site: ${text}`);
  if (MODS.has(code)) return reason('FILE_MODS_DISALLOWED', `the site forbids changing its files: ${text}`);
  if (FORBIDDEN.has(code)) return reason('FORBIDDEN', `the site does not let this person do it: ${text}`);
  if (code === 'not_authenticated') return reason('NOT_CONNECTED', text);
  return reason('SITE_REFUSED', `the site refused: ${text}`);
}

/** The reason of a call that came to nothing, of which it is certain that it was not acted on. */
export function failureReason(failure: { readonly code: CallFailureCode; readonly message: string }): Reason {
  if (failure.code === 'no-token' || failure.code === 'signature') return reason('NOT_CONNECTED', failure.message);
  return reason(failure.code === 'timeout' ? 'SITE_TIMEOUT' : 'SITE_UNREACHABLE', failure.message);
}
