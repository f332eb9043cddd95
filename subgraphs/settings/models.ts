// What the resolvers of the settings subgraph hand on (codegen.yml names these as mappers).
import type { ActorKind, SettingKind } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import type { SyncRunRow } from '../../store/sync-runs.js';
import type { UserError } from './generated.js';
import type { PageInfoModel } from '../shared/pages.js';
import type { ReceiptModel, UserErrorModel } from '../shared/writes.js';
import type { NodeStub, NodeTypename } from './nodes.js';

/** A site that exists. What is shown of it is loaded when a field asks for it. */
export interface SiteModel {
  readonly __typename: 'Site';
  readonly id: string;
  readonly siteId: SiteId;
}

export interface SiteConnectionModel {
  readonly nodes: readonly SiteModel[];
  readonly cursors: readonly string[];
  readonly pageInfo: PageInfoModel;
  readonly countAll: () => Promise<number>;
}

export interface ActorModel {
  readonly kind: ActorKind;
  readonly user: { readonly id: string } | null;
  readonly label: string;
  readonly via: string | null;
}

/** A thing of a Node type; of its fields only the id is known here. */
export type NodeModel = SiteModel | (NodeStub & { readonly __typename: Exclude<NodeTypename, 'Site'> });

export interface ChangeModel {
  readonly cursor: () => string;
  readonly sequence: string;
  readonly kind: 'CREATED' | 'UPDATED' | 'DELETED' | 'ACCESS_LOST' | 'RESYNC_REQUIRED';
  readonly typename: string;
  readonly nodeId: string;
  readonly node: NodeModel | null;
  readonly changedFields: readonly string[];
  readonly at: Date;
  readonly actor: ActorModel | null;
  readonly site: SiteModel | null;
}

export interface ChangeConnectionModel {
  readonly nodes: readonly ChangeModel[];
  readonly endCursor: string;
  readonly hasMore: boolean;
  readonly resyncRequired: boolean;
}

export interface SettingModel {
  readonly name: string;
  readonly kind: Extract<SettingKind, 'OPTION' | 'CONSTANT' | 'CALLABLE' | 'NETWORK_OPTION'>;
  readonly value: unknown;
  readonly redacted: boolean;
  readonly updatedAt: Date;
  readonly updatedBy: ActorModel | null;
}

export interface SettingConnectionModel {
  readonly nodes: readonly SettingModel[];
  readonly pageInfo: PageInfoModel;
  readonly countAll: () => Promise<number>;
}

export interface SettingsUpdateModel {
  readonly site: SiteModel | null;
  readonly conflict: SettingsConflictModel | null;
  readonly write: ReceiptModel | null;
  readonly userErrors: UserErrorModel[];
}

/** The current settings are read when they are asked for. */
export interface SettingsConflictModel {
  readonly siteId: SiteId;
  readonly changedFields: string[];
}

export interface SiteResyncModel {
  readonly site: SiteModel | null;
  readonly run: SyncRunRow | null;
  readonly userErrors: UserError[];
}
