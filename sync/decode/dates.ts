// WordPress's and WooCommerce's dates as the project keeps them: ISO-8601 UTC with Z, or site-local without a zone.
// A date that is zero, malformed or impossible is null, because the database would refuse it.

const MYSQL_DATE = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.\d+)?$/;

let lastText = '';
let lastDate: string | null = null;

/** 'YYYY-MM-DDTHH:MM:SS' from 'YYYY-MM-DD HH:MM:SS' (a site-local date). */
export function localDate(text: string): string | null {
  // A post has the same date up to four times.
  if (text !== lastText) {
    lastDate = readLocalDate(text);
    lastText = text;
  }
  return lastDate;
}

function readLocalDate(text: string): string | null {
  const match = MYSQL_DATE.exec(text);
  if (!match || match[1] === undefined || match[1].startsWith('0000')) return null;
  const iso = `${match[1]}T${match[2]}`;
  const time = Date.parse(`${iso}Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 19) !== iso ? null : iso;
}

/** ISO-8601 UTC from a '…_gmt' column. */
export function utcDate(text: string): string | null {
  const local = localDate(text);
  return local === null ? null : `${local}Z`;
}

/** ISO-8601 UTC from Unix seconds, as a number or text; '' and 0 are null. */
export function secondsDate(value: unknown): string | null {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0 || seconds > 253_402_300_799) return null;
  return new Date(Math.floor(seconds) * 1000).toISOString().replace('.000Z', 'Z');
}

/** ISO-8601 UTC with milliseconds from the time of an item (Unix seconds with a fraction). */
export function itemDate(seconds: number): string {
  const time = new Date(Math.round(seconds * 1000));
  return Number.isNaN(time.getTime()) ? new Date(0).toISOString() : time.toISOString();
}

/** ISO-8601 UTC from a dumped PHP DateTime: `date` is the wall clock in `timezone` ('+02:00', 'UTC', 'Europe/Lisbon'). */
export function phpDate(value: unknown): string | null {
  if (typeof value === 'string') return utcDate(value);
  if (typeof value !== 'object' || value === null) return null;
  const { date, timezone } = value as { date?: unknown; timezone?: unknown };
  const wall = typeof date === 'string' ? utcDate(date) : null;
  if (wall === null) return null;
  const time = Date.parse(wall);
  const offsetMs = zoneOffsetMs(typeof timezone === 'string' ? timezone : 'UTC', time);
  return offsetMs === null ? null : new Date(time - offsetMs).toISOString().replace('.000Z', 'Z');
}

/** How far the zone's wall clock is ahead of UTC when it shows `wallMs`; null for a zone that is not known. */
function zoneOffsetMs(zone: string, wallMs: number): number | null {
  const numeric = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (numeric) return (numeric[1] === '-' ? -1 : 1) * (Number(numeric[2]) * 60 + Number(numeric[3])) * 60_000;
  if (zone === 'UTC' || zone === 'Z') return 0;
  const first = shownBy(zone, wallMs);
  if (first === null) return null;
  // Asked again at the instant found, because the first answer is for an instant up to a day off (summer time).
  const second = shownBy(zone, wallMs - (first - wallMs));
  return second === null ? null : second - (wallMs - (first - wallMs));
}

/** The wall clock of a zone at an instant, as if it were UTC. */
function shownBy(zone: string, instantMs: number): number | null {
  let clock: Intl.DateTimeFormat;
  try {
    clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  } catch {
    return null;
  }
  return Date.parse(`${clock.format(new Date(instantMs)).replace(' ', 'T')}Z`);
}
