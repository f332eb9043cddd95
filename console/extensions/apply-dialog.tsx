// Asks before anything is done to plugins or themes: what would happen where, what is in the way and why, on which sites to try it first
// and how carefully. What is begun goes on in the background; its page shows how far it is.
import { useEffect, useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useWrite } from '../graph/use-write.js';
import { Button } from '../kit/button.js';
import { Dialog } from '../kit/dialog.js';
import { Bones, Notice } from '../kit/states.js';
import { sayProblem } from '../kit/toasts.js';
import { Badge, formatNumber, formatSeconds } from '../kit/words.js';
import { CareFields, inputOfCare, USUAL_CARE, type Care } from './care.js';
import { ExtensionsApplyDocument, ExtensionsPlanDocument, type ExtensionAction, type ExtensionKind, type ExtensionsApplyInput, type ExtensionsPlanMutation } from './generated.js';
import { actionWord, operationPath, riskTone, riskWord, versionStep } from './words.js';

export interface Target {
  readonly siteId: string;
  readonly siteName: string;
  readonly slug: string;
  readonly file?: string;
  /** What is installed as the person sees it; another version there refuses the target. */
  readonly installedVersion?: string;
  /** What was uploaded, to install or update from. */
  readonly packageId?: string;
}

export interface Asked {
  readonly action: ExtensionAction;
  readonly kind: ExtensionKind;
  readonly targets: readonly Target[];
}

type Plan = NonNullable<ExtensionsPlanMutation['extensionsPlan']>;

/** The graph takes this many in one operation. */
const TARGETS_MAX = 500;
const STEPS_SHOWN = 50;

export function useApply(): { readonly ask: (asked: Asked) => void; readonly dialog: ReactNode } {
  const [asked, setAsked] = useState<Asked | null>(null);
  return {
    ask: (wanted) => wanted.targets.length > 0 && setAsked({ ...wanted, targets: wanted.targets.slice(0, TARGETS_MAX) }),
    dialog: asked && <ApplyDialog asked={asked} onClose={() => setAsked(null)} />,
  };
}

function ApplyDialog({ asked, onClose }: { readonly asked: Asked; readonly onClose: () => void }): ReactNode {
  const [, navigate] = useLocation();
  const { send: sendPlan } = useWrite(ExtensionsPlanDocument);
  const apply = useWrite(ExtensionsApplyDocument);
  const [plan, setPlan] = useState<Plan | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [care, setCare] = useState(USUAL_CARE);

  useEffect(() => {
    let isGone = false;
    void sendPlan((idempotencyKey) => ({ input: inputOf(asked, idempotencyKey, USUAL_CARE) })).then((answer) => {
      if (isGone) return;
      if (answer.ok && answer.data.extensionsPlan) setPlan(answer.data.extensionsPlan);
      else setTrouble(answer.ok ? 'You may not do this.' : answer.problem.message);
    });
    return () => {
      isGone = true;
    };
  }, [asked, sendPlan]);

  const begin = async (): Promise<void> => {
    const answer = await apply.send((idempotencyKey) => ({ input: inputOf(asked, idempotencyKey, care) }));
    if (!answer.ok) return sayProblem('Nothing was begun', answer.problem);
    const payload = answer.data.extensionsApply;
    if (!payload?.operation) return sayProblem('Nothing was begun', { message: payload?.userErrors[0]?.message ?? 'You may not do this.' });
    onClose();
    navigate(operationPath(payload.operation.id));
  };

  const sites = [...new Map((plan?.steps ?? []).map(({ site }) => [site.id, site.name])).entries()];
  const verb = actionWord(asked.action);
  return (
    <Dialog title={`${verb}: ${asked.targets.length === 1 ? asked.targets[0]?.slug ?? '' : `${formatNumber(asked.targets.length)} installations`}`} isOpen onClose={onClose} isWide isBusy={apply.isBusy}>
      <div className="stack">
        {trouble !== null && <Notice look="bad"><p>{trouble}</p></Notice>}
        {plan === null && trouble === null && <div role="status" aria-label="Working out what would happen" className="stack"><Bones width="60%" /><Bones width="80%" /><Bones width="70%" /></div>}
        {plan && <PlanText plan={plan} />}
        {plan && plan.steps.length > 0 && <CareFields care={care} onChange={setCare} sites={sites} />}
      </div>
      <div className="actions">
        <Button onPress={onClose} isDisabled={apply.isBusy} autoFocus>Cancel</Button>
        <Button look={asked.action === 'DELETE' ? 'danger' : 'primary'} onPress={() => void begin()} isPending={apply.isBusy} isDisabled={plan === null || plan.steps.length === 0}>{verb}</Button>
      </div>
    </Dialog>
  );
}

function PlanText({ plan }: { readonly plan: Plan }): ReactNode {
  return (
    <>
      {plan.steps.length > 0 && (
        <section aria-labelledby="plan-steps"><h3 id="plan-steps">What would happen <span className="soft">on {count(plan.steps.length, 'installation')}, in about {formatSeconds(plan.estimatedSeconds)}</span></h3>
          <ul className="plan" tabIndex={0} aria-labelledby="plan-steps">{plan.steps.slice(0, STEPS_SHOWN).map((step) => (
            <li key={`${step.site.id} ${step.slug} ${step.file ?? ''}`}>
              <div className="line spread"><span><strong>{step.slug}</strong> on {step.site.name}</span><span className="line"><span className="number">{versionStep(step.from, step.to)}</span><Badge tone={riskTone(step.risk)}>{riskWord(step.risk)}</Badge></span></div>
              {step.reasons.map(({ code, message }) => <p key={code} className="soft">{message}</p>)}
            </li>
          ))}{plan.steps.length > STEPS_SHOWN && <li className="soft">and {formatNumber(plan.steps.length - STEPS_SHOWN)} more</li>}</ul>
        </section>
      )}
      {plan.blocked.length > 0 && (
        <section aria-labelledby="plan-blocked"><h3 id="plan-blocked">What cannot be done <span className="soft">on {count(plan.blocked.length, 'installation')}</span></h3>
          <ul className="plan" tabIndex={0} aria-labelledby="plan-blocked">{plan.blocked.slice(0, STEPS_SHOWN).map((step) => (
            <li key={`${step.site.id} ${step.slug} ${step.file ?? ''}`}><strong>{step.slug}</strong> on {step.site.name}{step.reasons.map(({ code, message }) => <p key={code} className="soft">{message}</p>)}</li>
          ))}{plan.blocked.length > STEPS_SHOWN && <li className="soft">and {formatNumber(plan.blocked.length - STEPS_SHOWN)} more</li>}</ul>
        </section>
      )}
    </>
  );
}

function count(amount: number, noun: string): string {
  return `${formatNumber(amount)} ${amount === 1 ? noun : `${noun}s`}`;
}

function inputOf({ action, kind, targets }: Asked, idempotencyKey: string, care: Care): ExtensionsApplyInput {
  return {
    action, idempotencyKey,
    targets: targets.map(({ siteId, slug, file, installedVersion, packageId }) => ({ siteId, kind, slug, ...(packageId === undefined ? {} : { packageId }), ...(file === undefined ? {} : { file }), ...(installedVersion === undefined ? {} : { expectedVersion: installedVersion }) })),
    ...inputOfCare(care),
  };
}
