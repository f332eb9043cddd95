// The statuses of the schema and those that WordPress stores. Called by the loaders and resolvers.
import type { CommentState } from '../../auth/visibility.js';
import type { CommentStatus, ContentStatus } from './generated.js';

const STORED: Readonly<Record<Exclude<ContentStatus, 'CUSTOM'>, string>> = {
  PUBLISHED: 'publish',
  FUTURE: 'future',
  DRAFT: 'draft',
  PENDING: 'pending',
  PRIVATE: 'private',
  TRASH: 'trash',
  AUTO_DRAFT: 'auto-draft',
  INHERIT: 'inherit',
};

const STATUSES: ReadonlyMap<string, ContentStatus> = new Map(Object.entries(STORED).map(([status, stored]) => [stored, status as ContentStatus]));

/** The status as the schema names it; one that a plugin adds is CUSTOM. */
export function contentStatus(stored: string): ContentStatus {
  return STATUSES.get(stored) ?? 'CUSTOM';
}

/** A filter of statuses as stored; `customBeside` is the list of known ones when CUSTOM is asked for. */
export function storedStatuses(wanted: readonly ContentStatus[] | null | undefined): {
  readonly statuses: readonly string[] | null;
  readonly customBeside: readonly string[] | null;
} {
  if (!wanted) return { statuses: null, customBeside: null };
  const statuses = wanted.flatMap((status) => (status === 'CUSTOM' ? [] : [STORED[status]]));
  return { statuses, customBeside: wanted.includes('CUSTOM') ? Object.values(STORED) : null };
}

/** What WordPress stores for each state of a comment; some plugins write the words of its functions. */
const STORED_STATES: Readonly<Record<CommentState, readonly string[]>> = {
  approved: ['1', 'approved', 'approve'],
  pending: ['0', 'hold'],
  spam: ['spam'],
  trash: ['trash', 'post-trashed'],
};

const MODERATIONS: Readonly<Record<CommentState, CommentStatus>> = { approved: 'APPROVED', pending: 'PENDING', spam: 'SPAM', trash: 'TRASH' };
const STATES: Readonly<Record<CommentStatus, CommentState>> = { APPROVED: 'approved', PENDING: 'pending', SPAM: 'spam', TRASH: 'trash' };

/** The moderation of a stored state; an unknown one waits for a moderator. */
export function commentModeration(stored: string): CommentStatus {
  return MODERATIONS[commentState(stored)];
}

/** The state of a stored one. */
export function commentState(stored: string): CommentState {
  for (const state of ['approved', 'spam', 'trash'] as const) if (STORED_STATES[state].includes(stored)) return state;
  return 'pending';
}

/** States as they are stored. */
export function storedStates(states: readonly CommentState[]): string[] {
  return states.flatMap((state) => STORED_STATES[state]);
}

/** Moderations as they are stored; all but spam and trash when none are given. */
export function storedModerations(wanted: readonly CommentStatus[] | null | undefined): string[] {
  return storedStates((wanted ?? (['APPROVED', 'PENDING'] as const)).map((status) => STATES[status]));
}
