// Fetches what is no API: pages of a site as a visitor sees them, and files from a directory that the configuration names. Called
// through site-client.ts. Never signed, never with a cookie; a page never leaves the origin of its site.
import type { Http, HttpAnswer, HttpFailure } from './http.js';
import type { DownloadOutcome, PageCall, PageOutcome } from './site-calls.js';

const MAX_PAGE_BYTES = 8 * 1024 * 1024;
const MAX_REDIRECTS = 3;

/** Fetches a page below the home address. A redirect within the origin is followed; one that leads elsewhere is the answer. */
export async function fetchPage(http: Http, homeUrl: string, { path, timeoutMs }: PageCall): Promise<PageOutcome> {
  const deadline = performance.now() + timeoutMs;
  const home = URL.canParse(homeUrl) ? new URL(homeUrl) : null;
  if (!home || !/^https?:$/.test(home.protocol)) return { kind: 'failure', code: 'unreachable', message: 'the address of the site is not an http or https URL' };
  let url = new URL(`${home.pathname.replace(/\/$/, '')}${path}`, home.origin);
  for (let redirects = 0; ; redirects += 1) {
    const answer = await get(http, url.href, deadline, MAX_PAGE_BYTES);
    if (answer.kind === 'failure') return answer.code === 'too-large' ? { kind: 'answer', status: 200, text: 'a page larger than is read' } : answer;
    const location = answer.headers['location'];
    const to = answer.status >= 300 && answer.status < 400 && location !== undefined && URL.canParse(location, url.href) ? new URL(location, url) : null;
    if (!to || to.origin !== home.origin || redirects >= MAX_REDIRECTS) return { kind: 'answer', status: answer.status, text: answer.body.toString('utf8') };
    url = to;
  }
}

/** Fetches a file whole; anything but 200 is a failure. */
export async function downloadFile(http: Http, address: string, maxBytes: number, timeoutMs: number): Promise<DownloadOutcome> {
  const deadline = performance.now() + timeoutMs;
  const answer = await get(http, address, deadline, maxBytes);
  if (answer.kind === 'failure') return answer;
  if (answer.status !== 200) return { kind: 'failure', code: 'refused', message: `${new URL(address).host} answered with HTTP ${answer.status}` };
  return { kind: 'answer', content: answer.body };
}

function get(http: Http, url: string, deadline: number, maxAnswerBytes: number): Promise<HttpAnswer | HttpFailure> {
  return http.send({ method: 'GET', url, headers: { accept: '*/*', 'cache-control': 'no-cache' }, body: new Uint8Array(), deadline, maxAnswerBytes, mayReuse: false });
}
