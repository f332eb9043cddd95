// Every operation by its name, so that a write can be settled or delivered by a process that did not begin it.
import { contentSave } from './content/save.js';
import type { Operation } from './operation.js';
import { settingsSave } from './settings/save.js';

const OPERATIONS: readonly Operation<never>[] = [contentSave, settingsSave];

const byName: ReadonlyMap<string, Operation> = new Map(OPERATIONS.map((operation) => [operation.name, operation as unknown as Operation]));

/** The operation of a receipt; null for one that this version no longer has. */
export function findOperation(name: string): Operation | null {
  return byName.get(name) ?? null;
}
