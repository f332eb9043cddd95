// Setting the status of comments, many in one call, and taking it back: what each had before is kept until the next call.
import { useState } from 'react';
import { useWrite } from '../../graph/use-write.js';
import { sayProblem } from '../../kit/toasts.js';
import { CommentsModerateDocument, type CommentQueueQuery, type CommentStatus } from './generated.js';

export type CommentRow = NonNullable<CommentQueueQuery['site']>['comments']['nodes'][number];

export interface Done {
  readonly status: CommentStatus;
  /** The comments as they were. */
  readonly before: readonly CommentRow[];
}

/** The graph takes this many at a time. */
export const MOST_AT_ONCE = 100;

export interface Moderation {
  readonly isBusy: boolean;
  readonly done: Done | null;
  /** What was not done, and why. */
  readonly refused: readonly { readonly row: CommentRow; readonly message: string }[];
  readonly set: (rows: readonly CommentRow[], status: CommentStatus) => Promise<void>;
  readonly undo: () => Promise<void>;
}

export function useModeration(onDone: () => void): Moderation {
  const { send, isBusy } = useWrite(CommentsModerateDocument);
  const [done, setDone] = useState<Done | null>(null);
  const [refused, setRefused] = useState<Moderation['refused']>([]);

  const run = async (rows: readonly CommentRow[], status: CommentStatus): Promise<readonly CommentRow[]> => {
    const answer = await send((idempotencyKey) => ({ input: { ids: rows.map(({ id }) => id), status, idempotencyKey } }));
    const payload = answer.ok ? answer.data.commentModerate : null;
    const whole = answer.ok ? (payload?.userErrors[0] ?? (payload ? null : { message: 'You may not moderate comments here.' })) : answer.problem;
    if (whole) {
      sayProblem('Nothing was done', whole);
      return [];
    }
    const results = new Map((payload?.results ?? []).map((result) => [result.id, result.userErrors[0]?.message ?? null]));
    setRefused((now) => [...now, ...rows.flatMap((row) => { const message = results.get(row.id); return typeof message === 'string' ? [{ row, message }] : []; })]);
    return rows.filter(({ id }) => results.get(id) === null);
  };
  return {
    isBusy, done, refused,
    async set(rows, status) {
      const wanted = rows.filter(({ moderation }) => moderation !== status).slice(0, MOST_AT_ONCE);
      if (wanted.length === 0 || isBusy) return;
      setRefused([]);
      const before = await run(wanted, status);
      setDone(before.length === 0 ? null : { status, before });
      onDone();
    },
    async undo() {
      if (done === null) return;
      setDone(null);
      setRefused([]);
      for (const status of new Set(done.before.map(({ moderation }) => moderation))) await run(done.before.filter(({ moderation }) => moderation === status), status);
      onDone();
    },
  };
}
