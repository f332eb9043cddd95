// What a page shows when it has nothing to show: on its way, empty, went wrong, not for this person. One look for all pages.
import type { ReactNode } from 'react';
import type { Problem } from '../graph/errors.js';
import { Button } from './button.js';
import { Icon, type IconName } from './icons.js';

/** Nothing is there, and that is in order; `children` are what to do about it. */
export function Empty({ title, icon = 'empty', hint, children }: { readonly title: string; readonly icon?: IconName; readonly hint?: ReactNode; readonly children?: ReactNode }): ReactNode {
  return <div className="state"><Icon name={icon} /><h2>{title}</h2>{hint !== undefined && <p>{hint}</p>}{children !== undefined && <div className="actions">{children}</div>}</div>;
}

/** It went wrong, or is not for this person. */
export function ProblemState({ problem, retry }: { readonly problem: Problem; readonly retry?: () => void }): ReactNode {
  const { title, icon } = WORDS[problem.kind];
  return (
    <div className={problem.kind === 'denied' ? 'state' : 'state bad'} role="alert">
      <Icon name={icon} /><h2>{title}</h2><p>{problem.message}</p>
      {problem.requestId !== null && problem.kind !== 'denied' && <p>Request <code>{problem.requestId}</code></p>}
      {retry !== undefined && problem.kind !== 'denied' && <div className="actions"><Button onPress={retry}>Try again</Button></div>}
    </div>
  );
}

const WORDS: Readonly<Record<Problem['kind'], { readonly title: string; readonly icon: IconName }>> = {
  offline: { title: 'No answer', icon: 'offline' },
  denied: { title: 'Not for your account', icon: 'lock' },
  failed: { title: 'This did not work', icon: 'warning' },
};

/** Says something at the top of a page or beside a form; `bad` and `warn` are read out at once. */
export function Notice({ look = 'note', children, action }: { readonly look?: 'note' | 'good' | 'warn' | 'bad'; readonly children: ReactNode; readonly action?: ReactNode }): ReactNode {
  const isUrgent = look === 'bad' || look === 'warn';
  return <div className={`notice ${look}`} role={isUrgent ? 'alert' : 'status'}><Icon name={isUrgent ? 'warning' : look === 'good' ? 'check' : 'info'} /><div>{children}</div>{action}</div>;
}

/** The place of something that is on its way, in its final size, so that nothing moves when it comes. */
export function Bones({ width = '100%', height = '1rem' }: { readonly width?: string; readonly height?: string }): ReactNode {
  return <span className="bones" style={{ width, height }} aria-hidden="true" />;
}

/** A card on its way, `lines` high. */
export function CardBones({ lines = 4, height }: { readonly lines?: number; readonly height?: string }): ReactNode {
  return <div className="card stack" style={height === undefined ? {} : { height }} aria-hidden="true"><Bones width="40%" height="1.25rem" />{Array.from({ length: lines }, (_, index) => <Bones key={index} width={`${90 - ((index * 17) % 40)}%`} />)}</div>;
}

/** Rows of a table on their way. */
export function RowBones({ rowHeight, count = 30 }: { readonly rowHeight: number; readonly count?: number }): ReactNode {
  return (
    <div role="status" aria-label="Loading" style={{ overflow: 'hidden', flex: 1 }}>
      {Array.from({ length: count }, (_, index) => <div key={index} className="bone-row" style={{ height: rowHeight }}><Bones width={`${22 + ((index * 7) % 14)}%`} /><Bones width="12%" /><Bones width="18%" /></div>)}
    </div>
  );
}

/** A whole page on its way, while its code is loaded. */
export function PageBones(): ReactNode {
  return <div className="page" role="status" aria-label="Loading"><div className="page-head"><Bones width="12rem" height="1.6rem" /></div><CardBones height="14rem" /><CardBones height="14rem" /></div>;
}
