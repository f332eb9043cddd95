// Content as the person who made a preview link has it on the site: what the site renders, their autosave over it when that is newer. A link
// carries who made it, for what and until when, sealed; the site decides at each look whether they still may (docs/adr/0009).
import { z } from 'zod';
import { openLink, sealLink } from '../core/signed-link.js';
import type { SiteId } from '../core/ids.js';
import type { Secrets } from '../store/secrets.js';
import { createLimiter } from './limiter.js';
import type { SiteClient } from './site-calls.js';

/** How long a link shows something. */
export const PREVIEW_MS = 24 * 3_600_000;
/** Looks at once in one process: anybody may have a link, and each look costs the site two calls. */
const MAX_LOOKS = 8;
const MAX_WAITING = 32;
const TIMEOUT_MS = 10_000;

export interface Preview {
  readonly siteId: SiteId;
  /** wp/v2/posts… */
  readonly route: string;
  readonly postId: number;
  /** Who made the link. */
  readonly userId: number;
  readonly expiresAt: Date;
}

const payloadShape = z.tuple([z.number().int().positive(), z.string().regex(/^wp\/v2\/[\w-]+$/), z.number().int().positive(), z.number().int().positive(), z.number().int().positive()]);

/** The token of a link. */
export function previewToken(secrets: Secrets, { siteId, route, postId, userId, expiresAt }: Preview): string {
  return sealLink(secrets.deriveKey('preview'), JSON.stringify([siteId, route, postId, userId, Math.floor(expiresAt.getTime() / 1000)]));
}

function readToken(secrets: Secrets, token: string): Preview | null {
  const text = openLink(secrets.deriveKey('preview'), token);
  const parsed = payloadShape.safeParse(text === null ? null : JSON.parse(text));
  if (!parsed.success) return null;
  const [siteId, route, postId, userId, expires] = parsed.data;
  return { siteId: siteId as SiteId, route, postId, userId, expiresAt: new Date(expires * 1000) };
}

export type Shown =
  | { readonly kind: 'page'; readonly title: string; readonly html: string; readonly status: string; readonly isAutosave: boolean }
  /** No link of ours, over, or the person may no longer edit it. */
  | { readonly kind: 'gone' }
  /** The site cannot be asked now. */
  | { readonly kind: 'unavailable' };

const text = z.object({ rendered: z.string() });
const stateShape = z.object({ title: text, content: text, modified_gmt: z.string() });
const postShape = stateShape.extend({ status: z.string() });
const autosavesShape = z.array(stateShape.extend({ author: z.number() })).catch([]);

/** Creates what shows links of this installation. */
export function createPreviews(secrets: Secrets, client: SiteClient, nowMs: () => number = Date.now): (token: string) => Promise<Shown> {
  const limiter = createLimiter(MAX_LOOKS, MAX_WAITING);

  async function show({ siteId, route, postId, userId }: Preview): Promise<Shown> {
    const ask = (path: string, members: string) =>
      client.rest(siteId, { as: { kind: 'user', userId }, method: 'GET', route: path, query: { context: 'edit', _fields: members }, timeoutMs: TIMEOUT_MS });
    // Autosaves know no parts of their texts in `_fields` (6.1).
    const [post, kept] = await Promise.all([
      ask(`${route}/${postId}`, 'status,modified_gmt,title.rendered,content.rendered'),
      ask(`${route}/${postId}/autosaves`, 'author,modified_gmt,title,content'),
    ]);
    if (post.kind === 'failure') return { kind: post.code === 'no-token' ? 'gone' : 'unavailable' };
    if (post.status === 401 || post.status === 403 || post.status === 404 || post.status === 410) return { kind: 'gone' };
    const saved = postShape.safeParse(post.body);
    if (post.status !== 200 || !saved.success) return { kind: 'unavailable' };
    const autosave = autosavesShape.parse(kept.kind === 'answer' && kept.status === 200 ? kept.body : []).find((one) => one.author === userId && one.modified_gmt > saved.data.modified_gmt);
    const { title, content } = autosave ?? saved.data;
    return { kind: 'page', title: title.rendered, html: content.rendered, status: saved.data.status, isAutosave: autosave !== undefined };
  }

  return async (token) => {
    const preview = readToken(secrets, token);
    if (preview === null || preview.expiresAt.getTime() <= nowMs()) return { kind: 'gone' };
    if ((await limiter.enter(performance.now() + TIMEOUT_MS)) !== 'entered') return { kind: 'unavailable' };
    try {
      return await show(preview);
    } finally {
      limiter.leave();
    }
  };
}
