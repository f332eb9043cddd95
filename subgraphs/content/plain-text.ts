// Plain text out of stored markup: decoded names and excerpts. Called by the content resolvers.
import { decode } from 'html-entities';
import { badUserInput } from '../shared/pages.js';
import { stripDelimiters } from './blocks.js';

/** WordPress's own length of a generated excerpt. */
const EXCERPT_WORDS = 55;
const MAX_EXCERPT_CHARACTERS = 10_000;
/** No more of a content is looked at: the beginning makes the excerpt. */
const LOOKED_AT_CHARACTERS = 200_000;

/** A stored name as plain text. */
export function decodeName(stored: string): string {
  return decode(stored).replace(/\u0000/g, '');
}

/** Markup as one line of plain text: no comments, scripts, shortcodes or tags, entities decoded, white space folded. */
export function plainText(html: string): string {
  const text = withoutTags(dropElements(stripDelimiters(html.slice(0, LOOKED_AT_CHARACTERS)))).replace(SHORTCODE, ' ');
  return decode(text).replace(/[\s\u00a0]+/g, ' ').trim();
}

/** A shortcode's tag, not the text that it stands around; two brackets escape one. */
const SHORTCODE = /\[\/?[a-z][a-z0-9_-]{0,60}(?:\s[^\][<>]{0,2000})?\/?\]/gi;

/**
 * An excerpt: the manual one, else the beginning of the content. `length` bounds it in characters; without it a manual
 * excerpt is whole and a generated one has 55 words. What is cut ends in an ellipsis.
 * @throws GraphQLError BAD_USER_INPUT when `length` is out of 1 to 10000.
 */
export function makeExcerpt(manual: string, content: string, length: number | null | undefined): string {
  const bound = length ?? null;
  if (bound !== null && !(Number.isInteger(bound) && bound >= 1 && bound <= MAX_EXCERPT_CHARACTERS)) {
    throw badUserInput(`length must be a whole number from 1 to ${MAX_EXCERPT_CHARACTERS}; got ${bound}`);
  }
  const own = plainText(manual);
  const text = own === '' ? plainText(content) : own;
  if (bound !== null) return cutCharacters(text, bound);
  return own === '' ? cutWords(text, EXCERPT_WORDS) : own;
}

function cutCharacters(text: string, bound: number): string {
  const characters = Array.from(text.slice(0, bound * 2 + 2));
  if (characters.length <= bound) return text;
  const cut = characters.slice(0, bound - 1).join('');
  const space = cut.lastIndexOf(' ');
  return `${(space > cut.length / 2 ? cut.slice(0, space) : cut).trimEnd()}…`;
}

function cutWords(text: string, bound: number): string {
  const words = text.split(' ');
  return words.length <= bound ? text : `${words.slice(0, bound).join(' ')}…`;
}

/** Drops comments and elements whose text is not for reading. */
function dropElements(html: string): string {
  const lower = html.toLowerCase();
  const match = /<(!--|script\b|style\b)/g;
  let text = '';
  let place = 0;
  for (;;) {
    match.lastIndex = place;
    const found = match.exec(lower);
    if (!found) return text + html.slice(place);
    text += html.slice(place, found.index);
    const name = found[1] ?? '';
    const closing = name === '!--' ? '-->' : `</${name}`;
    const end = lower.indexOf(closing, found.index);
    if (end < 0) return text;
    place = end + closing.length;
    if (name !== '!--') place = Math.max(place, html.indexOf('>', place) + 1);
  }
}

const BLOCK_ENDS = /^\/?(?:p|div|br|li|h[1-6]|td|th|tr|blockquote|figure|figcaption|pre|section|hr)\b/i;

/** Removes tags; those that begin or end a line leave a space. */
function withoutTags(html: string): string {
  let text = '';
  let place = 0;
  for (;;) {
    const start = html.indexOf('<', place);
    if (start < 0) return text + html.slice(place);
    text += html.slice(place, start);
    if (!/[a-z/!?]/i.test(html.charAt(start + 1))) {
      text += '<';
      place = start + 1;
      continue;
    }
    const end = html.indexOf('>', start);
    if (end < 0) return text;
    if (BLOCK_ENDS.test(html.slice(start + 1, start + 16))) text += ' ';
    place = end + 1;
  }
}
