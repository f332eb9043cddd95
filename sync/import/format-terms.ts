// Terms of post formats, which REST tells by their slugs alone. Their ids are the same at every read and far above any that a
// site gives; those of meta rows are core/ids.ts's.
import { STAND_IN_FROM } from '../../core/ids.js';

/** Post formats of WordPress, in a fixed order that gives their terms' ids. */
const POST_FORMATS = ['aside', 'audio', 'chat', 'gallery', 'image', 'link', 'quote', 'status', 'video'] as const;

/** The term that stands for a post format; null for the standard one and for names that WordPress does not know. */
export function formatTerm(format: string): { id: number; slug: string; name: string } | null {
  const place = (POST_FORMATS as readonly string[]).indexOf(format);
  if (place < 0) return null;
  return { id: STAND_IN_FROM - 100 + place, slug: `post-format-${format}`, name: format[0]?.toUpperCase() + format.slice(1) };
}
