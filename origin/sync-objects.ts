// Single objects as the site's sync tells them (`jetpack/v4/sync/object`, protocol reference 6.2), asked with the site's own token. The kinds
// and keys that are asked for are fixed in code: the route gives any meta of anything, and is never open to what a client of ours sends.
import { inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import type { Json } from '../core/changes.js';
import type { SiteId } from '../core/ids.js';
import { cleanJson } from '../sync/protocol/codec.js';
import type { SiteClient } from './site-calls.js';

export interface ObjectsAsked {
  readonly module: string;
  readonly type: string;
  readonly ids: readonly Json[];
}

export interface ObjectsTold {
  readonly objects: Readonly<Record<string, unknown>>;
  /** The site's clock when it answered, ms; null when it did not say. */
  readonly siteMs: number | null;
}

const answerShape = z.object({ objects: z.string().max(1_000_000) });
const MAX_BYTES = 1_000_000;

/** What the site tells; null when it does not answer, or not so. Nothing found is no object. */
export async function askObjects(client: SiteClient, siteId: SiteId, { module, type, ids }: ObjectsAsked, timeoutMs: number): Promise<ObjectsTold | null> {
  const outcome = await client.rest(siteId, {
    as: { kind: 'site' }, method: 'POST', isRead: true, route: 'jetpack/v4/sync/object', json: { module_name: module, object_type: type, object_ids: ids }, timeoutMs,
  });
  if (outcome.kind === 'failure' || outcome.status !== 200) return null;
  const parsed = answerShape.safeParse(outcome.body);
  const objects = parsed.success ? decodeObjects(parsed.data.objects) : null;
  const siteMs = Date.parse(outcome.headers['date'] ?? '');
  return objects && { objects, siteMs: Number.isFinite(siteMs) ? siteMs : null };
}

function decodeObjects(encoded: string): Readonly<Record<string, unknown>> | null {
  try {
    const objects = cleanJson(JSON.parse(inflateRawSync(Buffer.from(encoded, 'base64'), { maxOutputLength: MAX_BYTES }).toString('utf8')));
    // Nothing found is an empty list.
    return typeof objects === 'object' && objects !== null ? (Array.isArray(objects) ? {} : (objects as Readonly<Record<string, unknown>>)) : null;
  } catch {
    // What does not decode says nothing.
    return null;
  }
}
