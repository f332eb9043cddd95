import { describe, expect, it } from 'vitest';
import type { DecodedItem, DomainChange } from '../../../core/changes.js';
import { decode } from '../../../sync/decode/index.js';
import { readRecording, RECORDINGS } from './recordings.js';

const decoded = new Map(RECORDINGS.map((name) => [name, readRecording(name).map(({ key, item }) => decode(key, item))]));

function itemsOf(name: (typeof RECORDINGS)[number], action: string): DecodedItem[] {
  return (decoded.get(name) ?? []).filter((item) => item.action === action);
}

function countKinds(changes: readonly DomainChange[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const change of changes) {
    const name = 'entity' in change ? `${change.kind} ${change.entity}` : change.kind;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe('the recordings of a real site', () => {
  it.each([['1-incremental', 3338], ['2-full-sync', 13], ['3-full-sync-woocommerce', 16]] as const)('decode without a dead letter: %s', (name, count) => {
    const items = decoded.get(name) ?? [];
    expect(items.filter((item) => item.deadLetter !== null)).toEqual([]);
    expect(items).toHaveLength(count);
  });

  it('hold no address of an actor, no agent string and no e-mail outside of users, comments and settings', () => {
    const text = JSON.stringify((decoded.get('1-incremental') ?? []).map(({ actor, audit }) => ({ actor, audit })));
    expect(text).not.toMatch(/127\.0\.0\.1|@harborlane\.example|\?/);
  });

  it('hide the layout of the server', () => {
    expect(JSON.stringify([...decoded.values()])).not.toContain('/var/www/harborlane');
  });

  it('give these changes for a full sync', () => {
    expect(countKinds((decoded.get('2-full-sync') ?? []).flatMap((item) => item.changes))).toMatchSnapshot();
  });

  it('give these changes for an incremental sync', () => {
    expect(countKinds((decoded.get('1-incremental') ?? []).flatMap((item) => item.changes))).toMatchSnapshot();
  });

  it('give this published post', () => {
    expect(itemsOf('1-incremental', 'jetpack_published_post')[0]).toMatchSnapshot();
  });

  it('give these registers of a legacy order', () => {
    const posts = itemsOf('2-full-sync', 'jetpack_full_sync_posts').flatMap((item) => item.changes);
    const order = posts.filter((change) => change.kind === 'upsert' && change.entity === 'order' && change.key.id === 132);
    expect(Object.assign({}, ...order.map((change) => (change.kind === 'upsert' ? change.groups : {})))).toMatchSnapshot();
  });

  it('give these terms, relations and audit lines of a deleted tag', () => {
    expect(itemsOf('1-incremental', 'delete_term')).toMatchSnapshot();
  });
});
