// Serves GET /preview/<token>: one piece of content as its editor has it, for whoever was given the link. The page is a stranger's HTML on
// our address: the browser is told to run nothing of it, to send it nothing of ours, and to keep and index nothing.
import type { FastifyInstance } from 'fastify';

/** What there is to show; origin/preview has it. */
export type ShownPreview =
  | { readonly kind: 'page'; readonly title: string; readonly html: string; readonly status: string; readonly isAutosave: boolean }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unavailable' };

/** `sandbox` without any allowance: an origin of its own, no script, no form, no window, no refreshing. */
const POLICY = "default-src 'none'; img-src http: https: data:; media-src http: https:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

const HEADERS = {
  'content-security-policy': POLICY, 'x-robots-tag': 'noindex, nofollow, noarchive', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin',
};

const STYLE = 'body{max-width:44rem;margin:2rem auto;padding:0 1rem;font:1.0625rem/1.6 system-ui,sans-serif}img,video{max-width:100%;height:auto}.note{color:#555;border-bottom:1px solid #ccc;padding-bottom:.5rem}';

/** Registers previews on a Fastify server. */
export function registerPreviews(fastify: FastifyInstance, show: (token: string) => Promise<ShownPreview>): void {
  fastify.get('/preview/*', async (request, reply) => {
    const shown = await show((request.params as { readonly '*': string })['*']);
    void reply.headers(HEADERS).type('text/html; charset=utf-8');
    switch (shown.kind) {
      case 'page': {
        const note = `Preview, not for publication. ${shown.isAutosave ? 'Not saved yet' : `Status: ${escapeText(shown.status)}`}.`;
        return reply.send(page(plain(shown.title), `<p class="note">${note}</p><h1>${shown.title}</h1>${shown.html}`));
      }
      case 'gone':
        return reply.code(404).send(page('No preview', '<p>This preview is over, or there never was one. Ask for a new link.</p>'));
      case 'unavailable':
        return reply.code(503).header('retry-after', '30').send(page('No preview now', '<p>The site cannot be asked just now. Try again in a moment.</p>'));
    }
  });
}

function page(title: string, body: string): string {
  return `<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>${title}</title><style>${STYLE}</style></head><body>${body}</body></html>`;
}

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A rendered title without its tags; its entities stay as they are. */
function plain(title: string): string {
  return title.replace(/<[^>]*>/g, '').replace(/[<>]/g, '');
}
