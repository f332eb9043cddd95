// The log: JSON lines on standard error through pino, with everything that could hold a secret redacted.
// Callers log ids, codes and counts; never headers, query strings, bodies or tokens.
import { pino, type Logger } from 'pino';

export type Log = Logger;

/** Creates the log. `level` is one of pino's levels or 'silent'. */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      redact: { paths: ['authorization', 'token', 'secret', '*.authorization', '*.token', '*.secret', 'headers'], censor: '[redacted]' },
    },
    pino.destination({ fd: 2, sync: false }),
  );
}
