import { describe, it, expect } from 'vitest';
import { joinJsonLines, splitJsonLines, MAX_LINES } from '../../../sync/protocol/json-lines.js';

const GOOD = [{ key: 'jpsq_sync-1.000000-1-1', encoded: 'QUJD+/==' }, { key: 'jpsq_sync-1.000000-1-2', encoded: '' }];
const [FIRST, SECOND] = joinJsonLines(GOOD).toString().split('\n') as [string, string];

describe('splitJsonLines', () => {
  it('gives back what was joined', () => {
    expect(splitJsonLines(joinJsonLines(GOOD))).toEqual({ entries: GOOD, badLines: [] });
    expect(splitJsonLines(Buffer.alloc(0))).toEqual({ entries: [], badLines: [] });
  });

  it('skips blank lines and reads escaped slashes, spaces, carriage returns and several members a line', () => {
    const body = `\n{ "a": "QU\\/D" }\r\n\n{"b":"","c.d":"x"}\n`;
    expect(splitJsonLines(Buffer.from(body))).toEqual({
      entries: [{ key: 'a', encoded: 'QU/D' }, { key: 'b', encoded: '' }, { key: 'c.d', encoded: 'x' }], badLines: [],
    });
  });

  it('reports a line that is not JSON between good ones and keeps the good ones', () => {
    expect(splitJsonLines(Buffer.from(`${FIRST}\nnot json\n${SECOND}`))).toEqual({ entries: GOOD, badLines: [{ index: 1, reason: 'not-json', key: null }] });
  });

  it('reports a truncated last line without its key, so that it is never acknowledged', () => {
    const whole = `${FIRST}\n{"jpsq_sync-1.000000-1-2":"QUJDRE`;
    expect(splitJsonLines(Buffer.from(whole))).toEqual({ entries: GOOD.slice(0, 1), badLines: [{ index: 1, reason: 'truncated', key: null }] });
    expect(splitJsonLines(Buffer.from(`${FIRST.slice(0, -1)}\n${SECOND}`)).badLines).toEqual([{ index: 0, reason: 'not-json', key: null }]);
  });

  it('reports a line of invalid UTF-8 and keeps the others', () => {
    const body = Buffer.concat([Buffer.from(`${FIRST}\n{"k":"`), Buffer.from([0xc3, 0x28]), Buffer.from(`"}\n${SECOND}`)]);
    expect(splitJsonLines(body)).toEqual({ entries: GOOD, badLines: [{ index: 1, reason: 'invalid-utf8', key: null }] });
  });

  it('reports JSON that is no entry, with the key where the value alone is wrong', () => {
    const body = ['[]', '{}', 'null', '"x"', '{"k":false,"g":"QUJD"}', '{"k":{"a":{"b":1}}}', '['.repeat(1_000_000)].join('\n');
    expect(splitJsonLines(Buffer.from(body))).toEqual({
      entries: [{ key: 'g', encoded: 'QUJD' }],
      badLines: [
        { index: 0, reason: 'not-an-entry', key: null }, { index: 1, reason: 'not-an-entry', key: null }, { index: 2, reason: 'not-an-entry', key: null },
        { index: 3, reason: 'not-an-entry', key: null }, { index: 4, reason: 'not-an-entry', key: 'k' }, { index: 5, reason: 'not-an-entry', key: null },
        { index: 6, reason: 'not-an-entry', key: null },
      ],
    });
  });

  it('stops at the limit of lines and says so once', () => {
    const { entries, badLines } = splitJsonLines(Buffer.from(`${FIRST}\n`.repeat(MAX_LINES + 5)));
    expect(entries).toHaveLength(MAX_LINES);
    expect(badLines).toEqual([{ index: MAX_LINES, reason: 'too-many-lines', key: null }]);
  });

  it('keeps a member called __proto__ as an ordinary key', () => {
    expect(splitJsonLines(Buffer.from('{"__proto__":"QUJD"}')).entries).toEqual([{ key: '__proto__', encoded: 'QUJD' }]);
  });
});
