import { describe, expect, it } from 'vitest';
import { absoluteDecimal, addDecimals, compareDecimals, padDecimal, parseDecimal } from '../../../subgraphs/commerce/decimals.js';

describe('decimals', () => {
  it('reads what sites store and nothing else', () => {
    expect(['12.50', '0', '-3.00', '.5', '-.5', ' 7 ', 12, 4.5].map(parseDecimal)).toEqual(['12.50', '0', '-3.00', '0.5', '-0.5', '7', '12', '4.5']);
    expect(['', '1,5', '1e3', 'abc', '1.', null, undefined, {}, true, Number.NaN].map(parseDecimal)).toEqual(Array(10).fill(null));
  });

  it('adds and compares without losing a digit', () => {
    expect(addDecimals('0.1', '0.2')).toBe('0.3');
    expect(addDecimals('9007199254740993.01', '0.001')).toBe('9007199254740993.011');
    expect(addDecimals('-0.05', '0.04')).toBe('-0.01');
    expect(addDecimals('1', '-1.00')).toBe('0.00');
    expect(addDecimals()).toBe('0');
    expect([compareDecimals('9.00', '14'), compareDecimals('-1', '-2'), compareDecimals('1.0', '1')]).toEqual([-1, 1, 0]);
  });

  it('pads to the decimals of a shop and keeps the digits beyond', () => {
    expect([padDecimal('9', 2), padDecimal('0.5', 2), padDecimal('71.5250', 2), padDecimal('7.50000000', 2), padDecimal('3', 0), padDecimal('3.0', 0)]).toEqual(['9.00', '0.50', '71.525', '7.50', '3', '3']);
    expect(absoluteDecimal('-3.00')).toBe('3.00');
  });
});
