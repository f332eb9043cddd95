// The recorded site as the input of its policy: reads what the site synced, without the server, so that the rules are
// tested on their own. Later events overwrite earlier ones, as on the server.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { decodeCapabilityMap, decodePostTypes, decodeRoles, decodeTaxonomies, isTruthy } from '../../auth/capabilities/decode.js';
import type { PostPolicyInput, SitePolicyInput, UserPolicyInput } from '../../auth/capabilities/input.js';

type Fields = Readonly<Record<string, unknown>>;
type Answers = {
  readonly primitive: Readonly<Record<string, Readonly<Record<string, boolean>>>>;
  readonly posts: Readonly<Record<string, { type: string; status: string; author: number; may: Readonly<Record<string, string[]>> }>>;
  readonly comments: Readonly<Record<string, Readonly<Record<string, boolean>>>>;
  readonly terms: Readonly<Record<string, Readonly<Record<string, string[]>>>>;
  readonly userOps: Readonly<Record<string, Readonly<Record<string, string[]>>>>;
};

export interface RecordedSite {
  readonly policy: SitePolicyInput;
  readonly users: ReadonlyMap<number, UserPolicyInput>;
  readonly posts: ReadonlyMap<number, PostPolicyInput>;
  /** Comment id → post id. */
  readonly comments: ReadonlyMap<number, number>;
  readonly answers: Answers;
}

const folder = new URL('../fixtures/harbor-lane-books/', import.meta.url);

/** Reads the recording of a site that tests use. */
export function readRecordedSite(): RecordedSite {
  const callables: Record<string, unknown> = {};
  const constants: Record<string, unknown> = {};
  const options: Record<string, unknown> = {};
  const users = new Map<number, UserPolicyInput>();
  const rows = new Map<number, Fields>();
  const trashedFrom = new Map<number, string>();
  const comments = new Map<number, number>();
  const putUser = (value: unknown): void => {
    const user = fieldsOf(value);
    if (typeof user['ID'] !== 'number' || !Array.isArray(user['roles'])) return;
    users.set(user['ID'], { id: user['ID'], roles: user['roles'].map(String), caps: decodeCapabilityMap(user['caps']) });
  };
  for (const [action, args] of actionsOf(['1-incremental', '2-full-sync'])) {
    const list = Array.isArray(args) ? args : [];
    const first = fieldsOf(list[0] ?? args);
    switch (action) {
      case 'jetpack_sync_callable':
        callables[String(list[0])] = list[1];
        break;
      case 'jetpack_sync_constant':
        constants[String(list[0])] = list[1];
        break;
      case 'jetpack_full_sync_callables':
        Object.assign(callables, first);
        break;
      case 'jetpack_full_sync_constants':
        Object.assign(constants, first);
        break;
      case 'jetpack_full_sync_options':
        Object.assign(options, first);
        break;
      case 'jetpack_sync_register_user':
      case 'jetpack_sync_save_user':
        putUser(list[0]);
        break;
      case 'jetpack_full_sync_users':
        for (const user of listOf(first['users'] ?? args)) putUser(user);
        break;
      case 'jetpack_sync_save_post': {
        const post = fieldsOf(list[1]);
        rows.set(Number(list[0]), post);
        const before = fieldsOf(list[3])['previous_status'];
        if (post['post_status'] === 'trash' && typeof before === 'string' && before !== 'trash') trashedFrom.set(Number(list[0]), before);
        break;
      }
      case 'jetpack_full_sync_posts':
        for (const post of listOf(list[0] ?? first['0'])) rows.set(Number(fieldsOf(post)['ID']), fieldsOf(post));
        break;
      case 'jetpack_sync_save_add_attachment':
      case 'jetpack_sync_save_update_attachment':
        rows.set(Number(list[0]), fieldsOf(list[1]));
        break;
      case 'wp_insert_comment':
        comments.set(Number(list[0]), Number(fieldsOf(list[1])['comment_post_ID']));
        break;
      case 'jetpack_full_sync_comments':
        for (const comment of listOf(list[0])) comments.set(Number(fieldsOf(comment)['comment_ID']), Number(fieldsOf(comment)['comment_post_ID']));
        break;
    }
  }
  const posts = new Map<number, PostPolicyInput>();
  const toPost = (id: number, depth: number): PostPolicyInput | null => {
    const row = rows.get(id);
    if (!row) return null;
    const parentId = Number(row['post_parent'] ?? 0);
    return {
      id,
      type: String(row['post_type']),
      status: String(row['post_status']),
      authorId: Number(row['post_author']),
      parent: parentId > 0 && depth < 3 ? toPost(parentId, depth + 1) : null,
      trashedFrom: trashedFrom.get(id) ?? null,
    };
  };
  for (const id of rows.keys()) {
    const post = toPost(id, 0);
    if (post) posts.set(id, post);
  }
  return {
    policy: {
      roles: decodeRoles(callables['roles']),
      postTypes: decodePostTypes(callables['post_types']),
      taxonomies: decodeTaxonomies(callables['taxonomies']),
      options,
      constants,
      multisite: isTruthy(callables['is_multi_site']),
      fileSystemWritable: isTruthy(callables['has_file_system_write_access']),
    },
    users,
    posts,
    comments,
    answers: JSON.parse(readFileSync(fileURLToPath(new URL('site-answers/capabilities.json', folder)), 'utf8')) as Answers,
  };
}

function* actionsOf(files: readonly string[]): Generator<[string, unknown]> {
  for (const file of files) {
    const lines = gunzipSync(readFileSync(fileURLToPath(new URL(`${file}.ndjson.gz`, folder)))).toString('utf8').split('\n');
    for (const line of lines.filter((text) => text !== '')) {
      const { body } = JSON.parse(line) as { body: string };
      for (const items of body.split('\n').filter((text) => text !== '')) {
        for (const item of Object.values(JSON.parse(items) as Record<string, string>)) {
          const [action, args] = JSON.parse(inflateRawSync(Buffer.from(item, 'base64')).toString('utf8')) as [string, unknown];
          yield [action, args];
        }
      }
    }
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : Object.values(fieldsOf(value));
}
