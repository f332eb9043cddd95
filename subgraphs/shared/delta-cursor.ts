// Cursors into the change logs of one or several sites. Lists hand one out as `deltaCursor`, taken before the list is
// read, and `changes` goes on from it, so that nothing falls between the two.
// A cursor is opaque, not secret: what comes back from a client is checked in full.
import type { SiteId } from '../../core/ids.js';
import { badUserInput } from './pages.js';

/** The last sequence that was seen of each site's change log. */
export type DeltaPositions = ReadonlyMap<SiteId, number>;

const PREFIX = 'delta1,';
const MAX_CURSOR_CHARACTERS = 4096;
const PAIR = /^([1-9a-z][0-9a-z]{0,10})=([0-9a-z]{1,11})$/;

/** Encodes positions; equal positions give equal text. */
export function encodeDeltaCursor(positions: DeltaPositions): string {
  const pairs = [...positions].sort(([a], [b]) => a - b).map(([siteId, sequence]) => `${siteId.toString(36)}=${sequence.toString(36)}`);
  return Buffer.from(PREFIX + pairs.join(','), 'utf8').toString('base64url');
}

/**
 * Decodes the positions of a cursor that `encodeDeltaCursor` made; a cursor of no site has none.
 * @throws GraphQLError BAD_USER_INPUT for any other text.
 */
export function decodeDeltaCursor(text: string): Map<SiteId, number> {
  const positions = parsePositions(text);
  if (!positions) throw badUserInput('after is not a change cursor; pass a deltaCursor or endCursor that was read before');
  return positions;
}

function parsePositions(text: string): Map<SiteId, number> | null {
  if (text.length > MAX_CURSOR_CHARACTERS || !/^[A-Za-z0-9_-]+$/.test(text)) return null;
  const plain = Buffer.from(text, 'base64url').toString('utf8');
  if (!plain.startsWith(PREFIX)) return null;
  const positions = new Map<SiteId, number>();
  const pairs = plain.slice(PREFIX.length);
  for (const pair of pairs === '' ? [] : pairs.split(',')) {
    const match = PAIR.exec(pair);
    const siteId = Number.parseInt(match?.[1] ?? '', 36);
    const sequence = Number.parseInt(match?.[2] ?? '', 36);
    if (!Number.isSafeInteger(siteId) || !Number.isSafeInteger(sequence) || positions.has(siteId as SiteId)) return null;
    positions.set(siteId as SiteId, sequence);
  }
  return positions;
}
