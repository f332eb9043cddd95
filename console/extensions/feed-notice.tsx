// Where what is known to be unsafe comes from, above a list of it; without a feed an empty list means nothing.
import type { ReactNode } from 'react';
import { useGraph } from '../graph/use-graph.js';
import { Notice } from '../kit/states.js';
import { formatNumber, Time } from '../kit/words.js';
import { VulnerabilityFeedDocument } from './generated.js';

export function FeedNotice(): ReactNode {
  const loaded = useGraph(VulnerabilityFeedDocument, {});
  const feed = loaded.kind === 'data' ? loaded.data.fleet?.vulnerabilityFeed : null;
  // In its final place from the beginning, so that the list under it does not move.
  if (!feed) return <Notice><p>{'\u00a0'}</p></Notice>;
  if (!feed.configured) return <Notice><p>No feed of vulnerabilities is configured, so nothing is known to be unsafe, which does not mean that nothing is. Set <code>SITEGRAPH_VULNERABILITY_FEED</code> on the server.</p></Notice>;
  if (feed.error) return <Notice look="warn"><p>The feed of vulnerabilities could not be read: {feed.error} What was read before counts.</p></Notice>;
  return <Notice><p>Held against {formatNumber(feed.entries)} known vulnerabilities, read <Time at={feed.refreshedAt} isAge />.</p></Notice>;
}
