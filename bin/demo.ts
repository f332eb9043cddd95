// The demonstration site: a recording of a real site, sent through the server's own endpoint, signed, at the first start.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { SiteId } from '../core/ids.js';
import { packagePath } from '../core/package-root.js';
import { addSite, findSite } from '../store/sites.js';
import { createToken } from '../store/tokens.js';
import { readRecording, replayRequests } from './recordings.js';
import type { RunningServer } from './serve.js';

const FOLDER = ['test', 'fixtures', 'harbor-lane-books'];
const PARTS = ['1-incremental.ndjson.gz', '2-full-sync.ndjson.gz'];
const TOKEN_DAYS = 30;

const siteFile = z.object({ id: z.number(), url: z.string(), blogToken: z.string() });

/** Puts the demonstration site in place unless it is there. Returns its URL and, when it was new, a token to read it with. */
export async function loadDemo(server: RunningServer, say: (line: string) => void): Promise<{ url: string; token: string | null }> {
  const site = siteFile.parse(JSON.parse(readFileSync(packagePath(...FOLDER, 'site.json'), 'utf8')));
  const known = await findSite(server.store.database, site.id as SiteId);
  if (known && known.itemCount > 0) return { url: site.url, token: null };
  await addSite(server.store, site);
  const requests = PARTS.flatMap((part) => readRecording(packagePath(...FOLDER, part)));
  let told = 0;
  const result = await replayRequests(server.url, site.blogToken, requests, {
    progress: (done, total) => {
      const percent = Math.floor((done * 10) / total) * 10;
      if (percent <= told) return;
      told = percent;
      say(`  demonstration site: ${percent} % of ${total} sync requests`);
    },
  });
  if (result.refused.length > 0) say(`  the demonstration site is incomplete: ${result.refused[0]}`);
  const expiresAt = new Date(Date.now() + TOKEN_DAYS * 86_400_000);
  const { token } = await createToken(server.store, { subject: { kind: 'operator' }, scopes: ['*'], expiresAt, label: 'demo' });
  return { url: site.url, token };
}
