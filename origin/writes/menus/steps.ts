// Makes the steps of a plan, 25 a call through WordPress's batch route, or one a call where a site has none. A batch runs its requests
// one after another as the person who signed the call, and checks all of them first; it is no transaction, so what came of it is read
// from each answer, and whoever calls this must be able to go on from any middle.
import { z } from 'zod';
import type { Json } from '../../../core/changes.js';
import type { CallOutcome } from '../../site-calls.js';
import { readAnswer, type Answered } from '../answers.js';
import type { Failed, Refused, WriteContext } from '../operation.js';
import { ITEM_MEMBERS, MENU_MEMBERS, timeoutOf } from './menu.js';
import type { Step } from './plan.js';

/** What WordPress takes in one batch unless it is told otherwise. */
const BATCH = 25;
const WRITE_TIMEOUT_MS = 20_000;

export type StepsEnd =
  /** Every step was made; answers in their order, null of what was gone already. */
  | { readonly kind: 'made'; readonly answers: readonly Json[]; readonly siteMs: number | null }
  | Refused
  | Failed;

/** Makes the steps in order; stops at the first batch in which one came to nothing. */
export async function makeSteps(context: WriteContext, steps: readonly Step[]): Promise<StepsEnd> {
  const answers: Json[] = [];
  let siteMs: number | null = null;
  for (let at = 0; at < steps.length; at += BATCH) {
    const some = steps.slice(at, at + BATCH);
    const [only] = some;
    const end = some.length === 1 && only ? await makeOne(context, only) : await makeBatch(context, some);
    if (end.kind !== 'made') return end;
    answers.push(...end.answers);
    siteMs = end.siteMs;
  }
  return { kind: 'made', answers, siteMs };
}

const membersOf = (step: Step): string => (step.route.startsWith('wp/v2/menu-items') ? ITEM_MEMBERS : MENU_MEMBERS);

async function makeOne(context: WriteContext, step: Step): Promise<StepsEnd> {
  if (context.now().getTime() >= context.deadlineMs) return late();
  const isDeletion = step.method === 'DELETE';
  const outcome = await context.client.rest(context.siteId, {
    as: context.as, method: step.method, route: step.route, timeoutMs: timeoutOf(context, WRITE_TIMEOUT_MS),
    ...(isDeletion ? { query: { force: true } } : { query: { context: 'edit', _fields: membersOf(step) }, json: step.body }),
  });
  return endOf(readAnswer(outcome, false));
}

/** How a step ended. Only an object is an answer to it: WordPress answers an item or a menu, or that it is deleted. */
function endOf(answered: Answered | Refused | Failed): StepsEnd {
  if (answered.kind !== 'answered') return isGone(answered) ? { kind: 'made', answers: [null], siteMs: null } : answered;
  const { body, siteMs } = answered;
  const isAnswer = typeof body === 'object' && body !== null && !Array.isArray(body);
  return isAnswer ? { kind: 'made', answers: [body], siteMs } : { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer what became of a step', wasSent: true };
}

const batchShape = z.object({
  failed: z.string().optional(),
  responses: z.array(z.object({ status: z.number().int(), body: z.unknown() }).nullable()),
});

async function makeBatch(context: WriteContext, steps: readonly Step[]): Promise<StepsEnd> {
  if (context.now().getTime() >= context.deadlineMs) return late();
  const requests = steps.map((step) => ({ method: step.method, path: pathOf(step), body: step.body }));
  const outcome = await context.client.rest(context.siteId, {
    as: context.as, method: 'POST', route: 'batch/v1', json: { validation: 'require-all-validate', requests }, timeoutMs: timeoutOf(context, WRITE_TIMEOUT_MS),
  });
  const answered = readAnswer(outcome, false);
  if (answered.kind === 'failed') return answered;
  // No such route, or not for so many at once: nothing was done.
  if (answered.kind === 'refused') return outcome.kind === 'answer' && [400, 404, 405].includes(outcome.status) ? makeEach(context, steps) : answered;
  const told = batchShape.safeParse(answered.body);
  if (!told.success) return { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer as its batch route does', wasSent: true };
  const { failed, responses } = told.data;
  if (failed === undefined && responses.length !== steps.length) return { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer every request of a batch', wasSent: true };
  const ends = responses.map((response) => (response === null ? null : readInner(response.status, response.body as Json)));
  if (failed !== undefined && responses.some((response) => codeOf(response?.body) === 'rest_batch_not_allowed')) return makeEach(context, steps);
  const bad = ends.find((end) => end !== null && end.kind !== 'made');
  if (bad) return bad;
  if (failed !== undefined) return { kind: 'failed', code: 'not-wordpress', message: 'the site refused a batch and did not say why', wasSent: true };
  return { kind: 'made', answers: ends.map((end) => (end?.kind === 'made' ? (end.answers[0] ?? null) : null)), siteMs: answered.siteMs };
}

async function makeEach(context: WriteContext, steps: readonly Step[]): Promise<StepsEnd> {
  const answers: Json[] = [];
  let siteMs: number | null = null;
  for (const step of steps) {
    const end = await makeOne(context, step);
    if (end.kind !== 'made') return end;
    answers.push(...end.answers);
    siteMs = end.siteMs ?? siteMs;
  }
  return { kind: 'made', answers, siteMs };
}

function pathOf(step: Step): string {
  const query = step.method === 'DELETE' ? 'force=true' : `context=edit&_fields=${encodeURIComponent(membersOf(step))}`;
  return `/${step.route}?${query}`;
}

/** One answer of a batch, judged as if it had come alone. */
function readInner(status: number, body: Json): StepsEnd {
  const code = codeOf(body);
  const message = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : '';
  const outcome: CallOutcome<Json> = { kind: 'answer', status, headers: {}, body, error: code === null ? null : { code, message } };
  return endOf(readAnswer(outcome, false));
}

function codeOf(body: unknown): string | null {
  return typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : null;
}

/** An item that somebody deleted meanwhile needs no step. */
const isGone = (end: Refused | Failed): boolean => end.kind === 'refused' && end.code === 'NOT_FOUND';

const late = (): Failed => ({ kind: 'failed', code: 'timeout', message: 'the time for the request is over', wasSent: true });
