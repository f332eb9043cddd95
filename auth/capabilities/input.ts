// The facts that capability decisions are made from, as plain structures. Loaders fill them from synced rows;
// decode.ts fills the site's part from the synced callables as they came. Nothing here reads anything.

/** Capability names with whether they are granted; `false` takes away what a role gives. */
export type CapabilityMap = Readonly<Record<string, boolean>>;

/** A role of the site (callable `roles`). */
export interface RoleInput {
  readonly name: string;
  readonly capabilities: CapabilityMap;
}

/** A registered post type (callable `post_types`): only what decisions need. */
export interface PostTypeInput {
  /** Visitors may come across it. */
  readonly public: boolean;
  readonly publiclyQueryable: boolean;
  readonly showInRest: boolean;
  /** The type's name in the paths of wp/v2; its slug when the registration names none. */
  readonly restBase?: string;
  /** False: `cap.edit_post`, `cap.read_post` and `cap.delete_post` are primitive capabilities, asked as they stand. */
  readonly mapMetaCap: boolean;
  /** The registration's `cap` object: WordPress's generic name → this type's capability. */
  readonly cap: Readonly<Record<string, string>>;
}

/** A registered taxonomy (callable `taxonomies`): its public flag, its `cap` object, and how REST names it. */
export interface TaxonomyInput {
  readonly public: boolean;
  /** The taxonomy's name in REST; null when REST does not show it. */
  readonly restBase?: string | null;
  readonly objectTypes?: readonly string[];
  readonly cap: Readonly<Record<string, string>>;
}

/** How a post status counts for reading: WordPress's public and private flags. Everything else is shown to editors only. */
export type StatusVisibility = 'public' | 'private' | 'restricted';

/** Everything that decisions on one site need to know about it. */
export interface SitePolicyInput {
  readonly roles: Readonly<Record<string, RoleInput>>;
  readonly postTypes: Readonly<Record<string, PostTypeInput>>;
  readonly taxonomies: Readonly<Record<string, TaxonomyInput>>;
  /**
   * Synced options, at least page_on_front, page_for_posts, wp_page_for_privacy_policy, default_category and any other
   * `default_<taxonomy>` or `default_term_<taxonomy>`; values as they came (text or number).
   */
  readonly options: Readonly<Record<string, unknown>>;
  /** Synced constants: DISALLOW_FILE_MODS, DISALLOW_FILE_EDIT…; null, false and absent mean not set. */
  readonly constants: Readonly<Record<string, unknown>>;
  /** The callable `is_multi_site`. */
  readonly multisite: boolean;
  /** The callable `has_file_system_write_access`; null when not known. WordPress's own capability answers ignore it. */
  readonly fileSystemWritable?: boolean | null;
  /** Post statuses that plugins registered, when known. The statuses of WordPress and WooCommerce need not be given. */
  readonly statuses?: Readonly<Record<string, StatusVisibility>>;
  /** Network options of a multisite network, when known: `add_new_users`, `menu_items`. */
  readonly networkOptions?: Readonly<Record<string, unknown>>;
}

/** A user of the site, as far as decisions need it. */
export interface UserPolicyInput {
  readonly id: number;
  readonly roles: readonly string[];
  /** The user's own capability map (synced `caps`), which holds the roles too; overrides what roles give. */
  readonly caps?: CapabilityMap;
  /** The synced, shortened `allcaps`; used only when a role of the user is missing from the site's roles. */
  readonly allcaps?: CapabilityMap;
  /** The user is a super admin of the network. Means nothing outside multisite. */
  readonly superAdmin?: boolean;
}

/** A post of any type. */
export interface PostPolicyInput {
  readonly id: number;
  readonly type: string;
  /** The stored status, `inherit` as it stands. */
  readonly status: string;
  /** 0 when the post has no author. */
  readonly authorId: number;
  /** Needed for attachments and revisions: the parent's row; null when there is none or it no longer exists. */
  readonly parent?: PostPolicyInput | null;
  /**
   * The status before the trash (meta `_wp_trash_meta_status`, `previous_status` of the save event); null or absent
   * when not known, and then the stricter answer is given: its author needs what a published post needs.
   */
  readonly trashedFrom?: string | null;
}

/** A comment; `post` is null when its post no longer exists. */
export interface CommentPolicyInput {
  readonly id: number;
  /** The commenter's user id; 0 or null for visitors. */
  readonly userId?: number | null;
  readonly post: PostPolicyInput | null;
}

export interface TermPolicyInput {
  readonly id: number;
  readonly taxonomy: string;
}

/** The user that something is to be done to. */
export interface TargetUserInput {
  readonly id: number;
  readonly roles: readonly string[];
  readonly superAdmin?: boolean;
}

/**
 * What a capability is asked on. `metaKey` belongs to the `…_post_meta`, `…_comment_meta`, `…_term_meta` and
 * `…_user_meta` capabilities.
 */
export type PolicyObject =
  | { readonly kind: 'post'; readonly post: PostPolicyInput; readonly metaKey?: string }
  | { readonly kind: 'comment'; readonly comment: CommentPolicyInput; readonly metaKey?: string }
  | { readonly kind: 'term'; readonly term: TermPolicyInput; readonly metaKey?: string }
  | { readonly kind: 'user'; readonly user: TargetUserInput; readonly metaKey?: string };
