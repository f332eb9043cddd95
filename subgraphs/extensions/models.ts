// What the resolvers of this subgraph hand on for the types of the schema; named as mappers in codegen.yml.
import type { SiteId } from '../../core/ids.js';
import type { ExtensionConditions, PluginRecord, ThemeRecord } from '../../store/read/extensions.js';
import type { FleetRecord } from '../../store/read/fleet.js';
import type { InstalledVersion } from '../../store/read/vulnerabilities.js';
import type { ConnectionModel } from '../shared/pages.js';

/** A site that is known to exist, or that another subgraph named. */
export interface SiteModel {
  readonly id: string;
  readonly siteId: SiteId;
}

/** A plugin that the viewer may see. */
export type PluginModel = PluginRecord;

/** A theme that the viewer may see; what is about managing it only when `mayManage`. */
export type ThemeModel = ThemeRecord & { readonly mayManage: boolean };

/** `siteId` is null for a list across sites. */
export type PluginConnectionModel = ConnectionModel<PluginModel> & { readonly siteId: SiteId | null };

export type ThemeConnectionModel = ConnectionModel<ThemeModel>;

/** An update that was offered to a site; `offer` has the words of the transient. */
export interface UpdateModel {
  readonly siteId: SiteId;
  readonly version: string;
  readonly offer: Readonly<Record<string, unknown>>;
  /** What it would replace. */
  readonly installed: InstalledVersion;
  readonly firstSeenAt: Date | null;
}

/** The sites of a fleet; null stands for all that are connected, for the operator. */
export interface FleetModel {
  /** Those on which the viewer may manage plugins. */
  readonly siteIds: readonly SiteId[] | null;
  /** Those on which the viewer may manage themes. */
  readonly themeSiteIds: readonly SiteId[] | null;
}

/** One slug across the fleet, as far as the conditions choose its installations. */
export type FleetItemModel = FleetRecord & { readonly sites: readonly SiteId[] | null; readonly conditions: ExtensionConditions };

export type FleetConnectionModel = ConnectionModel<FleetItemModel>;
