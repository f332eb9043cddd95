// The pages of people, as a Fastify plugin: sign in and out, the account, the consent that sites ask for, OpenID Connect. Registered by
// bin/ beside the graph. Rendered here as plain HTML until there is a console, and usable without one after.
import fastifyFormbody from '@fastify/formbody';
import type { FastifyInstance } from 'fastify';
import { AppError, ERROR_CODES } from '../core/errors.js';
import { registerAccountPage } from './account.js';
import { createAttempts } from './attempts.js';
import { registerConsent } from './consent.js';
import { html } from './html.js';
import { createOpenIdProvider } from './openid.js';
import { registerOpenId } from './openid-routes.js';
import { createPlace, type AccountsContext, type AccountsOptions } from './options.js';
import { alert, readStyle, sendPage, STYLE_PATH } from './pages.js';
import { PASSWORD_COST } from './password.js';
import { registerSignIn } from './sign-in.js';

export type { AccountsOptions } from './options.js';

/** A form's fields, the path to return to included. */
const BODY_BYTES = 64 * 1024;
const A_YEAR_SECONDS = 31_536_000;

/** Registers /sign-in, /sign-out, /account and /jetpack.authorize/1/, each also under the path of the public address. */
export async function registerAccounts(fastify: FastifyInstance, options: AccountsOptions): Promise<void> {
  const clock = options.clock ?? Date.now;
  const context: AccountsContext = {
    store: options.store,
    log: options.log,
    place: createPlace(options.publicUrl),
    desk: options.desk,
    providers: options.oidc.map(createOpenIdProvider),
    clock,
    passwordCost: options.passwordCost ?? PASSWORD_COST,
    attempts: options.attempts ?? createAttempts(clock),
    formKey: options.store.secrets.deriveKey('form'),
  };
  await fastify.register(
    async (scope) => {
      scope.removeAllContentTypeParsers();
      await scope.register(fastifyFormbody, { bodyLimit: BODY_BYTES });
      handleFaults(scope, context);
      for (const base of new Set(['', context.place.prefix])) {
        registerStyle(scope, base);
        registerSignIn(scope, context, base);
        registerAccountPage(scope, context, base);
        registerConsent(scope, context, base);
        registerOpenId(scope, context, base);
      }
    },
    // Addresses hold the secrets of sites' requests.
    { logLevel: 'silent' },
  );
}

function registerStyle(scope: FastifyInstance, base: string): void {
  const { text } = readStyle();
  scope.get(`${base}${STYLE_PATH}`, (_request, reply) =>
    reply.headers({ 'cache-control': `public, max-age=${A_YEAR_SECONDS}, immutable`, 'x-content-type-options': 'nosniff' }).type('text/css; charset=utf-8').send(text));
}

// Pages of this scope are for people: what goes wrong is a page too, without the words of a fault that is not theirs.
function handleFaults(scope: FastifyInstance, context: AccountsContext): void {
  scope.setErrorHandler((error, _request, reply) => {
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    const known = error instanceof AppError ? error : null;
    const isOurs = known === null ? status >= 500 : known.code === 'INTERNAL' || known.code === 'CONFIGURATION';
    if (isOurs) context.log.error({ error: known?.code ?? (error as Error).name, stack: framesOf(error) }, 'a page of people failed');
    if (known?.code === 'OVERLOADED') void reply.header('retry-after', String(Math.ceil((known.retryAfterMs ?? 1000) / 1000)));
    return sendPage(context.place, reply, {
      title: isOurs ? 'Something went wrong here' : 'This did not work',
      status: known === null ? status : ERROR_CODES[known.code].status,
      body: html`${alert(isOurs || known === null ? (isOurs ? 'The server failed. Its log has the details; try again later.' : 'The request was not in the form that this page sends.') : known.message)}
<p><a href="${context.place.prefix}/account">Go to your account</a></p>`,
    });
  });
}

// The frames without the first line: messages may quote what was sent.
function framesOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack.slice(Math.max(0, stack.indexOf('\n    at ')));
}
