// What a failed transaction says: that another holds the site, that the store is not there, or that an item cannot be stored.
// Called by sync/ingest and the server's error handler. Decided by codes and types, never by message texts.
import { AppError } from '../core/errors.js';
import type { Queryable } from '../store/database.js';

export type StoreFault = 'busy' | 'unavailable' | 'refused';

/** lock_not_available, serialization_failure, deadlock_detected: another batch was faster. */
const BUSY = new Set(['55P03', '40001', '40P01']);
/** SQLSTATE classes that speak about values: cardinality, data exception, integrity constraint, program limit (a key too long). */
const REFUSED_CLASSES = new Set(['21', '22', '23', '54']);
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** The fault as far as the error itself tells; null when it has no code, as a lost connection and a mistake of ours may have. */
export function faultOf(error: unknown): StoreFault | null {
  if (error instanceof AppError || error instanceof TypeError || error instanceof RangeError) return 'refused';
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (typeof code !== 'string') return null;
  if (BUSY.has(code)) return 'busy';
  return SQLSTATE.test(code) && REFUSED_CLASSES.has(code.slice(0, 2)) ? 'refused' : 'unavailable';
}

/** The fault, asking the store whether it answers when the error does not tell. */
export async function diagnose(error: unknown, db: Queryable): Promise<StoreFault> {
  const fault = faultOf(error);
  if (fault !== null) return fault;
  try {
    await db.query('SELECT 1');
    return 'refused';
  } catch {
    return 'unavailable';
  }
}

/** Names a fault for people without saying anything about values. */
export function nameFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return `${error instanceof Error ? error.name : 'unknown error'}${code}`;
}
