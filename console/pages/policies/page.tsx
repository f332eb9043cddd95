// What updates itself by policy: for the whole fleet, a site, or one plugin or theme there. Setting, changing and taking back.
import { useMemo, useState, type ReactNode } from 'react';
import { useGraph } from '../../graph/use-graph.js';
import { Button } from '../../kit/button.js';
import { SearchBox, SelectBox } from '../../kit/fields.js';
import { PageFrame } from '../../kit/page.js';
import { Empty } from '../../kit/states.js';
import { DataTable, type ColumnSpec } from '../../kit/table.js';
import { useSearchParam } from '../../kit/use-search-param.js';
import { Badge, Time } from '../../kit/words.js';
import { PolicyMakerDocument, PolicySitesDocument, UpdatePoliciesDocument, type PolicyRowFragment } from './generated.js';
import { PolicyDialog } from './policy-dialog.js';
import { windowWords } from './window.js';
import { whatOf, whereOf } from './words.js';

const KINDS = [{ value: 'ALL', label: 'Plugins and themes' }, { value: 'PLUGIN', label: 'Plugins' }, { value: 'THEME', label: 'Themes' }] as const;
const DENIED = { kind: 'denied', message: 'Policies are for people who may update the plugins or themes of a site.', requestId: null } as const;

const keyOf = ({ site, kind, slug }: PolicyRowFragment): string => `${site?.id ?? ''} ${kind} ${slug ?? ''}`;

export function Page(): ReactNode {
  const [search, setSearch] = useSearchParam('search');
  const [kind, setKind] = useSearchParam('kind');
  const [open, setOpen] = useState<PolicyRowFragment | 'new' | null>(null);
  const loaded = useGraph(UpdatePoliciesDocument, {});
  const maker = useGraph(PolicyMakerDocument, {});
  const isOperator = maker.kind === 'data' && maker.data.viewer?.isOperator === true;
  const own = useGraph(PolicySitesDocument, {}, { pause: maker.kind !== 'data' || isOperator });
  const may = isOperator || (own.kind === 'data' && own.data.sites?.nodes.some(({ mayPlugins, mayThemes }) => mayPlugins === true || mayThemes === true) === true);
  const isDenied = !may && own.kind === 'data';
  const all = loaded.kind === 'data' ? (loaded.data.updatePolicies ?? []) : [];
  const shown = KINDS.find(({ value }) => value === kind)?.value ?? 'ALL';
  const words = search.trim().toLowerCase();
  const rows = useMemo(() => all.filter((row) => (shown === 'ALL' || row.kind === shown) && `${whatOf(row)} ${whereOf(row)}`.toLowerCase().includes(words)), [all, shown, words]);
  const problem = isDenied ? DENIED : loaded.kind === 'problem' ? loaded.problem : loaded.kind === 'data' ? loaded.problem : null;
  return (
    <PageFrame title="Update policies" fills about="What updates itself from here; the more particular policy wins" actions={isDenied ? undefined : <Button icon="plus" look="primary" isDisabled={!may} onPress={() => setOpen('new')}>Add a policy</Button>}>
      {!isDenied && (
        <div className="toolbar" role="search">
          <SearchBox label="Search policies" value={search} onChange={setSearch} />
          <SelectBox label="Kind" isBare options={KINDS} value={shown} onChange={(value) => setKind(value === 'ALL' ? '' : value)} />
        </div>
      )}
      <DataTable
        label="Update policies" noun="policy" plural="policies" columns={COLUMNS} rows={isDenied ? [] : rows} idOf={keyOf} textOf={(row) => `${whatOf(row)} on ${whereOf(row)}`} onAction={setOpen} rowHeight={52}
        isLoading={loaded.kind === 'loading' || (!may && !isDenied && maker.kind !== 'problem' && own.kind !== 'problem')} problem={problem} {...(loaded.kind === 'problem' ? { retry: loaded.retry } : {})}
        empty={words !== '' || shown !== 'ALL' ? <Empty title="No policy matches" icon="search" hint="Try another word, or both kinds." /> : <Empty title="No policy yet" icon="clock" hint="Without one nothing is updated from here unless somebody asks for it. WordPress’s own automatic updates are another matter." />}
      />
      {open !== null && <PolicyDialog policy={open === 'new' ? null : open} isOperator={isOperator} hasFeed={maker.kind === 'data' ? (maker.data.fleet?.vulnerabilityFeed.configured ?? null) : null} onClose={() => setOpen(null)} onDone={() => loaded.kind === 'data' && loaded.refresh()} />}
    </PageFrame>
  );
}

const delayWords = ({ delayDays }: PolicyRowFragment): string => (delayDays === 0 ? 'at once' : `after ${delayDays} ${delayDays === 1 ? 'day' : 'days'}`);

const COLUMNS: readonly ColumnSpec<PolicyRowFragment>[] = [
  {
    id: 'what', name: 'What', width: '2fr', minWidth: 170,
    cell: (row, isNarrow) => <span className="two"><span className="cut">{whatOf(row)}</span><span className="cut">{isNarrow ? `${whereOf(row)} · ${row.autoUpdate ? `${delayWords(row)}, ${windowWords(row.window)}` : 'left alone'}` : row.kind === 'THEME' ? 'Theme' : 'Plugin'}</span></span>,
  },
  { id: 'where', name: 'Where', width: '2fr', minWidth: 130, isWide: true, cell: (row) => <span className="cut">{row.site ? row.site.name : <strong>All sites</strong>}</span> },
  { id: 'updates', name: 'Updates', width: 170, isWide: true, cell: ({ autoUpdate, securityOnly }) => (autoUpdate ? (securityOnly ? <Badge tone="note">Security fixes</Badge> : <Badge tone="good">By itself</Badge>) : <Badge>Left alone</Badge>) },
  { id: 'window', name: 'When, there', width: '2fr', minWidth: 150, isWide: true, cell: ({ autoUpdate, window }) => <span className="cut number">{autoUpdate ? windowWords(window) : '–'}</span> },
  { id: 'delay', name: 'Delay', width: 130, isWide: true, cell: (row) => (row.autoUpdate ? delayWords(row) : '–') },
  { id: 'at', name: 'Set', width: 120, isWide: true, cell: ({ updatedAt }) => <Time at={updatedAt} isAge /> },
];
