// Two editors with the graph and a third hand on the site itself, in random order; on a real WordPress: test/e2e/real-writes/.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { startConnectedSite, type ConnectedSite } from '../../testkit/connected-site.js';
import { FIRST, playInterleaving, STEPS, UPDATE_FIELDS, type Place, type Shown } from '../../testkit/interleavings.js';
import { openTestStore } from '../../testkit/store.js';
import { createEditors, type Editors } from './editors.js';

const RUNS = 200;
const UPDATE = `mutation($input: ContentUpdateInput!) { contentUpdate(input: $input) { ${UPDATE_FIELDS} } }`;

let store: Store;
let site: ConnectedSite;
let editors: Editors;

beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store);
  editors = createEditors(store, site, createContentSubgraph(store, site.desk));
});
afterAll(() => site.close());

describe('two editors and the site', () => {
  it(`lose no update unreported in ${RUNS} random interleavings, and merge as the reference does`, { timeout: 600_000 }, async () => {
    const seen = { saved: 0, conflicts: 0, merged: 0, overwritten: 0 };
    await fc.assert(fc.asyncProperty(STEPS, async (steps) => playInterleaving(await place(), steps, seen)), { numRuns: RUNS, endOnFailure: true });
    // The property says nothing unless all of it happened.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
  });
});

async function place(): Promise<Place> {
  const row = site.double.edit.savePost({ post_title: FIRST.title, post_content: FIRST.lines.join('\n'), post_author: 1 });
  await site.sync();
  const id = encodeGlobalId(site.siteId, 'Post', row.ID);
  return {
    id, sync: () => site.sync(),
    async onSite() {
      const now = site.double.tables.posts.get(row.ID);
      return { title: now?.post_title ?? '', lines: (now?.post_content ?? '').split('\n') };
    },
    async editOnSite({ title, lines }) {
      site.double.edit.savePost({ ID: row.ID, post_title: title, post_content: lines.join('\n') }, 3);
    },
    async look(who) {
      const data = await editors.read(who + 1, `{ _entities(representations: [{ __typename: "Post", id: "${id}" }]) { ... on Post { version title rawContent } } }`);
      return data['_entities']?.[0] as unknown as Shown;
    },
    save: (who, input) => editors.write(who + 1, 'contentUpdate', UPDATE, input),
    lastEvent: async () => (await editors.auditSince()).at(-1)?.event,
  };
}
