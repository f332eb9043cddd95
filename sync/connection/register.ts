// POST {A}register/1/: a site asks for its id and token. Called by routes.ts. Nothing is believed until the site, called back at the
// address it gives, proves that it sent the request; nothing is stored before, and whoever may not register is refused before anybody
// is called. The order: form, admission, call back, moved or copied, store.
import type { FastifyRequest } from 'fastify';
import type { SiteId } from '../../core/ids.js';
import { addressKey, findSiteByAddress, storeRegistration, type KnownSite } from '../../store/connections.js';
import { findGrant, hasOpenNonce, settleNonces, takeGrant } from '../../store/grants.js';
import { findSite } from '../../store/sites.js';
import type { SiteAnswer } from '../site-requests.js';
import { refuse, refusedAnswer, type ConnectionContext, type ConnectionRefusal } from './context.js';
import { readForm, type Form } from './form.js';
import { readSiteUrl } from './site-address.js';
import { ownsUrlSecret, verifyAddress, type AddressClaim } from './verify-address.js';

/** The site waits at least 30 s; its own time-out is in the form. */
const CALL_BACK_MS = { most: 20_000, least: 5_000, margin: 6_000 } as const;
const COMPARE_MS = 5_000;
const MAX_CALL_BACKS = 8;
const SECRET = /^[A-Za-z0-9]{16,128}$/;

/** Registrations under way, by the key of their address. */
export type InProgress = Set<string>;

interface Request extends AddressClaim {
  readonly kind: 'request';
  readonly timeoutMs: number;
  readonly formerId: SiteId | null;
  readonly urlSecret: string | null;
}

/** Answers a registration. `invitation` is the code in the path of the API base, null when there is none. */
export async function answerRegister(context: ConnectionContext, inProgress: InProgress, request: FastifyRequest, invitation: string | null): Promise<SiteAnswer> {
  const form = await readForm(request);
  if (form.kind === 'refused') return refusedAnswer(form);
  const wanted = readRequest(form);
  if (wanted.kind === 'refused') return refusedAnswer(wanted);
  const key = addressKey(wanted.url);
  if (inProgress.has(key)) return refusedAnswer(refuse('registration_in_progress', 409, 'This site is being registered at this moment; try again when that is done.'));
  if (inProgress.size >= MAX_CALL_BACKS) return refusedAnswer(refuse('server_overloaded', 503, 'Too many sites are being registered; try again in a moment.', 10));
  inProgress.add(key);
  try {
    const outcome = await register(context, wanted, invitation);
    if (outcome.kind === 'registered') {
      context.log.info({ siteId: outcome.siteId, isNew: outcome.isNew }, 'a site registered');
      context.onRegistered?.(outcome.siteId);
      return { kind: 'json', status: 200, body: { jetpack_id: outcome.siteId, jetpack_secret: outcome.blogToken, jetpack_public: 1 } };
    }
    context.log.info({ code: outcome.code }, 'a registration was refused');
    return refusedAnswer(outcome);
  } finally {
    inProgress.delete(key);
  }
}

function readRequest(form: Form): Request | ConnectionRefusal {
  const url = readSiteUrl(form.field('siteurl', 512));
  if (url === null) return invalid('siteurl', 'the http or https address of a site, without query or user');
  const homeUrl = form.field('home', 512) === null ? url : readSiteUrl(form.field('home', 512));
  if (homeUrl === null) return invalid('home', 'the http or https address of a site, without query or user');
  const secret1 = form.field('secret_1', 128) ?? '';
  const secret2 = form.field('secret_2', 128) ?? '';
  // A site that merely echoes what it is sent must not pass, so the answer may not be in the question.
  if (!SECRET.test(secret1) || !SECRET.test(secret2) || secret1 === secret2) return invalid('secret_1 and secret_2', 'two different secrets of letters and digits');
  const state = form.field('state', 16) ?? '';
  if (!/^[1-9]\d{0,14}$/.test(state)) return invalid('state', 'the id of the local user who registers');
  const waitSeconds = Number(form.field('timeout', 8) ?? '30');
  const timeoutMs = Number.isFinite(waitSeconds) ? waitSeconds * 1000 - CALL_BACK_MS.margin : CALL_BACK_MS.most;
  const formerId = form.field('persistent_blog_id', 16) ?? '';
  const urlSecret = form.field('url_secret', 256);
  return {
    kind: 'request', url, homeUrl, secret1, secret2, state,
    timeoutMs: Math.min(CALL_BACK_MS.most, Math.max(CALL_BACK_MS.least, timeoutMs)),
    formerId: /^[1-9]\d{0,14}$/.test(formerId) ? (Number(formerId) as SiteId) : null,
    urlSecret: urlSecret === '' ? null : urlSecret,
  };
}

function invalid(field: string, expected: string): ConnectionRefusal {
  return refuse('invalid_request', 400, `Expected ${expected} in ${field}.`);
}

type Registered = { readonly kind: 'registered'; readonly siteId: SiteId; readonly blogToken: string; readonly isNew: boolean };

async function register(context: ConnectionContext, wanted: Request, invitation: string | null): Promise<Registered | ConnectionRefusal> {
  const { store, client, clock } = context;
  const known = await findSiteByAddress(store.database, wanted.url);
  const refused = await admit(context, wanted, known, invitation);
  if (refused) return refused;
  const unproven = await verifyAddress(client, wanted, wanted.timeoutMs);
  if (unproven) return unproven;
  const knownId = known?.id ?? (await findMoved(context, wanted));
  return store.database.transaction<Registered | ConnectionRefusal>(async (tx) => {
    const now = new Date(clock());
    const isSpent = needsInvitation(context, knownId, await hasOpenNonce(tx, addressKey(wanted.url), now)) && (await takeGrant(tx, 'invitation', invitation ?? '', now)) === null;
    if (isSpent) return refuseInvitation();
    const { siteId, blogToken } = await storeRegistration(tx, store.secrets, { url: wanted.url, homeUrl: wanted.homeUrl, knownId });
    await settleNonces(tx, addressKey(wanted.url), siteId, Number(wanted.state));
    return { kind: 'registered', siteId, blogToken, isNew: knownId === null };
  });
}

// A site that was admitted once may register again: its administrator's "disconnect" and "connect" must not need the operator.
async function admit(context: ConnectionContext, wanted: Request, known: KnownSite | null, invitation: string | null): Promise<ConnectionRefusal | null> {
  const { store, clock, registration } = context;
  const now = new Date(clock());
  const key = addressKey(wanted.url);
  const isAsked = await hasOpenNonce(store.database, key, now);
  if (known !== null || isAsked || registration === 'open') return null;
  if (registration === 'closed') return refuse('registration_closed', 403, 'This server takes new sites only from its operator: sitegraph site connect, or an invitation where SITEGRAPH_REGISTRATION=invite.');
  const grant = invitation === null ? null : await findGrant(store.database, 'invitation', invitation, now);
  return grant === null || (grant.siteUrl !== null && grant.siteUrl !== key) ? refuseInvitation() : null;
}

function needsInvitation({ registration }: ConnectionContext, knownId: SiteId | null, isAsked: boolean): boolean {
  return registration === 'invite' && knownId === null && !isAsked;
}

function refuseInvitation(): ConnectionRefusal {
  return refuse('invitation_required', 403, 'New sites need an invitation, which is unknown, used, expired or for another site; it stands in JETPACK__API_BASE as /i/CODE/jetpack.');
}

/** The site that a database at a new address was before, if the former address proves that it is the same database; a copy is a new site. */
async function findMoved({ store, client }: ConnectionContext, { formerId, urlSecret }: Request): Promise<SiteId | null> {
  if (formerId === null || urlSecret === null) return null;
  const former = await findSite(store.database, formerId);
  return former !== null && (await ownsUrlSecret(client, former.url, urlSecret, COMPARE_MS)) ? former.id : null;
}
