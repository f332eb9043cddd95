import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, KNOWN_ACTIONS } from '../../../sync/decode/index.js';
import { decodeArgs, itemOf } from './item.js';
import { SAMPLES } from './samples.js';

const actions = Object.keys(SAMPLES);

describe('the table of actions', () => {
  it('has an example for every decoder, so that the tests below leave none out', () => {
    const exact = actions.filter((action) => !/^comment_(un)?approved_(?!to_)/.test(action));
    expect([...exact].sort()).toEqual(KNOWN_ACTIONS);
  });

  it.each(actions)('decodes every example of %s', (action) => {
    for (const [index, args] of (SAMPLES[action] ?? []).entries()) {
      const decoded = decodeArgs(action, args);
      expect(decoded.deadLetter).toBeNull();
      // The options have dozens of examples that look alike; the privacy tests say what they give.
      if (index < 5) expect({ changes: decoded.changes, audit: decoded.audit }).toMatchSnapshot();
    }
  });

  it('keeps an unknown action as a dead letter', () => {
    const decoded = decodeArgs('some_plugin_action', [1]);
    expect(decoded).toMatchObject({ changes: [], audit: null, deadLetter: { reason: 'unknown-action' } });
  });

  it.each(['__proto__', 'constructor', 'toString'])('does not take %s for an action', (action) => {
    expect(decodeArgs(action, []).deadLetter?.reason).toBe('unknown-action');
  });

  it('says where the arguments were wrong and never what they were', () => {
    const decoded = decodeArgs('jetpack_sync_save_term', [{ term_id: 'hunter2', term_taxonomy_id: 4, taxonomy: 'category', name: '', slug: '' }]);
    expect(decoded.deadLetter).toEqual({ reason: 'bad-arguments', message: 'term.term_id: expected an id' });
    expect(decoded.changes).toEqual([]);
  });

  it.each(actions)('answers anything for %s with a decoding or a dead letter, without throwing', (action) => {
    const answers = [null, undefined, 0, '', 'text', true, [], {}, [[]], [{}], [null, null], [1, null, {}], { id: {} }, { posts: [1], users: 5 }];
    for (const args of answers) {
      const { deadLetter } = decodeArgs(action, args);
      expect(deadLetter === null || deadLetter.reason === 'bad-arguments').toBe(true);
    }
  });

  it('never throws, whatever JSON arrives', () => {
    fc.assert(
      fc.property(fc.constantFrom(...actions), fc.jsonValue({ maxDepth: 4 }), fc.jsonValue(), (action, args, actor) => {
        const decoded = decode('k', itemOf(action, args, { actor }));
        expect(decoded.deadLetter?.message ?? '').not.toContain('The decoder failed');
      }),
      { numRuns: 2000 },
    );
  });
});
