// Every operation by its name, so that a write can be settled or delivered by a process that did not begin it.
import { commentModerate } from './comments/moderate.js';
import { commentReply } from './comments/reply.js';
import { contentDelete, contentRestore, contentTrash } from './content/actions.js';
import { contentAutosave } from './content/autosave.js';
import { contentSave } from './content/save.js';
import { mediaUpload } from './media/upload.js';
import { menuAssign } from './menus/assign.js';
import { menuDelete } from './menus/remove.js';
import { menuSave } from './menus/save.js';
import type { Operation } from './operation.js';
import { settingsSave } from './settings/save.js';
import { termDelete } from './terms/remove.js';
import { termSave } from './terms/save.js';
import { themeCustomize } from './themes/customize.js';
import { userInvite } from './users/invite.js';
import { userRemove } from './users/remove.js';
import { userUpdate } from './users/update.js';

const OPERATIONS: readonly Operation<never>[] = [
  contentSave, contentAutosave, contentTrash, contentRestore, contentDelete, commentModerate, commentReply, termSave, termDelete, settingsSave,
  userInvite, userUpdate, userRemove, menuSave, menuAssign, menuDelete, mediaUpload, themeCustomize,
];

const byName: ReadonlyMap<string, Operation> = new Map(OPERATIONS.map((operation) => [operation.name, operation as unknown as Operation]));

/** The operation of a receipt; null for one that this version no longer has. */
export function findOperation(name: string): Operation | null {
  return byName.get(name) ?? null;
}
