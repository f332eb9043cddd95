// What the resolvers of this subgraph hand on for the types of the schema; named as mappers in codegen.yml.
import type { SiteId } from '../../core/ids.js';
import type { OrderItemRecord, OrderRecord, RefundRecord } from '../../store/read/commerce.js';
import type { ProductRecord } from '../../store/read/products.js';
import type { ConnectionModel } from '../shared/pages.js';

/** A site that is known to exist, or that another subgraph named. */
export interface SiteModel {
  readonly id: string;
  readonly siteId: SiteId;
}

/** A shop: its options by name as they came. */
export interface StoreModel {
  readonly siteId: SiteId;
  readonly options: Readonly<Record<string, unknown>>;
}

/** An order that the viewer may see, with the shop whose options fill its gaps. */
export type OrderModel = OrderRecord & { readonly store: StoreModel | null };

export type OrderConnectionModel = ConnectionModel<OrderModel> & { readonly siteId: SiteId; readonly deltaCursor: string };

/** An item with the order it belongs to. */
export type OrderItemModel = OrderItemRecord & { readonly order: OrderModel };

export type OrderItemConnectionModel = ConnectionModel<OrderItemModel>;

/** A refund with the order it belongs to. */
export type OrderRefundModel = RefundRecord & { readonly order: OrderModel };

/** A product or variation that the viewer may see. */
export type ProductModel = ProductRecord;

export type ProductConnectionModel = ConnectionModel<ProductModel>;
