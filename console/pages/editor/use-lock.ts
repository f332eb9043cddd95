// Who edits it, while the editor is open: says that the person does (renewed until the page is left, then taken back), hears of somebody
// else who does, and of what was saved meanwhile. A lock is word among people; it stands in nobody's way.
import { useCallback, useEffect, useRef, useState } from 'react';
import { useClient, type OperationContext } from 'urql';
import { EditorNewsDocument, EditorReleaseLockDocument, EditorTakeLockDocument, type EditorLockFragment, type EditorNewsQuery } from './generated.js';

export interface Holder {
  /** Null for somebody whom the person may not see. */
  readonly name: string | null;
  readonly since: string;
  readonly isOnSite: boolean;
}

export type EditLock =
  /** Nobody is known to edit it. */
  | { readonly kind: 'free' }
  /** `alsoOnSite` has it open in the site's own editor, which minds no lock of ours. */
  | { readonly kind: 'own'; readonly alsoOnSite: string | null }
  /** `wasOwn` once the person had it, before it was taken over. */
  | { readonly kind: 'other'; readonly holder: Holder; readonly wasOwn: boolean };

/** The content as it stands on the server, and which version the editor had when that was asked. */
export interface Seen {
  readonly version: string;
  readonly modifiedAt: string;
  readonly whileAt: string;
}

export interface LockDesk {
  readonly lock: EditLock;
  readonly seen: Seen | null;
  readonly isTaking: boolean;
  readonly takeOver: () => Promise<void>;
}

/** How soon one hears of somebody else. It is a small question, answered without asking the site. */
const LOOK_EVERY_MS = 5_000;
/** A lock counts for 150 seconds; twice in that time, so that one answer may get lost. */
const RENEW_EVERY_MS = 60_000;
const AT_LEAVING: Partial<OperationContext> = { fetchOptions: { credentials: 'same-origin', keepalive: true } };

type News = { readonly version: string; readonly modifiedAt: string; readonly lock: EditorLockFragment | null };
const newsOf = (node: EditorNewsQuery['node']): News | null => (node && 'lock' in node ? (node as News) : null);

/** `version` is that of what is edited; `first` the lock as it was read with it. */
export function useLock(id: string, version: string, first: EditorLockFragment | null): LockDesk {
  const client = useClient();
  const hadIt = useRef(false);
  const [lock, setLock] = useState<EditLock>(() => lockOf(first, null, false));
  const [seen, setSeen] = useState<Seen | null>(null);
  const [isTaking, setTaking] = useState(false);
  const latestVersion = useRef(version);
  latestVersion.current = version;
  /** One question at a time, so that an older answer never shows over a newer one. */
  const line = useRef<Promise<void>>(Promise.resolve());
  const inLine = useCallback((ask: () => Promise<void>): Promise<void> => {
    line.current = line.current.then(ask);
    return line.current;
  }, []);

  const take = useCallback(async (takeOver: boolean) => {
    const { data } = await client.mutation(EditorTakeLockDocument, { id, takeOver }).toPromise();
    const payload = data?.contentLock;
    // Somebody who may not, or without an account on the site, is told of others all the same.
    if (!payload || payload.userErrors.length > 0) return;
    if (payload.lock?.isOwn === true) hadIt.current = true;
    setLock(lockOf(payload.lock ?? null, payload.heldBy?.displayName ?? null, hadIt.current));
  }, [client, id]);

  const look = useCallback(async () => {
    const whileAt = latestVersion.current;
    const { data } = await client.query(EditorNewsDocument, { id }, { requestPolicy: 'network-only' }).toPromise();
    const news = newsOf(data?.node ?? null);
    if (news === null) return;
    setSeen({ version: news.version, modifiedAt: news.modifiedAt, whileAt });
    if (news.lock === null) return take(false);
    if (!news.lock.isOwn) setLock(lockOf(news.lock, null, hadIt.current));
  }, [client, id, take]);

  useEffect(() => {
    void inLine(() => take(false));
    const looking = setInterval(() => document.visibilityState === 'visible' && void inLine(look), LOOK_EVERY_MS);
    const renewing = setInterval(() => void inLine(() => take(false)), RENEW_EVERY_MS);
    const release = (): void => void (hadIt.current && client.mutation(EditorReleaseLockDocument, { id }, AT_LEAVING).toPromise());
    // The browser may show the page again as it was left.
    const onShow = (event: PageTransitionEvent): void => void (event.persisted && inLine(() => take(false)));
    addEventListener('pagehide', release);
    addEventListener('pageshow', onShow);
    return () => {
      clearInterval(looking);
      clearInterval(renewing);
      removeEventListener('pagehide', release);
      removeEventListener('pageshow', onShow);
      void inLine(async () => release());
    };
  }, [client, id, inLine, look, take]);

  const takeOver = useCallback(async () => {
    setTaking(true);
    await inLine(() => take(true));
    setTaking(false);
  }, [inLine, take]);
  return { lock, seen, isTaking, takeOver };
}

/** `other` is whom the answer named beside the lock. */
function lockOf(held: EditorLockFragment | null, other: string | null, wasOwn: boolean): EditLock {
  if (held === null) return { kind: 'free' };
  if (held.isOwn) return { kind: 'own', alsoOnSite: other };
  return { kind: 'other', wasOwn, holder: { name: held.user?.displayName ?? other, since: held.acquiredAt, isOnSite: held.source === 'SITE' } };
}
