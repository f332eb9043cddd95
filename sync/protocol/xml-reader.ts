// A strict reader of the small part of XML that XML-RPC needs: tags without attributes, text, comments, CDATA.
// Called by xml-rpc.ts. There is no DTD and no entity but the five predefined ones, so there is nothing to expand or to fetch.

export type XmlToken =
  | { readonly kind: 'open' | 'close'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'end' };

export interface XmlReader {
  /** The next token without taking it; adjacent texts are one token, `<a/>` is an open and a close. */
  readonly peek: () => XmlToken;
  readonly next: () => XmlToken;
}

/** XML that is not well-formed, or uses what this reader refuses. The message never quotes the document. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
}

const PREDEFINED: ReadonlyMap<string, string> = new Map([['amp', '&'], ['lt', '<'], ['gt', '>'], ['quot', '"'], ['apos', "'"]]);
const PROLOG = /^<\?xml\s+version\s*=\s*["']1\.[0-9]["'](?:\s+encoding\s*=\s*["']([A-Za-z0-9._-]+)["'])?(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*\?>/;
const TAG = /<(\/?)([A-Za-z_][A-Za-z0-9_.:-]{0,63})\s*(\/?)>/y;

function isXmlChar(code: number): boolean {
  return code === 0x9 || code === 0xa || code === 0xd || (code >= 0x20 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd)
    || (code >= 0x10000 && code <= 0x10ffff);
}

/** Replaces predefined entities and character references; anything else that begins with `&` is refused. */
function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7});|#[xX]([0-9A-Fa-f]{1,6});|([A-Za-z]{1,8});)?/g, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) {
      const char = PREDEFINED.get(name);
      if (char === undefined) throw new XmlError('an entity other than the five predefined ones is used');
      return char;
    }
    if (decimal === undefined && hex === undefined) throw new XmlError(`a bare ampersand stands in the text (${whole.length} characters)`);
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    if (!isXmlChar(code)) throw new XmlError('a character reference names no XML character');
    return String.fromCodePoint(code);
  });
}

/** Opens a document; throws XmlError here or in `next` when it is refused. */
export function createXmlReader(document: string): XmlReader {
  const source = document.startsWith('\ufeff') ? document.slice(1) : document;
  const prolog = PROLOG.exec(source);
  const encoding = prolog?.[1]?.toLowerCase();
  if (encoding !== undefined && encoding !== 'utf-8' && encoding !== 'us-ascii') throw new XmlError('the encoding is not UTF-8');
  let at = prolog ? prolog[0].length : 0;
  let pendingClose: string | null = null;
  let peeked: XmlToken | null = null;

  const skipTo = (mark: string, from: number): number => {
    const found = source.indexOf(mark, from);
    if (found < 0) throw new XmlError('a comment or CDATA section is not closed');
    return found;
  };

  const readText = (): string => {
    const parts: string[] = [];
    while (at < source.length) {
      if (source.startsWith('<!--', at)) {
        at = skipTo('-->', at + 4) + 3;
      } else if (source.startsWith('<![CDATA[', at)) {
        const close = skipTo(']]>', at + 9);
        parts.push(source.slice(at + 9, close));
        at = close + 3;
      } else if (source[at] === '<') {
        break;
      } else {
        const next = source.indexOf('<', at);
        const end = next < 0 ? source.length : next;
        parts.push(decodeEntities(source.slice(at, end)));
        at = end;
      }
    }
    return parts.join('');
  };

  const read = (): XmlToken => {
    if (pendingClose !== null) {
      const name = pendingClose;
      pendingClose = null;
      return { kind: 'close', name };
    }
    const text = readText();
    if (text !== '') return { kind: 'text', text };
    if (at >= source.length) return { kind: 'end' };
    TAG.lastIndex = at;
    const tag = TAG.exec(source);
    if (!tag?.[2]) throw new XmlError('a document type, processing instruction, attribute or malformed tag is used');
    at = TAG.lastIndex;
    if (tag[1] === '/' && tag[3] === '/') throw new XmlError('a malformed tag is used');
    if (tag[3] === '/') pendingClose = tag[2];
    return { kind: tag[1] === '/' ? 'close' : 'open', name: tag[2] };
  };

  const next = (): XmlToken => {
    const token = peeked ?? read();
    peeked = null;
    return token;
  };
  return { next, peek: () => (peeked ??= read()) };
}
