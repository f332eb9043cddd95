// Reads the rows out of what the embedded database answers in PostgreSQL's wire protocol, version 3. Called by embedded-statements.ts only.
// Notifications are not looked at: nothing of ours listens to them.
import { messages, protocol } from '@electric-sql/pglite';
import { AppError } from '../core/errors.js';
import type { Row } from './database.js';

/** A column of a statement's rows; values come as text. */
export interface Column {
  readonly name: string;
  readonly parse: ((text: string) => unknown) | undefined;
}

/** A message is a letter, a length of four bytes that counts itself, and its content. */
const HEADER_BYTES = 5;
const DATA_ROW = 0x44;
const ERROR_RESPONSE = 0x45;
const COPY_IN = 0x47;

/** Reads all rows of an answer. Throws the database's error when there is one among the messages. */
export function readRows<T extends Row>(answer: Buffer, columns: readonly Column[]): T[] {
  const rows: T[] = [];
  for (let at = 0; at + HEADER_BYTES <= answer.length; at += 1 + answer.readInt32BE(at + 1)) {
    const kind = answer[at];
    if (kind === DATA_ROW) rows.push(readRow(answer, at + HEADER_BYTES, columns) as T);
    else if (kind === ERROR_RESPONSE) throw readError(answer.subarray(at, at + 1 + answer.readInt32BE(at + 1)));
    else if (kind === COPY_IN) throw new AppError('INTERNAL', 'a statement of the embedded database asks for data; COPY is not sent this way');
  }
  return rows;
}

function readRow(answer: Buffer, start: number, columns: readonly Column[]): Row {
  const row: Row = {};
  let at = start + 2;
  for (const column of columns) {
    const length = answer.readInt32BE(at);
    at += 4;
    if (length < 0) {
      row[column.name] = null;
      continue;
    }
    const text = answer.toString('utf8', at, at + length);
    at += length;
    row[column.name] = column.parse === undefined ? text : column.parse(text);
  }
  return row;
}

/** The error as PGlite's own reader makes it, with its code and fields. */
function readError(message: Buffer): Error {
  let found: Error | undefined;
  new protocol.Parser().parse(Buffer.from(message), (read) => {
    if (read instanceof messages.DatabaseError) found = read;
  });
  return found ?? new AppError('INTERNAL', 'the embedded database told an error that cannot be read');
}
