// What WooCommerce's own REST API tells of products beyond their posts: the metas by which the graph knows price, stock and
// size. Variations are not read.
import { z } from 'zod';
import type { DomainChange } from '../../core/changes.js';
import { standInMetaId, type Rev } from '../../core/ids.js';
import { readStoredIds } from '../../store/read/import-state.js';
import type { DecodeOptions } from '../decode/item.js';
import { changesOfMetaRows } from '../decode/metas.js';
import { flag, id, json, label, toJson, type MetaRow } from '../decode/shapes.js';
import { rowsOfShape } from './answer-shapes.js';
import { idsOf, type ImportedSite, type Listing } from './listing.js';

/** Types of posts whose metas the shop tells. */
export const PRODUCT_TYPES: ReadonlySet<string> = new Set(['product']);

/** Whether a change is about anything but metas. */
export function isNotMeta(change: DomainChange): boolean {
  return change.kind !== 'metaSnapshot' && !(change.kind === 'upsert' && change.entity === 'postMeta');
}

const PRODUCT_FIELDS = [
  'id', 'sku', 'price', 'regular_price', 'sale_price', 'stock_status', 'manage_stock', 'backorders', 'sold_individually', 'weight', 'dimensions', 'virtual', 'downloadable',
  'tax_status', 'tax_class', 'total_sales', 'average_rating', 'images',
] as const;

export const restProductShape = z.object({
  id, sku: label, price: label, regular_price: label, sale_price: label, stock_status: label, manage_stock: json, backorders: label, sold_individually: flag, weight: label,
  dimensions: z.object({ length: label, width: label, height: label }).optional().catch(undefined), virtual: flag, downloadable: flag, tax_status: label, tax_class: label,
  total_sales: label, average_rating: label, images: json,
});

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

/** A product's metas, and that it has no others of those that are kept. */
export function changesOfRestProduct(product: z.output<typeof restProductShape>, options: DecodeOptions, rev: Rev): DomainChange[] {
  const images = Array.isArray(product.images) ? product.images.flatMap((image) => idsOf([image])) : [];
  const metas: Readonly<Record<string, string>> = {
    _sku: product.sku, _price: product.price, _regular_price: product.regular_price, _sale_price: product.sale_price, _stock_status: product.stock_status,
    _manage_stock: yesNo(product.manage_stock === true), _backorders: product.backorders, _sold_individually: yesNo(product.sold_individually), _weight: product.weight,
    _length: product.dimensions?.length ?? '', _width: product.dimensions?.width ?? '', _height: product.dimensions?.height ?? '', _virtual: yesNo(product.virtual),
    _downloadable: yesNo(product.downloadable), _tax_status: product.tax_status, _tax_class: product.tax_class, total_sales: product.total_sales,
    _wc_average_rating: product.average_rating, _thumbnail_id: images[0] === undefined ? '' : String(images[0]), _product_image_gallery: images.slice(1).join(','),
  };
  const rows = Object.entries(metas).filter(([, value]) => value !== '').map(
    ([key, value]): MetaRow => ({ metaId: standInMetaId('post', product.id, key, 0), ownerId: product.id, metaKey: key, value: toJson(value) }),
  );
  return changesOfMetaRows('post', [product.id], rows, rev, options);
}

export function productListing(site: ImportedSite, options: DecodeOptions): Listing {
  return {
    name: 'products', module: 'products', route: 'wc/v3/products', query: { orderby: 'id', order: 'asc', status: 'any', dates_are_gmt: true }, fields: PRODUCT_FIELDS, knowsModified: true,
    async decode(_db, rows, rev) {
      return { ids: idsOf(rows), changes: rowsOfShape(restProductShape, rows).flatMap((product) => changesOfRestProduct(product, options, rev)) };
    },
    // The posts themselves come and go with wp/v2/product.
    storedIds: (db) => readStoredIds(db, site.id, 'post', 'product'),
    remove: () => [],
  };
}
