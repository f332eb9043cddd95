import { describe, it, expect } from 'vitest';
import { compareItemOrder, decodeItemKey, orderOf } from '../../../sync/protocol/item-key.js';

describe('decodeItemKey', () => {
  it('reads the key of a queued item, also of the queue whose name has an underscore', () => {
    expect(decodeItemKey('jpsq_sync-1795461665.294571-651395-12')).toEqual({
      kind: 'queued', queue: 'sync', timestampMicros: 1795461665294571, process: '651395', counter: 12,
    });
    expect(decodeItemKey('jpsq_full_sync-1795461665,290000-1-1')).toMatchObject({ queue: 'full_sync', timestampMicros: 1795461665290000 });
  });

  it('reads the keys of items that are sent at once', () => {
    expect(decodeItemKey('1795461665.4725')).toEqual({ kind: 'moment', timestampMicros: 1795461665472500 });
    expect(decodeItemKey('1795461665')).toEqual({ kind: 'moment', timestampMicros: 1795461665000000 });
    expect(decodeItemKey('jetpack_full_sync_posts_2134280932')).toEqual({ kind: 'chunk', action: 'jetpack_full_sync_posts', checksum: '2134280932' });
  });

  it.each(['', 'jpsq_sync-1-1-1', 'jpsq_sync-1.1-1-', 'x', '1.2.3', `jpsq_sync-1.0-1-${'9'.repeat(16)}`, 'a b_1'])('does not understand %j', (key) => {
    expect(decodeItemKey(key)).toBeNull();
  });
});

describe('compareItemOrder', () => {
  it('orders by the item time, then the counter as a number, then the key', () => {
    const keys = [[5, 'jpsq_sync-1.000000-7-1'], [3, 'jpsq_sync-1.000000-7-10'], [3, 'jpsq_sync-1.000000-7-9'], [3, 'b'], [3, 'a']] as const;
    const sorted = keys.map(([timestampMicros, key]) => orderOf({ timestampMicros }, key)).sort(compareItemOrder);
    expect(sorted.map(({ key }) => key)).toEqual(['a', 'b', 'jpsq_sync-1.000000-7-9', 'jpsq_sync-1.000000-7-10', 'jpsq_sync-1.000000-7-1']);
  });
});
