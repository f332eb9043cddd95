// From a capability as it is asked to the primitive capabilities that answer it: the switchboard over the rules of
// posts, comments, terms, users and the site. Written from WordPress's documented behaviour and its recorded answers.
import type { PolicyObject } from './input.js';
import { postRequirements, type PostAction } from './post-rules.js';
import { isDefaultTerm, type SitePolicy } from './site-policy.js';
import { DENIED } from './site-rules.js';
import type { UserCaps } from './user-caps.js';
import { userRequirements, type UserAction } from './user-rules.js';

type ObjectRule =
  | { readonly kind: 'post'; readonly action: PostAction }
  | { readonly kind: 'comment' }
  | { readonly kind: 'term'; readonly need: string; readonly deletes: boolean }
  | { readonly kind: 'user'; readonly action: UserAction }
  | { readonly kind: 'users' }
  | { readonly kind: 'meta'; readonly edit: string }
  | { readonly kind: 'binding' };

const post = (action: PostAction): ObjectRule => ({ kind: 'post', action });
const user = (action: UserAction): ObjectRule => ({ kind: 'user', action });

/** The capabilities that are asked on an object. Post types add names of their own (`SitePolicy.metaCaps`). */
const OBJECT_RULES: ReadonlyMap<string, ObjectRule> = new Map<string, ObjectRule>([
  ['read_post', post('read')],
  ['read_page', post('read')],
  ['edit_post', post('edit')],
  ['edit_page', post('edit')],
  ['delete_post', post('delete')],
  ['delete_page', post('delete')],
  ['publish_post', post('publish')],
  ['edit_comment', { kind: 'comment' }],
  ['edit_term', { kind: 'term', need: 'edit_terms', deletes: false }],
  ['delete_term', { kind: 'term', need: 'delete_terms', deletes: true }],
  ['assign_term', { kind: 'term', need: 'assign_terms', deletes: false }],
  ['edit_user', user('edit_user')],
  ['edit_users', { kind: 'users' }],
  ['delete_user', user('delete_user')],
  ['promote_user', user('promote_user')],
  ['remove_user', user('remove_user')],
  ['edit_block_binding', { kind: 'binding' }],
  ...['create_app_password', 'list_app_passwords', 'read_app_password', 'edit_app_password', 'delete_app_passwords', 'delete_app_password'].map(
    (capability): [string, ObjectRule] => [capability, user('edit_user')],
  ),
  ...['post', 'comment', 'term', 'user'].flatMap((kind) =>
    ['add', 'edit', 'delete'].map((verb): [string, ObjectRule] => [`${verb}_${kind}_meta`, { kind: 'meta', edit: `edit_${kind}` }]),
  ),
]);

/**
 * Maps a capability to the primitive capabilities that a user needs for it; `do_not_allow` among them means nobody may.
 * An empty list means that everyone may. A capability on an object that is missing, or of another kind, is denied. The
 * lists are shared: never change one.
 */
export function mapMetaCap(
  capability: string,
  asking: UserCaps,
  object: PolicyObject | null,
  site: SitePolicy,
): readonly string[] {
  const rule = OBJECT_RULES.get(capability);
  if (rule) return objectRequirements(rule, capability, asking, object, site);
  const fixed = (asking.superAdmin ? site.superAdminRules : site.memberRules).get(capability);
  if (fixed) return fixed;
  const generic = site.metaCaps.get(capability);
  if (generic && generic !== capability) return mapMetaCap(generic, asking, object, site);
  return [capability];
}

function objectRequirements(
  rule: ObjectRule,
  capability: string,
  asking: UserCaps,
  object: PolicyObject | null,
  site: SitePolicy,
): readonly string[] {
  switch (rule.kind) {
    case 'post':
      return object?.kind === 'post' ? postRequirements(site, rule.action, object.post, asking.userId) : DENIED;
    case 'comment':
      if (object?.kind !== 'comment') return DENIED;
      return object.comment.post
        ? postRequirements(site, 'edit', object.comment.post, asking.userId)
        : mapMetaCap('edit_posts', asking, null, site);
    case 'term': {
      if (object?.kind !== 'term') return DENIED;
      const { id, taxonomy } = object.term;
      const need = site.taxonomies.get(taxonomy)?.cap[rule.need];
      if (need === undefined || (rule.deletes && isDefaultTerm(site, taxonomy, id))) return DENIED;
      return OBJECT_RULES.get(need)?.kind === 'term' ? DENIED : mapMetaCap(need, asking, object, site);
    }
    case 'user':
      if (object !== null && object.kind !== 'user') return DENIED;
      return userRequirements(rule.action, asking, object?.user ?? null);
    case 'users':
      return userRequirements('edit_user', asking, null);
    case 'meta': {
      if (!object || rule.edit !== `edit_${object.kind}`) return DENIED;
      const needs = mapMetaCap(rule.edit, asking, object, site);
      return object.metaKey?.startsWith('_') === true ? [...needs, capability] : needs;
    }
    case 'binding':
      if (object?.kind === 'post') return postRequirements(site, 'edit', object.post, asking.userId);
      return mapMetaCap('edit_theme_options', asking, null, site);
  }
}
