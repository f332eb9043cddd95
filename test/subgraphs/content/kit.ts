// Asks the content subgraph in process, as viewers of every kind, and keeps the statements of each request.
import type { Viewer } from '../../../auth/viewer.js';
import { encodeGlobalId, type NodeType, type SiteId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { ask, person } from '../../testkit/ask.js';
import { countStatements } from '../../testkit/statements.js';

export const ANONYMOUS: Viewer = { kind: 'anonymous' };

export const personOn = (siteId: SiteId, userId: number, scopes?: readonly string[]): Viewer => person([{ siteId, userId }], undefined, scopes);

/** JSON of a shape that the test knows from its own selection. */
export type Loose = { readonly [key: string]: Loose } & readonly Loose[] & { readonly length: number };

export interface Answer {
  readonly data: Loose;
  readonly codes: readonly unknown[];
  readonly messages: readonly string[];
  readonly statements: readonly string[];
}

/** A runner over one store; each run is a request of its own. */
export function createRunner(store: Store) {
  const counted = countStatements(store);
  const subgraph = createContentSubgraph(counted.store);
  const run = async (viewer: Viewer, source: string, variables: Record<string, unknown> = {}): Promise<Answer> => {
    const before = counted.statements.length;
    const { data, errors } = await ask<Loose>(subgraph, viewer, source, variables);
    return {
      data,
      codes: errors.map((error) => error.extensions['code'] ?? error.message),
      messages: errors.map((error) => error.message),
      statements: counted.statements.slice(before).map((statement) => statement.text),
    };
  };
  /** Resolves one reference as the gateway does; `node` is null when it is not shown. */
  const entity = async (viewer: Viewer, type: NodeType, siteId: SiteId, localId: number, selection: string): Promise<Answer & { readonly node: Loose }> => {
    const refs = [{ __typename: type, id: encodeGlobalId(siteId, type, localId) }];
    const answer = await run(viewer, `query($refs: [_Any!]!) { _entities(representations: $refs) { ... on ${type} { ${selection} } } }`, { refs });
    return { ...answer, node: (answer.data?.['_entities']?.[0] ?? null) as Loose };
  };
  return { run, entity };
}

/** A row to insert as sync would have left it; what is not given is that of a published post. */
export interface PlantedPost {
  readonly id: number;
  readonly type?: string;
  readonly status?: string;
  readonly title?: string;
  readonly content?: string;
  readonly authorId?: number;
  readonly parentId?: number;
  readonly protected?: boolean;
  readonly slug?: string;
  readonly modified?: string | null;
  readonly published?: string | null;
  readonly menuOrder?: number;
  readonly permalink?: string;
}

export async function plantPosts(store: Store, siteId: SiteId, posts: readonly PlantedPost[]): Promise<void> {
  await store.database.query(
    `INSERT INTO post (site_id, id, type, status, title, content, excerpt, author_id, parent_id, password_protected, slug, modified_gmt, date_gmt, menu_order,
       comment_status, permalink, version, alive, rev)
     SELECT $1, p.id, coalesce(p.type, 'post'), coalesce(p.status, 'publish'), coalesce(p.title, 'Planted'), coalesce(p.content, ''), '', coalesce(p."authorId", 1),
       coalesce(p."parentId", 0), coalesce(p.protected, false), coalesce(p.slug, ''), p.modified, p.published, coalesce(p."menuOrder", 0), 'open', p.permalink, 'v', true, 1
     FROM jsonb_to_recordset($2::jsonb) AS p (id bigint, type text, status text, title text, content text, "authorId" bigint, "parentId" bigint, protected boolean,
       slug text, modified timestamptz, published timestamptz, "menuOrder" int, permalink text)`,
    [siteId, JSON.stringify(posts.map((post) => ({ modified: '2026-01-01T00:00:00Z', published: '2026-01-01T00:00:00Z', ...post })))],
  );
}

export interface PlantedComment {
  readonly id: number;
  readonly postId: number;
  readonly status?: string;
  readonly parentId?: number;
  readonly userId?: number;
  readonly type?: string;
}

export async function plantComments(store: Store, siteId: SiteId, comments: readonly PlantedComment[]): Promise<void> {
  await store.database.query(
    `INSERT INTO comment (site_id, id, post_id, parent_id, type, date_gmt, user_id, author_name, author_email, content, status, version, alive, rev)
     SELECT $1, c.id, c."postId", coalesce(c."parentId", 0), coalesce(c.type, 'comment'), '2026-01-01T00:00:00Z', coalesce(c."userId", 0), 'Ann &amp; Bob',
       'ann@example.org', 'Text', coalesce(c.status, '1'), 'v', true, 1
     FROM jsonb_to_recordset($2::jsonb) AS c (id bigint, "postId" bigint, "parentId" bigint, type text, "userId" bigint, status text)`,
    [siteId, JSON.stringify(comments)],
  );
}

export async function plantMeta(store: Store, siteId: SiteId, rows: readonly { readonly metaId: number; readonly postId: number; readonly key: string; readonly value: unknown }[]): Promise<void> {
  await store.database.query(
    `INSERT INTO post_meta (site_id, meta_id, post_id, meta_key, value, alive, rev)
     SELECT $1, m."metaId", m."postId", m.key, m.value, true, 1 FROM jsonb_to_recordset($2::jsonb) AS m ("metaId" bigint, "postId" bigint, key text, value jsonb)`,
    [siteId, JSON.stringify(rows)],
  );
}
