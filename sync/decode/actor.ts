// Who did it: the actor block of an item, cut down to what may be kept. E-mail, address, agent string, roles and the
// request's URL are read by nobody.
import { z } from 'zod';
import type { ActorRef } from '../../core/changes.js';
import { flag, label, whole } from './shapes.js';

const actorShape = z.object({
  external_user_id: z.unknown().optional(),
  display_name: label.optional(),
  is_cron: flag.optional(),
  is_rest: flag.optional(),
  is_wp_rest: flag.optional(),
  is_xmlrpc: flag.optional(),
  is_ajax: flag.optional(),
  is_wp_admin: flag.optional(),
  is_cli: flag.optional(),
  is_mcp_agent: flag.optional(),
  mcp_client_name: label.optional(),
});

const MAX_LABEL = 200;

/** The actor as it is kept; null when the item carries none. */
export function toActorRef(actor: unknown): ActorRef | null {
  const parsed = actorShape.safeParse(actor);
  if (!parsed.success) return null;
  const block = parsed.data;
  const userId = whole.parse(block.external_user_id) || null;
  const person = (block.display_name ?? '').slice(0, MAX_LABEL) || (userId === null ? '' : `User ${userId}`);
  const agent = (block.mcp_client_name ?? '').slice(0, MAX_LABEL);
  if (agent !== '' || block.is_mcp_agent === true) return { kind: 'AGENT', userId, label: person || agent || 'Agent', via: agent || 'agent' };
  const via = viaOf(block);
  if (block.is_cli === true) return { kind: 'CLI', userId, label: person || 'WP-CLI', via };
  if (block.is_cron === true) return { kind: 'CRON', userId, label: person || 'WP-Cron', via };
  if (userId !== null) return { kind: 'USER', userId, label: person, via };
  if (block.external_user_id === undefined) return { kind: 'UNKNOWN', userId: null, label: 'Unknown', via };
  return { kind: 'ANONYMOUS', userId: null, label: 'Anonymous', via };
}

function viaOf(block: z.output<typeof actorShape>): string {
  if (block.is_cli === true) return 'cli';
  if (block.is_cron === true) return 'cron';
  if (block.is_xmlrpc === true) return 'xmlrpc';
  if (block.is_wp_rest === true || block.is_rest === true) return 'rest';
  if (block.is_ajax === true) return 'ajax';
  return block.is_wp_admin === true ? 'wp-admin' : 'front';
}
