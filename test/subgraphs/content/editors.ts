// People who write to a connected double through the content subgraph, and what they look at afterwards.
import { expect } from 'vitest';
import { encodeGlobalId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import type { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { ask, person } from '../../testkit/ask.js';
import type { ConnectedSite } from '../../testkit/connected-site.js';
import type { Loose } from './kit.js';

export interface FreshPost {
  readonly localId: number;
  readonly id: string;
  readonly version: string;
}

export interface AuditLine {
  readonly event: string;
  readonly via: string | null;
  readonly userId: number | null;
  readonly summary: string;
  readonly [column: string]: unknown;
}

export interface Editors {
  key(): string;
  /** Runs a mutation with one input as a user of the site; a key is made where none is given. */
  write(userId: number, name: string, text: string, input: Record<string, unknown>): Promise<Loose>;
  read(userId: number, text: string): Promise<Record<string, Loose>>;
  /** A post that the site has and that is synced. */
  freshPost(more?: Partial<{ title: string; content: string; author: number; status: string; type: string }>): Promise<FreshPost>;
  /** Audit lines since it was asked last. */
  auditSince(): Promise<AuditLine[]>;
  lastReceiptState(): Promise<string | undefined>;
}

export function createEditors(store: Store, site: ConnectedSite, subgraph: ReturnType<typeof createContentSubgraph>): Editors {
  let keys = 0;
  let told = 0;
  const as = (userId: number) => person([{ siteId: site.siteId, userId }], '00000000-0000-4000-8000-00000000000' + String(userId));
  const editors: Editors = {
    key: () => `key-${(keys += 1)}`,
    async write(userId, name, text, input) {
      const { data, errors } = await ask<Loose>(subgraph, as(userId), text, { input: { idempotencyKey: editors.key(), ...input } });
      expect(errors).toEqual([]);
      return data[name] as Loose;
    },
    async read(userId, text) {
      const { data, errors } = await ask<Loose>(subgraph, as(userId), text);
      expect(errors).toEqual([]);
      return data as unknown as Record<string, Loose>;
    },
    async freshPost(more = {}) {
      const row = site.double.edit.savePost({
        post_title: more.title ?? 'A chart', post_content: more.content ?? 'one\ntwo\nthree', post_author: more.author ?? 1, post_status: more.status ?? 'publish', post_type: more.type ?? 'post',
      });
      await site.sync();
      await editors.auditSince();
      const type = more.type === 'page' ? 'Page' : 'Post';
      const id = encodeGlobalId(site.siteId, type, row.ID);
      const [stored] = await store.database.query<{ version: string }>('SELECT version FROM post WHERE site_id = $1 AND id = $2', [site.siteId, row.ID]);
      return { localId: row.ID, id, version: stored?.version ?? '' };
    },
    async auditSince() {
      const lines = await store.database.query<AuditLine & { sequence: number }>(
        `SELECT sequence, event, actor_via AS via, actor_user_id AS "userId", summary FROM audit_event WHERE site_id = $1 AND sequence > $2 ORDER BY sequence`, [site.siteId, told]);
      told = lines.at(-1)?.sequence ?? told;
      return lines;
    },
    async lastReceiptState() {
      const [row] = await store.database.query<{ state: string }>('SELECT state FROM write_receipt WHERE site_id = $1 ORDER BY accepted_at DESC LIMIT 1', [site.siteId]);
      return row?.state;
    },
  };
  return editors;
}
