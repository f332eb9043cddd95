// The global ids of operations. Their site is that of the first target, so that ids have one form; it decides nothing.
import { decodeGlobalId } from '../../../core/ids.js';

/** The id of an operation that a global id stands for; null when it is none. */
export function operationIdOf(id: string): string | null {
  const decoded = decodeGlobalId(id);
  return decoded?.type === 'ExtensionOperation' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(decoded.localId) ? decoded.localId : null;
}
