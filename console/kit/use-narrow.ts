// Whether the window is as narrow as a phone's; the same bound as in styles/shell.css.
import { useSyncExternalStore } from 'react';

const query = matchMedia('(max-width: 52rem)');
const subscribe = (listen: () => void): (() => void) => {
  query.addEventListener('change', listen);
  return () => query.removeEventListener('change', listen);
};

export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches);
}
