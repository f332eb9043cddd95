// The reader: posts of the sites that the person follows, the newest first, with what was not seen yet. Texts are shown as text alone;
// reading on happens on the site.
import { useState, type ReactNode } from 'react';
import { useGraph, useGraphList } from '../../graph/use-graph.js';
import { useWrite } from '../../graph/use-write.js';
import { Button, OutLink } from '../../kit/button.js';
import { plainText, titleText } from '../../kit/content-words.js';
import { CheckBox, SearchBox } from '../../kit/fields.js';
import { PageFrame } from '../../kit/page.js';
import { CardBones, Empty, ProblemState } from '../../kit/states.js';
import { sayProblem } from '../../kit/toasts.js';
import { useSearchParam, useSettled } from '../../kit/use-search-param.js';
import { Badge, formatNumber, Time } from '../../kit/words.js';
import { Following } from './following.js';
import { ReaderFeedDocument, ReaderFollowedDocument, ReaderMarkDocument, type ReaderFeedQuery } from './generated.js';

type Edge = NonNullable<ReaderFeedQuery['readerFeed']>['edges'][number];

const PAGE_SIZE = 20;
/** The graph takes this many at a time. */
const MOST_AT_ONCE = 100;

export function Page(): ReactNode {
  const [search, setSearch] = useSearchParam('search');
  const [site, setSite] = useSearchParam('site');
  const [unseen, setUnseen] = useSearchParam('unseen');
  const settled = useSettled(search.trim());
  const followed = useGraph(ReaderFollowedDocument, {});
  const list = useGraphList(
    ReaderFeedDocument,
    { first: PAGE_SIZE, filter: { search: settled.length < 2 ? null : settled, siteIds: site === '' ? null : [site], unseenOnly: unseen === '1' ? true : null } },
    ({ readerFeed: feed }) => feed && { rows: feed.edges, endCursor: feed.pageInfo.endCursor ?? null, hasMore: feed.pageInfo.hasNextPage, totalCount: feed.unseenCount },
  );
  // Marks show at once; what the server says of later pages comes with them.
  const [marks, setMarks] = useState<ReadonlyMap<string, boolean>>(new Map());
  const { send, isBusy } = useWrite(ReaderMarkDocument);
  const isSeen = ({ node, seen }: Edge): boolean => marks.get(node.id) ?? seen;
  const subscriptions = followed.kind === 'data' ? (followed.data.viewer?.readerSubscriptions ?? []) : [];

  const mark = async (edges: readonly Edge[], seen: boolean): Promise<void> => {
    const ids = edges.slice(0, MOST_AT_ONCE).map(({ node }) => node.id);
    if (ids.length === 0) return;
    const before = marks;
    setMarks((now) => new Map([...now, ...ids.map((id) => [id, seen] as const)]));
    const answer = await send(() => ({ ids, seen }));
    const refused = answer.ok ? (answer.data.readerMarkSeen ? answer.data.readerMarkSeen.userErrors[0] : { message: 'You may not mark posts.' }) : answer.problem;
    if (refused) {
      setMarks(before);
      return sayProblem('It was not marked', refused);
    }
    if (followed.kind === 'data') followed.refresh();
  };
  const changed = (): void => {
    if (followed.kind === 'data') followed.refresh();
    list.refresh();
  };
  const unseenShown = list.rows.filter((edge) => !isSeen(edge));
  const isFiltered = settled.length >= 2 || site !== '' || unseen === '1';
  return (
    <PageFrame title="Reader" actions={<Button icon="check" isDisabled={unseenShown.length === 0 || isBusy} onPress={() => void mark(unseenShown, true)}>Mark all shown as seen</Button>}>
      <div className="toolbar" role="search">
        <SearchBox label="Search what you follow" value={search} onChange={setSearch} />
        <CheckBox isSelected={unseen === '1'} onChange={(isOn) => setUnseen(isOn ? '1' : '')}>Unseen only</CheckBox>
        {list.totalCount !== null && <span className="soft">{formatNumber(subscriptions.reduce((sum, { unseenCount }) => sum + unseenCount, 0))} unseen</span>}
      </div>
      <div className="editor feed">
        <div className="stack">
          {list.isLoading ? <div className="stack" role="status" aria-label="Loading">{[0, 1, 2, 3].map((one) => <CardBones key={one} lines={3} height="10rem" />)}</div>
            : list.problem && list.rows.length === 0 ? <ProblemState problem={list.problem} retry={list.refresh} />
            : list.rows.length === 0 ? (isFiltered ? <Empty title="Nothing here" icon="search" hint="Another word, every site, or what you have seen." /> : <Empty title={subscriptions.length === 0 ? 'You follow no site yet' : 'Nothing published yet'} icon="reader" hint="Follow sites of yours; what they publish shows here." />) : (
              <ul className="comments" aria-label="Posts">{list.rows.map((edge) => <PostCard key={edge.node.id} edge={edge} isSeen={isSeen(edge)} onMark={(seen) => void mark([edge], seen)} />)}</ul>
            )}
          {list.hasMore && <div><Button onPress={list.loadMore} isDisabled={list.isLoadingMore}>Show more</Button></div>}
        </div>
        <Following followed={followed} site={site} onSite={setSite} onChanged={changed} />
      </div>
    </PageFrame>
  );
}

function PostCard({ edge, isSeen, onMark }: { readonly edge: Edge; readonly isSeen: boolean; readonly onMark: (seen: boolean) => void }): ReactNode {
  const { node, rankedAt } = edge;
  const title = titleText(node.title);
  return (
    <li className="card comment" aria-label={title}>
      <div className="line spread">
        <span className="line">{!isSeen && <Badge tone="note">New</Badge>}<span className="soft">{node.site.name}{node.author ? ` · ${node.author.displayName}` : ''}</span></span>
        <Time at={rankedAt} isAge />
      </div>
      <h2 className={isSeen ? 'read' : ''}>{title}</h2>
      <p className="comment-text">{plainText(node.excerpt)}</p>
      <div className="line">
        {typeof node.url === 'string' && <span onClick={() => !isSeen && onMark(true)}><OutLink href={node.url}>Read on the site</OutLink></span>}
        <Button onPress={() => onMark(!isSeen)} aria-label={`Mark as ${isSeen ? 'unseen' : 'seen'}: ${title}`}>{isSeen ? 'Mark as unseen' : 'Mark as seen'}</Button>
      </div>
    </li>
  );
}
