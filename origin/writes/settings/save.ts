// Changing a site's settings as the person who does it, over wp/v2/settings. The site's current state is asked first, and nothing is sent when
// it is no longer what the person began with. What the site keeps as it was although it was asked otherwise is told, not hidden.
import type { AuditDraft, Json } from '../../../core/changes.js';
import { equal, type Fields } from '../../../core/merge/three-way-fields.js';
import { admitOption } from '../../../sync/decode/privacy.js';
import {
  changesOfSettings, comparable, fieldOfSettings, readSettingsAnswer, restName, SETTING_FIELDS, settingTarget, type SettingsAnswer,
} from '../../rest/settings-answer.js';
import { readAnswer, refuse, type Answered } from '../answers.js';
import type { Applied, Failed, Operation, Refused, WriteContext } from '../operation.js';
import { absent, asFailed, changedSince, READ_TIMEOUT_MS, timeoutOf, WRITE_TIMEOUT_MS } from '../settled.js';

/** A save as the operation takes it: values in the form in which they are compared, ids as the site has them. */
export type SettingsSaveInput = {
  readonly fields: Fields;
  /** What the person began with; null saves without looking. */
  readonly base: Fields | null;
  /** The version that was expected is not the one that is known here: whatever stands against the save is a conflict. */
  readonly isStale: boolean;
};

const ROUTE = 'wp/v2/settings';

/** Changes settings. */
export const settingsSave: Operation<SettingsSaveInput> = {
  name: 'settingsSave',
  async deliver(context, input) {
    const live = await readLive(context);
    if (live.kind !== 'live') return live;
    const missing = Object.keys(input.fields).find((field) => !(restName(field) in live.answer));
    if (missing !== undefined) return refuse('INVALID', `the site's REST API does not expose the setting ${restName(missing)}`);
    const theirs = conflictsOf(input, live.answer);
    if (theirs.length > 0) return conflict(theirs, live);
    const fields = Object.keys(input.fields).filter((field) => !equal(input.fields[field], fieldOfSettings(live.answer, field)));
    if (fields.length === 0) return applied(input, live, live, []);
    const json = Object.fromEntries(fields.map((field) => [restName(field), input.fields[field] ?? null]));
    const answered = readSettings(
      readAnswer(await context.client.rest(context.siteId, { as: context.as, method: 'POST', route: ROUTE, json, timeoutMs: timeoutOf(context, WRITE_TIMEOUT_MS) }), false), true);
    return answered.kind === 'live' ? applied(input, live, answered, fields) : answered;
  },
  async readBack(context, input) {
    const live = await readLive(context);
    if (live.kind !== 'live') return asFailed(live);
    const [held, lacking] = [true, false].map((isHeld) => Object.keys(input.fields).filter((field) => equal(input.fields[field], fieldOfSettings(live.answer, field)) === isHeld)) as [string[], string[]];
    if (lacking.length === 0) return applied(input, null, live, held);
    const outcome = absent(context, held.length === 0 ? 'the site does not have these settings' : `of these settings the site has ${held.join(', ')}, but not ${lacking.join(', ')}`);
    // What the site has now is worth knowing either way.
    return outcome.kind === 'refused' ? { ...outcome, changes: changesOfSettings(live.answer, Object.keys(input.fields), live.rev), siteMs: live.siteMs } : outcome;
  },
};

interface Live {
  readonly kind: 'live';
  readonly answer: SettingsAnswer;
  readonly siteMs: number | null;
  readonly rev: number;
}

async function readLive(context: WriteContext): Promise<Live | Refused | Failed> {
  const outcome = await context.client.rest(context.siteId, { as: context.as, method: 'GET', route: ROUTE, timeoutMs: timeoutOf(context, READ_TIMEOUT_MS) });
  return readSettings(readAnswer(outcome, true), false);
}

function readSettings(answered: Answered | Refused | Failed, wasSent: boolean): Live | Refused | Failed {
  if (answered.kind !== 'answered') return answered;
  const answer = readSettingsAnswer(answered.body);
  if (answer === null) return { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with its settings', wasSent };
  return { kind: 'live', answer, siteMs: answered.siteMs, rev: (answered.siteMs ?? Date.now()) * 1_000 };
}

/** Fields that changed on the site since the person began; those that REST does not show there cannot be told. */
function conflictsOf(input: SettingsSaveInput, answer: SettingsAnswer): readonly string[] {
  const base = input.base && Object.fromEntries(Object.entries(input.base).filter(([field]) => restName(field) in answer));
  return changedSince({ ...input, base }, (field) => fieldOfSettings(answer, field));
}

function conflict(changedFields: readonly string[], live: Live): Refused {
  const message = `${changedFields.slice(0, 5).join(', ')} changed on the site since you began; begin again from the current version`;
  const all = Object.keys(SETTING_FIELDS).filter((field) => field !== 'language');
  return { ...refuse('VERSION_CONFLICT', message, { changedFields }), changes: changesOfSettings(live.answer, all, live.rev), siteMs: live.siteMs };
}

/** `before` is null when the write is read back: what was there before is no longer known then. */
function applied(input: SettingsSaveInput, before: Live | null, after: Live, sent: readonly string[]): Applied | Refused {
  const untaken = sent.filter((field) => before !== null && equal(fieldOfSettings(before.answer, field), fieldOfSettings(after.answer, field)));
  const asked = Object.keys(input.fields);
  const changes = changesOfSettings(after.answer, asked, after.rev);
  if (sent.length > 0 && untaken.length === sent.length) {
    return { ...refuse('SITE_REJECTED', `the site kept ${untaken.join(', ')} as before; it does not take such a value`, { untaken }), changes, siteMs: after.siteMs };
  }
  return {
    kind: 'applied', changes, siteMs: after.siteMs, targets: asked.map(settingTarget), result: { untaken }, audit: auditOf(before, after, sent.filter((field) => !untaken.includes(field))),
  };
}

function auditOf(before: Live | null, after: Live, fields: readonly string[]): AuditDraft {
  const names = fields.map((field) => SETTING_FIELDS[field]?.name ?? restName(field));
  const [only] = names;
  return {
    event: 'settings.updated',
    category: 'SETTINGS',
    object: names.length === 1 && only !== undefined ? { typename: 'Option', localId: only, label: only } : { typename: 'Option', localId: null, label: 'settings' },
    summary: names.length === 0 ? 'Saved settings; nothing was otherwise' : `Changed ${names.length === 1 ? 'setting' : 'settings'} ${names.slice(0, 5).map((name) => `"${name.slice(0, 60)}"`).join(', ')}${names.length > 5 ? ' and others' : ''}`,
    fieldChanges: fields.map((field, index) => ({ field: names[index] ?? field, ...valuesOf(field, before, after) })),
  };
}

function valuesOf(field: string, before: Live | null, after: Live): { readonly before: Json; readonly after: Json; readonly redacted: boolean } {
  const [old, current] = [before, after].map((live) => (live === null ? null : told(field, comparable(field, live.answer[restName(field)])))) as [Told | null, Told];
  const redacted = old?.redacted === true || current.redacted;
  return { before: old?.value ?? null, after: current.value, redacted };
}

interface Told {
  readonly value: Json;
  readonly redacted: boolean;
}

/** A value as the audit log may have it. */
function told(field: string, value: Json): Told {
  if (field === 'language') return { value, redacted: false };
  return admitOption(SETTING_FIELDS[field]?.name ?? restName(field), value) ?? { value: null, redacted: true };
}
