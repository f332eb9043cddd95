// One operation over sites: how far it is, what became of it on each site and why, and how to call it off or take it back.
import { useState, type ReactNode } from 'react';
import { useLocation, useParams } from 'wouter';
import { useApply } from '../../extensions/apply-dialog.js';
import { actionWord, isOpen, operationPath, stateTone, stateWord, versionStep } from '../../extensions/words.js';
import { useGraph } from '../../graph/use-graph.js';
import { useLive } from '../../graph/use-live.js';
import { useWrite } from '../../graph/use-write.js';
import { Button } from '../../kit/button.js';
import { Ask } from '../../kit/dialog.js';
import { PageFrame } from '../../kit/page.js';
import { ProgressBar } from '../../kit/progress.js';
import { CardBones, Empty, Notice, ProblemState } from '../../kit/states.js';
import { DataTable, type ColumnSpec } from '../../kit/table.js';
import { say, sayProblem } from '../../kit/toasts.js';
import { Badge, formatNumber, formatSeconds, Time } from '../../kit/words.js';
import { OperationCancelDocument, OperationDetailDocument, OperationProgressDocument, OperationRollbackDocument, type OperationPartsFragment, type OperationState } from './generated.js';
import { ItemDialog } from './item-dialog.js';

type Operation = OperationPartsFragment;
export type Item = Operation['steps'][number];

/** Not what was called off: that was somebody's will. */
const MAY_BE_TRIED_AGAIN: readonly OperationState[] = ['FAILED', 'ROLLED_BACK'];
/** While nobody tells what is new. */
const READ_AGAIN_MS = 1_500;

export function Page(): ReactNode {
  const { operation: id } = useParams<{ readonly operation: string }>();
  const [isMoving, setMoving] = useState(true);
  const variables = { id: decodeURIComponent(id) };
  const isTold = useLive(OperationProgressDocument, variables, !isMoving);
  const loaded = useGraph(OperationDetailDocument, variables, isMoving && !isTold ? { everyMs: READ_AGAIN_MS } : {});
  if (loaded.kind === 'problem') return <PageFrame title="Operation"><ProblemState problem={loaded.problem} retry={loaded.retry} /></PageFrame>;
  if (loaded.kind === 'loading') return <PageFrame title="Operation"><CardBones lines={2} height="7rem" /><CardBones lines={8} height="24rem" /></PageFrame>;
  const { extensionOperation: operation } = loaded.data;
  if (!operation) return <PageFrame title="Operation"><Empty title="No such operation" icon="lock" hint="It does not exist, or somebody else began it." /></PageFrame>;
  if (isOpen(operation.operationState) !== isMoving) setMoving(isOpen(operation.operationState));
  return <OperationPage operation={operation} refresh={loaded.refresh} />;
}

function OperationPage({ operation, refresh }: { readonly operation: Operation; readonly refresh: () => void }): ReactNode {
  const [, navigate] = useLocation();
  const cancel = useWrite(OperationCancelDocument);
  const rollback = useWrite(OperationRollbackDocument);
  const [isAsking, setAsking] = useState(false);
  const [shown, setShown] = useState<number | null>(null);
  const { ask, dialog } = useApply();
  const failed = isOpen(operation.operationState) || operation.origin === 'ROLLBACK' ? [] : operation.steps.filter(({ state }) => MAY_BE_TRIED_AGAIN.includes(state));
  const { progress, operationState, action, steps } = operation;
  const isMoving = isOpen(operationState);
  const done = progress.done - progress.failed - progress.rolledBack;
  const mayTakeBack = !isMoving && done > 0 && operation.origin !== 'ROLLBACK';

  const callOff = async (): Promise<void> => {
    const answer = await cancel.send(() => ({ id: operation.id }));
    const refused = answer.ok ? answer.data.extensionOperationCancel?.userErrors[0]?.message : answer.problem.message;
    if (refused !== undefined) sayProblem('It was not called off', { message: refused });
    refresh();
  };
  const takeBack = async (siteIds: readonly string[] | null): Promise<void> => {
    const answer = await rollback.send((idempotencyKey) => ({ id: operation.id, siteIds: siteIds && [...siteIds], idempotencyKey }));
    setAsking(false);
    setShown(null);
    const payload = answer.ok ? answer.data.extensionOperationRollback : null;
    if (!answer.ok || !payload?.operation) return sayProblem('Nothing was begun', { message: answer.ok ? (payload?.userErrors[0]?.message ?? 'You may not do this.') : answer.problem.message });
    say('Taking it back has begun');
    navigate(operationPath(payload.operation.id));
  };
  return (
    <PageFrame
      title={`${actionWord(action)}: ${formatNumber(progress.total)} ${progress.total === 1 ? 'installation' : 'installations'}`} fills
      about={<>Begun {operation.origin === 'POLICY' ? 'by a policy ' : operation.origin === 'ROLLBACK' ? 'to take another one back ' : ''}<Time at={operation.createdAt} />{operation.scheduledAt && operationState === 'SCHEDULED' && <>, waits until <Time at={operation.scheduledAt} /></>}</>}
      actions={isMoving ? <Button onPress={() => void callOff()} isPending={cancel.isBusy}>Call off the rest</Button> : (
        <>
          {failed.length > 0 && <Button icon="sync" onPress={() => ask({ action, kind: failed[0]?.kind ?? 'PLUGIN', targets: failed.map(({ site, slug, file }) => ({ siteId: site.id, siteName: site.name, slug, ...(file ? { file } : {}) })) })}>{`Try ${formatNumber(failed.length)} again`}</Button>}
          {mayTakeBack && <Button icon="undo" onPress={() => setAsking(true)}>Take back</Button>}
        </>
      )}
    >
      {operation.stopped && <Notice look="warn"><p>The rest was not begun. {operation.stopped.message}</p></Notice>}
      <section className="card" aria-label="How far it is">
        <div className="line"><Badge tone={stateTone(operationState)}>{stateWord(operationState)}</Badge><span>{formatNumber(done)} done, {formatNumber(progress.failed)} failed, {formatNumber(progress.rolledBack)} taken back</span></div>
        <ProgressBar label="Installations" percent={progress.total === 0 ? 100 : (progress.done / progress.total) * 100} note={isMoving && typeof progress.etaSeconds === 'number' ? `about ${formatSeconds(progress.etaSeconds)} left` : `${formatNumber(progress.done)} of ${formatNumber(progress.total)}`} />
      </section>
      <DataTable
        label="Installations" noun="installation" columns={COLUMNS} rows={steps} idOf={({ position }) => String(position)} textOf={({ slug, site }) => `${slug} on ${site.name}`} onAction={({ position }) => setShown(position)} rowHeight={52} totalCount={progress.total}
        isLoading={false} empty={<Empty title="Nothing to do" />}
      />
      <ItemDialog item={steps.find(({ position }) => position === shown) ?? null} onClose={() => setShown(null)} isBusy={rollback.isBusy} {...(mayTakeBack ? { onTakeBack: (item: Item) => void takeBack([item.site.id]) } : {})} />
      <Ask title="Take it back?" isOpen={isAsking} onClose={() => setAsking(false)} confirm="Take back" onConfirm={() => void takeBack(null)} isBusy={rollback.isBusy}>
        <p>Former versions are put back where the sites can do that, what was switched on is switched off, and the other way round. What cannot be taken back says why.</p>
      </Ask>
      {dialog}
    </PageFrame>
  );
}

const COLUMNS: readonly ColumnSpec<Item>[] = [
  {
    id: 'site', name: 'Site', width: '2fr', minWidth: 160,
    cell: ({ site, slug, canary, state }, isNarrow) => <span className="two"><span className="cut">{site.name}</span><span className="cut">{slug}{canary ? ' · goes first' : ''}{isNarrow ? ` · ${stateWord(state)}` : ''}</span></span>,
  },
  { id: 'state', name: 'State', width: 190, isWide: true, cell: ({ state }) => <Badge tone={stateTone(state)}>{stateWord(state)}</Badge> },
  { id: 'version', name: 'Version', width: 150, isWide: true, cell: ({ fromVersion, toVersion }) => <span className="number">{versionStep(fromVersion, toVersion)}</span> },
  { id: 'why', name: 'What happened', width: '3fr', minWidth: 160, isWide: true, cell: ({ reason, log }) => <span className="cut">{reason?.message ?? log.at(-1)?.message ?? <span className="soft">nothing yet</span>}</span> },
];
