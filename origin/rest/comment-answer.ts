// A comment as wp/v2 answers it, and the changes that a sync of it would have given. The raw text and the e-mail address are told
// to moderators alone; IP addresses and browsers are never asked for.
import { z } from 'zod';
import type { DomainChange, Json } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';
import { localDate, utcDate } from '../../sync/decode/dates.js';

/** The value of `_fields`. */
export const COMMENT_MEMBERS = 'id,post,parent,author,author_name,author_email,author_url,date,date_gmt,content,status,type';

const text = z.string().catch('');
const whole = z.number().int().catch(0);

const answerShape = z.object({
  id: z.number().int().positive(),
  post: whole,
  parent: whole,
  author: whole,
  author_name: text,
  author_email: z.string().optional().catch(undefined),
  author_url: text,
  date: text,
  date_gmt: text,
  content: z.object({ raw: z.string().optional().catch(undefined), rendered: text }).catch({ rendered: '' }),
  status: z.string().min(1),
  type: text,
});

export type CommentAnswer = z.output<typeof answerShape>;

/** Reads an answer; null when it is none. */
export function readCommentAnswer(body: Json): CommentAnswer | null {
  const parsed = answerShape.safeParse(body);
  return parsed.success ? parsed.data : null;
}

const STORED: Readonly<Record<string, string>> = { approved: '1', hold: '0' };

/** The status as the site stores it; REST has words of its own for two of them. */
export const storedStatus = (status: string): string => STORED[status] ?? status;

export function changeOfStatus(answer: CommentAnswer, rev: Rev): DomainChange {
  return { kind: 'upsert', entity: 'comment', key: { id: answer.id }, rev, groups: { status: { status: storedStatus(answer.status), statusBeforeTrash: null } } };
}

/** A comment that was just made; `written` stands for its text where the site does not tell it raw. */
export function changeOfNewComment(answer: CommentAnswer, written: string, rev: Rev): DomainChange {
  return {
    kind: 'upsert', entity: 'comment', key: { id: answer.id }, rev,
    groups: {
      core: {
        postId: answer.post, parentId: answer.parent, type: answer.type || 'comment', dateGmt: utcDate(answer.date_gmt), localDate: localDate(answer.date), userId: answer.author, karma: 0,
      },
      author: { authorName: answer.author_name },
      ...(answer.author_email === undefined ? {} : { email: { authorEmail: answer.author_email } }),
      url: { authorUrl: answer.author_url },
      content: { content: answer.content.raw ?? written },
      status: { status: storedStatus(answer.status), statusBeforeTrash: null },
    },
  };
}
