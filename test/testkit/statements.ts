// Counts what a test sends to the database: N parents, count of statements. Wraps a store; the wrapped store is an object of its own,
// so what is cached a store (compiled policies) begins empty.
import type { Part } from '../../store/cache/parts.js';
import type { Database, Queryable, Row, SqlValue } from '../../store/database.js';
import type { Store } from '../../store/store.js';

export interface Statement {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

export interface CountedStore {
  readonly store: Store;
  /** The statements since the last `reset`, in order; those of transactions included, those of Prisma not. */
  readonly statements: readonly Statement[];
  reset(): void;
}

/** Wraps a store so that its statements are recorded. */
export function countStatements(store: Store): CountedStore {
  const statements: Statement[] = [];
  const counted = (queryable: Queryable): Queryable => ({
    query: <T extends Row = Row>(text: string, values: readonly SqlValue[] = [], touches: readonly Part[] = []) => {
      statements.push({ text, values });
      return queryable.query<T>(text, values, touches);
    },
  });
  const database: Database = {
    ...store.database,
    ...counted(store.database),
    transaction: (work) => store.database.transaction((tx) => work(counted(tx))),
  };
  return {
    store: { ...store, database },
    statements,
    reset: () => {
      statements.length = 0;
    },
  };
}
