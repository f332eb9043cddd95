// One comment: who, on what, the text as text, what can be decided, and an answer below it.
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { sitePath } from '../../app/navigation.js';
import { useWrite } from '../../graph/use-write.js';
import { Button } from '../../kit/button.js';
import { editorPath, plainText, titleText } from '../../kit/content-words.js';
import { CheckBox, TextBox } from '../../kit/fields.js';
import { say } from '../../kit/toasts.js';
import { Time } from '../../kit/words.js';
import { CommentAnswerDocument, type CommentStatus } from './generated.js';
import type { CommentRow } from './use-moderation.js';

interface CommentCardProps {
  readonly row: CommentRow;
  readonly site: string;
  readonly isSelected: boolean;
  readonly isAnswering: boolean;
  readonly onSelect: () => void;
  readonly onSet: (status: CommentStatus) => void;
  readonly onAnswer: (isOpen: boolean) => void;
  readonly onAnswered: () => void;
}

export function CommentCard({ row, site, isSelected, isAnswering, onSelect, onSet, onAnswer, onAnswered }: CommentCardProps): ReactNode {
  const { moderation, commenter, on, parent } = row;
  const name = commenter.name === '' ? 'Somebody' : commenter.name;
  return (
    <li className={isSelected ? 'card comment selected' : 'card comment'} tabIndex={-1} aria-label={`Comment by ${name}`}>
      <div className="line spread">
        <CheckBox isSelected={isSelected} onChange={onSelect}><strong>{name}</strong></CheckBox>
        <Time at={row.createdAt} isAge />
      </div>
      <p className="soft cut">{parent ? `Answers ${parent.commenter.name} on ` : 'On '}{on ? <Link href={sitePath(site, editorPath(on.type.slug, on.id))}>{titleText(on.title)}</Link> : 'something of the store'}</p>
      <p className="comment-text">{plainText(row.content)}</p>
      <div className="line">
        {moderation !== 'APPROVED' && <Button icon="check" onPress={() => onSet('APPROVED')} aria-label={`Approve the comment by ${name}`}>Approve</Button>}
        {moderation !== 'PENDING' && <Button onPress={() => onSet('PENDING')}>{moderation === 'APPROVED' ? 'Unapprove' : 'To waiting'}</Button>}
        {moderation !== 'SPAM' && <Button onPress={() => onSet('SPAM')}>Spam</Button>}
        {moderation !== 'TRASH' && <Button icon="trash" onPress={() => onSet('TRASH')}>Trash</Button>}
        {on && moderation !== 'TRASH' && moderation !== 'SPAM' && <Button look="plain" onPress={() => onAnswer(!isAnswering)} aria-expanded={isAnswering}>Answer</Button>}
      </div>
      {isAnswering && on && <Answer on={on.id} parentId={row.id} name={name} onClose={() => onAnswer(false)} onAnswered={onAnswered} />}
    </li>
  );
}

function Answer({ on, parentId, name, onClose, onAnswered }: { readonly on: string; readonly parentId: string; readonly name: string; readonly onClose: () => void; readonly onAnswered: () => void }): ReactNode {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const { send, isBusy } = useWrite(CommentAnswerDocument);
  const answer = async (): Promise<void> => {
    setProblem(null);
    const written = await send((idempotencyKey) => ({ input: { on, parentId, content: text, idempotencyKey } }));
    const refused = written.ok ? (written.data.commentReply ? written.data.commentReply.userErrors[0]?.message : 'You may not comment here.') : written.problem.message;
    if (refused !== undefined) return setProblem(refused);
    say('Answered', name);
    onClose();
    onAnswered();
  };
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); void answer(); }}>
      <TextBox label={`Your answer to ${name}`} isMultiline value={text} onChange={setText} error={problem} maxLength={65_525} autoFocus />
      <div className="line"><Button type="submit" look="primary" isDisabled={text.trim() === ''} isPending={isBusy}>Answer</Button><Button onPress={onClose}>Cancel</Button></div>
    </form>
  );
}
