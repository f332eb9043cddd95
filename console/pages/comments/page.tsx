// The comments of a site by their status: read, select many, decide, answer. Every decision can be taken back. Keys do what buttons do.
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useParams } from 'wouter';
import { useGraphList } from '../../graph/use-graph.js';
import { Button } from '../../kit/button.js';
import { titleText } from '../../kit/content-words.js';
import { Dialog } from '../../kit/dialog.js';
import { CheckBox, Segments } from '../../kit/fields.js';
import { PageFrame } from '../../kit/page.js';
import { CardBones, Empty, Notice, ProblemState } from '../../kit/states.js';
import { useSearchParam } from '../../kit/use-search-param.js';
import { formatNumber } from '../../kit/words.js';
import { CommentCard } from './comment-card.js';
import { CommentQueueDocument, type CommentStatus } from './generated.js';
import { useModeration, type CommentRow } from './use-moderation.js';

const PAGE_SIZE = 50;
const QUEUES = [{ value: 'PENDING', label: 'Waiting' }, { value: 'APPROVED', label: 'Approved' }, { value: 'SPAM', label: 'Spam' }, { value: 'TRASH', label: 'Trash' }] as const;
const DONE: Readonly<Record<CommentStatus, string>> = { APPROVED: 'approved', PENDING: 'set to waiting', SPAM: 'marked as spam', TRASH: 'moved to the trash' };
/** What a key does to the comment with the focus, or to those that are selected. */
const KEYS: Readonly<Record<string, CommentStatus>> = { a: 'APPROVED', u: 'PENDING', s: 'SPAM', d: 'TRASH' };
const HELP = [['J, K', 'next, previous comment'], ['X', 'select or not'], ['A', 'approve'], ['U', 'back to waiting'], ['S', 'spam'], ['D', 'trash'], ['R', 'answer'], ['Z', 'undo the last decision'], ['?', 'this list']] as const;

export function Page(): ReactNode {
  const { site = '' } = useParams<{ site: string }>();
  const [wanted, setWanted] = useSearchParam('status');
  const status = QUEUES.find(({ value }) => value === wanted)?.value ?? 'PENDING';
  return <Queue key={status} site={site} status={status} onStatus={(next) => setWanted(next === 'PENDING' ? '' : next)} />;
}

function Queue({ site, status, onStatus }: { readonly site: string; readonly status: CommentStatus; readonly onStatus: (status: CommentStatus) => void }): ReactNode {
  const list = useGraphList(CommentQueueDocument, { site, first: PAGE_SIZE, status: [status] }, ({ site: found }) => found && {
    rows: found.comments.nodes, endCursor: found.comments.pageInfo.endCursor ?? null, hasMore: found.comments.pageInfo.hasNextPage, totalCount: found.comments.totalCount ?? null,
  });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [answering, setAnswering] = useState<string | null>(null);
  const [isHelping, setHelping] = useState(false);
  const moderation = useModeration(() => {
    setSelected(new Set());
    list.refresh();
  });
  const chosen = list.rows.filter(({ id }) => selected.has(id));
  const toggle = (row: CommentRow): void => setSelected((now) => { const next = new Set(now); if (!next.delete(row.id)) next.add(row.id); return next; });

  const onKey = useRef<(event: KeyboardEvent) => void>(() => undefined);
  onKey.current = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || (event.target instanceof Element && event.target.closest('input:not([type="checkbox"]), textarea, [role="dialog"], [role="listbox"]'))) return;
    const key = event.key.toLowerCase();
    const cards = [...document.querySelectorAll<HTMLElement>('.comment')];
    const at = cards.findIndex((card) => card.contains(document.activeElement));
    const row = list.rows[at];
    if (key === '?') setHelping(true);
    else if (key === 'j' || key === 'k') cards[Math.max(0, Math.min(cards.length - 1, at + (key === 'j' ? 1 : -1)))]?.focus();
    else if (key === 'z') void moderation.undo();
    else if (key === 'x' && row) toggle(row);
    else if (key === 'r' && row) setAnswering(row.id);
    else if (KEYS[key] !== undefined && (chosen.length > 0 || row)) void moderation.set(chosen.length > 0 ? chosen : row ? [row] : [], KEYS[key]);
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => onKey.current(event);
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);

  const { done } = moderation;
  return (
    <PageFrame title="Comments" actions={<Button onPress={() => setHelping(true)}>Keys</Button>}>
      <div className="toolbar">
        <Segments label="Which comments" options={QUEUES} value={status as (typeof QUEUES)[number]['value']} onChange={onStatus} />
        {list.totalCount !== null && <span className="soft" role="status">{formatNumber(list.totalCount)} {list.totalCount === 1 ? 'comment' : 'comments'}</span>}
      </div>
      {done !== null && <Notice look="good" action={<Button icon="undo" onPress={() => void moderation.undo()}>Undo</Button>}><p>{done.before.length === 1 ? 'One comment' : `${done.before.length} comments`} {DONE[done.status]}.</p></Notice>}
      {moderation.refused.length > 0 && <Notice look="bad"><p>{moderation.refused.length} not done:</p><ul>{moderation.refused.slice(0, 10).map(({ row, message }) => <li key={row.id}>{row.commenter.name} on {titleText(row.on?.title ?? '')}: {message}</li>)}</ul></Notice>}
      {list.rows.length > 0 && (
        <div className="save-bar editor-bar">
          <CheckBox isSelected={chosen.length === list.rows.length} isIndeterminate={chosen.length > 0 && chosen.length < list.rows.length} onChange={(all) => setSelected(new Set(all ? list.rows.map(({ id }) => id) : []))}>{chosen.length === 0 ? 'Select all shown' : `${chosen.length} selected`}</CheckBox>
          <span className="push line">
            {status !== 'APPROVED' && <Button icon="check" look="primary" isDisabled={chosen.length === 0 || moderation.isBusy} onPress={() => void moderation.set(chosen, 'APPROVED')}>Approve</Button>}
            {status !== 'PENDING' && <Button isDisabled={chosen.length === 0 || moderation.isBusy} onPress={() => void moderation.set(chosen, 'PENDING')}>{status === 'APPROVED' ? 'Unapprove' : 'To waiting'}</Button>}
            {status !== 'SPAM' && <Button isDisabled={chosen.length === 0 || moderation.isBusy} onPress={() => void moderation.set(chosen, 'SPAM')}>Spam</Button>}
            {status !== 'TRASH' && <Button icon="trash" isDisabled={chosen.length === 0 || moderation.isBusy} onPress={() => void moderation.set(chosen, 'TRASH')}>Trash</Button>}
          </span>
        </div>
      )}
      {list.isLoading ? <div className="stack" role="status" aria-label="Loading">{[0, 1, 2, 3].map((one) => <CardBones key={one} lines={2} height="8.5rem" />)}</div>
        : list.problem && list.rows.length === 0 ? <ProblemState problem={list.problem} retry={list.refresh} />
        : list.rows.length === 0 ? <Empty title={status === 'PENDING' ? 'Nothing waits' : 'None here'} icon="comments" hint={status === 'PENDING' ? 'Every comment has been decided on.' : 'No comment of this site has this status.'} /> : (
          <ul className="comments" aria-label="Comments">
            {list.rows.map((row) => <CommentCard key={row.id} row={row} site={site} isSelected={selected.has(row.id)} isAnswering={answering === row.id} onSelect={() => toggle(row)} onSet={(next) => void moderation.set([row], next)} onAnswer={(isOpen) => setAnswering(isOpen ? row.id : null)} onAnswered={list.refresh} />)}
          </ul>
        )}
      {list.hasMore && <div className="line"><Button onPress={list.loadMore} isPending={list.isLoadingMore}>Show more</Button></div>}
      <Dialog title="Keys" isOpen={isHelping} onClose={() => setHelping(false)}>
        <dl className="facts">{HELP.map(([keys, what]) => <div key={keys} style={{ display: 'contents' }}><dt><kbd>{keys}</kbd></dt><dd>{what}</dd></div>)}</dl>
        <p className="soft">They go to what is selected, else to the comment with the focus.</p>
        <div className="actions"><Button onPress={() => setHelping(false)} autoFocus>Close</Button></div>
      </Dialog>
    </PageFrame>
  );
}
