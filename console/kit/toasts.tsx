// Toasts: what a finished action says. Problems stay until they are closed; the rest goes by itself.
import type { ReactNode } from 'react';
import { UNSTABLE_Toast as AriaToast, UNSTABLE_ToastContent as ToastContent, UNSTABLE_ToastQueue as ToastQueue, UNSTABLE_ToastRegion as ToastRegion, Text } from 'react-aria-components';
import type { Problem } from '../graph/errors.js';
import { IconButton } from './button.js';

interface ToastText {
  readonly title: string;
  readonly detail?: string;
  readonly tone: 'good' | 'bad' | 'note';
}

const GOES_AFTER_MS = 6_000;
const queue = new ToastQueue<ToastText>({ maxVisibleToasts: 4 });

/** Says that something was done. */
export function say(title: string, detail?: string): void {
  queue.add({ title, tone: 'good', ...(detail === undefined ? {} : { detail }) }, { timeout: GOES_AFTER_MS });
}

/** Says that something was not done, and why. */
export function sayProblem(title: string, problem: Pick<Problem, 'message'> & Partial<Problem>): void {
  const request = typeof problem.requestId === 'string' ? ` (request ${problem.requestId})` : '';
  queue.add({ title, detail: `${problem.message}${request}`, tone: 'bad' });
}

export function Toasts(): ReactNode {
  return (
    <ToastRegion queue={queue} className="toasts" aria-label="Messages">
      {({ toast }) => (
        <AriaToast toast={toast} className={`toast ${toast.content.tone}`}>
          <ToastContent>
            <Text slot="title"><strong>{toast.content.title}</strong></Text>
            {toast.content.detail !== undefined && <Text slot="description">{toast.content.detail}</Text>}
          </ToastContent>
          <IconButton slot="close" icon="close" label="Close" />
        </AriaToast>
      )}
    </ToastRegion>
  );
}
