// The sign of Sitegraph: sites around one graph.
import type { ReactNode } from 'react';

export function Mark(): ReactNode {
  return (
    <svg viewBox="0 0 32 32" role="img" aria-label="Sitegraph">
      <rect width="32" height="32" rx="7" fill="var(--accent)" />
      <g fill="none" stroke="var(--accent-text)" strokeWidth="2.2"><path d="M16 16 8.500 9.500M16 16l8-6M16 16l-3 8.500M16 16l7.500 5" /></g>
      <g fill="var(--accent-text)"><circle cx="16" cy="16" r="3.600" /><circle cx="8" cy="9" r="2.400" /><circle cx="24.400" cy="9.600" r="2.400" /><circle cx="12.600" cy="25" r="2.400" /><circle cx="24" cy="21.400" r="2.400" /></g>
    </svg>
  );
}
