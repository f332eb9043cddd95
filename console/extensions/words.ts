// What actions on plugins and themes, their outcomes and their states are called, the same on every page that tells of them.
import type { Tone } from '../kit/words.js';
import type { ExtensionAction, ExtensionRecovery, ExtensionRisk, OperationState } from './generated.js';

const ACTIONS: Readonly<Record<ExtensionAction, string>> = {
  INSTALL: 'Install', ACTIVATE: 'Activate', DEACTIVATE: 'Deactivate', UPDATE: 'Update', DELETE: 'Delete', ENABLE_AUTO_UPDATE: 'Switch auto-update on',
  DISABLE_AUTO_UPDATE: 'Switch auto-update off', SWITCH_THEME: 'Switch theme', UPDATE_CORE: 'Update WordPress', UPDATE_TRANSLATIONS: 'Update translations',
};

const STATES: Readonly<Record<OperationState, readonly [string, Tone]>> = {
  SCHEDULED: ['Waiting', 'quiet'], RUNNING: ['Under way', 'note'], PAUSED: ['Waits for the first sites', 'note'], SUCCEEDED: ['Done', 'good'],
  PARTIAL: ['Done in part', 'warn'], FAILED: ['Failed', 'bad'], CANCELLED: ['Called off', 'quiet'], ROLLED_BACK: ['Taken back', 'warn'],
};

const RECOVERIES: Readonly<Record<ExtensionRecovery, string>> = {
  VERSION_RESTORED: 'The former version was put back.', DEACTIVATED: 'It was switched off.', REACTIVATED: 'What ran before runs again.',
  REMOVED: 'It was deleted again.', NONE: 'Nothing was done about it, as asked.', FAILED: 'Taking it back did not work: somebody must look after this site.',
};

const RISKS: Readonly<Record<ExtensionRisk, readonly [string, Tone]>> = { LOW: ['Low risk', 'good'], MEDIUM: ['Medium risk', 'note'], HIGH: ['High risk', 'warn'] };

export const actionWord = (action: ExtensionAction): string => ACTIONS[action];
export const stateWord = (state: OperationState): string => STATES[state][0];
export const stateTone = (state: OperationState): Tone => STATES[state][1];
export const recoveryText = (recovery: ExtensionRecovery): string => RECOVERIES[recovery];
export const riskWord = (risk: ExtensionRisk): string => RISKS[risk][0];
export const riskTone = (risk: ExtensionRisk): Tone => RISKS[risk][1];

/** From one version to another, as far as they are known. */
export function versionStep(from: string | null | undefined, to: string | null | undefined): string {
  if (from && to && from !== to) return `${from} → ${to}`;
  return from ?? to ?? '–';
}

/** Whether an operation may still change by itself. */
export function isOpen(state: OperationState): boolean {
  return state === 'SCHEDULED' || state === 'RUNNING' || state === 'PAUSED';
}

export const operationPath = (id: string): string => `/operations/${encodeURIComponent(id)}`;
