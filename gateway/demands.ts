// What protected coordinates demand, and whether a viewer meets it. Pure; the table itself is generated.
import { hasScope, type Viewer } from '../auth/viewer.js';

/** Any one of these sets of scopes must be held whole. The empty set is met by anyone who is signed in. */
export type Demand = readonly (readonly string[])[];

/** Demands by coordinate, `Type.field`; of interfaces too, where they are the sum of all implementations'. */
export type ProtectedFields = Readonly<Record<string, Demand>>;

/** Tells whether a viewer meets a demand. An anonymous viewer meets none. */
export function meets(viewer: Viewer, demand: Demand): boolean {
  if (viewer.kind === 'anonymous') return false;
  return demand.some((scopes) => scopes.every((scope) => hasScope(viewer, scope)));
}

/** Tells whether a demand is met by signing in, whatever the token's scopes. */
export function needsSignInOnly(demand: Demand): boolean {
  return demand.some((scopes) => scopes.length === 0);
}

/** Names what two viewers must have in common to be shown the same fields; the key of caches of filtered documents. */
export function grantKey(viewer: Viewer): string {
  return viewer.kind === 'anonymous' ? '-' : [...viewer.scopes].sort().join(' ');
}
