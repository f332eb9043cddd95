// Words for content that several pages show: the status as a badge, titles as plain text. Titles and texts of sites hold markup and
// entities; they are shown as text alone, never as markup.
import type { Tone } from './words.js';

export type ContentStatusName = 'AUTO_DRAFT' | 'CUSTOM' | 'DRAFT' | 'FUTURE' | 'INHERIT' | 'PENDING' | 'PRIVATE' | 'PUBLISHED' | 'TRASH';

const STATUS: Readonly<Record<ContentStatusName, readonly [string, Tone]>> = {
  PUBLISHED: ['Published', 'good'], FUTURE: ['Scheduled', 'note'], DRAFT: ['Draft', 'quiet'], PENDING: ['Pending review', 'warn'], PRIVATE: ['Private', 'note'],
  TRASH: ['In the trash', 'bad'], AUTO_DRAFT: ['Not saved yet', 'quiet'], INHERIT: ['As its parent', 'quiet'], CUSTOM: ['Other', 'quiet'],
};

export const statusWord = (status: ContentStatusName): string => STATUS[status][0];
export const statusTone = (status: ContentStatusName): Tone => STATUS[status][1];

const parser = new DOMParser();

/** What a reader would read of markup; scripts and styles are not read. Nothing of it runs or loads: the document has no window. */
export function plainText(markup: string): string {
  if (!/[<&]/.test(markup)) return markup;
  const { body } = parser.parseFromString(markup.replace(/<(br|\/p|\/li|\/h\d|\/div)\b/gi, ' <$1'), 'text/html');
  for (const unread of body.querySelectorAll('script, style, noscript, template')) unread.remove();
  return (body.textContent ?? '').replace(/\s+/g, ' ').trim();
}

/** The title of content as people call it. */
export function titleText(title: string): string {
  const text = plainText(title);
  return text === '' ? '(no title)' : text;
}

/** The path of what edits content, below a site's address. */
export function editorPath(type: string, id: string): string {
  return `/${type === 'post' ? 'posts' : type === 'page' ? 'pages' : 'content'}/${id}`;
}
