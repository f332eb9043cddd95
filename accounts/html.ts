// The one way to HTML: a template whose values are escaped unless they are HTML already. Every page is made with it; attributes in
// templates are always quoted. Never build HTML by joining strings.
declare const safe: unique symbol;

/** HTML that came out of the template. */
export interface Html {
  readonly [safe]?: never;
  toString(): string;
}

export type HtmlValue = string | number | Html | null | undefined | false | readonly HtmlValue[];

const made = new WeakSet<object>();
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** HTML from a template. Null, undefined and false become nothing; lists are joined. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const text = parts.map((part, index) => (index === 0 ? part : render(values[index - 1]) + part)).join('');
  const result = { toString: () => text };
  made.add(result);
  return result;
}

function render(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string' || typeof value === 'number') return escape(String(value));
  if (Array.isArray(value)) return value.map(render).join('');
  return made.has(value as object) ? String(value) : escape(String(value));
}

// What cannot be seen could turn the direction of the text around it, and so what a name seems to say.
function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '').replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
