// Deleting a term, as the person who does it, over wp/v2. Terms have no trash; their children move to their parent.
import type { Json } from '../../../core/changes.js';
import { removeTerm } from '../../../sync/decode/terms.js';
import { readAnswer } from '../answers.js';
import { absent, asFailed, READ_TIMEOUT_MS, revOf, timeoutOf, WRITE_TIMEOUT_MS } from '../content/live.js';
import type { Applied, Operation, WriteContext } from '../operation.js';

export type TermDeleteInput = {
  readonly route: string;
  readonly taxonomy: string;
  readonly termId: number;
  readonly ttId: number;
  readonly parentId: number;
  readonly name: string;
};

export const termDelete: Operation<TermDeleteInput> = {
  name: 'termDelete',
  async deliver(context, input) {
    const outcome = await context.client.rest(context.siteId, {
      as: context.as, method: 'DELETE', route: `${input.route}/${input.termId}`, query: { force: true, _fields: 'deleted' }, timeoutMs: timeoutOf(context, WRITE_TIMEOUT_MS),
    });
    const answered = readAnswer(outcome, false);
    if (answered.kind !== 'answered') return answered;
    const { body } = answered;
    const isDeleted = typeof body === 'object' && body !== null && !Array.isArray(body) && 'deleted' in body && body['deleted'] === true;
    return isDeleted ? applied(context, input, answered.siteMs) : { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer that it was deleted', wasSent: true };
  },
  async readBack(context, input) {
    const outcome = await context.client.rest(context.siteId, {
      as: context.as, method: 'GET', route: `${input.route}/${input.termId}`, query: { _fields: 'id' }, timeoutMs: timeoutOf(context, READ_TIMEOUT_MS),
    });
    const answered = readAnswer(outcome, true);
    if (answered.kind === 'answered') return isTerm(answered.body, input.termId) ? absent(context, 'the site still has it') : { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with a term', wasSent: true };
    return answered.kind === 'refused' && answered.code === 'NOT_FOUND' ? applied(context, input, answered.siteMs) : asFailed(answered);
  },
};

function isTerm(body: Json, termId: number): boolean {
  return typeof body === 'object' && body !== null && !Array.isArray(body) && 'id' in body && body['id'] === termId;
}

function applied(context: WriteContext, input: TermDeleteInput, siteMs: number | null): Applied {
  const { taxonomy, termId, ttId, parentId } = input;
  return {
    kind: 'applied', changes: removeTerm({ ttId, termId, taxonomy, parentId }, revOf(siteMs, context.now())), siteMs, targets: [`term:${ttId}`], result: { ttId },
    audit: {
      event: 'term.deleted', category: 'CONTENT', object: { typename: 'Term', localId: String(ttId), label: input.name.slice(0, 80) },
      summary: `Deleted ${taxonomy} "${input.name.slice(0, 80)}"`, fieldChanges: [],
    },
  };
}
