// A site with menus and the graph over it, as the tests of saving menus use them: trees as texts, what the site has, what the graph says.
import { expect } from 'vitest';
import { encodeGlobalId, encodeSiteId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { createSiteClient } from '../../../origin/site-client.js';
import { ask, person } from '../../testkit/ask.js';
import { startConnectedSite, type ConnectedSite } from '../../testkit/connected-site.js';
import type { Loose } from './kit.js';

export const SAVE = `mutation($input: MenuSaveInput!) { menuSave(input: $input) {
  menu { id localId name version locations items { id label url parentId order target classes } } conflict { current { version items { label } } changedBy { id } changedAt }
  write { id state } userErrors { code message field retryable } } }`;
const READ = `query($id: ID!) { site(id: $id) { menus { id localId name version locations items { id label url parentId order target classes } } } }`;

export interface ItemInput {
  readonly key: string;
  readonly id?: string;
  readonly parentKey?: string;
  readonly label?: string | null;
  readonly url?: string;
  readonly objectId?: string;
  readonly target?: string | null;
  readonly classes?: readonly string[];
}

export async function startMenuSite(store: Store) {
  const site: ConnectedSite = await startConnectedSite(store);
  let subgraph = createContentSubgraph(store, site.desk);
  let client = site.client;
  let deadlineMs = 60_000;
  let keys = 0;
  const key = (): string => `menu-key-${(keys += 1)}`;
  const siteId = encodeSiteId(site.siteId);
  const as = (userId: number) => person([{ siteId: site.siteId, userId }], `00000000-0000-4000-8000-00000000000${userId}`);

  async function mutate(userId: number, document: string, name: string, variables: Record<string, unknown>): Promise<Loose> {
    const { data, errors } = await ask<Loose>(subgraph, as(userId), document, variables, deadlineMs);
    expect(errors).toEqual([]);
    return data[name] as Loose;
  }

  async function menus(userId = 1): Promise<Loose[]> {
    const { data, errors } = await ask<Loose>(subgraph, as(userId), READ, { id: siteId });
    expect(errors).toEqual([]);
    return (data['site'] as Loose)['menus'] as unknown as Loose[];
  }

  /** The published items as "label<depth dashes>", in the order in which a theme shows them. */
  function onSite(menuId: number): string[] {
    const { tables } = site.double;
    const meta = (id: number, name: string) => tables.postmeta.ownedBy(id).find((row) => row.key === `_menu_item_${name}`)?.value;
    const term = tables.terms.all().find((row) => row.term_id === menuId);
    const rows = tables.relations.all().filter((row) => row.term_taxonomy_id === term?.term_taxonomy_id).flatMap((row) => tables.posts.get(row.object_id) ?? []);
    return rows.filter((row) => row.post_status === 'publish').sort((a, b) => a.menu_order - b.menu_order || a.ID - b.ID)
      .map((row) => `${row.ID} ${row.post_title} <${Number(meta(row.ID, 'menu_item_parent') ?? 0)} ${String(meta(row.ID, 'url'))} ${row.post_content}`);
  }

  /** Every row of a menu, drafts too. */
  function rowsOnSite(menuId: number): number {
    const { tables } = site.double;
    const term = tables.terms.all().find((row) => row.term_id === menuId);
    return tables.relations.all().filter((row) => row.term_taxonomy_id === term?.term_taxonomy_id).length;
  }

  const save = (userId: number, input: Record<string, unknown>): Promise<Loose> => mutate(userId, SAVE, 'menuSave', { input: { siteId, idempotencyKey: key(), ...input } });
  const read = async (localId: number): Promise<Loose> => (await menus()).find((menu) => Number(menu['localId']) === localId) as Loose;
  /** As in another process: nothing is known of how calls to the site ended. */
  async function renew(requestMs = 60_000): Promise<void> {
    if (client !== site.client) await client.close();
    client = createSiteClient({ store, log: site.desk.log, allowPrivateOrigins: true });
    subgraph = createContentSubgraph(store, { ...site.desk, client });
    deadlineMs = requestMs;
  }
  async function close(): Promise<void> {
    if (client !== site.client) await client.close();
    await site.close();
  }
  return { site, siteId, as, renew, close, key, mutate, menus, save, read, onSite, rowsOnSite, post: (id: number) => encodeGlobalId(site.siteId, 'Post', id) };
}

export type MenuSite = Awaited<ReturnType<typeof startMenuSite>>;

export const link = (label: string, more: Partial<ItemInput> = {}): ItemInput => ({ key: label, label, url: `https://links.example/${label.toLowerCase()}`, ...more });
