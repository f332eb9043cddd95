// The way to a site whose plugin may have no JSON API: standalone plugins connect a site and sync it, but manage nothing. What such a site does
// not know is asked of WordPress's own REST API, signed by the same person. Called by situation.ts.
import { FAULT_UNKNOWN_METHOD } from '../../sync/protocol/xml-rpc.js';
import type { CallOutcome } from '../site-calls.js';
import type { Way } from './words.js';

/**
 * The first way, until a reading of it says that the site does not know the method; from then on the other. A call that changes
 * something is never made by both. A refused signature looks the same, and is then told by the other way.
 */
export function orRest(whole: Way, rest: Way): Way {
  let way = whole;
  const read = async <Body>(ask: (one: Way) => Promise<CallOutcome<Body>>): Promise<CallOutcome<Body>> => {
    const outcome = await ask(way);
    if (way === rest || outcome.kind === 'failure' || outcome.error?.code !== String(FAULT_UNKNOWN_METHOD)) return outcome;
    way = rest;
    return ask(rest);
  };
  return {
    can: (step, hasZip) => way.can(step, hasZip),
    list: (kind) => read((one) => one.list(kind)),
    waiting: () => read((one) => one.waiting()),
    perform: (step, key) => way.perform(step, key),
    setActive: (kind, key, active) => way.setActive(kind, key, active),
    remove: (kind, key) => way.remove(kind, key),
    get installZip() {
      return way.installZip;
    },
  };
}
