// Where the console stands: the path of the public address, which the server writes into the page. Links of the console leave it to the
// router; addresses of the server's own pages are made here.

export const BASE = document.documentElement.dataset['base'] ?? '';

/** The address of a page that the server renders, or of the graph. */
export function serverPath(path: `/${string}`): string {
  return `${BASE}${path}`;
}

/** Leaves for the sign-in page, which leads back here. */
export function goToSignIn(): void {
  const here = location.pathname + location.search;
  location.assign(serverPath(`/sign-in?return=${encodeURIComponent(here)}`));
}
