// Exact decimal numbers as text. Amounts of money never become floating-point numbers. Pure.

const DECIMAL = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?$/;

/**
 * Reads a decimal number as a site stores it: text, or a whole number. Null for anything else, the empty text included.
 * A leading point gets its zero.
 */
export function parseDecimal(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : parseDecimal(String(value));
  if (typeof value !== 'string') return null;
  const text = value.trim().replace(/^(-?)\./, '$10.');
  return DECIMAL.test(text) ? text : null;
}

/** Adds decimal numbers; the result has the decimals of the one that has most. `0` for none. */
export function addDecimals(...texts: readonly string[]): string {
  const places = Math.max(0, ...texts.map((text) => text.split('.')[1]?.length ?? 0));
  return fromUnits(texts.reduce((sum, text) => sum + toUnits(text, places), 0n), places);
}

/** The number without its sign. */
export function absoluteDecimal(text: string): string {
  return text.replace(/^-/, '');
}

/** Negative when `a` is less, positive when it is more, 0 when they are equal. */
export function compareDecimals(a: string, b: string): number {
  const places = Math.max(a.split('.')[1]?.length ?? 0, b.split('.')[1]?.length ?? 0);
  const difference = toUnits(a, places) - toUnits(b, places);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Writes a number with at least `places` decimals; further digits stay unless they are zeros. */
export function padDecimal(text: string, places: number): string {
  const [whole = '0', fraction = ''] = text.split('.');
  const kept = fraction.length > places ? fraction.slice(0, places) + fraction.slice(places).replace(/0+$/, '') : fraction.padEnd(places, '0');
  return kept === '' ? whole : `${whole}.${kept}`;
}

function toUnits(text: string, places: number): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(places, '0'));
}

function fromUnits(units: bigint, places: number): string {
  const sign = units < 0n ? '-' : '';
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
  return places === 0 ? sign + digits : `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
