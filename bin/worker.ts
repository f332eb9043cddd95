// `sitegraph start --workers N`, one of its processes: answers requests, or does the jobs. Its end is asked for by the primary, or by a
// signal; without its primary it ends at once, which is Node's own rule.
import type { Config } from './config.js';
import { serveWeb, startJobs, type RunningServer } from './serve.js';
import { openWorkerChannel } from './worker-channel.js';
import type { Role } from './worker-messages.js';

/** Starts what the role says. Returns when it is ready and the primary knows. */
export async function startWorker(config: Config, role: Role): Promise<RunningServer> {
  const channel = openWorkerChannel();
  let server: RunningServer | null = null;
  let isToStop = false;
  const stop = (): void => {
    isToStop = true;
    server?.close().then(() => process.exit(0), () => process.exit(1));
  };
  channel.onStop(stop);
  server = role === 'jobs' ? await startJobs(config, channel) : await serveWeb(config, channel);
  if (isToStop) stop();
  else channel.ready(server.url);
  return server;
}
