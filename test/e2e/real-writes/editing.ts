// What surrounds saving, on a real WordPress: files sent whole and resumably, who is editing, what was typed before, restored, and links
// that show a draft. After each the site's own answer, the graph's and the audit log agree.
import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { Upload } from 'tus-js-client';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeGlobalId, encodeSiteId } from '../../../core/ids.js';
import * as said from '../../testkit/real-wordpress/said.js';
import type { SaidRow } from '../../testkit/real-wordpress/site-answers.js';
import { expectDone, openAgreement, PLACES, type Agreement } from './agreement.js';
import type { Json, Role, Scene } from './scene.js';

const UPLOAD = 'upload { id state } uploadUrl userErrors { code message field }';
const SENT = `query($id: ID!) { mediaUpload(id: $id) { state write { state errorCode } userErrors { code message }
  media { localId title altText caption mimeType sourceUrl width author { localId } } } }`;
const LOCK = 'lock { user { localId } source } heldBy { localId } siteAsked userErrors { code }';
const SAVE = 'content { ... on Node { id } title version } conflict { changedFields } write { state } userErrors { code message field }';

/** The sum that ends each piece of a picture. */
function crc32(bytes: Buffer): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}

/** A picture of noise, which no check of the site takes for anything else; larger sides make more bytes. */
function png(side: number): Buffer {
  const chunk = (type: string, content: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.concat(Array.from({ length: side }, () => Buffer.concat([Buffer.from([0]), randomBytes(side * 3)])));
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

export function describeEditing(open: () => Scene): void {
  describe('around a save', () => {
    let scene: Scene;
    let agree: Agreement;
    beforeAll(async () => {
      scene = open();
      agree = await openAgreement(scene);
    });
    beforeEach(() => agree.begin());

    async function announce(who: Role, filename: string, body: Buffer, more: Record<string, unknown>): Promise<{ id: string; url: string }> {
      const payload = await scene.mutate(who, 'mediaUploadCreate', UPLOAD, { siteId: encodeSiteId(scene.siteId), filename, mimeType: 'image/png', bytes: body.length, ...more });
      expect(payload['userErrors']).toEqual([]);
      return { id: String(payload['upload']?.['id']), url: String(payload['uploadUrl']) };
    }

    /** The site has the very bytes, and says of the file what the graph says. */
    async function agreesOnFile(who: Role, id: string, body: Buffer): Promise<SaidRow> {
      await scene.uploads.drain();
      const upload = (await scene.ask(who, SENT, { id }))['mediaUpload'] as Json;
      expect(upload).toMatchObject({ state: 'DONE', write: { state: 'APPLIED', errorCode: null }, userErrors: [] });
      const media = upload['media'] as Json;
      const row = await scene.people.administrator.site.read<SaidRow & { source_url: string; media_details: { width: number } }>(`wp/v2/media/${Number(media['localId'])}`, { context: 'edit' });
      expect(media).toEqual({
        localId: row.id, title: said.raw(row['title']), altText: row['alt_text'], caption: said.raw(row['caption']), mimeType: row['mime_type'], sourceUrl: row.source_url, width: row.media_details.width,
        author: { localId: scene.people[who].userId },
      });
      expect(Buffer.from(await (await fetch(row.source_url)).arrayBuffer()).equals(body)).toBe(true);
      const [line] = await agree.audit(who, 'content.created');
      expect(line?.summary).toBe(`Uploaded media "${said.raw(row['title'])}"`);
      return row;
    }

    it('sends a file whole, to be attached to content', async () => {
      const body = png(40);
      const attachTo = scene.wordpress.ids['aside'] ?? 0;
      const { id, url } = await announce('editor', 'low tide.png', body, { title: 'Low “tide” & mud', altText: 'Mud', caption: 'Seen <em>twice</em>', attachTo: encodeGlobalId(scene.siteId, 'Post', attachTo) });
      expect((await fetch(url, { method: 'PUT', body: new Uint8Array(body) })).status).toBe(202);
      const row = await agreesOnFile('editor', id, body);
      expect([said.raw(row['title']), row['post'], row['slug']]).toEqual(['Low “tide” & mud', attachTo, 'low-tide-mud']);
    });

    it('sends a file in pieces by the tus protocol, as an author', async () => {
      const body = png(200);
      const { id, url } = await announce('author', 'pieces.png', body, { title: 'In pieces' });
      await new Promise<void>((resolve, reject) => new Upload(body, { uploadUrl: url, chunkSize: 40_000, retryDelays: null, onSuccess: () => resolve(), onError: reject }).start());
      await agreesOnFile('author', id, body);
    });

    it('tells why the site takes no file of a type, and leaves nothing there', async () => {
      const files = (await scene.people.administrator.site.all('wp/v2/media')).length;
      const { id, url } = await announce('author', 'page.php', Buffer.from('<?php'), { mimeType: 'text/plain' });
      await fetch(url, { method: 'PUT', body: '<?php' });
      await scene.uploads.drain();
      const upload = (await scene.ask('author', SENT, { id }))['mediaUpload'] as Json;
      expect(upload).toMatchObject({ state: 'FAILED', media: null, userErrors: [{ code: 'SITE_REJECTED' }] });
      expect(await scene.people.administrator.site.all('wp/v2/media')).toHaveLength(files);
      await agree.audit('author');
    });

    it('locks content for one person and lets another take over; the site, which is not asked without Jetpack, has no lock', async () => {
      const post = scene.wordpress.ids['aside'] ?? 0;
      const id = encodeGlobalId(scene.siteId, 'Post', post);
      const { administrator, editor } = scene.people;
      const lock = async (who: Role, name: 'contentLock' | 'contentUnlock', more = ''): Promise<Json> => (await scene.ask(who, `mutation($id: ID!) { ${name}(id: $id${more}) { ${LOCK} } }`, { id }))[name] as Json;
      expect(await lock('editor', 'contentLock')).toEqual({ lock: { user: { localId: editor.userId }, source: 'GRAPH' }, heldBy: null, siteAsked: false, userErrors: [] });
      expect(await lock('administrator', 'contentLock')).toMatchObject({ lock: { user: { localId: editor.userId } }, heldBy: { localId: editor.userId }, userErrors: [] });
      expect(await lock('administrator', 'contentLock', ', takeOver: true')).toMatchObject({ lock: { user: { localId: administrator.userId } }, heldBy: null });
      const seenBy = async (who: 'administrator' | 'editor') => (await scene.ask(who, 'query($id: ID!) { node(id: $id) { ... on Post { lock { user { localId } isOwn source } } } }', { id }))['node'];
      expect(await seenBy('administrator')).toEqual({ lock: { user: { localId: administrator.userId }, isOwn: true, source: 'GRAPH' } });
      // An editor may not see an administrator who published nothing, and is told of the lock all the same.
      expect(await seenBy('editor')).toEqual({ lock: { user: null, isOwn: false, source: 'GRAPH' } });
      expect(await lock('administrator', 'contentUnlock')).toMatchObject({ lock: null, heldBy: null });
      expect((await lock('subscriber', 'contentLock'))['userErrors']).toMatchObject([{ code: expect.stringMatching(/NOT_FOUND|FORBIDDEN/) as string }]);
      expect(await scene.wordpress.php(`echo wp_json_encode(get_post_meta(${post}, '_edit_lock', true));`)).toBe('""');
      await agree.audit('editor');
    });

    it('compares what was typed with what is published, restores it, and shows it by a link beforehand', async () => {
      const siteId = encodeSiteId(scene.siteId);
      const made = await scene.mutate('editor', 'contentCreate', SAVE, { siteId, fields: { title: 'Then', rawContent: '<p>one</p>\n<p>two</p>', status: 'PUBLISHED' } });
      expectDone(made);
      const id = String(made['content']?.['id']);
      const localId = Number(((await scene.ask('editor', 'query($id: ID!) { node(id: $id) { ... on Post { localId } } }', { id }))['node'] as Json)['localId']);
      await agree.audit('editor', 'content.created');
      // WordPress keeps an autosave only that is newer, to the second, than the content.
      await scene.wordpress.php(`global $wpdb; $wpdb->update($wpdb->posts, array('post_modified' => '2020-01-01 00:00:00', 'post_modified_gmt' => '2020-01-01 00:00:00'), array('ID' => ${localId})); clean_post_cache(${localId});`);
      expectDone(await scene.mutate('editor', 'contentAutosave', SAVE, { id, fields: { title: 'Now', rawContent: '<p>one</p>\n<p>2 &amp; a half</p><script>alert(1)</script>' } }));
      const opened = (await scene.ask('editor', `query($id: ID!) { node(id: $id) { ... on Post { version preview { url } autosave { id title diff { field op oldText newText } } } } }`, { id }))['node'] as Json;
      const changed = opened['autosave']?.['diff'] as unknown as readonly { readonly field: string }[];
      expect(new Set(changed.map(({ field }) => field))).toEqual(new Set(['title', 'content']));
      expect(JSON.stringify(changed)).toContain('<p>two</p>');

      const page = await fetch(String(opened['preview']?.['url']));
      const text = await page.text();
      expect([page.status, page.headers.get('content-security-policy')?.endsWith('sandbox')]).toEqual([200, true]);
      expect(text).toContain('2 &amp; a half');
      expect((await fetch(`${String(opened['preview']?.['url'])}x`)).status).toBe(404);

      const restored = await scene.mutate('editor', 'contentRestoreRevision', SAVE, { id: opened['autosave']?.['id'], expectedVersion: opened['version'], onConflict: 'OVERWRITE' });
      expectDone(restored);
      const row = await agree.row(PLACES.post, localId);
      expect([said.raw(row['title']), said.raw(row['content'])]).toEqual(['Now', '<p>one</p>\n<p>2 &amp; a half</p><script>alert(1)</script>']);
      expect((await agree.audit('editor', 'content.updated')).length).toBe(1);
      const revisions = await scene.people.editor.site.read<SaidRow[]>(`wp/v2/posts/${localId}/revisions`, { context: 'edit' });
      expect(revisions.map((one) => said.raw(one['title']))).toContain('Now');
      const results = (await scene.mutate('editor', 'contentDelete', 'results { write { state } userErrors { code } } userErrors { code }', { ids: [id] }))['results'] as unknown as Json[];
      for (const result of results) expectDone(result);
      await agree.audit('editor', 'content.deleted');
    });
  });
}
