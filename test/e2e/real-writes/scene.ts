// A real WordPress with a person of each default role, all with application passwords of their own, and the graph over it through the HTTP
// gateway. Made once and used by every suite that writes to the real site.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createLog } from '../../../core/log.js';
import { registerPreviews } from '../../../gateway/previews.js';
import { registerUploads } from '../../../gateway/uploads.js';
import { createPreviews } from '../../../origin/preview.js';
import { openUploadDesk, type UploadDesk } from '../../../origin/uploads/upload-desk.js';
import { createAccount } from '../../../store/accounts.js';
import type { SiteId } from '../../../core/ids.js';
import type { SiteClient } from '../../../origin/site-calls.js';
import type { Store } from '../../../store/store.js';
import { linkRestPerson } from '../../../sync/import/connect.js';
import type { ImportEnd } from '../../../sync/import/import.js';
import { OPERATOR, person } from '../../testkit/ask.js';
import { startGraph, type TestGraph } from '../../testkit/graph.js';
import type { RealWordpress } from '../../testkit/real-wordpress/real-wordpress.js';
import { SiteAsker } from '../../testkit/real-wordpress/site-answers.js';

export const ROLES = ['administrator', 'editor', 'author', 'contributor', 'subscriber'] as const;
export type Role = (typeof ROLES)[number];

/** What the suites are given. */
export interface Setting {
  readonly wordpress: RealWordpress;
  readonly store: Store;
  readonly client: SiteClient;
  readonly siteId: SiteId;
  readonly poll: () => Promise<ImportEnd>;
}

export interface Person {
  readonly role: Role;
  readonly userId: number;
  readonly login: string;
  readonly password: string;
  /** The site asked by the person's own hand. */
  readonly site: SiteAsker;
}

export type Json = { readonly [key: string]: Json } & readonly Json[] & { readonly length: number };

export interface Scene extends Setting {
  readonly people: Readonly<Record<Role, Person>>;
  readonly graph: TestGraph;
  readonly uploads: UploadDesk;
  key(): string;
  /** Asks the graph as one of a role; throws for errors. */
  ask(who: Role | 'operator', query: string, variables?: Record<string, unknown>): Promise<Record<string, Json>>;
  /** Runs a mutation as one of a role; its userErrors come with the payload. */
  mutate(who: Role | 'operator', name: string, selection: string, input: Record<string, unknown>): Promise<Json>;
  close(): Promise<void>;
}

/** Input types by mutation; those that are not here take single arguments. */
const INPUTS: Readonly<Record<string, string>> = {
  contentCreate: 'ContentCreateInput', contentUpdate: 'ContentUpdateInput', contentAutosave: 'ContentUpdateInput', contentTrash: 'ContentActionInput', contentRestore: 'ContentActionInput',
  contentDelete: 'ContentActionInput', commentModerate: 'CommentModerateInput', commentReply: 'CommentReplyInput', termSave: 'TermSaveInput', termDelete: 'TermDeleteInput', menuSave: 'MenuSaveInput',
  siteSettingsUpdate: 'SiteSettingsUpdateInput', mediaUploadCreate: 'MediaUploadInput', contentRestoreRevision: 'RevisionRestoreInput', userInvite: 'UserInviteInput', userUpdate: 'UserUpdateInput', userRemove: 'UserRemoveInput',
};
const ARGUMENTS: Readonly<Record<string, readonly [string, string]>> = {
  menuAssign: ['$siteId: ID!, $location: String!, $menuId: ID, $idempotencyKey: ID!', 'siteId: $siteId, location: $location, menuId: $menuId, idempotencyKey: $idempotencyKey'],
  menuDelete: ['$id: ID!, $expectedVersion: Version, $idempotencyKey: ID!', 'id: $id, expectedVersion: $expectedVersion, idempotencyKey: $idempotencyKey'],
};

/** The document of a mutation and its variables. */
export function mutationOf(name: string, selection: string, input: Record<string, unknown>): { readonly query: string; readonly variables: Record<string, unknown> } {
  const [parameters, given] = ARGUMENTS[name] ?? [`$input: ${INPUTS[name] ?? ''}!`, 'input: $input'];
  return { query: `mutation(${parameters}) { ${name}(${given}) { ${selection} } }`, variables: name in ARGUMENTS ? input : { input } };
}

/** Makes the people and links them as `site link` does. */
export async function openScene(setting: Setting): Promise<Scene> {
  const { wordpress, store, client, siteId, poll } = setting;
  const made = JSON.parse(await wordpress.php(`$made = array(); foreach (array('${ROLES.join("','")}') as $role) {
    $id = wp_insert_user(array('user_login' => "w-$role", 'user_pass' => wp_generate_password(), 'user_email' => "w-$role@writers.example", 'display_name' => "Writing $role", 'role' => $role));
    list($password) = WP_Application_Passwords::create_new_application_password($id, array('name' => 'graph'));
    $made[$role] = array('userId' => $id, 'login' => "w-$role", 'password' => $password); }
    echo wp_json_encode($made);`)) as Record<Role, { userId: number; login: string; password: string }>;
  expect(await poll()).toMatchObject({ kind: 'done', warnings: [] });
  const people = {} as Record<Role, Person>;
  const viewers: Record<string, ReturnType<typeof person> | typeof OPERATOR> = { operator: OPERATOR };
  for (const role of ROLES) {
    const one = made[role];
    const account = await createAccount(store, { kind: 'person', login: `${one.login}-${siteId}`, passwordHash: 'none' });
    expect(await linkRestPerson({ store, client }, siteId, { login: one.login, applicationPassword: one.password, accountId: account.id })).toEqual({ userId: one.userId, login: one.login });
    people[role] = { role, ...one, site: new SiteAsker(wordpress.url, one.login, one.password) };
    viewers[role] = person([{ siteId, userId: one.userId }], account.id);
  }
  const folder = mkdtempSync(join(tmpdir(), 'real-uploads-'));
  const log = createLog('silent');
  const uploads = await openUploadDesk({ store, client, log }, folder);
  const graph = await startGraph(store, 'in-process', viewers, client, {
    async register(fastify) {
      registerPreviews(fastify, createPreviews(store.secrets, client));
      await registerUploads(fastify, { desk: uploads, log, maxBytes: 64 * 1024 * 1024 });
    },
  });
  let keys = 0;
  const key = (): string => `real-${(keys += 1)}`;
  const ask = async (who: Role | 'operator', query: string, variables: Record<string, unknown> = {}): Promise<Record<string, Json>> => {
    const { data, codes } = await graph.ask(query, variables, who);
    expect(codes, query).toEqual([]);
    return data as unknown as Record<string, Json>;
  };
  return {
    ...setting, people, graph, uploads, key, ask,
    async mutate(who, name, selection, input) {
      const { query, variables } = mutationOf(name, selection, { idempotencyKey: key(), ...input });
      return (await ask(who, query, variables))[name] as Json;
    },
    async close() {
      await graph.close();
      await uploads.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
