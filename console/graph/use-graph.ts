// How pages read: one hook for what is on screen, one for lists that grow by pages. Both keep showing what they have while they read
// again, and say why when there is nothing to show.
import { startTransition, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useClient, useQuery, type AnyVariables, type TypedDocumentNode } from 'urql';
import { problemOf, type Problem } from './errors.js';

export type Loaded<Data> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'problem'; readonly problem: Problem; readonly retry: () => void }
  /** `problem` tells of parts that are missing; `isStale` that newer facts are on their way. */
  | { readonly kind: 'data'; readonly data: Data; readonly problem: Problem | null; readonly isStale: boolean; readonly refresh: () => void };

export interface GraphOptions {
  readonly pause?: boolean;
  /** Reads again this often while the page is in view. */
  readonly everyMs?: number;
}

/** Reads a document. What is in the cache shows at once and is read again behind it. */
export function useGraph<Data, Variables extends AnyVariables>(query: TypedDocumentNode<Data, Variables>, variables: Variables, { pause = false, everyMs }: GraphOptions = {}): Loaded<Data> {
  const [{ data, error, fetching, stale }, execute] = useQuery({ query, variables, pause, requestPolicy: 'cache-and-network' });
  const refresh = useCallback(() => execute({ requestPolicy: 'network-only' }), [execute]);
  useEffect(() => {
    if (everyMs === undefined || pause) return undefined;
    const timer = setInterval(() => document.visibilityState === 'visible' && refresh(), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, pause, refresh]);
  if (data !== undefined && data !== null) return { kind: 'data', data, problem: error ? problemOf(error) : null, isStale: stale || fetching, refresh };
  return error && !fetching ? { kind: 'problem', problem: problemOf(error), retry: refresh } : { kind: 'loading' };
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly endCursor: string | null;
  readonly hasMore: boolean;
  readonly totalCount?: number | null;
}

export interface LoadedList<Row> {
  readonly rows: readonly Row[];
  readonly totalCount: number | null;
  /** The first page is on its way and there is nothing to show. */
  readonly isLoading: boolean;
  readonly isLoadingMore: boolean;
  readonly hasMore: boolean;
  readonly problem: Problem | null;
  readonly loadMore: () => void;
  readonly refresh: () => void;
}

interface Rows<Row> {
  readonly pages: readonly Page<Row>[];
  readonly state: 'loading' | 'more' | 'idle';
  readonly problem: Problem | null;
}

/**
 * Reads a list page by page. `pick` takes the page out of an answer, null when it is not there; `variables` are those of the first page
 * without `after`. Other variables begin the list anew and keep the old rows until the new ones are there.
 */
export function useGraphList<Data, Variables extends AnyVariables, Row>(query: TypedDocumentNode<Data, Variables>, variables: Omit<Variables, 'after'>, pick: (data: Data) => Page<Row> | null): LoadedList<Row> {
  const client = useClient();
  const [{ pages, state, problem }, set] = useState<Rows<Row>>({ pages: [], state: 'loading', problem: null });
  const key = JSON.stringify(variables);
  const turn = useRef(0);
  const latest = useRef({ variables, pick });
  latest.current = { variables, pick };

  const read = useCallback(async (after: string | null, before: readonly Page<Row>[]) => {
    turn.current += 1;
    const mine = turn.current;
    set((now) => ({ ...now, state: after === null ? 'loading' : 'more' }));
    const result = await client.query(query, { ...latest.current.variables, after } as unknown as Variables, { requestPolicy: 'network-only' }).toPromise();
    if (mine !== turn.current) return;
    const page = result.data === undefined || result.data === null ? null : latest.current.pick(result.data);
    const trouble = result.error ? problemOf(result.error) : null;
    // A long list takes a while to draw; typing and scrolling go before it.
    startTransition(() => set((now) => ({ pages: page === null ? now.pages : [...before, page], state: 'idle', problem: page === null ? (trouble ?? NOT_THERE) : null })));
  }, [client, query]);

  useEffect(() => {
    void read(null, []);
    return () => {
      turn.current += 1;
    };
  }, [key, read]);

  const last = pages.at(-1);
  // The same array until a page comes, so that what is made of it is made once.
  const rows = useMemo(() => pages.flatMap((page) => page.rows), [pages]);
  return {
    rows,
    totalCount: pages.find(({ totalCount }) => typeof totalCount === 'number')?.totalCount ?? null,
    isLoading: state === 'loading' && pages.length === 0,
    isLoadingMore: state !== 'idle',
    hasMore: last?.hasMore ?? false,
    problem,
    loadMore: () => {
      if (state === 'idle' && last?.hasMore === true) void read(last.endCursor, pages);
    },
    refresh: () => void read(null, []),
  };
}

const NOT_THERE: Problem = { kind: 'denied', message: 'There is no such site, or you may not see this of it.', requestId: null };
