// What the resolvers of locks hand on.
import type { EditLockRow } from '../../../store/edit-locks.js';
import type { UserErrorModel } from '../../shared/writes.js';
import type { UserModel } from '../models.js';

export type LockModel = EditLockRow;

/** The outcome of locking. */
export interface LockPayloadModel {
  readonly lock: LockModel | null;
  readonly heldBy: UserModel | null;
  readonly siteAsked: boolean;
  readonly userErrors: UserErrorModel[];
}
