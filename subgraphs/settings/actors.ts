// Who did something, from the stored reference to the schema's `Actor`. Pure.
import type { ActorRef } from '../../core/changes.js';
import { encodeGlobalId, type SiteId } from '../../core/ids.js';
import type { ActorModel } from './models.js';

/** `Actor` of the schema; null when nobody was recorded. */
export function toActor(siteId: SiteId, actor: ActorRef | null): ActorModel | null {
  if (actor === null) return null;
  return {
    kind: actor.kind,
    user: actor.userId === null ? null : { id: encodeGlobalId(siteId, 'User', actor.userId) },
    label: actor.label,
    via: actor.via,
  };
}
