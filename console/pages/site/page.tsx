// One site at a glance: is it well, how fresh is what we know, what it holds, what could be updated, what happened last.
import type { ReactNode } from 'react';
import { Link, useParams } from 'wouter';
import { sitePath } from '../../app/navigation.js';
import { useGraph } from '../../graph/use-graph.js';
import { OutLink } from '../../kit/button.js';
import { PageFrame } from '../../kit/page.js';
import { siteTone, siteWord, updateCount } from '../../kit/site-words.js';
import { CardBones, Empty, Notice, ProblemState } from '../../kit/states.js';
import { Badge, formatNumber, formatSeconds, shortUrl, Time } from '../../kit/words.js';
import { SiteOverviewDocument, type SiteOverviewQuery } from './generated.js';
import { SyncedParts } from './synced-parts.js';

type Site = NonNullable<SiteOverviewQuery['site']>;
const READ_AGAIN_MS = 15_000;

export function Page(): ReactNode {
  const { site: id } = useParams<{ readonly site: string }>();
  const loaded = useGraph(SiteOverviewDocument, { id }, { everyMs: READ_AGAIN_MS });
  if (loaded.kind === 'problem') return <PageFrame title="Overview"><ProblemState problem={loaded.problem} retry={loaded.retry} /></PageFrame>;
  if (loaded.kind === 'loading') return <PageFrame title="Overview" about=" "><div className="grid"><CardBones lines={6} height="15rem" /><CardBones lines={6} height="15rem" /><CardBones lines={6} height="15rem" /></div></PageFrame>;
  const { site } = loaded.data;
  if (!site) return <PageFrame title="Overview"><Empty title="There is no such site" icon="sites" hint="It was removed, or your account is not linked to it." /></PageFrame>;
  return (
    <PageFrame
      title={site.name} about={<><Badge tone={siteTone(site)}>{siteWord(site)}</Badge> {site.tagline === '' ? shortUrl(site.homeUrl) : site.tagline}</>}
      actions={<><OutLink href={site.homeUrl}>Visit</OutLink>{typeof site.adminUrl === 'string' && <OutLink href={site.adminUrl}>wp-admin</OutLink>}</>}
    >
      <Findings site={site} />
      <div className="grid"><Freshness site={site} /><Holdings site={site} /><Software site={site} /></div>
      <div className="grid wide-cards">{site.sync && <SyncedParts modules={site.sync.modules} fullSync={site.sync.fullSync ?? null} />}<Latest site={site} /></div>
    </PageFrame>
  );
}

function Findings({ site }: { readonly site: Site }): ReactNode {
  return site.sync?.findings.map(({ code, message, lastAt }) => <Notice key={code} look="warn"><p><strong>{code}</strong> {message} <span className="nowrap">(seen <Time at={lastAt} isAge />)</span></p></Notice>);
}

function Freshness({ site }: { readonly site: Site }): ReactNode {
  const { sync, freshness } = site;
  return (
    <section className="card" aria-labelledby="freshness"><h2 id="freshness">Freshness</h2>
      <dl className="facts">
        <dt>Last heard</dt><dd><Time at={sync ? sync.lastReceivedAt : freshness.syncedAt} isAge /></dd>
        <dt>Behind</dt><dd>{formatSeconds(sync ? sync.queueLagSeconds : freshness.lagMs / 1000)}{sync && sync.queueSize > 0 && <span className="soft"> · {formatNumber(sync.queueSize)} waiting there</span>}</dd>
        <dt>Checked equal</dt><dd><Time at={freshness.verifiedAt} isAge /></dd>
        {sync && <><dt>Full sync</dt><dd><Time at={sync.lastFullSyncAt} isAge /></dd></>}
        {sync && <><dt>Not understood</dt><dd>{sync.deadLetterCount === 0 ? 'nothing' : `${formatNumber(sync.deadLetterCount)} items`}</dd></>}
      </dl>
      {sync && <p style={{ marginTop: '.75rem' }}><Link href={sitePath(site.id, '/sync')}>Sync health</Link></p>}
    </section>
  );
}

function Holdings({ site }: { readonly site: Site }): ReactNode {
  const counts = [
    ['Posts', site.posts.totalCount], ['Pages', site.pages.totalCount], ['Media', site.media.totalCount], ['Comments', site.comments.totalCount],
    ['Users', site.users?.totalCount], ['Plugins', site.plugins?.totalCount],
  ] as const;
  return (
    <section className="card" aria-labelledby="holdings"><h2 id="holdings">What it holds</h2>
      <dl className="facts">{counts.map(([name, count]) => <div key={name} style={{ display: 'contents' }}><dt>{name}</dt><dd className="number">{typeof count === 'number' ? formatNumber(count) : '–'}</dd></div>)}</dl>
    </section>
  );
}

function Software({ site }: { readonly site: Site }): ReactNode {
  const waiting = updateCount(site.updates);
  return (
    <section className="card" aria-labelledby="software"><h2 id="software">Software</h2>
      <dl className="facts">
        <dt>WordPress</dt><dd>{site.wordpressVersion ?? '–'}{site.updates?.core && <span className="soft"> · {site.updates.core.version} is out</span>}</dd>
        <dt>PHP</dt><dd>{site.phpVersion ?? '–'}</dd>
        <dt>Theme</dt><dd>{site.activeTheme ? `${site.activeTheme.name} ${site.activeTheme.installedVersion}` : '–'}</dd>
        <dt>Environment</dt><dd>{site.environment ?? '–'}{site.isMultisite && ', multisite'}</dd>
        <dt>Language</dt><dd>{site.locale}, {site.timezone.name ?? `UTC${site.timezone.offsetMinutes < 0 ? '−' : '+'}${Math.abs(site.timezone.offsetMinutes) / 60}`}</dd>
        <dt>Updates</dt><dd>{site.updates ? (waiting === 0 ? 'none waits' : <Badge tone="note" isBare>{formatNumber(waiting)} waiting</Badge>) : '–'}</dd>
        {site.canModifyFiles?.update === false && <><dt>Files</dt><dd>cannot be changed: {site.canModifyFiles.reasons.join(', ')}</dd></>}
      </dl>
    </section>
  );
}

function Latest({ site }: { readonly site: Site }): ReactNode {
  if (!site.auditLog) return null;
  return (
    <section className="card" aria-labelledby="latest"><h2 id="latest">Last events</h2>
      {site.auditLog.nodes.length === 0 ? <p className="soft">Nothing was told yet.</p> : (
        <ul className="events">{site.auditLog.nodes.map(({ id, at, summary, actor }) => <li key={id}><span>{summary}</span> <span className="soft">{actor.label === '' ? '' : `${actor.label}, `}<Time at={at} isAge /></span></li>)}</ul>
      )}
      <p><Link href={sitePath(site.id, '/audit')}>Audit log</Link></p>
    </section>
  );
}
