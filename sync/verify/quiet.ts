// Waits until a site has nothing left to send: events under way look like differences, and a repair of them would be for nothing.
// The site is asked to send, and asked again, within a bound.
import { setTimeout as delay } from 'node:timers/promises';
import { pokeQueue, queueSize, type Refusal, type SiteAtWork } from './site-answers.js';

/** Pauses between looks grow to this; a site sends a batch in a second or two. */
const LONGEST_PAUSE_MS = 5000;
const FIRST_PAUSE_MS = 250;

/** Waits for an empty queue for at most `maxMs`. */
export async function awaitQuiet(site: SiteAtWork, maxMs: number, signal: AbortSignal | undefined): Promise<{ readonly kind: 'quiet' } | { readonly kind: 'busy'; readonly queued: number } | Refusal> {
  const endsAt = performance.now() + Math.min(maxMs, site.meter.leftMs());
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const answer = await queueSize(site);
    if (answer.kind === 'refused') return answer;
    if (answer.value === 0) return { kind: 'quiet' };
    if (performance.now() + pauseMs > endsAt) return { kind: 'busy', queued: answer.value };
    await pokeQueue(site);
    await delay(pauseMs, undefined, { signal });
  }
}
