// Changing the styles of a block theme as the person who does it, over wp/v2/global-styles: what the site's editor of styles saves. The
// site's current state is asked first, and nothing is sent when it is no longer what the person began with.
import { inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import type { DomainChange, Json } from '../../../core/changes.js';
import { equal, type Fields } from '../../../core/merge/three-way-fields.js';
import { changesOfPost, postShape } from '../../../sync/decode/posts.js';
import { cleanJson } from '../../../sync/protocol/codec.js';
import { readAnswer, refuse } from '../answers.js';
import type { Applied, Failed, Operation, Refused, WriteContext } from '../operation.js';
import { absent, asFailed, changedSince, READ_TIMEOUT_MS, timeoutOf, WRITE_TIMEOUT_MS } from '../settled.js';

export type ThemeCustomizeInput = {
  readonly slug: string;
  /** The post of type wp_global_styles; null when it is not known here yet. */
  readonly postId: number | null;
  /** settings, styles: those that are to be changed, whole. */
  readonly fields: Fields;
  /** What the person began with; null saves without looking. */
  readonly base: Fields | null;
  readonly isStale: boolean;
};

export const themeCustomize: Operation<ThemeCustomizeInput> = {
  name: 'themeCustomize',
  async deliver(context, input) {
    const live = await readLive(context, input);
    if (live.kind !== 'live') return live;
    const theirs = changedSince(input, (field) => live.fields[field] ?? null);
    if (theirs.length > 0) return { ...refuse('VERSION_CONFLICT', `${theirs.join(', ')} changed on the site since you began; begin again from the current version`), ...(await known(context, live)) };
    const fields = Object.keys(input.fields).filter((field) => !equal(input.fields[field], live.fields[field]));
    if (fields.length === 0) return applied(context, input, live, live, []);
    const json = Object.fromEntries(fields.map((field) => [field, input.fields[field] ?? {}]));
    const answered = readAnswer(await context.client.rest(context.siteId, { as: context.as, method: 'POST', route: `wp/v2/global-styles/${live.postId}`, json, timeoutMs: timeoutOf(context, WRITE_TIMEOUT_MS) }), false);
    if (answered.kind !== 'answered') return answered;
    const after = readStyles(answered.body, answered.siteMs);
    if (after === null) return { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with styles', wasSent: true };
    return applied(context, input, live, after, fields);
  },
  async readBack(context, input) {
    const live = await readLive(context, input);
    if (live.kind !== 'live') return asFailed(live);
    const isSaved = Object.entries(input.fields).every(([field, value]) => equal(value, live.fields[field]));
    return isSaved ? applied(context, input, null, live, Object.keys(input.fields)) : absent(context, 'the site does not have these styles');
  },
};

interface Live {
  readonly kind: 'live';
  readonly postId: number;
  readonly fields: { readonly settings: Json; readonly styles: Json; readonly [field: string]: Json };
  readonly siteMs: number | null;
}

/** PHP has an empty map as a list. */
const mapShape = z.unknown().transform((value): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}));
const stylesShape = z.object({ id: z.number().int().positive(), settings: mapShape, styles: mapShape });

function readStyles(body: Json, siteMs: number | null): Live | null {
  const read = stylesShape.safeParse(body);
  return read.success ? { kind: 'live', postId: read.data.id, fields: { settings: read.data.settings, styles: read.data.styles }, siteMs } : null;
}

async function readLive(context: WriteContext, input: ThemeCustomizeInput): Promise<Live | Refused | Failed> {
  const postId = input.postId ?? (await findPost(context, input.slug));
  if (typeof postId !== 'number') return postId;
  const outcome = await context.client.rest(context.siteId, { as: context.as, method: 'GET', route: `wp/v2/global-styles/${postId}`, query: { context: 'edit' }, timeoutMs: timeoutOf(context, READ_TIMEOUT_MS) });
  const answered = readAnswer(outcome, true);
  if (answered.kind !== 'answered') return answered;
  return readStyles(answered.body, answered.siteMs) ?? { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with styles', wasSent: false };
}

/** WordPress links the styles to the theme that it shows, and makes them when they are asked for first. */
async function findPost(context: WriteContext, slug: string): Promise<number | Refused | Failed> {
  const outcome = await context.client.rest(context.siteId, { as: context.as, method: 'GET', route: `wp/v2/themes/${encodeURIComponent(slug)}`, timeoutMs: timeoutOf(context, READ_TIMEOUT_MS) });
  const answered = readAnswer(outcome, true);
  if (answered.kind !== 'answered') return answered;
  const id = linkedId(answered.body);
  return id ?? refuse('SITE_REJECTED', 'the site names no styles for this theme; it must be the active one and made of blocks');
}

function linkedId(body: Json): number | null {
  const links = z.object({ _links: z.record(z.string(), z.array(z.object({ href: z.string() }).loose())) }).safeParse(body);
  if (!links.success) return null;
  const found = Object.entries(links.data._links).find(([rel]) => rel.endsWith('user-global-styles'))?.[1][0]?.href ?? '';
  const id = Number(/global-styles(?:\/|%2F)(\d+)/i.exec(found)?.[1] ?? '');
  return Number.isSafeInteger(id) && id > 0 ? id : null;
}

async function applied(context: WriteContext, { slug }: ThemeCustomizeInput, before: Live | null, after: Live, fields: readonly string[]): Promise<Applied> {
  return {
    kind: 'applied', ...(await known(context, after)), targets: [`post:${after.postId}`], result: { postId: after.postId },
    audit: {
      event: 'theme.customized', category: 'EXTENSION', object: { typename: 'InstalledTheme', localId: slug, label: slug },
      summary: fields.length === 0 ? `Saved the styles of theme ${slug}; nothing was otherwise` : `Changed ${fields.join(' and ')} of theme ${slug}`,
      fieldChanges: fields.map((field) => ({ field, before: short(before?.fields[field] ?? null), after: short(after.fields[field] ?? null), redacted: false })),
    },
  };
}

const MAX_AUDIT_CHARACTERS = 20_000;

/** What would swell the log is told by its length. */
function short(value: Json): Json {
  const { length } = JSON.stringify(value);
  return length > MAX_AUDIT_CHARACTERS ? `${length} characters` : value;
}

const objectsShape = z.object({ objects: z.string().max(4_000_000) });
const MAX_OBJECT_BYTES = 4_000_000;

/** The row as the site's own sync has it: REST tells the styles, but not the post that holds them. Empty when it does not say so now: its event will. */
async function known(context: WriteContext, live: Live): Promise<{ readonly changes: readonly DomainChange[]; readonly siteMs: number | null }> {
  const outcome = await context.client.rest(context.siteId, {
    as: { kind: 'site' }, method: 'POST', isRead: true, route: 'jetpack/v4/sync/object', json: { module_name: 'posts', object_type: 'post', object_ids: [live.postId] }, timeoutMs: timeoutOf(context, READ_TIMEOUT_MS),
  });
  const answered = readAnswer(outcome, true);
  const parsed = answered.kind === 'answered' ? objectsShape.safeParse(answered.body) : null;
  const post = parsed?.success ? postShape.safeParse(decodeObjects(parsed.data.objects)?.[String(live.postId)]) : null;
  const isIt = post?.success === true && post.data.kind === 'full' && post.data.post_type === 'wp_global_styles';
  return { changes: isIt ? changesOfPost(post.data, (live.siteMs ?? Date.now()) * 1_000) : [], siteMs: live.siteMs };
}

function decodeObjects(encoded: string): Readonly<Record<string, unknown>> | null {
  try {
    const objects = cleanJson(JSON.parse(inflateRawSync(Buffer.from(encoded, 'base64'), { maxOutputLength: MAX_OBJECT_BYTES }).toString('utf8')));
    return typeof objects === 'object' && objects !== null ? (objects as Readonly<Record<string, unknown>>) : null;
  } catch {
    // What does not decode says nothing.
    return null;
  }
}
