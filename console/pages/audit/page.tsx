// Who did what on a site: a long list with facets beside it, the line's details in a dialog, and the whole log as a file.
import { useState, type ReactNode } from 'react';
import { useParams } from 'wouter';
import { serverPath } from '../../app/base.js';
import { useGraph, useGraphList } from '../../graph/use-graph.js';
import { Button, OutLink } from '../../kit/button.js';
import { SearchBox, TextBox } from '../../kit/fields.js';
import { PageFrame } from '../../kit/page.js';
import { Empty, Notice } from '../../kit/states.js';
import { DataTable, type ColumnSpec } from '../../kit/table.js';
import { useSettled } from '../../kit/use-search-param.js';
import { useNarrow } from '../../kit/use-narrow.js';
import { Badge, Time } from '../../kit/words.js';
import { EventDialog, type AuditLine } from './event-dialog.js';
import { Facets } from './facets.js';
import { filterOf, isEmptyFilter, useAuditFilter } from './filter.js';
import { AuditFacetsDocument, AuditLogDocument } from './generated.js';

const PAGE_SIZE = 100;

export function Page(): ReactNode {
  const { site: id } = useParams<{ readonly site: string }>();
  const { filter: chosen, set, clear } = useAuditFilter();
  const filter = useSettled(filterOf(chosen));
  const [open, setOpen] = useState<AuditLine | null>(null);
  const [isBroken, setBroken] = useState(false);
  const [areFacetsOpen, setFacetsOpen] = useState(false);
  const isNarrow = useNarrow();
  const log = useGraphList(AuditLogDocument, { id, first: PAGE_SIZE, filter }, ({ site }) => {
    const page = site?.auditLog;
    if (!page) return null;
    if (!page.chainVerified) setBroken(true);
    return { rows: page.nodes, endCursor: page.pageInfo.endCursor ?? null, hasMore: page.pageInfo.hasNextPage, totalCount: page.totalCount ?? null };
  });
  const facets = useGraph(AuditFacetsDocument, { id, filter });
  const parts = facets.kind === 'data' ? (facets.data.site?.auditLog ?? null) : null;
  return (
    <PageFrame title="Audit log" fills actions={<OutLink href={serverPath(`/export/audit.ndjson?site=${encodeURIComponent(id)}`)} icon="download" isNewTab={false} download="audit.ndjson">Whole log as NDJSON</OutLink>}>
      {isBroken && <Notice look="bad"><p><strong>The log was tampered with.</strong> At least one line is not as it was written, or not where it was written.</p></Notice>}
      <div className="toolbar" role="search">
        <SearchBox label="Search what happened" value={chosen.search} onChange={(value) => set('search', value)} />
        {isNarrow && <Button onPress={() => setFacetsOpen(!areFacetsOpen)} aria-expanded={areFacetsOpen}>Narrow down</Button>}
        {(!isNarrow || areFacetsOpen) && <><TextBox label="From" type="date" value={chosen.from} onChange={(value) => set('from', value)} /><TextBox label="To" type="date" value={chosen.to} onChange={(value) => set('to', value)} /></>}
        {!isEmptyFilter(chosen) && <Button look="plain" icon="close" onPress={clear}>Clear</Button>}
      </div>
      <div className="beside">
        {(!isNarrow || areFacetsOpen) && <Facets parts={parts} chosen={chosen} onChoose={set} />}
        <DataTable
          label="Audit log" noun="event" columns={COLUMNS} rows={log.rows} idOf={(line) => line.id} textOf={({ summary }) => summary} onAction={setOpen}
          isLoading={log.isLoading} isLoadingMore={log.isLoadingMore} onLoadMore={log.loadMore} totalCount={log.totalCount} problem={log.problem} retry={log.refresh}
          empty={isEmptyFilter(chosen) ? <Empty title="Nothing was told yet" icon="audit" hint="What happens on the site appears here as its sync tells it." /> : <Empty title="No event matches" icon="search"><Button onPress={clear}>Clear the filters</Button></Empty>}
        />
      </div>
      <EventDialog line={open} onClose={() => setOpen(null)} />
    </PageFrame>
  );
}

const COLUMNS: readonly ColumnSpec<AuditLine>[] = [
  {
    id: 'summary', name: 'What happened', width: '3fr', minWidth: 200,
    cell: ({ summary, actor, at }, isNarrow) => (isNarrow ? <span className="two"><span className="cut">{summary}</span><span className="cut">{actor.label} · <Time at={at} isAge /></span></span> : <span className="cut">{summary}</span>),
  },
  { id: 'actor', name: 'Who', width: '1fr', minWidth: 120, isWide: true, cell: ({ actor }) => <span className="cut">{actor.label === '' ? <span className="soft">{actor.kind.toLowerCase()}</span> : actor.label}</span> },
  { id: 'category', name: 'About', width: 110, isWide: true, cell: ({ category }) => <Badge isBare>{category.toLowerCase()}</Badge> },
  { id: 'at', name: 'When', width: 170, isWide: true, cell: ({ at }) => <Time at={at} /> },
];
