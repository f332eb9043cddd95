// Asks before a page with something unsaved is left: by the browser for its own ways out, by a dialog for links of the console. Ways that
// cannot be stopped (the browser's back) lose nothing either: the draft is kept in the window.
import { useEffect, useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { Ask } from './dialog.js';
import { BASE } from '../app/base.js';

export function useLeaveGuard(isDirty: boolean): ReactNode {
  const [, navigate] = useLocation();
  const [target, setTarget] = useState<string | null>(null);
  useEffect(() => {
    if (!isDirty) return undefined;
    const onUnload = (event: BeforeUnloadEvent): void => event.preventDefault();
    const onClick = (event: MouseEvent): void => {
      const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
      if (!(link instanceof HTMLAnchorElement) || link.target !== '' || link.origin !== location.origin || event.ctrlKey || event.metaKey || event.shiftKey || link.getAttribute('href')?.startsWith('#')) return;
      event.preventDefault();
      event.stopPropagation();
      setTarget(link.pathname.slice(BASE.length) + link.search);
    };
    addEventListener('beforeunload', onUnload);
    document.addEventListener('click', onClick, true);
    return () => {
      removeEventListener('beforeunload', onUnload);
      document.removeEventListener('click', onClick, true);
    };
  }, [isDirty]);
  const leave = (): void => {
    // The page may stay mounted until the next one is loaded, and be come back to before that.
    setTarget(null);
    if (target !== null) navigate(target);
  };
  return (
    <Ask title="Leave without saving?" isOpen={target !== null} onClose={() => setTarget(null)} confirm="Leave" look="danger" onConfirm={leave}>
      <p>What you changed is not saved yet. It stays here until you close this window.</p>
    </Ask>
  );
}
