// Features of Jetpack that registration switches on by itself and that cannot work, or tell strangers, on a site that is connected
// here: switched off once, right after connecting (docs/adr/0007). An administrator may switch them on again; they are then left alone.
import { z } from 'zod';
import type { SiteId } from '../../core/ids.js';
import type { CallAs, SiteClient } from '../../origin/site-calls.js';
import { readAnswer } from './answers.js';

/** `protect` asks a service that does not know the site before each log-in; `stats` reports visitors under a number that is not the site's there. */
export const MODULES_OFF_BY_DEFAULT: readonly string[] = ['protect', 'stats'];

const SLUG = /^[a-z0-9-]{1,60}$/;

export interface ModulesReport {
  readonly switchedOff: readonly string[];
  /** By module, why it could not be switched off. */
  readonly refused: Readonly<Record<string, string>>;
}

/** Switches modules off, as the owner of the connection when there is one. What a site refuses is reported, not retried. */
export async function switchModulesOff(client: SiteClient, siteId: SiteId, modules: readonly string[], ownerUserId: number | null): Promise<ModulesReport> {
  const as: CallAs = ownerUserId === null ? { kind: 'site' } : { kind: 'user', userId: ownerUserId };
  const switchedOff: string[] = [];
  const refused: Record<string, string> = {};
  for (const module of modules.filter((name) => SLUG.test(name))) {
    const answer = readAnswer(await client.rest(siteId, { as, method: 'POST', route: `jetpack/v4/module/${module}/active`, json: { active: false } }), z.unknown());
    if (answer.kind === 'value') switchedOff.push(module);
    else refused[module] = answer.message;
  }
  return { switchedOff, refused };
}
