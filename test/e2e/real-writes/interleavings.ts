// Two editors with the graph and an administrator in the site's own REST API, in random order, on one real WordPress.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSiteId } from '../../../core/ids.js';
import { FIRST, playInterleaving, STEPS, UPDATE_FIELDS, type Place, type Shown } from '../../testkit/interleavings.js';
import * as said from '../../testkit/real-wordpress/said.js';
import type { SaidRow } from '../../testkit/real-wordpress/site-answers.js';
import type { Scene } from './scene.js';

const RUNS = 20;
/** The same steps each time: what fails here is to be seen again. */
const SEED = 20_261_124;
const WHO = ['editor', 'administrator'] as const;
const LINES = `query($site: ID!) { site(id: $site) { auditLog(first: 1) { nodes { event } } } }`;

export function describeInterleavings(open: () => Scene): void {
  describe('two editors and the real site', () => {
    it(`lose no update unreported in ${RUNS} random interleavings, and merge as the reference does`, { timeout: 900_000 }, async () => {
      const seen = { saved: 0, conflicts: 0, merged: 0, overwritten: 0 };
      await fc.assert(fc.asyncProperty(STEPS, async (steps) => playInterleaving(await place(open()), steps, seen)), { numRuns: RUNS, seed: SEED, endOnFailure: true });
      console.log(`${RUNS} interleavings on a real WordPress: ${JSON.stringify(seen)}`);
      for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
    });
  });
}

async function place(scene: Scene): Promise<Place> {
  const { site } = scene.people.administrator;
  const fields = { title: FIRST.title, rawContent: FIRST.lines.join('\n'), status: 'PUBLISHED' };
  const made = await scene.mutate('administrator', 'contentCreate', 'content { ... on Post { id localId } } userErrors { code }', { siteId: encodeSiteId(scene.siteId), fields });
  expect(made['userErrors']).toEqual([]);
  const { id, localId } = made['content'] as unknown as { readonly id: string; readonly localId: number };
  return {
    id,
    async sync() {
      await scene.poll();
    },
    async onSite() {
      const row = await site.read<SaidRow>(`wp/v2/posts/${localId}`, { context: 'edit' });
      return { title: String(said.raw(row['title'])), lines: String(said.raw(row['content'])).split('\n') };
    },
    async editOnSite({ title, lines }) {
      await site.change('POST', `wp/v2/posts/${localId}`, { title, content: lines.join('\n') });
    },
    look: async (who) => (await scene.ask(WHO[who], 'query($id: ID!) { node(id: $id) { ... on Post { version title rawContent } } }', { id }))['node'] as unknown as Shown,
    save: (who, input) => scene.mutate(WHO[who], 'contentUpdate', UPDATE_FIELDS, input),
    async lastEvent() {
      const data = (await scene.ask('administrator', LINES, { site: encodeSiteId(scene.siteId) })) as unknown as { readonly site: { readonly auditLog: { readonly nodes: readonly { readonly event: string }[] } } };
      return data.site.auditLog.nodes[0]?.event;
    },
  };
}
