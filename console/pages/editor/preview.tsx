// The text as it reads, in a frame of its own without scripts, forms, pictures of elsewhere or a right to anything of this page. How the
// site's theme would show it is for the site to say.
import { useMemo, type ReactNode } from 'react';
import { Button } from '../../kit/button.js';
import { titleText } from '../../kit/content-words.js';
import { Dialog } from '../../kit/dialog.js';
import { writeDocument } from './blocks/document.js';
import type { Draft } from './draft.js';

export function Preview({ draft, onClose }: { readonly draft: Draft; readonly onClose: () => void }): ReactNode {
  const page = useMemo(() => previewPage(draft), [draft]);
  return (
    <Dialog title="Preview" isOpen onClose={onClose} isWide>
      <iframe className="preview" title={`Preview of ${titleText(draft.title)}`} sandbox="allow-same-origin" srcDoc={page} />
      <div className="actions"><Button onPress={onClose} autoFocus>Close</Button></div>
    </Dialog>
  );
}

const KEPT = new Set('a abbr b blockquote br caption cite code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i ins kbd li mark ol p pre q s section small span strong sub summary sup table tbody td tfoot th thead time tr u ul var'.split(' '));
const GONE = new Set('script style noscript template svg math form input button select textarea object embed head title meta link base'.split(' '));

/** A whole page of what is safe to show. No script runs in the frame; what is removed here would ask other hosts or break the policy. */
function previewPage({ title, document: blocks }: Draft): string {
  const source = new DOMParser().parseFromString(writeDocument(blocks).replace(/<!--[^]*?-->/g, ''), 'text/html');
  for (const element of source.body.querySelectorAll('*')) {
    const tag = element.tagName.toLowerCase();
    if (GONE.has(tag)) element.remove();
    else if (!KEPT.has(tag)) {
      const name = source.createElement('span');
      name.className = 'piece';
      name.textContent = `${tag === 'img' ? 'Picture' : tag}: ${element.getAttribute('alt') || (element.getAttribute('src') ?? '').split('/').at(-1) || 'no name'}`;
      element.replaceWith(name);
    } else for (const name of element.getAttributeNames()) if (!['id', 'class', 'colspan', 'rowspan', 'open', 'start', 'lang', 'dir'].includes(name)) element.removeAttribute(name);
  }
  const heading = source.createElement('h1');
  heading.textContent = titleText(title);
  source.body.prepend(heading);
  source.body.className = 'preview-body';
  const style = document.querySelector<HTMLLinkElement>('link[rel="stylesheet"]')?.href ?? '';
  const theme = document.documentElement.dataset['theme'];
  return `<!doctype html><html lang="en"${theme === undefined ? '' : ` data-theme="${theme === 'dark' ? 'dark' : 'light'}"`}><head><title>Preview</title><link rel="stylesheet" href="${style}"></head>${source.body.outerHTML}</html>`;
}
