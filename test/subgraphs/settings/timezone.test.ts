import { describe, expect, it } from 'vitest';
import { siteTimezone } from '../../../subgraphs/settings/timezone.js';

const WINTER = new Date('2026-01-15T12:00:00Z');
const SUMMER = new Date('2026-07-15T12:00:00Z');
const nothing = { zoneName: null, offsetHours: null, callable: null };

describe("a site's time zone", () => {
  it.each([
    ['Europe/Lisbon', 0, 60],
    ['America/St_Johns', -210, -150],
    ['Asia/Kolkata', 330, 330],
    ['Australia/Lord_Howe', 660, 630],
    ['UTC', 0, 0],
    ['Asia/Calcutta', 330, 330],
  ])('of the zone %s is %i minutes in January and %i in July', (zoneName, winter, summer) => {
    expect(siteTimezone({ ...nothing, zoneName }, WINTER).offsetMinutes).toBe(winter);
    expect(siteTimezone({ ...nothing, zoneName }, SUMMER).offsetMinutes).toBe(summer);
  });

  it('is the offset when the option names no zone, whatever the callable said before', () => {
    expect(siteTimezone({ zoneName: '', offsetHours: -3.5, callable: 'Europe/Lisbon' }, SUMMER)).toEqual({ name: null, offsetMinutes: -210 });
    expect(siteTimezone({ ...nothing, offsetHours: 5.75 }, SUMMER)).toEqual({ name: null, offsetMinutes: 345 });
  });

  it('comes from the callable while the options did not come', () => {
    expect(siteTimezone({ ...nothing, callable: 'UTC' }, SUMMER)).toEqual({ name: 'UTC', offsetMinutes: 0 });
    expect(siteTimezone({ ...nothing, callable: 'Europe/Lisbon' }, SUMMER)).toEqual({ name: 'Europe/Lisbon', offsetMinutes: 60 });
    for (const [callable, offsetMinutes] of [['UTC+0', 0], ['UTC+5:30', 330], ['UTC-3.5', -210], ['UTC+12.75', 765]] as const) {
      expect(siteTimezone({ ...nothing, callable }, SUMMER)).toEqual({ name: null, offsetMinutes });
    }
  });

  it('is an offset of nothing when nothing is known, and keeps the name of a zone that is not known here', () => {
    expect(siteTimezone(nothing, SUMMER)).toEqual({ name: null, offsetMinutes: 0 });
    expect(siteTimezone({ ...nothing, zoneName: 'Mars/Olympus' }, SUMMER)).toEqual({ name: 'Mars/Olympus', offsetMinutes: 0 });
  });
});
