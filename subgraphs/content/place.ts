// Where this installation is, as far as the content subgraph tells addresses of its own: uploads and previews. Made in bin/.
import { GraphQLError } from 'graphql';

export interface ContentPlace {
  /** The address that apps and browsers use, without a trailing slash; null when this process cannot know it. */
  readonly publicUrl: () => string | null;
  /** Largest file that is taken. */
  readonly maxUploadBytes: number;
}

export const DEFAULT_MAX_UPLOAD_BYTES = 512 * 1024 * 1024;
export const NOWHERE: ContentPlace = { publicUrl: () => null, maxUploadBytes: DEFAULT_MAX_UPLOAD_BYTES };

/** An address of ours. */
export function ownUrl(place: ContentPlace, path: string): string {
  const base = place.publicUrl();
  if (base === null) throw new GraphQLError('this process does not know the address of its server; set SITEGRAPH_PUBLIC_URL', { extensions: { code: 'CONFIGURATION' } });
  return `${base}${path}`;
}
