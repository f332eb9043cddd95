// Every fault between us and the site, at every call of a write: never applied twice, never told as done when it is not, and settled by one
// pass once the site answers again.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../../core/changes.js';
import type { RestCall, SiteClient } from '../../../origin/site-calls.js';
import { createSiteClient } from '../../../origin/site-client.js';
import { contentSave, type ContentSaveInput } from '../../../origin/writes/content/save.js';
import type { Operation } from '../../../origin/writes/operation.js';
import { runWrite, type WriteOutcome } from '../../../origin/writes/run.js';
import { settingsSave } from '../../../origin/writes/settings/save.js';
import { settleOpenWrites } from '../../../origin/writes/settle.js';
import { userUpdate } from '../../../origin/writes/users/update.js';
import type { Store } from '../../../store/store.js';
import { startConnectedSite, type ConnectedSite } from '../../testkit/connected-site.js';
import type { Fault } from '../../testkit/site-double/faults.js';
import { openTestStore } from '../../testkit/store.js';

const ACCOUNT = '00000000-0000-4000-8000-00000000000a';
const ACTOR = { kind: 'USER', userId: 1, label: 'Maria', via: 'graph' } as const;
const AS = { kind: 'user', userId: 1 } as const;
/** Reads are made three times at most. */
const TRIES = 3;
/** So much later nothing of the first request is at work on the site. */
const LATER_MS = 400_000;
/** How long a request has here; a second and a half of it is kept for the answer. */
const REQUEST_MS = 3_500;

const status = (code: number, word: string): Fault => ({ kind: 'status', status: code, body: JSON.stringify({ code: word, message: 'No.', data: { status: code } }) });

/** What is wrong at a call; with `acts` the site does what it was asked before it fails. */
const FAULTS: Readonly<Record<string, Fault | 'refused' | 'acts, then 500' | 'acts, then garbage'>> = {
  'is refused': 'refused',
  'is reset after it was sent': { kind: 'reset' },
  'loses its answer': { kind: 'lose-answer' },
  'is slow beyond its time': { kind: 'hang' },
  'ends in 500': { kind: 'status', status: 500 },
  'ends in 503 of a proxy': { kind: 'status', status: 503, body: '<h1>busy</h1>', contentType: 'text/html' },
  'ends in garbage': { kind: 'garbage' },
  'ends in 401 after the token was revoked': status(401, 'rest_not_logged_in'),
  'ends in 403': status(403, 'rest_forbidden'),
  'acts, then ends in 500': 'acts, then 500',
  'acts, then ends in garbage': 'acts, then garbage',
};

const POSITIONS = ['the reading call', 'the writing call', 'the read-back'] as const;
type Position = (typeof POSITIONS)[number];

let store: Store;
let site: ConnectedSite;
let keys = 0;

beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store);
});
afterAll(() => site.close());

interface Subject {
  readonly name: string;
  readonly operation: Operation<never>;
  readonly prepare: () => Promise<{ readonly route: string; readonly input: Json; readonly wanted: string; readonly onSite: () => unknown; readonly inGraph: () => Promise<unknown> }>;
}

const SUBJECTS: readonly Subject[] = [
  {
    name: 'contentUpdate',
    operation: contentSave as unknown as Operation<never>,
    async prepare() {
      const { ID } = site.double.edit.savePost({ post_title: 'Before', post_content: 'text', post_status: 'publish' });
      await site.sync();
      const wanted = `After ${ID}`;
      const input: ContentSaveInput = {
        postId: ID, route: 'wp/v2/posts', typename: 'Post', noun: 'post', homeUrl: site.double.url, taxonomies: {}, fields: { title: wanted }, base: { title: 'Before' }, policy: 'FAIL',
      };
      return {
        route: `wp/v2/posts/${ID}`, input, wanted, onSite: () => site.double.tables.posts.get(ID)?.post_title,
        inGraph: async () => (await store.database.query<{ title: string }>('SELECT title FROM post WHERE site_id = $1 AND id = $2', [site.siteId, ID]))[0]?.title,
      };
    },
  },
  {
    name: 'siteSettingsUpdate',
    operation: settingsSave as unknown as Operation<never>,
    async prepare() {
      const wanted = `Tagline ${(keys += 1)}`;
      site.double.edit.setOption('blogdescription', 'Before');
      await site.sync();
      return {
        route: 'wp/v2/settings', input: { fields: { tagline: wanted }, base: { tagline: 'Before' }, isStale: false }, wanted, onSite: () => site.double.tables.options.get('blogdescription'),
        inGraph: async () => (await store.database.query<{ value: string }>(`SELECT value FROM setting WHERE site_id = $1 AND setting_kind = 'OPTION' AND name = 'blogdescription'`, [site.siteId]))[0]?.value,
      };
    },
  },
  {
    name: 'userUpdate',
    operation: userUpdate as unknown as Operation<never>,
    async prepare() {
      const { ID } = site.double.edit.saveUser({ user_login: `person-${(keys += 1)}`, roles: ['author'], user_email: `p${keys}@people.example`, display_name: 'Before' });
      await site.sync();
      const wanted = `Person ${ID}`;
      return {
        route: `wp/v2/users/${ID}`, input: { userId: ID, siteLocale: 'en_US', fields: { displayName: wanted }, base: { displayName: 'Before' }, isStale: false }, wanted,
        onSite: () => site.double.tables.users.get(ID)?.display_name,
        inGraph: async () => (await store.database.query<{ name: string }>('SELECT display_name AS name FROM site_user WHERE site_id = $1 AND id = $2', [site.siteId, ID]))[0]?.name,
      };
    },
  },
];

/** A client whose calls meet a fault at one position of a write. */
function faulty(client: SiteClient, route: string, position: Position, fault: (typeof FAULTS)[string]): SiteClient {
  let wasWritten = false;
  const positionOf = (call: RestCall): Position => (call.method !== 'GET' ? 'the writing call' : wasWritten ? 'the read-back' : 'the reading call');
  return {
    ...client,
    async rest(siteId, call) {
      const at = positionOf(call);
      if (call.method !== 'GET') wasWritten = true;
      const matches = (one: { readonly method: string; readonly route: string }) => one.route === route && one.method === call.method;
      if (position === 'the read-back' && at === 'the writing call') site.double.failNext(matches, { kind: 'lose-answer' });
      if (at !== position || fault === undefined) return client.rest(siteId, call);
      if (fault === 'refused') {
        await site.double.refuse();
        const outcome = await client.rest(siteId, call);
        await site.double.accept();
        return outcome;
      }
      if (typeof fault === 'object') {
        site.double.failNext(matches, fault, TRIES);
        return client.rest(siteId, call);
      }
      const outcome = await client.rest(siteId, call);
      if (outcome.kind === 'failure') return outcome;
      return fault === 'acts, then 500'
        ? { ...outcome, status: 500, body: null, error: { code: 'internal_server_error', message: 'There has been a critical error on this website.' } }
        : { kind: 'failure', code: 'not-wordpress', message: 'the answer is no JSON', wasSent: true };
    },
  };
}

/** What the request is told. */
function expectedOf(position: Position, words: string): string {
  if (position === 'the read-back') return 'OUTCOME_UNKNOWN';
  if (words.includes('401') || words.includes('403')) return 'FORBIDDEN';
  if (position === 'the reading call' || words === 'is refused') return 'SITE_UNREACHABLE';
  return words.startsWith('acts') || words === 'loses its answer' ? 'done' : 'OUTCOME_UNKNOWN';
}

async function receiptOf(outcome: WriteOutcome): Promise<{ state: string; code: string | null; hasInput: boolean }> {
  const [row] = await store.database.query<{ state: string; code: string | null; hasInput: boolean }>(
    'SELECT state, error_code AS code, input IS NOT NULL AS "hasInput" FROM write_receipt WHERE site_id = $1 AND id = $2::uuid', [site.siteId, outcome.record?.id ?? '']);
  if (!row) throw new Error('there is no such receipt');
  return row;
}

for (const { name, operation, prepare } of SUBJECTS) {
  for (const position of POSITIONS) {
    describe(`${name}, when ${position}`, () => {
      for (const [words, fault] of Object.entries(FAULTS)) {
        it(`${words}, is applied once at most, never told as done when it is not, and settled by one pass`, async () => {
          const { route, input, wanted, onSite, inGraph } = await prepare();
          const from = site.double.calls.length;
          const acted = () => site.double.calls.slice(from).filter((call) => call.method === 'POST' && call.route === route && call.status === 200);
          // A client of its own: what failed in another case does not make this one rest.
          const client = createSiteClient({ store, log: site.desk.log, allowPrivateOrigins: true });
          const idempotencyKey = `fault-${(keys += 1)}`;
          const outcome = await runWrite({ ...site.desk, client: faulty(client, route, position, fault) }, {
            operation, siteId: site.siteId, accountId: ACCOUNT, as: AS, actor: ACTOR, idempotencyKey, asked: { idempotencyKey }, input: input as never, targets: [],
            mayQueue: false, deadlineMs: Date.now() + REQUEST_MS,
          });
          await client.close();
          site.double.state.faults.clear();

          expect(acted().length).toBeLessThanOrEqual(1);
          const told = outcome.error?.code ?? 'done';
          expect(told).toBe(expectedOf(position, words));
          if (told === 'done') expect([onSite(), await inGraph()]).toEqual([wanted, wanted]);
          else if (told !== 'OUTCOME_UNKNOWN') expect(onSite()).toBe('Before');

          const settler = createSiteClient({ store, log: site.desk.log, allowPrivateOrigins: true });
          await settleOpenWrites({ ...site.desk, client: settler, clock: () => Date.now() + LATER_MS }, site.siteId);
          await settler.close();
          const receipt = await receiptOf(outcome);
          expect(receipt).toMatchObject(onSite() === wanted ? { state: 'APPLIED', code: null } : { state: 'REJECTED' });
          expect(receipt.hasInput && receipt.state === 'APPLIED').toBe(false);
          expect(await inGraph()).toBe(onSite());
          expect(acted().length).toBeLessThanOrEqual(1);
        });
      }
    });
  }
}
