// `batch/v1`: up to 25 writes in one request, one after another as the same user; all are checked first when the caller says so. No
// transaction: what ran before a fault stays. A fault for `batch/<route>` with a status of 500 and more is PHP dying at that request.
import { answerRest, route, wpError, type RestAnswer, type RestCall, type RestRoute } from './rest.js';
import { invalidParam } from './wp-collection.js';

const MOST = 25;
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'];

interface Inner {
  readonly method: string;
  readonly route: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The route over those that allow it. */
export function batchRoute(routes: readonly RestRoute[]): RestRoute {
  return route('POST PUT PATCH', /^batch\/v1$/, (call) => answerBatch(routes, call));
}

async function answerBatch(routes: readonly RestRoute[], call: RestCall): Promise<RestAnswer> {
  const given = call.params['requests'];
  if (!Array.isArray(given)) return invalidParam('requests', 'requests is not of type array.');
  if (given.length > MOST) return invalidParam('requests', `requests must contain at most ${MOST} items.`);
  const inner = given.map((one) => readInner(one as Record<string, unknown>));
  if (inner.some(({ method }) => !METHODS.includes(method))) return invalidParam('requests', `requests[0][method] is not one of ${METHODS.join(', ')}.`);
  const known = inner.map((one) => routes.some((candidate) => candidate.methods.includes(one.method) && candidate.pattern.test(one.route)));
  if (call.params['validation'] === 'require-all-validate' && known.includes(false)) {
    return { status: 207, body: { failed: 'validation', responses: known.map((is) => (is ? null : responseOf(wpError(404, 'rest_no_route', 'No route was found matching the URL and request method.')))) } };
  }
  const responses: unknown[] = [];
  for (const one of inner) {
    const fault = call.site.faults.take({ method: one.method, route: `batch/${one.route}` });
    if (fault?.kind === 'status' && fault.status >= 500) return wpError(fault.status, 'internal_server_error', 'There has been a critical error on this website.');
    if (fault?.kind === 'status') responses.push({ body: JSON.parse(fault.body ?? '{}') as unknown, status: fault.status, headers: {} });
    else responses.push(responseOf(await answerRest(routes, { ...call, method: one.method, route: one.route, params: one.params })));
  }
  return { status: 207, body: { responses } };
}

function readInner(one: Record<string, unknown>): Inner {
  const [path = '', query = ''] = String(one['path'] ?? '').split('?');
  return { method: String(one['method'] ?? 'POST'), route: path.replace(/^\//, ''), params: { ...Object.fromEntries(new URLSearchParams(query)), ...(one['body'] as object | undefined) } };
}

const responseOf = ({ status, body, headers = {} }: RestAnswer): unknown => ({ body, status, headers });
