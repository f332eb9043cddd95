// What the menu resolvers hand on (codegen.yml names these as mappers).
import type { SiteId } from '../../../core/ids.js';
import type { ReceiptModel, UserErrorModel } from '../../shared/writes.js';
import type { ContentModel, TermModel } from '../models.js';

/** A menu that the viewer may see. */
export interface MenuModel {
  readonly siteId: SiteId;
  readonly localId: number;
  readonly name: string;
  readonly locations: readonly string[];
}

/** A term in a union, which needs the typename. */
export type TermObjectModel = TermModel & { readonly __typename: 'Term' };

/** An item that the viewer may see. */
export interface MenuItemModel {
  readonly siteId: SiteId;
  readonly localId: number;
  readonly label: string;
  readonly url: string | null;
  /** The item above it in the same menu, among those that the viewer may see. */
  readonly parentLocalId: number | null;
  readonly order: number;
  readonly target: string | null;
  readonly classes: readonly string[];
  readonly object: ContentModel<'Post' | 'Page' | 'CustomContent'> | TermObjectModel | null;
  readonly children: readonly MenuItemModel[];
}

/** What a menu holds. The version is of what is stored, whoever looks. */
export interface MenuContentModel {
  readonly items: MenuItemModel[];
  readonly tree: MenuItemModel[];
  readonly version: string;
}

export interface MenuLocationModel {
  readonly slug: string;
  readonly menu: MenuModel | null;
}

/** What stands against a save. */
export interface MenuConflictModel {
  readonly current: MenuModel | null;
  readonly siteId: SiteId;
  readonly menuId: number | null;
  /** Whether sync had brought the change when it was found, so that an event tells who made it. */
  readonly isSynced: boolean;
}

/** The outcome of a save or an assignment. */
export interface MenuSaveModel {
  readonly menu: MenuModel | null;
  readonly conflict: MenuConflictModel | null;
  readonly write: ReceiptModel | null;
  readonly userErrors: UserErrorModel[];
}

/** The outcome of a deletion. */
export interface MenuDeleteModel {
  readonly deletedIds: string[];
  readonly write: ReceiptModel | null;
  readonly userErrors: UserErrorModel[];
}
