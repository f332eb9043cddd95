// The settings that a site's sync should have: the addresses of menu items are sent, what nobody should hold is not. Read first, and
// written only when something is missing, because a write rewrites every setting of the site.
import { z } from 'zod';
import type { SiteId } from '../../core/ids.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { callJetpack, type Answer } from './answers.js';

/** Lists add to the ones built into Jetpack; what is given replaces what was given before. */
const WANTED_LISTS: Readonly<Record<string, readonly string[]>> = {
  post_meta_whitelist: ['_menu_item_url', '_menu_item_target'],
  post_types_blacklist: ['feedback'],
  sync_actions_blacklist: ['added_payment_token_meta', 'updated_payment_token_meta', 'deleted_payment_token_meta', 'woocommerce_new_webhook'],
};

/** 1 for on; Jetpack ignores false. */
const WANTED_SWITCHES: readonly string[] = ['wpcom_rest_api_enabled', 'sync_sender_enabled', 'full_sync_sender_enabled'];

const MAX_LIST_LENGTH = 5000;

export type SettingsMap = Readonly<Record<string, unknown>>;
export type SettingsPatch = Readonly<Record<string, number | readonly string[]>>;

export const settingsMap: z.ZodType<SettingsMap> = z.record(z.string(), z.unknown());

/** A list that PHP may have sent as an object with holes. */
export function listOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).filter((entry): entry is string => typeof entry === 'string').slice(0, MAX_LIST_LENGTH);
}

/** What must be written to bring the settings to the wanted ones; null when nothing. What the site's people added stays. */
export function missingSettings(settings: SettingsMap): SettingsPatch | null {
  const patch: Record<string, number | readonly string[]> = {};
  for (const [name, wanted] of Object.entries(WANTED_LISTS)) {
    // A Jetpack that does not know the setting does not name it.
    if (!(name in settings)) continue;
    const held = listOf(settings[name]);
    const missing = wanted.filter((entry) => !held.includes(entry));
    if (missing.length > 0) patch[name] = [...held, ...missing];
  }
  for (const name of WANTED_SWITCHES) {
    if (name in settings && Number(settings[name]) !== 1) patch[name] = 1;
  }
  return Object.keys(patch).length === 0 ? null : patch;
}

export interface SettingsReport {
  /** Names that were written. */
  readonly written: readonly string[];
  /** Names that the site did not take over. */
  readonly refused: readonly string[];
  readonly settings: SettingsMap;
}

/** Brings a site's sync settings to the wanted ones. `extra` is written beside them when given (an operator's wish). */
export async function ensureSettings(client: SiteClient, siteId: SiteId, extra: SettingsPatch = {}): Promise<Answer<SettingsReport>> {
  const held = await callJetpack(client, siteId, { method: 'GET', route: 'sync/settings' }, settingsMap);
  if (held.kind === 'trouble') return held;
  const differing = Object.entries(extra).filter(([name, value]) => JSON.stringify(held.value[name]) !== JSON.stringify(value));
  const patch = { ...missingSettings(held.value), ...Object.fromEntries(differing) };
  const written = Object.keys(patch);
  if (written.length === 0) return { kind: 'value', value: { written, refused: [], settings: held.value } };
  const answer = await callJetpack(client, siteId, { method: 'POST', route: 'sync/settings', json: patch as Record<string, never> }, settingsMap);
  if (answer.kind === 'trouble') return answer;
  return { kind: 'value', value: { written, refused: Object.keys(missingSettings(answer.value) ?? {}), settings: answer.value } };
}
