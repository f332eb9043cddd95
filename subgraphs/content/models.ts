// What this subgraph's resolvers hand on: rows that the viewer may see, with the viewer's access to their site.
// Made by the loaders only, which is where visibility is decided.
import type { SiteId } from '../../core/ids.js';
import type { CommentRow } from '../../store/read/content-comments.js';
import type { ContentRow } from '../../store/read/content.js';
import type { TermRow } from '../../store/read/content-terms.js';
import type { SiteAccess } from '../shared/access.js';
import type { ConnectionModel } from '../shared/pages.js';
import type { FieldConflict } from '../../core/merge/three-way-fields.js';
import type { ReceiptModel, UserErrorModel } from '../shared/writes.js';

export type ContentTypename = 'Post' | 'Page' | 'CustomContent' | 'MediaItem';

/** A site as far as its content goes. */
export interface SiteModel {
  readonly id: string;
  readonly siteId: SiteId;
}

/** Content that the viewer may see. */
export interface ContentModel<Name extends ContentTypename = ContentTypename> extends ContentRow {
  readonly __typename: Name;
  readonly access: SiteAccess;
}

export type PostModel = ContentModel<'Post'>;
export type PageModel = ContentModel<'Page'>;
export type CustomContentModel = ContentModel<'CustomContent'>;
export type MediaItemModel = ContentModel<'MediaItem'>;

/** A revision of content that the viewer may edit. */
export interface RevisionModel extends ContentRow {
  readonly access: SiteAccess;
}

/** A comment that the viewer may see, on content that the viewer may see. */
export interface CommentModel extends CommentRow {
  readonly access: SiteAccess;
}

/** A term of a taxonomy that the viewer may see. */
export type TermModel = TermRow;

/** A page of content, with the place in the change log from before it was read. */
export interface ContentConnectionModel<Name extends ContentTypename = ContentTypename> extends ConnectionModel<ContentModel<Name>> {
  readonly siteId: SiteId;
  readonly deltaCursor: string;
}

export type CommentConnectionModel = ConnectionModel<CommentModel>;
export type TermConnectionModel = ConnectionModel<TermModel>;
export type RevisionConnectionModel = Omit<ConnectionModel<RevisionModel>, 'countAll'>;

/** A user by reference: the users subgraph tells the rest. */
export interface UserModel {
  readonly id: string;
}

/** The account by reference. */
export interface ViewerModel {
  readonly id: string;
}

/** A post type as the graph tells it. */
export interface ContentTypeModel {
  readonly slug: string;
  readonly label: string;
  readonly hierarchical: boolean;
  readonly supports: readonly string[];
  readonly taxonomies: readonly string[];
  readonly public: boolean;
  readonly restBase: string | null;
}

/** A taxonomy as the graph tells it. */
export interface TaxonomyModel {
  readonly slug: string;
  readonly label: string;
  readonly hierarchical: boolean;
  readonly public: boolean;
  readonly objectTypes: readonly string[];
  /** Uses are counted as WordPress does by default: over published content of `objectTypes`. */
  readonly countsContent: boolean;
}

/** What stands against a save, as the operation told it. */
export interface ContentConflictModel {
  readonly siteId: SiteId;
  readonly postId: number;
  readonly changedFields: readonly string[];
  readonly fields: readonly FieldConflict[];
  readonly mergeable: boolean;
  readonly changedAt: string | null;
}

/** The outcome of a save. */
export interface ContentSaveModel {
  readonly content: ContentModel | null;
  readonly conflict: ContentConflictModel | null;
  readonly write: ReceiptModel | null;
  readonly userErrors: UserErrorModel[];
}

/** What became of one of many contents. */
export interface ContentActionModel extends ContentSaveModel {
  readonly id: string;
}

/** The outcome of a write of a comment. */
export interface CommentWriteModel {
  readonly comment: CommentModel | null;
  readonly write: ReceiptModel | null;
  readonly userErrors: UserErrorModel[];
}

/** What became of one of many comments. */
export interface CommentResultModel extends CommentWriteModel {
  readonly id: string;
}

/** The outcome of a write of a term. */
export interface TermWriteModel {
  readonly term: TermModel | null;
  readonly write: ReceiptModel | null;
  readonly userErrors: UserErrorModel[];
}
