// What a policy is about, in words.
import type { PolicyRowFragment } from './generated.js';

export const whatOf = ({ kind, slug }: Pick<PolicyRowFragment, 'kind' | 'slug'>): string => slug ?? (kind === 'THEME' ? 'Every theme' : 'Every plugin');
export const whereOf = ({ site }: Pick<PolicyRowFragment, 'site'>): string => site?.name ?? 'All sites';
