// Where a person goes after signing in: a path of this server, or the account's page. Anything that a browser could take for another
// host is refused, for sign-in pages that lead elsewhere are how passwords are fished.

/** Long enough for a site's authorize request, whose query is a few kilobytes. */
const MAX_CHARACTERS = 8_192;

/** The given path with its query when it is safe to send a browser to, else the other one. */
export function returnPath(text: string | null, otherwise: string): string {
  if (text === null || text.length > MAX_CHARACTERS || !/^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/.test(text)) return otherwise;
  const base = 'http://here.invalid';
  if (!URL.canParse(text, base)) return otherwise;
  const url = new URL(text, base);
  return url.origin === base && !url.pathname.startsWith('//') ? text : otherwise;
}
