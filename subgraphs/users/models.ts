// What the resolvers of this subgraph hand on for its types (the mappers of codegen.yml). Models are decided: what the
// viewer may not know is null in them already.
import type { SiteId } from '../../core/ids.js';
import type { AuditFacetBy, AuditFacetRow, AuditRow } from '../../store/read/audit.js';
import type { ConnectionModel } from '../shared/pages.js';
import type { ReceiptModel, UserErrorModel } from '../shared/writes.js';

/** A site that exists. */
export interface SiteModel {
  readonly id: string;
  readonly siteId: SiteId;
}

export interface RoleModel {
  readonly slug: string;
  readonly name: string;
  readonly capabilities: string[];
}

/** What only some viewers may know of a user. */
export interface UserAccount {
  readonly username: string;
  readonly roles: RoleModel[];
  readonly capabilities: string[];
  readonly registeredAt: Date | null;
  readonly lastActivityAt: Date | null;
  readonly linkedAccount: boolean | null;
}

/** A user whom the viewer may see. */
export interface UserModel {
  readonly siteId: SiteId;
  readonly localId: number;
  readonly displayName: string;
  readonly url: string | null;
  readonly version: string;
  /** Null when the viewer may not know it. */
  readonly account: UserAccount | null;
  /** Null when the viewer may not know it. */
  readonly email: string | null;
}

export interface ViewerModel {
  readonly id: string;
}

/** A post, by its place; this subgraph knows its history only. */
export interface PostModel {
  readonly id: string;
  readonly siteId: SiteId;
  readonly localId: number;
}

/** A node that another subgraph answers for, by its typename. */
export interface NodeStub {
  readonly __typename: StubType;
  readonly id: string;
}

/** The types of nodes that this subgraph can name without knowing them. */
export const STUB_TYPES = [
  'Page', 'CustomContent', 'MediaItem', 'Comment', 'Term', 'Menu', 'InstalledPlugin', 'InstalledTheme', 'Order', 'Product',
] as const;
export type StubType = (typeof STUB_TYPES)[number];

export type AuditEventModel = AuditRow;

export interface ActorModel {
  readonly kind: AuditRow['actorKind'];
  readonly label: string;
  readonly via: string | null;
  readonly siteId: SiteId;
  readonly userId: number | null;
}

export interface AuditObjectModel {
  readonly typename: string;
  readonly label: string;
  readonly nodeId: string | null;
}

/** A page of the audit log whose proof and facets are computed when asked. */
export interface AuditConnectionModel extends ConnectionModel<AuditRow> {
  readonly verify: () => Promise<boolean>;
  readonly facetsBy: (by: AuditFacetBy) => Promise<AuditFacetModel[]>;
}

export interface AuditFacetModel extends AuditFacetRow {
  readonly siteId: SiteId;
  readonly by: AuditFacetBy;
}

export type UserConnectionModel = ConnectionModel<UserModel>;

export interface UserPayloadModel {
  readonly user: UserModel | null;
  readonly write: ReceiptModel | null;
  readonly userErrors: UserErrorModel[];
}
