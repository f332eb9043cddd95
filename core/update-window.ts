// When updates may begin: `02:00-05:00` every day, `Mon-Fri 22:00-04:00` on those days, in the site's own time. Pure; checked by the
// subgraph when a policy is set and by jobs before they begin. A window over midnight belongs to the day on which it begins.

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MINUTES_A_DAY = 1440;

export interface UpdateWindow {
  /** Days on which it begins, 0 is Sunday. */
  readonly days: readonly number[];
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** A window from text; null for what is none. */
export function parseWindow(text: string): UpdateWindow | null {
  const match = /^(?:(Sun|Mon|Tue|Wed|Thu|Fri|Sat)(?:-(Sun|Mon|Tue|Wed|Thu|Fri|Sat))? )?([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(text.trim());
  if (!match) return null;
  const [, first, last] = match;
  const [fromMinute, toMinute] = [Number(match[3]) * 60 + Number(match[4]), Number(match[5]) * 60 + Number(match[6])];
  if (fromMinute === toMinute) return null;
  const from = first === undefined ? 0 : DAYS.indexOf(first as (typeof DAYS)[number]);
  const count = first === undefined ? 7 : last === undefined ? 1 : ((DAYS.indexOf(last as (typeof DAYS)[number]) - from + 7) % 7) + 1;
  return { days: Array.from({ length: count }, (_, index) => (from + index) % 7), fromMinute, toMinute };
}

/** Where a site's clock is: the name of its zone, or, where that is empty or not known, hours from UTC. */
export interface SiteZone {
  readonly zoneName: string | null;
  readonly offsetHours: number | null;
}

/** Whether an instant lies in a window by a site's clock. No window is always open. */
export function isInWindow(text: string | null, at: Date, zone: SiteZone): boolean {
  if (text === null) return true;
  const window = parseWindow(text);
  if (!window) return false;
  const { day, minute } = localTime(at, zone);
  const { days, fromMinute, toMinute } = window;
  if (fromMinute < toMinute) return days.includes(day) && minute >= fromMinute && minute < toMinute;
  return (days.includes(day) && minute >= fromMinute) || (days.includes((day + 6) % 7) && minute < toMinute);
}

function localTime(at: Date, { zoneName, offsetHours }: SiteZone): { day: number; minute: number } {
  const named = zoneName === null || zoneName === '' ? null : inZone(at, zoneName);
  if (named) return named;
  const shifted = new Date(at.getTime() + (offsetHours ?? 0) * 3_600_000);
  return { day: shifted.getUTCDay(), minute: shifted.getUTCHours() * 60 + shifted.getUTCMinutes() };
}

function inZone(at: Date, timeZone: string): { day: number; minute: number } | null {
  try {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(at);
    const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
    return { day: DAYS.indexOf(part('weekday') as (typeof DAYS)[number]), minute: (Number(part('hour')) * 60 + Number(part('minute'))) % MINUTES_A_DAY };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
