// Statements of the embedded database, prepared once: PGlite's own query() parses, describes and plans the text anew each time and
// crosses into WebAssembly six times; this crosses once, with a plan that PostgreSQL keeps. Called by store/database.ts only.
import { messages, protocol, type PGlite } from '@electric-sql/pglite';
import type { Row, SqlValue } from './database.js';
import { readRows, type Column } from './embedded-rows.js';

/** Statements that stay prepared; the texts of the product are some 250, and one takes about 50 kB of the database's memory. */
const PREPARED_MAX = 400;

interface Prepared {
  readonly name: string;
  readonly serializers: readonly Serializer[];
  readonly columns: readonly Column[];
}

export interface EmbeddedStatements {
  /** Runs one statement. The caller holds the connection: nothing else may run between two messages of it. */
  run<T extends Row>(text: string, values: readonly SqlValue[]): Promise<T[]>;
  /** Forgets all plans; called after the schema changed, when what they return may have. */
  forget(): Promise<void>;
}

/** Lists of texts without quotes or nothing in them, which most are. */
const PLAIN_LIST = /^\{[^"\\{}]*\}$/;
const TEXT_LISTS: ReadonlySet<number> = new Set([1009, 1015]);
const BYTEA = 17;

type Serializer = ((value: unknown) => string) | undefined;

function parameterSerializer(pglite: PGlite, oid: number): Serializer {
  if (oid !== BYTEA) return pglite.serializers[oid];
  // PGlite's own makes a text of each byte: 17 ms for the 40 kB that a save of an article keeps, against 0.05 ms.
  return (value) => (value instanceof Uint8Array ? `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}` : String(value));
}

function columnParser(pglite: PGlite, oid: number): Column['parse'] {
  const parse = pglite.parsers[oid] as Column['parse'];
  if (!TEXT_LISTS.has(oid)) return parse;
  return (text) => {
    if (text === '{}') return [];
    return PLAIN_LIST.test(text) && !text.includes('NULL') ? text.slice(1, -1).split(',') : parse?.(text);
  };
}

const { serialize } = protocol;
const SYNC = serialize.sync();
const EXECUTE = serialize.execute({});

/** Creates the prepared statements of one embedded database. */
export function createEmbeddedStatements(pglite: PGlite): EmbeddedStatements {
  // In the order of their last use.
  const prepared = new Map<string, Prepared>();
  let names = 0;

  const send = (...parts: readonly Uint8Array[]) => pglite.execProtocolStream(Buffer.concat(parts), { syncToFs: false });

  /** What the database answers, as it came: PGlite's own reading of a row costs as much as the row. */
  async function sendRaw(...parts: readonly Uint8Array[]): Promise<Buffer> {
    const chunks: Buffer[] = [];
    // A chunk is a view of the database's memory, which the next one overwrites.
    await pglite.execProtocolRawStream(Buffer.concat(parts), { syncToFs: false, onRawData: (chunk) => void chunks.push(Buffer.from(chunk)) });
    return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  }

  async function prepare(text: string): Promise<Prepared> {
    const name = `e${(names += 1)}`;
    const answers = await send(serialize.parse({ name, text }), serialize.describe({ type: 'S', name }), SYNC);
    const parameters = answers.find((message): message is messages.ParameterDescriptionMessage => message.name === 'parameterDescription');
    const described = answers.find((message): message is messages.RowDescriptionMessage => message.name === 'rowDescription');
    const statement: Prepared = {
      name,
      serializers: (parameters?.dataTypeIDs ?? []).map((oid) => parameterSerializer(pglite, oid)),
      columns: (described?.fields ?? []).map((field) => ({ name: field.name, parse: columnParser(pglite, field.dataTypeID) })),
    };
    prepared.set(text, statement);
    if (prepared.size > PREPARED_MAX) await discardOldest();
    return statement;
  }

  async function discardOldest(): Promise<void> {
    for (const [text, { name }] of prepared) {
      prepared.delete(text);
      await send(serialize.close({ type: 'S', name }), SYNC);
      return;
    }
  }

  return {
    async run<T extends Row>(text: string, values: readonly SqlValue[]) {
      const known = prepared.get(text);
      if (known) {
        prepared.delete(text);
        prepared.set(text, known);
      }
      const statement = known ?? (await prepare(text));
      const bound = values.map((value, index) => {
        if (value === null || value === undefined) return null;
        return statement.serializers[index]?.(value) ?? String(value);
      });
      return readRows<T>(await sendRaw(serialize.bind({ statement: statement.name, values: bound }), EXECUTE, SYNC), statement.columns);
    },
    async forget() {
      prepared.clear();
      await pglite.exec('DEALLOCATE ALL');
    },
  };
}
