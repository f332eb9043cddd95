// The frame of a page: its heading, which is the document's title too and takes the focus after a navigation, and what can be done here.
import { useEffect, useRef, type ReactNode } from 'react';

export interface PageProps {
  readonly title: string;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  /** The page fills the window and scrolls inside, as tables do. */
  readonly fills?: boolean;
  readonly children: ReactNode;
}

let isFirstPage = true;

export function PageFrame({ title, about, actions, fills = false, children }: PageProps): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – Sitegraph`;
  }, [title]);
  useEffect(() => {
    // The browser's own focus is right when the console opens; from then on the new page is where reading goes on.
    if (!isFirstPage) heading.current?.focus({ preventScroll: true });
    isFirstPage = false;
  }, []);
  return (
    <div className={fills ? 'page fills' : 'page'}>
      <div className="page-head"><div><h1 ref={heading} tabIndex={-1}>{title}</h1>{about !== undefined && <p>{about}</p>}</div>{actions !== undefined && <div className="actions">{actions}</div>}</div>
      {children}
    </div>
  );
}
