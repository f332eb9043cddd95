// The filter of the audit log as it stands in the address.
import { useCallback } from 'react';
import { useSearchParams } from 'wouter';
import type { ActorKind, AuditCategory, AuditFilter } from './generated.js';

/** Empty texts are no condition. `actor` is a user's global id, or the kind of an actor who is none. */
export interface AuditChoice {
  readonly search: string;
  readonly category: string;
  readonly actor: string;
  readonly event: string;
  readonly from: string;
  readonly to: string;
}

const NAMES = ['search', 'category', 'actor', 'event', 'from', 'to'] as const;

export function useAuditFilter(): { readonly filter: AuditChoice; readonly set: (name: keyof AuditChoice, value: string) => void; readonly clear: () => void } {
  const [params, setParams] = useSearchParams();
  const filter = Object.fromEntries(NAMES.map((name) => [name, params.get(name) ?? ''])) as unknown as AuditChoice;
  const set = useCallback((name: keyof AuditChoice, value: string) => setParams((before) => {
    const next = new URLSearchParams(before);
    if (value === '') next.delete(name);
    else next.set(name, value);
    return next;
  }, { replace: true }), [setParams]);
  const clear = useCallback(() => setParams(() => new URLSearchParams(), { replace: true }), [setParams]);
  return { filter, set, clear };
}

export const isEmptyFilter = (choice: AuditChoice): boolean => NAMES.every((name) => choice[name] === '');

/** Days are the reader's own, from their first moment to the end of the last. */
export function filterOf({ search, category, actor, event, from, to }: AuditChoice): AuditFilter {
  const day = (text: string, add: number): string | null => {
    const [year = NaN, month = NaN, date = NaN] = text.split('-').map(Number);
    const at = new Date(year, month - 1, date + add);
    return Number.isNaN(at.getTime()) ? null : at.toISOString();
  };
  const isKind = /^[A-Z]+$/.test(actor);
  return {
    ...(search === '' ? {} : { search }),
    ...(category === '' ? {} : { categories: [category as AuditCategory] }),
    ...(actor === '' ? {} : isKind ? { actorKinds: [actor as ActorKind] } : { actorIds: [actor] }),
    ...(event === '' ? {} : { actions: [event] }),
    ...(from === '' ? {} : { after: day(from, 0) }),
    ...(to === '' ? {} : { before: day(to, 1) }),
  };
}
