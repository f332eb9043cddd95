// Windows in which updates may begin, by a site's own clock.
import { describe, expect, it } from 'vitest';
import { isInWindow, parseWindow } from '../../core/update-window.js';

const LISBON = { zoneName: 'Europe/Lisbon', offsetHours: null };
const at = (text: string): Date => new Date(text);

describe('a window for updates', () => {
  it('is refused when it is none', () => {
    for (const text of ['', '2-5', '02:00-02:00', '24:00-01:00', 'Monday 02:00-05:00', '02:00 - 05:00', '02:00-05:00 Mon']) expect(parseWindow(text), text).toBeNull();
  });

  it('is open between its times of the site’s own day, with its summer time', () => {
    expect(isInWindow('02:00-05:00', at('2026-01-10T02:00:00Z'), LISBON)).toBe(true);
    expect(isInWindow('02:00-05:00', at('2026-01-10T05:00:00Z'), LISBON)).toBe(false);
    expect(isInWindow('02:00-05:00', at('2026-07-10T01:30:00Z'), LISBON)).toBe(true);
    expect(isInWindow('02:00-05:00', at('2026-07-10T04:30:00Z'), LISBON)).toBe(false);
    expect(isInWindow('02:00-05:00', at('2026-01-10T21:00:00Z'), { zoneName: '', offsetHours: 5.5 })).toBe(true);
    expect(isInWindow(null, at('2026-01-10T12:00:00Z'), LISBON)).toBe(true);
    expect(isInWindow('no window', at('2026-01-10T12:00:00Z'), LISBON)).toBe(false);
  });

  it('belongs to the day on which it begins when it goes over midnight', () => {
    const utc = { zoneName: 'UTC', offsetHours: null };
    // 2026-01-09 is a Friday.
    expect(isInWindow('Fri 22:00-04:00', at('2026-01-09T23:00:00Z'), utc)).toBe(true);
    expect(isInWindow('Fri 22:00-04:00', at('2026-01-10T03:00:00Z'), utc)).toBe(true);
    expect(isInWindow('Fri 22:00-04:00', at('2026-01-09T03:00:00Z'), utc)).toBe(false);
    expect(isInWindow('Sat-Mon 01:00-02:00', at('2026-01-11T01:30:00Z'), utc)).toBe(true);
    expect(isInWindow('Sat-Mon 01:00-02:00', at('2026-01-13T01:30:00Z'), utc)).toBe(false);
  });
});
