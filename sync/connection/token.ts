// POST {A}token/1/: a site redeems the code that a person's browser brought back, and gets that person's token. Called by routes.ts.
// The code and the whole blog token are both needed; nothing changes for a wrong, used, expired or foreign code.
import type { FastifyRequest } from 'fastify';
import type { SiteId } from '../../core/ids.js';
import { linkSiteUser } from '../../store/accounts.js';
import { accountOfUser, hasOwner, makeToken, storeUserToken, wholeBlogToken } from '../../store/connections.js';
import { takeGrant } from '../../store/grants.js';
import { forgetTokens } from '../../store/tokens.js';
import { equalsInConstantTime, signScope } from '../protocol/signature.js';
import type { SiteAnswer } from '../site-requests.js';
import { refuse, refusedAnswer, type ConnectionContext, type ConnectionRefusal } from './context.js';
import { requestFirstSync } from './first-sync.js';
import { readForm, type Form } from './form.js';

/** The role travels inside the code, which is hashed as a whole: `<grant>.<role>`. */
const CODE = /^[0-9a-f]{48}\.(administrator|editor|author|contributor|subscriber)$/;

/** Makes the text of a code that a `code` grant is recorded for. */
export function codeWithRole(random: string, role: string): string {
  return `${random}.${role}`;
}

/** Answers a token request. */
export async function answerToken(context: ConnectionContext, request: FastifyRequest): Promise<SiteAnswer> {
  const form = await readForm(request);
  if (form.kind === 'refused') return refusedAnswer(form);
  const client = await authenticate(context, form);
  if (client.kind === 'refused') return refusedAnswer(client);
  const code = form.field('code', 128) ?? '';
  const role = CODE.exec(code)?.[1];
  const issued = role === undefined ? refuseCode() : await redeem(context, client.siteId, code);
  if (issued.kind === 'refused') return refusedAnswer(issued);
  forgetTokens(context.store);
  if (issued.isFirst) await requestFirstSync(context.store, client.siteId);
  context.log.info({ siteId: client.siteId, userId: issued.userId }, 'a person of a site got a token');
  const scope = signScope(role ?? '', issued.userId, client.blogToken);
  return { kind: 'json', status: 200, body: { access_token: issued.token, token_type: 'X_JETPACK', scope } };
}

interface Client {
  readonly kind: 'client';
  readonly siteId: SiteId;
  readonly blogToken: string;
}

async function authenticate({ store }: ConnectionContext, form: Form): Promise<Client | ConnectionRefusal> {
  const grantType = form.field('grant_type', 64);
  if (grantType !== 'authorization_code') return refuse('unsupported_grant_type', 400, 'Expected grant_type authorization_code.');
  const id = form.field('client_id', 16) ?? '';
  const secret = form.field('client_secret', 256) ?? '';
  const siteId = /^[1-9]\d{0,14}$/.test(id) ? (Number(id) as SiteId) : null;
  const blogToken = siteId === null ? null : await wholeBlogToken(store, siteId);
  if (siteId === null || blogToken === null || !equalsInConstantTime(blogToken, secret)) {
    return refuse('invalid_client', 401, 'The site is not connected here with this id and token; connect it again.');
  }
  return { kind: 'client', siteId, blogToken };
}

function refuseCode(): ConnectionRefusal {
  return refuse('invalid_grant', 400, 'The code is unknown, expired, used already, or for another site; start the connection of this user again.');
}

type Issued = { readonly kind: 'issued'; readonly userId: number; readonly token: string; readonly isFirst: boolean };

function redeem({ store, clock }: ConnectionContext, siteId: SiteId, code: string): Promise<Issued | ConnectionRefusal> {
  return store.database.transaction<Issued | ConnectionRefusal>(async (tx) => {
    const grant = await takeGrant(tx, 'code', code, new Date(clock()), siteId);
    if (grant === null || grant.userId === null || grant.accountId === null) return refuseCode();
    const linked = await accountOfUser(tx, siteId, grant.userId);
    if (linked !== null && linked !== grant.accountId) return refuse('already_linked', 409, 'This user of the site is linked to another account; unlink it there first.');
    const token = makeToken();
    const isFirst = !(await hasOwner(tx, siteId));
    await storeUserToken(tx, store.secrets, siteId, grant.userId, token);
    await linkSiteUser(tx, grant.accountId, siteId, grant.userId);
    return { kind: 'issued', userId: grant.userId, token, isFirst };
  });
}
