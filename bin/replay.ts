// `sitegraph replay`: sends recordings and says what came of it. Returns the exit code.
import { AppError } from '../core/errors.js';
import type { Config } from './config.js';
import { readRecording, replayRequests } from './recordings.js';
import { findRunningServer } from './running-server.js';

const SHOWN = 10;

export async function replay(
  config: Config,
  files: readonly string[],
  options: { readonly url?: string; readonly token: string; readonly site?: number; readonly json?: boolean },
): Promise<number> {
  const base = (options.url ?? config.publicUrl ?? findRunningServer(config.dataDir)?.url ?? '').replace(/\/+$/, '');
  if (base === '') throw new AppError('BAD_USER_INPUT', 'no server runs on this data directory; name one with --url');
  let isWhole = true;
  for (const file of files) {
    const result = await replayRequests(base, options.token, readRecording(file), {
      siteId: options.site,
      progress: (done, total) => {
        if (process.stderr.isTTY) process.stderr.write(`\r${file}: ${done} of ${total} requests${done === total ? '\n' : ''}`);
      },
    });
    isWhole &&= result.refused.length === 0;
    if (options.json) console.log(JSON.stringify({ file, ...result }));
    else {
      console.log(`${file}: ${result.acknowledged} of ${result.items} items acknowledged in ${result.requests} requests`);
      for (const line of result.refused.slice(0, SHOWN)) console.error(`  ${line}`);
      if (result.refused.length > SHOWN) console.error(`  and ${result.refused.length - SHOWN} more`);
    }
  }
  return isWhole ? 0 : 1;
}
