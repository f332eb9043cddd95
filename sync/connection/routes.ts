// The calls with which a site connects, none of them signed: register, token, nonce check. Made by bin/ and given to sync/server, which
// listens and never calls a site itself. The consent page (authorize) is accounts/'s; here is only the way to it.
import type { FastifyRequest } from 'fastify';
import { networkOf } from '../../core/network-address.js';
import { readQuery } from '../signed-request.js';
import { discardBody } from '../request-body.js';
import type { ConnectionRoutes, SiteAnswer } from '../site-requests.js';
import { refuse, refusedAnswer, type ConnectionContext } from './context.js';
import { checkNonce } from './nonce-check.js';
import { createRateLimiter } from './rate-limit.js';
import { answerRegister, type InProgress } from './register.js';
import { answerToken } from './token.js';

export type { RegistrationPolicy } from './context.js';

const PATH = /^(?:\/i\/([A-Za-z0-9]{1,64}))?\/jetpack\.(register|token|authorize|partner_provision_nonce_check)\/1\/?$/;
/** What each costs of the 60 that an address has (rate-limit.ts): ten registrations in a row, then one in six seconds. */
const COSTS = { register: 6, token: 2, authorize: 0, partner_provision_nonce_check: 2 } as const;

/** Answered elsewhere (site-requests.ts); it is unsigned too, and looks two tokens up. */
const TOKEN_HEALTH = /^\/wpcom\/v2\/sites\/\d+\/jetpack-token-health$/;

/** Creates the routes of one server. */
export function createConnectionRoutes(context: ConnectionContext): ConnectionRoutes {
  const limiter = createRateLimiter(context.clock, context.burst);
  const inProgress: InProgress = new Set();
  return async (request, path) => {
    const match = PATH.exec(path);
    if (!match) return TOKEN_HEALTH.test(path) ? limited(request, limiter.spend(networkOf(request), 1)) : null;
    const name = match[2] as keyof typeof COSTS;
    const isRight = request.method === (name === 'register' || name === 'token' ? 'POST' : 'GET');
    const waitSeconds = isRight ? limiter.spend(networkOf(request), COSTS[name]) : 0;
    if (!isRight) return discarded(request, refusedAnswer(refuse('method_not_allowed', 405, 'This address is not asked with this method.')));
    if (waitSeconds > 0) return limited(request, waitSeconds);
    if (name === 'register') return answerRegister(context, inProgress, request, match[1] ?? null);
    if (name === 'token') return answerToken(context, request);
    discardBody(request);
    return name === 'authorize' ? leadToPage(request, path) : checkNonce(context, readQuery(request.originalUrl)('nonce'));
  };
}

function limited(request: FastifyRequest, waitSeconds: number): SiteAnswer | null {
  if (waitSeconds === 0) return null;
  return discarded(request, refusedAnswer(refuse('rate_limited', 429, 'Too many requests from this address; try again later.', waitSeconds)));
}

function discarded(request: FastifyRequest, answer: SiteAnswer): SiteAnswer {
  discardBody(request);
  return answer;
}

// A browser with an invitation in the path is sent to the page, which knows no invitations. Without one, the page was not given to this server.
function leadToPage(request: FastifyRequest, path: string): SiteAnswer {
  const invitation = /^\/i\/[A-Za-z0-9]+/.exec(path)?.[0];
  if (invitation === undefined) return refusedAnswer(refuse('authorization_unavailable', 404, 'This server has no page for consent.'));
  return { kind: 'redirect', location: request.originalUrl.replace(invitation, '') };
}
