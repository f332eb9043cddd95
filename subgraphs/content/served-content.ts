// Content as the site's own editor is given it. WordPress reads and writes the blocks of posts and pages anew when an editor
// asks for them and some plugin hooks blocks into others, WooCommerce since version 8 (docs/adr/0005). Called by the
// resolvers of rawContent; what is stored, versions and blocks stay as synced.
import { findDelimiters } from './blocks.js';
import { rewriteJsonObject } from './php-json.js';

/** Post types whose content WordPress gives to editors with hooked blocks. */
const HOOKED_TYPES: ReadonlySet<string> = new Set(['post', 'page', 'wp_block', 'wp_navigation']);
const FIRST_HOOKING_WOOCOMMERCE = 8;

/** Whether the site writes the blocks of such content anew; `woocommerce` is the version of it that is active, if any. */
export function isRewrittenForEditors(postType: string, woocommerce: unknown): boolean {
  return HOOKED_TYPES.has(postType) && typeof woocommerce === 'string' && Number.parseInt(woocommerce, 10) >= FIRST_HOOKING_WOOCOMMERCE;
}

/** The content with the attributes of its blocks as WordPress writes them; everything else byte for byte. */
export function rewriteBlocks(content: string): string {
  let rewritten = '';
  let place = 0;
  for (const { kind, name, attributesText, start, end } of findDelimiters(content)) {
    if (attributesText === '' || kind === 'close') continue;
    const attributes = rewriteJsonObject(attributesText);
    if (attributes === null) continue;
    const shown = attributes === '' ? '' : `${escapeAttributes(attributes)} `;
    rewritten += `${content.slice(place, start)}<!-- wp:${name.replace(/^core\//, '')} ${shown}${kind === 'void' ? '/' : ''}-->`;
    place = end;
  }
  return place === 0 ? content : rewritten + content.slice(place);
}

const ESCAPES: Readonly<Record<string, string>> = { '--': '\\u002d\\u002d', '<': '\\u003c', '>': '\\u003e', '&': '\\u0026', '\\"': '\\u0022' };

/** What would end the comment or be markup is escaped; an escaped backslash is passed over, as it may stand before a quote. */
function escapeAttributes(json: string): string {
  return json.replace(/\\\\|--|<|>|&|\\"/g, (found) => ESCAPES[found] ?? found);
}
