// Where what is known to be unsafe comes from: a line above a list of it, and what stands in place of an empty one. Without a feed an
// empty list means nothing, and says so.
import type { ReactNode } from 'react';
import { useGraph } from '../graph/use-graph.js';
import { Empty } from '../kit/states.js';
import { formatNumber, Time } from '../kit/words.js';
import { VulnerabilityFeedDocument, type VulnerabilityFeedQuery } from './generated.js';

function useFeed(): NonNullable<VulnerabilityFeedQuery['fleet']>['vulnerabilityFeed'] | null {
  const loaded = useGraph(VulnerabilityFeedDocument, {});
  return loaded.kind === 'data' ? (loaded.data.fleet?.vulnerabilityFeed ?? null) : null;
}

/** One line whatever it says, so that the list under it does not move when it comes. */
export function FeedLine(): ReactNode {
  const feed = useFeed();
  if (!feed) return <p className="one-line soft">{'\u00a0'}</p>;
  if (!feed.configured) return <p className="one-line soft">No feed of vulnerabilities is configured</p>;
  const of = <>{formatNumber(feed.entries)} known vulnerabilities, read <Time at={feed.refreshedAt} isAge /></>;
  return feed.error ? <p className="one-line trouble" role="alert" title={feed.error}>The feed could not be read again: {feed.error} · {of}</p> : <p className="one-line soft">Held against {of}</p>;
}

/** In place of an empty list of what is unsafe. */
export function FeedEmpty({ noun }: { readonly noun: 'plugin' | 'theme' }): ReactNode {
  const feed = useFeed();
  if (feed && !feed.configured) {
    return <Empty title="Nothing is known" icon="warning" hint={<>No feed of vulnerabilities is configured, so no {noun} is known to be unsafe, which does not mean that none is. Set <code>SITEGRAPH_VULNERABILITY_FEED</code> on the server.</>} />;
  }
  return <Empty title={`No ${noun} is known to be unsafe`} icon="check" hint="What is installed is held against the feed again whenever either of them changes." />;
}
