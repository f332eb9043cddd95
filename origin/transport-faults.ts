// What an error of a connection means, in the words of CallFailureCode and with a sentence for a person. Called by http.ts.
// Messages name the host and the reason, never a path or a query: those carry signatures.
import type { CallFailureCode } from './site-calls.js';

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|ERR_SSL|ERR_TLS|^EPROTO$/;

const CERTIFICATE_REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is signed by an authority that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate comes without its intermediate certificates, or from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate is signed by an authority that is not known here',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name',
  EPROTO: 'the server does not speak TLS as it should',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak TLS on this port',
};

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name could not be resolved just now',
  ECONNREFUSED: 'the connection is refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network',
  ETIMEDOUT: 'the connection was not accepted in time',
};

/** The code and sentence of an error that a connection or a resolver gave. */
export function explain(error: Error & { readonly code?: string }, url: URL): { code: CallFailureCode; message: string } {
  const code = error.code ?? '';
  if (code === 'PRIVATE_ADDRESS') return { code: 'private-address', message: error.message };
  if (code === 'HPE_HEADER_OVERFLOW') return { code: 'too-large', message: `${url.host} answers with headers that are too large` };
  if (code.startsWith('HPE_')) return { code: 'not-wordpress', message: `${url.host} does not answer in HTTP` };
  if (url.protocol === 'https:' && CERTIFICATE.test(code)) {
    return { code: 'certificate', message: `the TLS of ${url.host} is not believed: ${CERTIFICATE_REASONS[code] ?? safeCode(code)}` };
  }
  return { code: 'unreachable', message: `${url.host} cannot be reached: ${REASONS[code] ?? safeCode(code)}` };
}

function safeCode(code: string): string {
  return /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'the connection failed';
}
