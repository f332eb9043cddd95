import { describe, expect, it } from 'vitest';
import { itemDate, localDate, phpDate, secondsDate, utcDate } from '../../../sync/decode/dates.js';

describe('dates', () => {
  it('are ISO-8601, with a Z only when they are UTC', () => {
    expect(utcDate('2027-01-15 08:00:00')).toBe('2027-01-15T08:00:00Z');
    expect(localDate('2027-01-15 08:00:00')).toBe('2027-01-15T08:00:00');
    expect(secondsDate('1800000000')).toBe('2027-01-15T08:00:00Z');
    expect(itemDate(1800000000.25)).toBe('2027-01-15T08:00:00.250Z');
  });

  it.each(['0000-00-00 00:00:00', '', '2027-02-31 00:00:00', '-0001-11-30 00:00:00', 'tomorrow'])('are null when the database would refuse them: %s', (text) => {
    expect(utcDate(text)).toBeNull();
    expect(localDate(text)).toBeNull();
  });

  it.each([
    ['+00:00', '2027-07-01T12:00:00Z'], ['UTC', '2027-07-01T12:00:00Z'], ['-05:30', '2027-07-01T17:30:00Z'],
    ['Europe/Berlin', '2027-07-01T10:00:00Z'], ['Pacific/Auckland', '2027-07-01T00:00:00Z'], ['Nowhere/Else', null],
  ])('of WooCommerce are read in their zone: %s', (timezone, expected) => {
    expect(phpDate({ date: '2027-07-01 12:00:00.000000', timezone_type: 3, timezone })).toBe(expected);
  });

  it('of WooCommerce are read right beside a change of clocks', () => {
    expect(phpDate({ date: '2027-03-28 03:30:00.000000', timezone: 'Europe/Berlin' })).toBe('2027-03-28T01:30:00Z');
    expect(phpDate({ date: '2027-03-28 01:30:00.000000', timezone: 'Europe/Berlin' })).toBe('2027-03-28T00:30:00Z');
  });
});
