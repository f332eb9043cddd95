// How well a site's copy follows it: lag and throughput over time, what checks found, what was asked for and how far it is, and buttons
// to check, repair or read everything anew.
import { useState, type ReactNode } from 'react';
import { useParams } from 'wouter';
import { useGraph } from '../../graph/use-graph.js';
import { TimeChart } from '../../kit/chart.js';
import { Segments } from '../../kit/fields.js';
import { PageFrame } from '../../kit/page.js';
import { syncWord } from '../../kit/site-words.js';
import { CardBones, Empty, Notice, ProblemState } from '../../kit/states.js';
import { Badge, formatNumber, formatSeconds, Time } from '../../kit/words.js';
import { SyncHealthDocument, type SyncHealthQuery } from './generated.js';
import { ResyncButtons } from './resync-buttons.js';
import { Runs } from './runs.js';

type Sync = NonNullable<NonNullable<SyncHealthQuery['site']>['sync']>;

const READ_AGAIN_MS = 5_000;
const SPANS = [{ value: '24', label: 'A day' }, { value: '168', label: 'A week' }, { value: '720', label: '30 days' }] as const;

export function Page(): ReactNode {
  const { site: id } = useParams<{ readonly site: string }>();
  const [hours, setHours] = useState<'24' | '168' | '720'>('24');
  const loaded = useGraph(SyncHealthDocument, { id, hours: Number(hours) }, { everyMs: READ_AGAIN_MS });
  if (loaded.kind === 'problem') return <PageFrame title="Sync health"><ProblemState problem={loaded.problem} retry={loaded.retry} /></PageFrame>;
  if (loaded.kind === 'loading') return <PageFrame title="Sync health"><CardBones lines={1} height="5.5rem" /><CardBones lines={6} height="19rem" /><CardBones lines={6} height="19rem" /></PageFrame>;
  const { site } = loaded.data;
  if (!site?.sync) {
    return <PageFrame title="Sync health"><Empty title="Not for your account" icon="lock" hint="How a site’s synchronization stands is for people who may manage its options." /></PageFrame>;
  }
  const { sync } = site;
  return (
    <PageFrame title="Sync health" about={site.name} actions={<ResyncButtons siteId={site.id} isConnected={site.connection !== 'DISCONNECTED'} onAsked={loaded.refresh} />}>
      {loaded.problem && <Notice look="bad"><p>{loaded.problem.message}</p></Notice>}
      {sync.findings.map(({ code, message, lastAt }) => <Notice key={code} look="warn"><p><strong>{code}</strong> {message} <span className="nowrap">(seen <Time at={lastAt} isAge />)</span></p></Notice>)}
      <Now sync={sync} />
      <div className="line spread"><h2 style={{ margin: 0 }}>Over time</h2><Segments label="Span of time" options={SPANS} value={hours} onChange={setHours} /></div>
      <div className="grid wide-cards">
        <div className="card"><TimeChart title="Lag" unit="Longest delay" kind="line" points={sync.activity.map(({ from, maxDelaySeconds }) => ({ at: from, value: maxDelaySeconds ?? null }))} format={formatSeconds} none="nothing heard" /></div>
        <div className="card"><TimeChart title="Throughput" unit="Changes" kind="bars" points={sync.activity.map(({ from, changes }) => ({ at: from, value: changes ?? null }))} format={formatNumber} none="not counted" /></div>
      </div>
      <Runs runs={sync.runs} />
    </PageFrame>
  );
}

function Now({ sync }: { readonly sync: Sync }): ReactNode {
  const [word, tone] = syncWord(sync.state);
  const { checksum } = sync;
  const open = checksum ? checksum.driftedRows - checksum.repairedRows : 0;
  return (
    <dl className="tiles">
      <Tile name="State"><Badge tone={tone}>{word}</Badge></Tile>
      <Tile name="Behind" note={sync.queueSize > 0 ? `${formatNumber(sync.queueSize)} waiting on the site` : 'nothing waiting'}>{formatSeconds(sync.queueLagSeconds)}</Tile>
      <Tile name="Last heard"><Time at={sync.lastReceivedAt} isAge /></Tile>
      <Tile name="Last check" note={checksum ? `${formatNumber(checksum.rows)} rows compared` : 'never compared'}><Time at={checksum?.checkedAt} isAge /></Tile>
      <Tile name="Drift" note={checksum ? `${formatNumber(checksum.driftedRows)} found, ${formatNumber(checksum.repairedRows)} repaired` : 'not known'}>{checksum ? (open === 0 ? 'none' : formatNumber(open)) : '–'}</Tile>
      <Tile name="Not understood" note={sync.deadLetterCount === 0 ? '' : 'kept for inspection'}>{formatNumber(sync.deadLetterCount)}</Tile>
    </dl>
  );
}

function Tile({ name, note = '', children }: { readonly name: string; readonly note?: string; readonly children: ReactNode }): ReactNode {
  return <div className="card tile"><dt>{name}</dt><dd><strong>{children}</strong>{note !== '' && <span className="soft">{note}</span>}</dd></div>;
}
