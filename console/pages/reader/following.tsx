// The sites that are followed, as a filter of the feed, and following another one.
import { useState, type ReactNode } from 'react';
import { useGraph, type Loaded } from '../../graph/use-graph.js';
import { useWrite } from '../../graph/use-write.js';
import { Button, IconButton } from '../../kit/button.js';
import { Dialog } from '../../kit/dialog.js';
import { SearchBox } from '../../kit/fields.js';
import { CardBones, ProblemState } from '../../kit/states.js';
import { say, sayProblem } from '../../kit/toasts.js';
import { useSettled } from '../../kit/use-search-param.js';
import { formatNumber, shortUrl } from '../../kit/words.js';
import { ReaderFollowDocument, ReaderSitesDocument, ReaderUnfollowDocument, type ReaderFollowedQuery } from './generated.js';

interface FollowingProps {
  readonly followed: Loaded<ReaderFollowedQuery>;
  /** The site that the feed is narrowed to; empty for all. */
  readonly site: string;
  readonly onSite: (site: string) => void;
  readonly onChanged: () => void;
}

export function Following({ followed, site, onSite, onChanged }: FollowingProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const { send } = useWrite(ReaderUnfollowDocument);
  if (followed.kind === 'loading') return <CardBones height="12rem" />;
  if (followed.kind === 'problem') return <ProblemState problem={followed.problem} retry={followed.retry} />;
  const subscriptions = followed.data.viewer?.readerSubscriptions ?? [];
  const unfollow = async (subscriptionId: string, title: string, followedSite: string | undefined): Promise<void> => {
    const answer = await send(() => ({ subscriptionId }));
    const refused = answer.ok ? answer.data.readerUnfollow?.userErrors[0] : answer.problem;
    if (refused) return sayProblem('Nothing was changed', refused);
    say('No longer followed', title);
    if (followedSite === site) onSite('');
    onChanged();
  };
  return (
    <section className="card stack following" aria-labelledby="following">
      <h2 id="following">Following</h2>
      <ul className="choices">
        {subscriptions.length > 1 && <li><Button look="plain" aria-pressed={site === ''} onPress={() => onSite('')}><strong>All of them</strong></Button></li>}
        {subscriptions.map(({ id, title, unseenCount, feedSite }) => (
          <li key={id} className="followed">
            <Button look="plain" aria-pressed={feedSite?.id === site} isDisabled={!feedSite} onPress={() => onSite(feedSite?.id === site ? '' : (feedSite?.id ?? ''))}><span className="cut">{title}</span>{unseenCount > 0 && <span className="number">{formatNumber(unseenCount)} new</span>}</Button>
            <IconButton icon="close" label={`Unfollow ${title}`} onPress={() => void unfollow(id, title, feedSite?.id)} />
          </li>
        ))}
        {subscriptions.length === 0 && <li className="soft">No site yet.</li>}
      </ul>
      <Button icon="plus" onPress={() => setOpen(true)}>Follow a site</Button>
      <Dialog title="Follow a site" isOpen={isOpen} onClose={() => setOpen(false)}><Choices followed={subscriptions.flatMap(({ feedSite }) => feedSite?.id ?? [])} onDone={() => { setOpen(false); onChanged(); }} /></Dialog>
    </section>
  );
}

function Choices({ followed, onDone }: { readonly followed: readonly string[]; readonly onDone: () => void }): ReactNode {
  const [search, setSearch] = useState('');
  const settled = useSettled(search.trim());
  const sites = useGraph(ReaderSitesDocument, { search: settled === '' ? null : settled });
  const { send, isBusy } = useWrite(ReaderFollowDocument);
  const open = sites.kind === 'data' ? (sites.data.sites?.nodes ?? []).filter(({ id }) => !followed.includes(id)) : [];
  const follow = async (siteId: string, name: string): Promise<void> => {
    const answer = await send(() => ({ siteId }));
    const refused = answer.ok ? (answer.data.readerFollow ? answer.data.readerFollow.userErrors[0] : { message: 'You may not follow sites.' }) : answer.problem;
    if (refused) return sayProblem('It is not followed', refused);
    say('Followed', name);
    onDone();
  };
  return (
    <>
      <SearchBox label="Search sites" value={search} onChange={setSearch} autoFocus />
      {sites.kind === 'problem' && <p className="soft">{sites.problem.message}</p>}
      <ul className="choices">
        {open.map(({ id, name, homeUrl }) => <li key={id}><Button look="plain" isDisabled={isBusy} onPress={() => void follow(id, name)}>{name}<span className="soft">{shortUrl(homeUrl)}</span></Button></li>)}
        {sites.kind === 'data' && open.length === 0 && <li className="soft">{settled === '' ? 'You follow every site.' : 'No other site has this name.'}</li>}
      </ul>
    </>
  );
}
