// Query.write: follows a write by the id of its receipt. For the account that wrote and the operator; nobody else learns that there is one.
import { findWrite } from '../../store/writes.js';
import { decodeReceiptId, receiptOf, type ReceiptModel } from '../shared/writes.js';
import type { SettingsContext } from './loaders.js';

/** A receipt that the viewer may see; null otherwise. */
export async function followWrite(id: string, { store, viewer }: Pick<SettingsContext, 'store' | 'viewer'>): Promise<ReceiptModel | null> {
  const key = decodeReceiptId(id);
  if (!key || viewer.kind === 'anonymous') return null;
  const record = await findWrite(store.database, key.siteId, key.writeId);
  return record && (viewer.kind === 'operator' || record.accountId === viewer.accountId) ? receiptOf(record) : null;
}
