// `sitegraph replay`: sends recordings and says what came of it. Returns the exit code.
import { AppError } from '../core/errors.js';
import type { AdminAnswer, AdminCommand } from './administration.js';
import type { Config } from './config.js';
import { readRecording, replayRequests, type RecordedRequest } from './recordings.js';
import { findRunningServer } from './running-server.js';

const SHOWN = 10;

export async function replay(
  config: Config,
  files: readonly string[],
  options: { readonly url?: string; readonly token?: string; readonly site?: number; readonly json?: boolean },
  ask: (command: AdminCommand) => Promise<AdminAnswer>,
): Promise<number> {
  const base = (options.url ?? config.publicUrl ?? findRunningServer(config.dataDir)?.url ?? '').replace(/\/+$/, '');
  if (base === '') throw new AppError('BAD_USER_INPUT', 'no server runs on this data directory; name one with --url');
  let isWhole = true;
  for (const file of files) {
    const requests = readRecording(file);
    const token = options.token ?? (await knownToken(requests, options.site, ask));
    const result = await replayRequests(base, token, requests, {
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

/** The token of the site that the recording names, which this installation holds when the site is connected to it. */
async function knownToken(requests: readonly RecordedRequest[], site: number | undefined, ask: (command: AdminCommand) => Promise<AdminAnswer>): Promise<string> {
  const id = site ?? Number(/\/sites\/(\d+)\//.exec(requests[0]?.url ?? '')?.[1]);
  if (!Number.isSafeInteger(id)) throw new AppError('BAD_USER_INPUT', 'the recording does not name a site; give its id with --site');
  return ((await ask({ name: 'site.blogToken', id })).result as { token: string }).token;
}
