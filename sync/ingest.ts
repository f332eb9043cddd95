// Takes a believed batch in: lease, decoding, transactions, acknowledgement. Called by sync/server for both transports.
// A key is acknowledged only after the transaction that holds its item is committed; what is not acknowledged comes again,
// and applying it twice changes nothing. Nothing of an item is ever logged.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SiteId } from '../core/ids.js';
import type { Log } from '../core/log.js';
import { applyItems } from '../store/apply/apply.js';
import type { Queryable } from '../store/database.js';
import { keepDeadLetters } from '../store/dead-letters.js';
import { recordQueue } from '../store/site-contact.js';
import type { Store } from '../store/store.js';
import { oddLineToUnit, readEntry, toRefusedUnit, toUnit, type Batch, type Unit } from './batch.js';
import type { Leases } from './lease.js';
import type { SyncLimits } from './limits.js';
import type { SyncMetrics } from './metrics.js';
import type { Places } from './places.js';
import { diagnose, faultOf, nameFault } from './store-faults.js';

export interface IngestContext {
  readonly store: Store;
  readonly log: Log;
  readonly limits: SyncLimits;
  readonly leases: Leases;
  readonly places: Places;
  readonly metrics: SyncMetrics;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

export interface BatchToIngest extends Batch {
  readonly siteId: SiteId;
  /** Items that waited in the site's queue when it sent; null when the site did not say. */
  readonly queueSize: number | null;
  /** When the answer is due, in milliseconds since 1970. */
  readonly deadlineMs: number;
}

/** `complete`: nothing is left; `late`: time ran out; `busy`: another batch of the site is at work; `unavailable`: the store is. */
export type IngestEnd = 'complete' | 'late' | 'busy' | 'unavailable';

export interface IngestResult {
  /** Keys of the items that are committed, whatever the end. */
  readonly processed: readonly string[];
  readonly end: IngestEnd;
}

/** After how many bytes of decoding others get their turn. */
const BYTES_PER_TURN = 256 * 1024;

/** Takes a batch in, as far as time and the store allow. Throws only on mistakes of ours, with everything of `processed` lost. */
export async function ingestBatch(context: IngestContext, batch: BatchToIngest): Promise<IngestResult> {
  const waitMs = Math.max(0, Math.min(context.limits.leaseWaitMs, batch.deadlineMs - context.clock()));
  const release = await context.leases.acquire(batch.siteId, waitMs);
  if (release === null) return { processed: [], end: 'busy' };
  try {
    return await new Ingestion(context, batch).run();
  } finally {
    release();
  }
}

class Ingestion {
  private readonly done: Unit[] = [];
  private readonly triedAgain = new Set<Unit>();
  private isQueueRecorded = false;
  private next = 0;
  private nextOdd = 0;

  constructor(
    private readonly context: IngestContext,
    private readonly batch: BatchToIngest,
  ) {}

  async run(): Promise<IngestResult> {
    const end = await this.commitAll();
    return { processed: this.acknowledgedKeys(), end };
  }

  private async commitAll(): Promise<IngestEnd> {
    let decoded: readonly Unit[] | null = null;
    for (;;) {
      if (this.isLate()) return 'late';
      const leave = await this.context.places.take();
      try {
        const units: readonly Unit[] = decoded ?? (await this.decodeSome());
        if (units.length === 0) return 'complete';
        const step = await this.commitAndDecode(units);
        if (step.end !== 'complete' || step.next.length === 0) return step.end;
        decoded = step.next;
      } finally {
        leave();
      }
    }
  }

  // What comes next is decoded while the database works.
  private async commitAndDecode(units: readonly Unit[]): Promise<{ readonly end: IngestEnd; readonly next: readonly Unit[] }> {
    const [committed, decoded] = await Promise.allSettled([this.commitOrSplit(units), this.decodeSome()]);
    if (committed.status === 'rejected') throw committed.reason;
    if (decoded.status === 'rejected') throw decoded.reason;
    return { end: committed.value, next: decoded.value };
  }

  // The first transaction is made in any case, so that a site that is always late still gets on.
  private isLate(): boolean {
    return this.done.length > 0 && this.context.clock() >= this.batch.deadlineMs;
  }

  // Decodes as much as one transaction holds; the rest of the batch stays encoded, so that memory is bounded by the limits.
  private async decodeSome(): Promise<Unit[]> {
    const { limits } = this.context;
    const units: Unit[] = [];
    let bytes = 0;
    let turnBytes = 0;
    while (units.length < limits.itemsPerTransaction && bytes < limits.bytesPerTransaction) {
      const unit = await this.decodeNext();
      if (unit === null) break;
      units.push(unit);
      bytes += unit.bytes;
      turnBytes += unit.bytes;
      if (turnBytes >= BYTES_PER_TURN) {
        turnBytes = 0;
        await nextTurn();
      }
    }
    return units;
  }

  private async decodeNext(): Promise<Unit | null> {
    const entry = this.batch.entries[this.next];
    if (entry) {
      this.next += 1;
      const read = readEntry(entry, this.batch.codec, this.context.limits.items);
      if (read.jsonBytes >= BYTES_PER_TURN) await nextTurn();
      return toUnit(entry, this.batch.codec, read);
    }
    const odd = this.batch.oddLines[this.nextOdd];
    if (!odd) return null;
    this.nextOdd += 1;
    return oddLineToUnit(odd);
  }

  // Halves what the store refuses until the one item is found that it cannot hold; everything else is committed.
  private async commitOrSplit(units: readonly Unit[]): Promise<IngestEnd> {
    const work: (readonly Unit[])[] = [units];
    for (let part = work.pop(); part !== undefined; part = work.pop()) {
      if (this.isLate()) return 'late';
      try {
        await this.commit(part);
        continue;
      } catch (error) {
        const fault = await diagnose(error, this.context.store.database);
        this.context.log.warn({ siteId: this.batch.siteId, items: part.length, fault, error: nameFault(error) }, 'a transaction of a batch failed');
        if (fault !== 'refused') return fault;
        const [only] = part;
        if (part.length > 1 || only === undefined) {
          const middle = part.length >> 1;
          work.push(part.slice(middle), part.slice(0, middle));
        } else if (faultOf(error) === null && !this.triedAgain.has(only)) {
          // A connection that was lost once looks the same as a mistake of ours.
          this.triedAgain.add(only);
          work.push(part);
        } else if (only.item === null) {
          // Not even its dead letter can be kept: it is not acknowledged, and the log has said so.
          return 'unavailable';
        } else {
          work.push([toRefusedUnit(only, nameFault(error))]);
        }
      }
    }
    return 'complete';
  }

  private async commit(units: readonly Unit[]): Promise<void> {
    const { store, clock, metrics } = this.context;
    const { siteId } = this.batch;
    const now = new Date(clock());
    const items = units.flatMap((unit) => unit.item ?? []);
    const letters = units.flatMap((unit) => unit.letter ?? []);
    const added = await store.database.transaction(async (tx) => {
      await applyItems(tx, siteId, items, now);
      await this.recordQueueOnce(tx, units, now);
      return keepDeadLetters(tx, store.secrets, siteId, letters, now);
    });
    this.isQueueRecorded = true;
    this.done.push(...units);
    metrics.deadLetters += added;
  }

  // Once all that waited has arrived nothing lags any more, however old it was; an idle site would be late until its next event.
  private async recordQueueOnce(tx: Queryable, units: readonly Unit[], now: Date): Promise<void> {
    const { queueSize, entries, oddLines } = this.batch;
    if (queueSize === null) return;
    const isLast = this.done.length + units.length === entries.length + oddLines.length;
    if (isLast && queueSize <= entries.length) return recordQueue(tx, this.batch.siteId, 0, 0);
    if (this.isQueueRecorded) return;
    const oldest = units.reduce((least, unit) => (unit.item ? Math.min(least, unit.item.rev / 1000) : least), now.getTime());
    await recordQueue(tx, this.batch.siteId, queueSize, (now.getTime() - oldest) / 1000);
  }

  // Two items may share a key; it is acknowledged when both are committed.
  private acknowledgedKeys(): string[] {
    const open = new Map<string, number>();
    for (const { key } of [...this.batch.entries, ...this.batch.oddLines]) open.set(key, (open.get(key) ?? 0) + 1);
    for (const { key } of this.done) open.set(key, (open.get(key) ?? 0) - 1);
    return [...open].filter(([, count]) => count === 0).map(([key]) => key);
  }
}
