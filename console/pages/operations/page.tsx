// What was done, is done and will be done with plugins and themes over sites, the latest first.
import type { ReactNode } from 'react';
import { actionWord, isOpen, operationPath, stateTone, stateWord } from '../../extensions/words.js';
import { useGraph } from '../../graph/use-graph.js';
import { PageFrame } from '../../kit/page.js';
import { Empty } from '../../kit/states.js';
import { DataTable, type ColumnSpec } from '../../kit/table.js';
import { Badge, formatNumber, Time } from '../../kit/words.js';
import { OperationsDocument, type OperationOrigin, type OperationsQuery } from './generated.js';

type OperationRow = NonNullable<OperationsQuery['extensionOperations']>[number];

const READ_AGAIN_MS = 5_000;
const ORIGINS: Readonly<Record<OperationOrigin, string>> = { REQUEST: 'a person', ROLLBACK: 'a roll-back', POLICY: 'a policy' };

export function Page(): ReactNode {
  const loaded = useGraph(OperationsDocument, {}, { everyMs: READ_AGAIN_MS });
  const rows = loaded.kind === 'data' ? (loaded.data.extensionOperations ?? []) : [];
  const problem = loaded.kind === 'problem' ? loaded.problem : loaded.kind === 'data' ? loaded.problem : null;
  return (
    <PageFrame title="Operations" fills about="Updates and other work on plugins and themes, the latest 100">
      <DataTable
        label="Operations" noun="operation" columns={COLUMNS} rows={rows} idOf={({ id }) => id} textOf={({ action, createdAt }) => `${actionWord(action)} ${createdAt}`} linkOf={({ id }) => operationPath(id)} rowHeight={52}
        isLoading={loaded.kind === 'loading'} problem={problem} {...(loaded.kind === 'problem' ? { retry: loaded.retry } : {})}
        empty={<Empty title="Nothing was done yet" icon="operations" hint="Choose plugins or themes and what to do with them; how far it is shows here." />}
      />
    </PageFrame>
  );
}

const COLUMNS: readonly ColumnSpec<OperationRow>[] = [
  {
    id: 'what', name: 'Operation', width: '2fr', minWidth: 180,
    cell: ({ action, progress, operationState }, isNarrow) => (
      <span className="two"><span className="cut">{actionWord(action)}</span><span className="cut">{isNarrow ? `${stateWord(operationState)} · ` : ''}{formatNumber(progress.total)} {progress.total === 1 ? 'installation' : 'installations'}</span></span>
    ),
  },
  { id: 'state', name: 'State', width: 190, isWide: true, cell: ({ operationState }) => <Badge tone={stateTone(operationState)}>{stateWord(operationState)}</Badge> },
  { id: 'done', name: 'Done', width: 110, align: 'end', isWide: true, cell: ({ progress, operationState }) => (isOpen(operationState) ? `${formatNumber(progress.done)} of ${formatNumber(progress.total)}` : formatNumber(progress.done - progress.failed - progress.rolledBack)) },
  { id: 'failed', name: 'Failed', width: 90, align: 'end', isWide: true, cell: ({ progress }) => (progress.failed > 0 ? <Badge tone="bad" isBare>{formatNumber(progress.failed)}</Badge> : <span className="soft">none</span>) },
  { id: 'back', name: 'Taken back', width: 110, align: 'end', isWide: true, cell: ({ progress }) => (progress.rolledBack > 0 ? <Badge tone="warn" isBare>{formatNumber(progress.rolledBack)}</Badge> : <span className="soft">none</span>) },
  { id: 'by', name: 'Begun by', width: 120, isWide: true, cell: ({ origin }) => ORIGINS[origin] },
  { id: 'at', name: 'Begun', width: 130, isWide: true, cell: ({ createdAt }) => <Time at={createdAt} isAge /> },
];
