// A database that remembers what each statement answered, for as long as the process lives: what is then measured is a request without
// its SQL. For benchmarks only; nothing is ever purged, so nothing may be written beside it.
import type { Database, Row, SqlValue } from '../../store/database.js';

/** Wraps a database so that equal reads are answered from memory. */
export function rememberReads(database: Database): Database {
  const answers = new Map<string, Promise<Row[]>>();
  return {
    ...database,
    query<T extends Row>(text: string, values: readonly SqlValue[] = []): Promise<T[]> {
      const key = `${text}\n${JSON.stringify(values)}`;
      let answer = answers.get(key);
      if (answer === undefined) answers.set(key, (answer = database.query(text, values)));
      return answer as Promise<T[]>;
    },
  };
}
