// What the processes of `start --workers` say to one another over Node's own channel. The primary holds what belongs to the machine and
// not to a database: who writes which file of the uploads folder, and the sum of the workers' metrics.

/** What a process does: answer requests, or do the runs of sites and what happens by the clock. */
export type Role = 'web' | 'jobs';

export type FromWorker =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'metrics'; readonly ask: number }
  | { readonly kind: 'lock'; readonly ticket: number; readonly name: string }
  | { readonly kind: 'unlock'; readonly ticket: number };

export type ToWorker =
  | { readonly kind: 'stop' }
  | { readonly kind: 'metrics'; readonly ask: number; readonly text: string }
  | { readonly kind: 'locked'; readonly ticket: number }
  /** Another process wants what the ticket holds. */
  | { readonly kind: 'give-way'; readonly ticket: number };

const KINDS: ReadonlySet<unknown> = new Set(['ready', 'metrics', 'lock', 'unlock', 'stop', 'locked', 'give-way']);

/** Whether a message of the channel is one of ours; the metrics library speaks over it, too. */
export function isMessage<Message extends FromWorker | ToWorker>(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && KINDS.has((message as { kind?: unknown }).kind);
}
