// Small pieces of text that look the same everywhere: states as badges, points in time, ages, numbers.
import type { ReactNode } from 'react';

export type Tone = 'good' | 'warn' | 'bad' | 'note' | 'quiet';

export function Badge({ tone = 'quiet', isBare = false, children }: { readonly tone?: Tone; readonly isBare?: boolean; readonly children: ReactNode }): ReactNode {
  return <span className={`badge ${tone}${isBare ? ' bare' : ''}`}>{children}</span>;
}

const ABSOLUTE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const NUMBER = new Intl.NumberFormat('en-GB');
const UNITS = [['year', 31_536_000], ['month', 2_592_000], ['week', 604_800], ['day', 86_400], ['hour', 3_600], ['minute', 60]] as const;

/** A point in time in the reader's own zone. */
export function formatTime(at: string): string {
  return ABSOLUTE.format(new Date(at));
}

/** How long ago, in the largest unit that fits. */
export function formatAge(at: string, now = Date.now()): string {
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  return unit === 'second' ? 'just now' : RELATIVE.format(Math.trunc(seconds / length), unit);
}

/** A length of time, such as a lag. */
export function formatSeconds(seconds: number): string {
  if (seconds === 0) return '0';
  if (seconds < 1) return 'under 1 s';
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}

export function formatNumber(value: number): string {
  return NUMBER.format(value);
}

/** A point in time; `isAge` shows how long ago it is. Null is shown as `otherwise`. */
export function Time({ at, isAge = false, otherwise = 'never' }: { readonly at: string | null | undefined; readonly isAge?: boolean; readonly otherwise?: string }): ReactNode {
  if (at === null || at === undefined) return <span className="soft">{otherwise}</span>;
  return <time dateTime={at} title={formatTime(at)} className="nowrap">{isAge ? formatAge(at) : formatTime(at)}</time>;
}

/** An address without its scheme, for people. */
export function shortUrl(url: string): string {
  return url.replace(/^https?:\/\//, '').replace(/\/$/, '');
}
