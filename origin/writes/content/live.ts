// The site's current state of content, asked before a write decides and after one whose outcome is not known; and what the
// operations on content share in reading it.
import type { DomainChange, Json } from '../../../core/changes.js';
import { postMembers, readPostAnswer, type PostAnswer } from '../../rest/post-answer.js';
import { readAnswer, refuse } from '../answers.js';
import type { Delivery, Failed, Refused, WriteContext } from '../operation.js';

export const READ_TIMEOUT_MS = 10_000;
export const WRITE_TIMEOUT_MS = 20_000;
/** A request of ours can still be at work on the site this long after it was sent; only then does its absence prove anything. */
const AT_WORK_MS = 90_000;

export const timeoutOf = ({ deadlineMs, now }: WriteContext, most: number): number => Math.max(1, Math.min(most, deadlineMs - now().getTime()));

/** Where content is in the site's REST API: wp/v2/posts…, and its taxonomies by their names there. */
export type ContentPlace = {
  readonly route: string;
  readonly taxonomies: { readonly [restName: string]: string };
};

export interface Live {
  readonly kind: 'live';
  readonly answer: PostAnswer;
  readonly siteMs: number | null;
}

/** The post as the site has it now. */
export async function readLive(context: WriteContext, place: ContentPlace, postId: number): Promise<Live | Refused | Failed> {
  const outcome = await context.client.rest(context.siteId, {
    as: context.as, method: 'GET', route: `${place.route}/${postId}`, query: { context: 'edit', _fields: postMembers(Object.keys(place.taxonomies)) },
    timeoutMs: timeoutOf(context, READ_TIMEOUT_MS),
  });
  const answered = readAnswer(outcome, true);
  if (answered.kind !== 'answered') return answered;
  const answer = readPostAnswer(answered.body);
  return answer === null ? { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with a post', wasSent: false } : { kind: 'live', answer, siteMs: answered.siteMs };
}

// When blocks are hooked, WordPress's REST answers write the attributes of blocks anew, and an empty object becomes an empty list.
export function isSameContent(begun: Json | undefined, answered: Json): boolean {
  if (typeof begun !== 'string' || typeof answered !== 'string') return false;
  return begun === answered || plainAttributes(begun) === plainAttributes(answered);
}

function plainAttributes(content: string): string {
  return content.replace(/<!--\s+wp:[^]*?-->/g, (delimiter) => delimiter.replace(/:\{\}/g, ':[]'));
}

/** The site's second as a revision; what the store holds meanwhile is stepped over when the reply is applied. */
export function revOf(siteMs: number | null, now: Date | null): number {
  return (siteMs ?? now?.getTime() ?? 0) * 1_000;
}

/** What was to be done is not there: certain once no request of ours can be at work any more. */
export function absent(context: WriteContext, message: string, atWorkMs = AT_WORK_MS): Delivery {
  const isFinal = context.now().getTime() - context.dispatchedAt.getTime() > atWorkMs;
  return isFinal ? refuse('SITE_REJECTED', `${message}; it was not done`) : { kind: 'failed', code: 'undecided', message, wasSent: true };
}

/** A reading back that was refused tells nothing. */
export function asFailed(delivery: Refused | Failed): Failed {
  return delivery.kind === 'failed' ? delivery : { kind: 'failed', code: 'undecided', message: delivery.message, wasSent: true };
}

/** Of calls that put content into the site's list of sticky posts, or take it out. */
export const STICKY_TURN = { turn: 'sticky_posts' } as const;

/** What a change of content says of the site's list of sticky posts. */
export function stuck(postId: number, isSticky: boolean, rev: number): DomainChange {
  return { kind: 'postStuck', postId, isSticky, rev };
}
