// A site's time zone from what it sends: a zone name, or a fixed offset. Pure; called by site-facts.ts.

export interface TimezoneFacts {
  /** IANA name; null when the offset is fixed. */
  readonly name: string | null;
  readonly offsetMinutes: number;
}

/** What a site may have said of its time zone; null for what did not come. */
export interface TimezoneSources {
  /** Option timezone_string: empty when the site uses an offset. */
  readonly zoneName: string | null;
  /** Option gmt_offset in hours, with fractions; may be negative. */
  readonly offsetHours: number | null;
  /** Callable timezone: a zone name, or UTC with an offset such as UTC+5:30. */
  readonly callable: string | null;
}

const UTC: TimezoneFacts = { name: 'UTC', offsetMinutes: 0 };
const FIXED = /^UTC(?:([+-])(\d{1,2})(?::?(\d{2})|\.(\d+))?)?$/;

/**
 * The time zone at an instant. The option with the zone's name wins, since it is sent when it changes; then the callable,
 * which is looked at now and then; then the fixed offset.
 */
export function siteTimezone(sources: TimezoneSources, at: Date): TimezoneFacts {
  const fixed: TimezoneFacts = { name: null, offsetMinutes: Math.round((sources.offsetHours ?? 0) * 60) };
  if (sources.zoneName === '') return fixed;
  const name = sources.zoneName ?? sources.callable;
  if (name === null) return fixed;
  const match = FIXED.exec(name);
  if (match) return match[1] === undefined ? UTC : { name: null, offsetMinutes: fixedMinutes(match) };
  const offsetMinutes = zoneOffsetMinutes(name, at);
  return offsetMinutes === null ? { name, offsetMinutes: fixed.offsetMinutes } : { name, offsetMinutes };
}

function fixedMinutes([, sign, hours, minutes, fraction]: RegExpExecArray): number {
  const total = Number(hours) * 60 + (fraction === undefined ? Number(minutes ?? 0) : Math.round(Number(`0.${fraction}`) * 60));
  return sign === '-' ? -total : total;
}

const formats = new Map<string, Intl.DateTimeFormat | null>();
/** More than there are zone names; keeps invented names from filling the memory. */
const MAX_FORMATS = 1000;

/** Minutes to add to UTC in a named zone at an instant; null when the name is not known here. */
export function zoneOffsetMinutes(name: string, at: Date): number | null {
  const format = formatOf(name);
  const text = format?.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value;
  if (text === undefined) return null;
  const match = /^GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(text);
  if (!match) return null;
  const minutes = Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0);
  return match[1] === '-' ? -minutes : minutes;
}

function formatOf(name: string): Intl.DateTimeFormat | null {
  let format = formats.get(name);
  if (format === undefined) {
    if (formats.size >= MAX_FORMATS) formats.clear();
    format = makeFormat(name);
    formats.set(name, format);
  }
  return format;
}

function makeFormat(name: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
