// Sends the zip of a plugin or theme to the server, which says what is in it. XMLHttpRequest, because fetch tells nobody how far it is.
import { goToSignIn, serverPath } from '../app/base.js';

export interface UploadedPackage {
  readonly id: string;
  readonly kind: 'PLUGIN' | 'THEME';
  readonly slug: string;
  readonly version: string;
  readonly bytes: number;
}

export type Uploaded = { readonly ok: true; readonly found: UploadedPackage } | { readonly ok: false; readonly message: string };

/** The server takes no more. */
const MAX_BYTES = 64 * 1024 * 1024;

/** `onProgress` gets the part that is sent, 0 to 1. Never rejects. */
export function uploadPackage(file: File, onProgress: (part: number) => void, signal: AbortSignal): Promise<Uploaded> {
  if (file.size > MAX_BYTES) return Promise.resolve({ ok: false, message: `The file has ${Math.ceil(file.size / 1024 / 1024)} MiB; the server takes 64.` });
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('POST', serverPath('/extensions/packages'));
    request.setRequestHeader('content-type', 'application/zip');
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded, total, lengthComputable }) => lengthComputable && onProgress(loaded / total);
    request.onload = () => {
      const answer = request.response as (UploadedPackage & { readonly errors?: undefined }) | { readonly errors: readonly { readonly message: string }[] } | null;
      if (request.status === 401) goToSignIn();
      if (request.status === 201 && answer && answer.errors === undefined) return resolve({ ok: true, found: answer });
      resolve({ ok: false, message: answer?.errors?.[0]?.message ?? `The server answered with status ${request.status}.` });
    };
    request.onerror = () => resolve({ ok: false, message: 'The server does not answer, or ended the upload.' });
    request.onabort = () => resolve({ ok: false, message: 'The upload was called off.' });
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}
