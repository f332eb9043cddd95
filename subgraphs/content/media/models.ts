// What the resolvers of uploads hand on.
import type { UploadRow } from '../../../store/media-uploads.js';
import type { WriteRecord } from '../../../store/writes.js';
import type { UserErrorModel } from '../../shared/writes.js';

/** An upload of the viewer. */
export interface UploadModel {
  readonly row: UploadRow;
  /** Null until it was first sent to the site. */
  readonly record: WriteRecord | null;
}

/** The outcome of an announcement. */
export interface UploadPayloadModel {
  readonly upload: UploadModel | null;
  readonly userErrors: UserErrorModel[];
}
