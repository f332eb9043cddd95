// A browser as far as these tests need one: it keeps cookies by their rules, follows redirects on its own host, says where a request comes
// from, and sends the forms of the page it is on. It runs no script, as the pages need none.
import { expect } from 'vitest';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Where it ended, or the address of another host that it was sent to. */
  readonly url: string;
}

interface Cookie {
  readonly value: string;
  readonly attributes: string;
}

interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly method?: string;
  readonly follow?: boolean;
}

export interface Browser {
  readonly cookies: Map<string, Cookie>;
  /** The page that was seen last. */
  page: Answer;
  open(path: string, options?: SendOptions): Promise<Answer>;
  /** Sends the form of the last page that has this action, with its hidden fields and those given; `omit` leaves fields out. */
  submit(action: string, fields?: Readonly<Record<string, string | readonly string[]>>, options?: SendOptions & { readonly omit?: readonly string[] }): Promise<Answer>;
}

const MAX_REDIRECTS = 5;

/** Opens a browser for the server at `base`, scheme and host only. */
export function openBrowser(base: string): Browser {
  const cookies = new Map<string, Cookie>();

  const once = async (url: URL, method: string, options: SendOptions): Promise<Response> => {
    const sent = [...cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
    const fromHere = method === 'POST' ? { origin: base, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' } : {};
    const response = await fetch(url, {
      method, redirect: 'manual', ...(options.body === undefined || method === 'GET' ? {} : { body: options.body }),
      headers: { ...fromHere, ...(sent === '' ? {} : { cookie: sent }), ...options.headers },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ');
      const [name = '', value = ''] = pair.split('=');
      if (attributes.includes('Max-Age=0')) cookies.delete(name);
      else cookies.set(name, { value, attributes: attributes.join('; ') });
    }
    return response;
  };

  const browser: Browser = {
    cookies,
    page: { status: 0, headers: new Headers(), text: '', url: base },
    async open(path, options = {}) {
      let url = new URL(path, base);
      let method = options.method ?? 'GET';
      for (let count = 0; count <= MAX_REDIRECTS; count += 1) {
        const response = await once(url, method, options);
        const text = await response.text();
        const location = response.headers.get('location');
        const next = location === null ? null : new URL(location, url);
        const isOver = next === null || options.follow === false || next.origin !== new URL(base).origin;
        if (isOver) {
          browser.page = { status: response.status, headers: response.headers, text, url: (next ?? url).href };
          return browser.page;
        }
        url = next;
        method = 'GET';
      }
      throw new Error('the server redirects without end');
    },
    submit(action, fields = {}, { omit = [], ...options } = {}) {
      const forms = [...browser.page.text.matchAll(/<form method="post" action="([^"]*)"[^>]*>(.*?)<\/form>/gs)];
      const form = forms.find((match) => unescapeHtml(match[1] ?? '').split('?', 1)[0] === action && matches(match[2] ?? '', fields));
      expect(form, `the page has a form for ${action}`).toBeDefined();
      const body = new URLSearchParams();
      for (const { name, value } of hiddenFields(form?.[2] ?? '')) if (!(name in fields) && !omit.includes(name)) body.append(name, value);
      for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) body.append(name, one as string);
      return browser.open(unescapeHtml(form?.[1] ?? ''), { body: body.toString(), method: 'POST', ...options });
    },
  };
  return browser;
}

// Among several forms with one action, the one whose hidden fields have the given values.
function matches(form: string, fields: Readonly<Record<string, string | readonly string[]>>): boolean {
  return hiddenFields(form).every(({ name, value }) => name === 'return' || name === 'form_token' || !(name in fields) || fields[name] === value);
}

function hiddenFields(form: string): { name: string; value: string }[] {
  return [...form.matchAll(/<input type="hidden" name="([^"]*)"[^>]* value="([^"]*)">/g)].map((match) => ({ name: match[1] ?? '', value: unescapeHtml(match[2] ?? '') }));
}

export function unescapeHtml(text: string): string {
  return text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&amp;/g, '&');
}
