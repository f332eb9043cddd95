import { describe, expect, it } from 'vitest';
import { decode } from '../../../sync/decode/index.js';
import { guard } from '../../../sync/decode/privacy.js';
import { decodeArgs, itemOf } from './item.js';
import { ACTOR, comment, post, SAMPLES, SECRET, SECRET_OPTIONS, UNLISTED_OPTIONS, user } from './samples.js';

const SECRET_NAMES = ['password', 'user_pass', 'api_key', 'client_secret', 'access_token', 'private_key', 'license_key', 'webhook'];

/** The same arguments with members that hold secrets in every object at every depth, and secrets after the last of a list. */
function plant(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plant);
  if (typeof value !== 'object' || value === null) return value;
  const planted = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plant(member)]));
  return { ...planted, ...Object.fromEntries(SECRET_NAMES.map((name) => [name, SECRET])) };
}

describe('privacy at the door', () => {
  it.each(Object.keys(SAMPLES))('lets no planted secret through: %s', (action) => {
    for (const args of SAMPLES[action] ?? []) {
      const variants = [args, plant(args), Array.isArray(args) ? [...args, SECRET, { [SECRET]: SECRET }] : args];
      for (const variant of variants) {
        expect(JSON.stringify(decode('k', itemOf(action, variant, { actor: plant(ACTOR) })))).not.toContain(SECRET);
      }
    }
  });

  it.each(Object.keys(SAMPLES))('lets no secret into the message of a dead letter: %s', (action) => {
    for (const args of [SECRET, [SECRET], [{ [SECRET]: SECRET }, SECRET], { [SECRET]: SECRET }, [[SECRET]], [1, { ID: SECRET, comment_ID: SECRET }]]) {
      expect(JSON.stringify(decodeArgs(action, args).deadLetter)).not.toContain(SECRET);
    }
  });

  it('says that a secret option exists and what none of its values is', () => {
    for (const name of SECRET_OPTIONS) {
      const { changes, audit } = decodeArgs('updated_option', [name, 'old', 'new']);
      const core = { value: null, redacted: true };
      expect(changes).toEqual([expect.objectContaining({ entity: 'setting', key: { settingKind: 'OPTION', name }, groups: { core } })]);
      expect(audit?.fieldChanges).toEqual([{ field: name, before: null, after: null, redacted: true }]);
    }
  });

  it('tells nothing of an option outside the list', () => {
    for (const name of UNLISTED_OPTIONS) expect(decodeArgs('updated_option', [name, 'old', 'new'])).toMatchObject({ changes: [], audit: null });
  });

  it('keeps the harmless members of jetpack_options and says that others were there', () => {
    const { changes, audit } = decodeArgs('updated_option', ['jetpack_options', [], { id: 4242, version: '16.1.2:1', blog_token: 'x' }]);
    expect(changes).toMatchObject([{ groups: { core: { value: { id: 4242, version: '16.1.2:1' }, redacted: true } } }]);
    expect(audit).toBeNull();
  });

  it('reads old values first for options and new values first for network options', () => {
    expect(decodeArgs('updated_option', ['blogname', 'old', 'new']).audit?.fieldChanges).toMatchObject([{ before: 'old', after: 'new' }]);
    const network = decodeArgs('update_site_option', ['site_name', 'new', 'old']);
    expect(network.audit?.fieldChanges).toMatchObject([{ before: 'old', after: 'new' }]);
    expect(network.changes).toMatchObject([{ groups: { core: { value: 'new' } } }]);
  });

  it('keeps capabilities, plugin files and post types that are named like secrets', () => {
    const capability = guard({ editor: { name: 'Editor', capabilities: { reset_passwords: true } } });
    expect(capability).toEqual({ value: { editor: { name: 'Editor', capabilities: { reset_passwords: true } } }, redacted: false });
    expect(guard({ 'password/password.php': '1.0' }).redacted).toBe(false);
    expect(guard({ token: { label: 'Tokens', client_secret: 's' } }, 1)).toEqual({ value: { token: { label: 'Tokens', client_secret: null } }, redacted: true });
    expect(guard({ compass: 'n', tokenizer: true })).toEqual({ value: { compass: 'n', tokenizer: true }, redacted: false });
  });

  it('keeps only post meta keys that are listed or that the operator allowed, and refused ones never', () => {
    const meta = (key: string, extra: string[] = []) => decodeArgs('added_post_meta', [1, 2, key, 'v'], { extraPostMeta: new Set(extra) }).changes;
    expect(meta('mine')).toEqual([]);
    expect(meta('mine', ['mine'])).toHaveLength(1);
    expect(meta('_wpas_skip_12')).toHaveLength(1);
    expect(meta('_menu_item_url')).toHaveLength(1);
    expect(meta('_feedback_email', ['_feedback_email'])).toEqual([]);
    expect(meta('_order_key', ['_order_key']).map((change) => change.kind)).toEqual(['metaForm']);
    expect(JSON.stringify(meta('_order_key', ['_order_key']))).not.toContain('"value"');
  });

  it('keeps the row of a form submission and nothing that the visitor wrote', () => {
    const args = [31, post('feedback', { post_content: 'I am Ann', post_title: 'Ann', post_excerpt: 'Ann' }), false, []];
    const decoded = decodeArgs('jetpack_sync_save_post', args);
    expect(decoded.changes).toMatchObject([{ entity: 'post', groups: { core: { type: 'feedback', title: '', content: '', excerpt: '' } } }]);
    expect(JSON.stringify(decoded)).not.toContain('Ann');
  });

  it('keeps the e-mail of a commenter, which the graph guards by a scope, and not the address or agent', () => {
    const text = JSON.stringify(decodeArgs('wp_insert_comment', [7, comment({ comment_author_IP: '10.1.2.3', comment_agent: 'Agent/1' })]));
    expect(text).toContain('ann@a.example');
    expect(text).not.toMatch(/10\.1\.2\.3|Agent\/1/);
  });

  it('offers an update without the address of its package', () => {
    const { changes } = decodeArgs('jetpack_update_plugins_change', [{ response: { 'a/a.php': { new_version: '2', package: 'https://x.example/?k=1' }, 'b/b.php': { new_version: '3' } } }]);
    const value = { response: { 'a/a.php': { new_version: '2', packageAvailable: true }, 'b/b.php': { new_version: '3', packageAvailable: false } } };
    expect(changes).toMatchObject([{ key: { settingKind: 'UPDATES', name: 'plugins' }, groups: { core: { value } } }]);
  });

  it('takes neither capabilities nor weak-password remarks from a log-in', () => {
    const { changes } = decodeArgs('jetpack_wp_login', [5, user(), { warning: 'weak' }]);
    expect(changes.map((change) => (change.kind === 'upsert' ? Object.keys(change.groups) : []))).toEqual([['core', 'login']]);
  });
});
