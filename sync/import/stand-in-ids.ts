// Ids for what REST tells without one: meta rows, terms of post formats. They are the same at every read, far above any id
// that a site gives, and below 2^53.
import { createHash } from 'node:crypto';

const FIRST = 900_000_000_000_000;

/** The id that stands for the n-th row of an owner's meta key. Two of a million rows collide with a chance of 1 in 100. */
export function standInMetaId(owner: 'post' | 'comment' | 'orderItem', ownerId: number, metaKey: string, index: number): number {
  const hash = createHash('sha256').update(`${owner}:${ownerId}:${metaKey}:${index}`).digest();
  // 2^45 values: FIRST and they stay at fifteen digits, which is what a global id can hold.
  return FIRST + (hash.readUIntBE(0, 6) % 2 ** 45);
}

/** Post formats of WordPress, in a fixed order that gives their terms' ids. */
const POST_FORMATS = ['aside', 'audio', 'chat', 'gallery', 'image', 'link', 'quote', 'status', 'video'] as const;

/** The term that stands for a post format; null for the standard one and for names that WordPress does not know. */
export function formatTerm(format: string): { id: number; slug: string; name: string } | null {
  const place = (POST_FORMATS as readonly string[]).indexOf(format);
  if (place < 0) return null;
  return { id: FIRST - 100 + place, slug: `post-format-${format}`, name: format[0]?.toUpperCase() + format.slice(1) };
}
