// After a write: the site's own answer for the row, the graph's answer and the newest line of the audit log, held against each other.
import { expect } from 'vitest';
import { encodeGlobalId, encodeSiteId, type NodeType } from '../../../core/ids.js';
import * as said from '../../testkit/real-wordpress/said.js';
import type { SaidRow } from '../../testkit/real-wordpress/site-answers.js';
import type { Json, Role, Scene } from './scene.js';

export interface Place {
  readonly kind: 'post' | 'page' | 'book' | 'comment' | 'term' | 'user';
  readonly type: NodeType;
  readonly route: string;
}

export const PLACES = {
  post: { kind: 'post', type: 'Post', route: 'wp/v2/posts' },
  page: { kind: 'page', type: 'Page', route: 'wp/v2/pages' },
  book: { kind: 'book', type: 'CustomContent', route: 'wp/v2/books' },
  comment: { kind: 'comment', type: 'Comment', route: 'wp/v2/comments' },
  user: { kind: 'user', type: 'User', route: 'wp/v2/users' },
} as const satisfies Record<string, Place>;

export interface AuditLine {
  readonly event: string;
  readonly summary: string;
  readonly actor: { readonly kind: string; readonly via: string | null; readonly user: { readonly localId: number } | null };
  readonly object: { readonly nodeId: string | null; readonly label: string };
  readonly fieldChanges: readonly { readonly field: string; readonly before: unknown; readonly after: unknown; readonly redacted: boolean }[];
}

export interface Agreement {
  /** Rows that both were asked for, fields that were compared and audit lines that were looked at. */
  readonly counts: { rows: number; fields: number; lines: number };
  /** Forgets audit lines that nobody asked for. */
  begin(): Promise<void>;
  /** The site's row and the graph's node agree; returns the site's. */
  row(place: Place, localId: number, siteLocalId?: number): Promise<SaidRow>;
  /** Neither has it any more. */
  gone(place: Place, localId: number, siteLocalId?: number): Promise<void>;
  /** The lines of the audit log since it was asked last, oldest first; all by this person through the graph. */
  audit(who: Role, ...events: readonly string[]): Promise<AuditLine[]>;
}

const AUDIT = `query($site: ID!, $first: Int!) { site(id: $site) { auditLog(first: $first) { chainVerified nodes { sequence event summary actor { kind via user { localId } } object { nodeId label }
  fieldChanges { field before after redacted } } } } }`;

export async function openAgreement(scene: Scene): Promise<Agreement> {
  const { siteId, people } = scene;
  const keeper = people.administrator;
  const counts = { rows: 0, fields: 0, lines: 0 };
  const newest = async (first: number): Promise<(AuditLine & { sequence: string })[]> => {
    const log = (await scene.ask('administrator', AUDIT, { site: encodeSiteId(siteId), first }))['site']?.['auditLog'] as unknown as { chainVerified: boolean; nodes: (AuditLine & { sequence: string })[] };
    expect(log.chainVerified).toBe(true);
    return log.nodes;
  };
  let told = 0;
  const node = async ({ kind, type }: Place, localId: number): Promise<said.Loose | null> => {
    const id = encodeGlobalId(siteId, type, localId);
    return ((await scene.ask('administrator', `query($id: ID!) { node(id: $id) { ... on ${type} { ${said[kind].selection} } } }`, { id }))['node'] ?? null) as said.Loose | null;
  };
  return {
    counts,
    async begin() {
      told = Number((await newest(1))[0]?.sequence ?? 0);
    },
    async row(place, localId, siteLocalId = localId) {
      const [row, shown] = await Promise.all([keeper.site.read<SaidRow>(`${place.route}/${siteLocalId}`, { context: 'edit' }), node(place, localId)]);
      const { compared, differences } = said.differencesOf(`${place.kind} ${localId}`, shown === null ? undefined : said[place.kind].shown(shown), said[place.kind].said(row, siteId));
      expect(differences).toEqual([]);
      counts.rows += 1;
      counts.fields += compared;
      return row;
    },
    async gone(place, localId, siteLocalId = localId) {
      expect((await keeper.site.send('GET', `${place.route}/${siteLocalId}`, { context: 'edit' })).status, `${place.route}/${siteLocalId}`).toBe(404);
      expect(await node(place, localId)).toBeNull();
      counts.rows += 1;
    },
    async audit(who, ...events) {
      const lines = (await newest(Math.min(100, events.length + 5))).filter((line) => Number(line.sequence) > told).reverse();
      expect(lines.map(({ event }) => event).sort()).toEqual([...events].sort());
      for (const { actor } of lines) expect(actor).toEqual({ kind: 'USER', via: 'graph', user: { localId: people[who].userId } });
      told = Number(lines.at(-1)?.sequence ?? told);
      counts.lines += lines.length;
      return lines;
    },
  };
}

/** What a line says of a field. */
export function changeOf(line: AuditLine | undefined, field: string): readonly [unknown, unknown] | null {
  const change = line?.fieldChanges.find((one) => one.field === field);
  return change ? [change.before, change.after] : null;
}

/** Receipt and errors of a write that came about. */
export function expectDone(payload: Json): void {
  expect(payload['userErrors']).toEqual([]);
  expect(payload['write']?.['state']).toBe('APPLIED');
}
