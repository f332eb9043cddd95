// When a token ends, from what a person writes.
import { AppError } from '../core/errors.js';

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** '12h', '30d', '15m' from now, or null for 'never'. Throws BAD_USER_INPUT for anything else. */
export function expiryOf(text: string, now: Date): Date | null {
  if (text === 'never') return null;
  const match = /^([1-9][0-9]{0,4})([mhd])$/.exec(text);
  const unit = match?.[2] === undefined ? undefined : UNITS_MS[match[2]];
  if (!match || unit === undefined) throw new AppError('BAD_USER_INPUT', `"${text}" is no time for a token to end; write something like 12h, 30d or never`);
  return new Date(now.getTime() + Number(match[1]) * unit);
}
