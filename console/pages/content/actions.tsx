// What can be done to content from a list: trash, restore, delete, of one row or of many. Each asks first, sends the versions that the
// person saw, and says what became of every one of them.
import { useState, type ReactNode } from 'react';
import { titleText } from '../../kit/content-words.js';
import { Ask } from '../../kit/dialog.js';
import { say, sayProblem } from '../../kit/toasts.js';
import { useWrite } from '../../graph/use-write.js';
import { ContentDeleteDocument, ContentRestoreDocument, ContentTrashDocument, type ContentListQuery } from './generated.js';

export type ContentRow = NonNullable<ContentListQuery['site']>['contentNodes']['nodes'][number];
export type ActionName = 'trash' | 'restore' | 'delete';

const WORDS: Readonly<Record<ActionName, { readonly title: string; readonly confirm: string; readonly done: string; readonly hint: string; readonly look: 'primary' | 'danger' }>> = {
  trash: { title: 'Move to the trash?', confirm: 'Move to trash', done: 'Moved to the trash', hint: 'It leaves the site and can be restored, as a draft.', look: 'danger' },
  restore: { title: 'Restore?', confirm: 'Restore', done: 'Restored as a draft', hint: 'It comes back as a draft. Comments that went to the trash with it stay there.', look: 'primary' },
  delete: { title: 'Delete for good?', confirm: 'Delete for good', done: 'Deleted', hint: 'It goes with its revisions and comments, and cannot be brought back.', look: 'danger' },
};

/** The longest list of titles that the question shows. */
const TITLES_SHOWN = 5;
/** The graph takes this many at a time. */
const MOST_AT_ONCE = 100;

export function useContentActions(onDone: () => void): { readonly ask: (action: ActionName, rows: readonly ContentRow[]) => void; readonly dialog: ReactNode } {
  const [asked, setAsked] = useState<{ readonly action: ActionName; readonly rows: readonly ContentRow[] } | null>(null);
  const trash = useWrite(ContentTrashDocument);
  const restore = useWrite(ContentRestoreDocument);
  const remove = useWrite(ContentDeleteDocument);
  const isBusy = trash.isBusy || restore.isBusy || remove.isBusy;

  const run = async (): Promise<void> => {
    if (asked === null) return;
    const { action } = asked;
    const rows = asked.rows.slice(0, MOST_AT_ONCE);
    const make = (idempotencyKey: string) => ({ input: { ids: rows.map(({ id }) => id), expectedVersions: rows.map(({ version }) => version), idempotencyKey } });
    const answer = action === 'trash' ? await trash.send(make) : action === 'restore' ? await restore.send(make) : await remove.send(make);
    setAsked(null);
    if (!answer.ok) return sayProblem('Nothing was done', answer.problem);
    const payload = Object.values(answer.data)[0] as { readonly results: readonly { readonly id: string; readonly userErrors: readonly { readonly message: string }[] }[]; readonly userErrors: readonly { readonly message: string }[] } | null | undefined;
    const refused = payload?.userErrors[0];
    if (!payload || refused) return sayProblem('Nothing was done', { message: refused?.message ?? 'You may not do this.' });
    const failed = payload.results.filter(({ userErrors }) => userErrors.length > 0);
    const count = payload.results.length - failed.length;
    if (count > 0) say(WORDS[action].done, count === 1 ? titleText(rows.find(({ id }) => payload.results.some((one) => one.id === id && one.userErrors.length === 0))?.title ?? '') : `${count} of ${rows.length}`);
    for (const { id, userErrors } of failed.slice(0, 3)) sayProblem(titleText(rows.find((row) => row.id === id)?.title ?? ''), { message: userErrors[0]?.message ?? '' });
    onDone();
  };

  const words = WORDS[asked?.action ?? 'trash'];
  const rows = asked?.rows ?? [];
  const dialog = (
    <Ask title={words.title} isOpen={asked !== null} onClose={() => setAsked(null)} confirm={words.confirm} look={words.look} onConfirm={() => void run()} isBusy={isBusy}>
      <ul>{rows.slice(0, TITLES_SHOWN).map(({ id, title }) => <li key={id}>{titleText(title)}</li>)}{rows.length > TITLES_SHOWN && <li>and {rows.length - TITLES_SHOWN} more</li>}</ul>
      <p>{words.hint}</p>
    </Ask>
  );
  return { ask: (action, chosen) => chosen.length > 0 && setAsked({ action, rows: chosen }), dialog };
}
