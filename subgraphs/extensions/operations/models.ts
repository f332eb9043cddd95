// What the resolvers of operations hand on for the types of the schema; named as mappers in codegen.yml.
import type { SiteId } from '../../../core/ids.js';
import type { Reason } from '../../../core/extension-reasons.js';
import type { OperationItemRow, OperationRow } from '../../../store/extension-operations.js';
import type { UserErrorModel } from '../../shared/writes.js';
import type { ExtensionAction, ExtensionKind, ExtensionRisk } from '../generated.js';

/** An operation that the viewer may see. */
export type OperationModel = OperationRow;

export type OperationItemModel = OperationItemRow;

/** What would be done with one target, or why it is not. */
export interface PlanStepModel {
  readonly siteId: SiteId;
  readonly kind: ExtensionKind;
  readonly slug: string;
  readonly file: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly action: ExtensionAction;
  readonly canary: boolean;
  readonly risk: ExtensionRisk;
  readonly reasons: readonly Reason[];
}

/** What became of an operation that was asked for. */
export interface ApplyModel {
  readonly operation: OperationModel | null;
  readonly userErrors: UserErrorModel[];
}

export interface UserModel {
  readonly id: string;
}
