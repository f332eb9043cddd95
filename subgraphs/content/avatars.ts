// The picture that a site shows for a commenter. Pure; the site publishes the same address beside the comment.
import { createHash } from 'node:crypto';
import type { ContentOptions } from '../../store/read/content-facts.js';

const SIZE_PIXELS = 96;
const RATINGS = new Set(['g', 'pg', 'r', 'x']);

/** The address of the picture for an e-mail address; null when the site shows none or the address is not known. */
export function avatarUrl(email: string, options: ContentOptions): string | null {
  const shows = options['show_avatars'];
  if (email === '' || shows === '0' || shows === 0 || shows === false || shows === '') return null;
  const hash = createHash('sha256').update(email.trim().toLowerCase()).digest('hex');
  const rating = String(options['avatar_rating'] ?? 'g').toLowerCase();
  const query = new URLSearchParams({ s: String(SIZE_PIXELS), d: fallbackOf(options['avatar_default']), r: RATINGS.has(rating) ? rating : 'g' });
  return `https://secure.gravatar.com/avatar/${hash}?${query.toString()}`;
}

/** WordPress's names of the pictures for people without one, as Gravatar knows them. */
function fallbackOf(option: unknown): string {
  if (typeof option !== 'string' || option === '' || option === 'mystery') return 'mm';
  return option === 'gravatar_default' ? '' : option;
}
