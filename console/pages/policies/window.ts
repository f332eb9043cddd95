// When updates may begin, between the text that the graph takes (`Mon-Fri 22:00-04:00`) and the fields of a form.

export interface WindowFields {
  /** Empty for every day, else as the text has it: Mon-Fri. */
  readonly days: string;
  readonly from: string;
  readonly to: string;
}

const DAY_NAMES: Readonly<Record<string, string>> = { Mon: 'Mondays', Tue: 'Tuesdays', Wed: 'Wednesdays', Thu: 'Thursdays', Fri: 'Fridays', Sat: 'Saturdays', Sun: 'Sundays' };
const RANGES = ['', 'Mon-Fri', 'Sat-Sun', ...Object.keys(DAY_NAMES)];

export const AT_NIGHT: WindowFields = { days: '', from: '02:00', to: '05:00' };

export function daysWord(days: string): string {
  if (days === '') return 'Every day';
  return DAY_NAMES[days] ?? (days === 'Mon-Fri' ? 'Monday to Friday' : days === 'Sat-Sun' ? 'Saturday and Sunday' : days);
}

/** The days to choose from, with those that are set. */
export function daysChoices(current: string): readonly { readonly value: string; readonly label: string }[] {
  return [...RANGES, ...(RANGES.includes(current) ? [] : [current])].map((value) => ({ value, label: daysWord(value) }));
}

/** Null for any time. */
export function fieldsOfWindow(text: string | null | undefined): WindowFields | null {
  const [, days = '', from = '', to = ''] = /^(?:(\w{3}(?:-\w{3})?) )?(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text ?? '') ?? [];
  return from === '' ? null : { days, from, to };
}

export function textOfWindow({ days, from, to }: WindowFields): string {
  return `${days === '' ? '' : `${days} `}${from}-${to}`;
}

/** What is wrong with it; null when nothing is. */
export function windowFault({ from, to }: WindowFields): string | null {
  if (!/^\d\d:\d\d$/.test(from) || !/^\d\d:\d\d$/.test(to)) return 'A window has a time from which and one until which.';
  return from === to ? 'The two times are the same; choose any time instead.' : null;
}

/** As short as a cell of a table wants it. */
export function windowWords(text: string | null | undefined): string {
  return text ? text.replaceAll('-', '–') : 'any time';
}
