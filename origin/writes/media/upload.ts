// Sends a file to a site as media of the person, over wp/v2/media: its bytes first, read from disk as they are sent, under a slug that
// nothing else has; then its texts, and a slug that people can read. By the first slug it is found again when the answer is lost.
import { readKnownLinks } from '../../../store/read/editable.js';
import { keepJournal, readJournal } from '../../../store/write-journal.js';
import { holdWrite } from '../../../store/writes.js';
import { changesOfLinks, changesOfPostAnswer } from '../../rest/post-answer.js';
import { readAnswer, refuse, rowsOf } from '../answers.js';
import { absent, asFailed, READ_TIMEOUT_MS, revOf, timeoutOf, WRITE_TIMEOUT_MS } from '../content/live.js';
import type { Applied, Delivery, Failed, Operation, Refused, WriteContext } from '../operation.js';
import { MEDIA_MEMBERS, metasOfMedia, readMediaAnswer, type MediaAnswer } from './media-answer.js';

export type MediaUploadInput = {
  /** Where the bytes are on this machine. */
  readonly path: string;
  readonly bytes: number;
  readonly sha1: string;
  readonly name: string;
  readonly mimeType: string;
  /** The slug that it has until its texts are set; nothing else on the site has it. */
  readonly mark: string;
  /** Title, alternative text, caption and description as REST names them, and the slug it is to have in the end. */
  readonly texts: { readonly slug: string; readonly title?: string; readonly alt_text?: string; readonly caption?: string; readonly description?: string };
  /** The content that it is attached to; 0 for none. */
  readonly attachTo: number;
  readonly homeUrl: string;
};

const ROUTE = 'wp/v2/media';
/** What the slowest way to a site is taken for: 256 KiB a second, and a minute for the site to make smaller images of it. */
const BYTES_A_MS = 262;
const SITE_WORK_MS = 60_000;
const MOST_MS = 840_000;
/** How long after its time has run out a call can still be at work on the site. */
const AT_WORK_MS = 90_000;

/** How long sending the bytes may take. */
export function sendingTimeMs(bytes: number): number {
  return Math.min(MOST_MS, SITE_WORK_MS + Math.ceil(bytes / BYTES_A_MS));
}

/** Uploads a file. */
export const mediaUpload: Operation<MediaUploadInput> = {
  name: 'mediaUpload',
  async deliver(context, input) {
    await holdWrite(context.store.database, context.siteId, context.writeId, new Date(context.deadlineMs + WRITE_TIMEOUT_MS));
    const outcome = await context.client.rest(context.siteId, {
      as: context.as, method: 'POST', route: ROUTE, query: { context: 'edit', slug: input.mark, ...(input.attachTo > 0 ? { post: input.attachTo } : {}), _fields: MEDIA_MEMBERS },
      file: { path: input.path, bytes: input.bytes, sha1: input.sha1, mimeType: input.mimeType, name: input.name }, timeoutMs: timeoutOf(context, sendingTimeMs(input.bytes)),
    });
    if (outcome.kind === 'failure' && outcome.code === 'too-large' && !outcome.wasSent) return refuse('SITE_REJECTED', outcome.message);
    const answered = readAnswer(outcome, false);
    if (answered.kind !== 'answered') return answered;
    const answer = readMediaAnswer(answered.body);
    return answer === null ? { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with a file', wasSent: true } : describe(context, input, answer);
  },
  async readBack(context, input) {
    const found = await find(context, input);
    if ('kind' in found) return found;
    if (found.answer === null) return absent(context, 'the site does not have the file', sendingTimeMs(input.bytes) + AT_WORK_MS);
    return isDescribed(input, found.answer) ? applied(context, input, found.answer, found.siteMs) : describe(context, input, found.answer);
  },
};

/** Sets the texts of the file that the site has now; setting them twice does no harm. */
async function describe(context: WriteContext, input: MediaUploadInput, uploaded: MediaAnswer): Promise<Delivery> {
  if (!(await keepJournal(context.store, context.siteId, context.writeId, { mediaId: uploaded.id }))) return { kind: 'failed', code: 'timeout', message: 'another process is at it', wasSent: true };
  const outcome = await context.client.rest(context.siteId, {
    as: context.as, method: 'POST', route: `${ROUTE}/${uploaded.id}`, query: { context: 'edit', _fields: MEDIA_MEMBERS }, json: input.texts, timeoutMs: Math.max(timeoutOf(context, WRITE_TIMEOUT_MS), 1),
  });
  const answered = readAnswer(outcome, false);
  // The file is there, whatever becomes of its texts.
  if (answered.kind === 'failed') return { ...answered, wasSent: true };
  if (answered.kind === 'refused') {
    const told = { ...refuse(answered.code, `the file is on the site, but its texts are not: ${answered.message}`, { postId: uploaded.id }), siteMs: answered.siteMs };
    return { ...told, changes: await changesOf(context, input, uploaded, answered.siteMs) };
  }
  const answer = readMediaAnswer(answered.body);
  return answer === null ? { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with a file', wasSent: true } : applied(context, input, answer, answered.siteMs);
}

/** Whether the texts were set; they are set together with the slug. */
function isDescribed({ mark, texts }: MediaUploadInput, answer: MediaAnswer): boolean {
  const isEqual = (asked: string | undefined, held: string): boolean => asked === undefined || asked === held;
  return answer.slug !== mark && isEqual(texts.title, answer.title) && isEqual(texts.alt_text, answer.alt_text)
    && isEqual(texts.caption, answer.caption) && isEqual(texts.description, answer.description);
}

async function find(context: WriteContext, { mark }: MediaUploadInput): Promise<{ readonly answer: MediaAnswer | null; readonly siteMs: number | null } | Refused | Failed> {
  const journal = (await readJournal(context.store, context.siteId, context.writeId)) as { readonly mediaId: number } | null;
  const outcome = await context.client.rest(context.siteId, {
    as: context.as, method: 'GET', route: journal === null ? ROUTE : `${ROUTE}/${journal.mediaId}`, query: { context: 'edit', ...(journal === null ? { slug: mark } : {}), _fields: MEDIA_MEMBERS },
    timeoutMs: timeoutOf(context, READ_TIMEOUT_MS),
  });
  const answered = readAnswer(outcome, true);
  if (answered.kind === 'refused' && answered.code === 'NOT_FOUND' && journal !== null) return refuse('SITE_REJECTED', 'the site had the file and no longer has it');
  if (answered.kind !== 'answered') return asFailed(answered);
  if (journal !== null) {
    const answer = readMediaAnswer(answered.body);
    return answer === null ? { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with a file', wasSent: true } : { answer, siteMs: answered.siteMs };
  }
  const rows = rowsOf(answered);
  if ('kind' in rows) return rows;
  return { answer: rows.flatMap((row) => readMediaAnswer(row) ?? []).find((row) => row.slug === mark) ?? null, siteMs: answered.siteMs };
}

async function changesOf(context: WriteContext, { homeUrl }: MediaUploadInput, answer: MediaAnswer, siteMs: number | null): Promise<Applied['changes']> {
  const rev = revOf(siteMs, context.now());
  const metas = metasOfMedia(answer);
  const known = await readKnownLinks(context.store.database, context.siteId, answer.id, [...metas.keys()], []);
  return [...changesOfPostAnswer(answer, homeUrl, rev), ...changesOfLinks(answer, metas, new Map(), known, rev)];
}

async function applied(context: WriteContext, input: MediaUploadInput, answer: MediaAnswer, siteMs: number | null): Promise<Applied> {
  const title = answer.title.slice(0, 80);
  return {
    kind: 'applied', changes: await changesOf(context, input, answer, siteMs), siteMs, targets: [`post:${answer.id}`], result: { postId: answer.id },
    audit: {
      event: 'content.created', category: 'CONTENT', object: { typename: 'MediaItem', localId: String(answer.id), label: title || input.name.slice(0, 80) },
      summary: `Uploaded media "${title || input.name.slice(0, 80)}"`, fieldChanges: [],
    },
  };
}
