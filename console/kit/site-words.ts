// The state of a site in one word, with its colour; the same wherever a site is shown.
import type { Tone } from './words.js';

export interface SiteState {
  readonly connection: 'CONNECTED' | 'DEGRADED' | 'DISCONNECTED';
  /** Null for people who may not know how the synchronization is. */
  readonly sync?: { readonly state: 'CATCHING_UP' | 'DRIFTED' | 'FULL_SYNC' | 'HEALTHY' | 'STOPPED' } | null;
}

const SYNC_WORDS: Readonly<Record<NonNullable<SiteState['sync']>['state'], readonly [string, Tone]>> = {
  HEALTHY: ['In step', 'good'],
  CATCHING_UP: ['Catching up', 'note'],
  FULL_SYNC: ['Full sync', 'note'],
  DRIFTED: ['Drifted', 'bad'],
  STOPPED: ['Stopped', 'bad'],
};

export function syncWord(state: NonNullable<SiteState['sync']>['state']): readonly [string, Tone] {
  return SYNC_WORDS[state];
}

function wordOf({ connection, sync }: SiteState): readonly [string, Tone] {
  if (connection === 'DISCONNECTED') return ['Disconnected', 'bad'];
  if (connection === 'DEGRADED') return ['Behind', 'warn'];
  return sync ? SYNC_WORDS[sync.state] : ['Connected', 'good'];
}

export const siteWord = (site: SiteState): string => wordOf(site)[0];
export const siteTone = (site: SiteState): Tone => wordOf(site)[1];

/** How many updates wait; translations are one. */
export function updateCount(updates: { readonly plugins: number; readonly themes: number; readonly translations: number; readonly core?: unknown } | null | undefined): number {
  return updates ? updates.plugins + updates.themes + (updates.translations > 0 ? 1 : 0) + (updates.core ? 1 : 0) : 0;
}
