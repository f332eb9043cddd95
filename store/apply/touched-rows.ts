// Which parts of its tables a batch touches, for those who keep what was read of them. A row counts for what owned it before as well as for what
// owns it now. Called by store/apply/rows.ts with the rows it writes.
import type { EntityName } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import { MAX_ROWS, type Part, type RowName } from '../cache/parts.js';
import { isSiteTable } from '../cache/tables.js';
import { AppError } from '../../core/errors.js';
import { ENTITIES } from './entities.js';
import type { RowState } from './merge.js';

/** The column that names a row for those who read it; null where it is always all of the site's rows that count. */
const ROW_NAMES: Readonly<Record<EntityName, string | null>> = {
  post: 'id',
  postMeta: 'postId',
  term: 'ttId',
  termRelation: 'objectId',
  comment: 'postId',
  commentMeta: 'commentId',
  menuItemLink: null,
  user: 'id',
  setting: null,
  order: 'id',
  orderItem: 'orderId',
  orderItemMeta: null,
};

/** The part that rows of an entity are. */
export function touchedBy(siteId: SiteId, entity: EntityName, rows: readonly RowState[]): Part {
  const { table } = ENTITIES[entity];
  if (!isSiteTable(table)) throw new AppError('INTERNAL', `the table ${table} of ${entity} is not among the cached tables; add it to store/cache/tables.ts`);
  const column = ROW_NAMES[entity];
  if (column === null || rows.length > MAX_ROWS) return { table, of: siteId };
  const names = new Set<RowName>();
  for (const row of rows) {
    for (const value of [row.key[column], row.columns[column], row.before?.columns[column]]) {
      if (typeof value === 'number' || typeof value === 'string') names.add(value);
    }
  }
  return { table, of: siteId, rows: [...names] };
}
