// What the editor knows of kinds of blocks: what they are called, how each is edited, what a new one begins as. Needs no document.
import { readAttributes, type Segment } from './grammar.js';

/** As text with marks, as a list, as a quote, as markup, or moved and removed as a whole. */
export type Editing = 'inline' | 'list' | 'quote' | 'html' | 'card';

const LABELS: Readonly<Record<string, string>> = {
  'core/paragraph': 'Paragraph', 'core/heading': 'Heading', 'core/list': 'List', 'core/quote': 'Quote', 'core/code': 'Code', 'core/preformatted': 'Preformatted', 'core/verse': 'Verse',
  'core/html': 'HTML', 'core/freeform': 'Classic text', 'core/image': 'Image', 'core/gallery': 'Gallery', 'core/group': 'Group', 'core/columns': 'Columns', 'core/cover': 'Cover', 'core/buttons': 'Buttons',
  'core/separator': 'Separator', 'core/spacer': 'Spacer', 'core/embed': 'Embed', 'core/more': 'Read more', 'core/nextpage': 'Page break', 'core/table': 'Table', 'core/shortcode': 'Shortcode',
  'core/block': 'Synced pattern', 'core/media-text': 'Media and text', 'core/latest-posts': 'Latest posts', 'core/pullquote': 'Pullquote', 'core/video': 'Video', 'core/audio': 'Audio', 'core/file': 'File', 'core/details': 'Details',
};

export function blockLabel(name: string): string {
  const known = LABELS[name];
  if (known !== undefined) return known;
  const short = name.replace(/^core\//, '').replaceAll(/[-_]/g, ' ').replace('/', ': ');
  return short.charAt(0).toUpperCase() + short.slice(1);
}

const EDITING: Readonly<Record<string, Editing>> = {
  'core/paragraph': 'inline', 'core/heading': 'inline', 'core/preformatted': 'inline', 'core/verse': 'inline', 'core/code': 'inline', 'core/list': 'list', 'core/quote': 'quote',
  'core/html': 'html', 'core/shortcode': 'html', 'core/freeform': 'html',
};

/** How a block is meant to be edited; what cannot be kept exactly is a card after all. */
export function editingOf({ name, isVoid }: Segment): Editing {
  return isVoid ? 'card' : (EDITING[name] ?? 'card');
}

/** The level of a heading, 2 where the attributes say none. */
export function headingLevel(segment: Segment): number {
  const level = readAttributes(segment.attributes)?.['level'];
  return typeof level === 'number' && level >= 1 && level <= 6 ? level : 2;
}

export interface NewKind {
  readonly id: string;
  readonly label: string;
  readonly source: string;
}

/** What can be added, in the order of the menu. */
export const NEW_KINDS: readonly NewKind[] = [
  { id: 'paragraph', label: 'Paragraph', source: '<!-- wp:paragraph -->\n<p></p>\n<!-- /wp:paragraph -->' },
  { id: 'heading', label: 'Heading', source: '<!-- wp:heading -->\n<h2 class="wp-block-heading"></h2>\n<!-- /wp:heading -->' },
  { id: 'list', label: 'List', source: '<!-- wp:list -->\n<ul class="wp-block-list"><!-- wp:list-item -->\n<li></li>\n<!-- /wp:list-item --></ul>\n<!-- /wp:list -->' },
  { id: 'quote', label: 'Quote', source: '<!-- wp:quote -->\n<blockquote class="wp-block-quote"><!-- wp:paragraph -->\n<p></p>\n<!-- /wp:paragraph --></blockquote>\n<!-- /wp:quote -->' },
  { id: 'code', label: 'Code', source: '<!-- wp:code -->\n<pre class="wp-block-code"><code></code></pre>\n<!-- /wp:code -->' },
  { id: 'preformatted', label: 'Preformatted', source: '<!-- wp:preformatted -->\n<pre class="wp-block-preformatted"></pre>\n<!-- /wp:preformatted -->' },
  { id: 'separator', label: 'Separator', source: '<!-- wp:separator -->\n<hr class="wp-block-separator has-alpha-channel-opacity"/>\n<!-- /wp:separator -->' },
  { id: 'html', label: 'HTML', source: '<!-- wp:html -->\n\n<!-- /wp:html -->' },
];
