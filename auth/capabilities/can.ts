// The question every subgraph asks: may this viewer do this, on this. Answers equal WordPress's
// current_user_can(): they are those of a site where the viewer is the one who is logged in.
import type { PolicyObject } from './input.js';
import { mapMetaCap } from './map-meta-cap.js';
import { DO_NOT_ALLOW } from './site-rules.js';
import { holds, type SiteViewer } from './user-caps.js';

/**
 * Tells whether the viewer has a capability, on an object where the capability is about one. Unknown names are held only
 * by people whose roles list them (and by super admins of a network), as in WordPress. The operator may everything.
 */
export function can(viewer: SiteViewer, capability: string, object: PolicyObject | null = null): boolean {
  return missingCapability(viewer, capability, object) === null;
}

/**
 * The first primitive capability that the viewer lacks for what is asked; null when nothing is missing.
 * `do_not_allow` says that no role could help.
 */
export function missingCapability(viewer: SiteViewer, capability: string, object: PolicyObject | null = null): string | null {
  if (viewer.kind === 'operator') return capability === DO_NOT_ALLOW ? DO_NOT_ALLOW : null;
  const needs = mapMetaCap(capability, viewer, object, viewer.site);
  if (needs.includes(DO_NOT_ALLOW)) return DO_NOT_ALLOW;
  for (const need of needs) if (!holds(viewer, need)) return need;
  return null;
}
