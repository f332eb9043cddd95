// From an item of a batch to changes: one table of decoders, one function. Called by sync/ingest and by replays. It never
// throws on what a site sent: an item that is not understood becomes a dead letter, and is acknowledged all the same.
import type { DecodedItem, DeadLetterReason } from '../../core/changes.js';
import type { SyncItem } from '../protocol/codec.js';
import { toActorRef } from './actor.js';
import { COMMENT_DECODERS, COMMENT_STATUS_PATTERN, decodeCommentStatus } from './comments.js';
import { COMMERCE_DECODERS } from './commerce.js';
import { itemDate } from './dates.js';
import { EXTENSION_DECODERS } from './extensions.js';
import { FULL_SYNC_DECODERS } from './full-sync.js';
import { NOTHING, type DecodeOptions, type Decoder, type DecoderTable } from './item.js';
import { MENU_DECODERS } from './menus.js';
import { META_DECODERS } from './metas.js';
import { OTHER_DECODERS } from './other.js';
import { POST_DECODERS } from './posts.js';
import { SETTING_DECODERS } from './settings.js';
import { TERM_DECODERS } from './terms.js';
import { USER_DECODERS } from './users.js';

export type { DecodeOptions } from './item.js';

const TABLES: readonly DecoderTable[] = [
  POST_DECODERS, META_DECODERS, COMMENT_DECODERS, TERM_DECODERS, USER_DECODERS, SETTING_DECODERS, EXTENSION_DECODERS, MENU_DECODERS,
  COMMERCE_DECODERS, FULL_SYNC_DECODERS, OTHER_DECODERS,
];

const decoders: ReadonlyMap<string, Decoder> = new Map(TABLES.flatMap((table) => Object.entries(table)));

/** Every action with a decoder of its own, sorted. Actions that match a pattern (comment_approved_<type>) are not listed. */
export const KNOWN_ACTIONS: readonly string[] = [...decoders.keys()].sort();

function decoderOf(action: string): Decoder | undefined {
  return decoders.get(action) ?? (COMMENT_STATUS_PATTERN.test(action) ? decodeCommentStatus : undefined);
}

const NO_OPTIONS: DecodeOptions = { extraPostMeta: new Set() };

/** Decodes one item of a batch. `key` is the key by which the site wants it acknowledged. */
export function decode(key: string, item: SyncItem, options: DecodeOptions = NO_OPTIONS): DecodedItem {
  const at = itemDate(item.timestamp);
  const head = { key, action: item.action, rev: item.timestampMicros, at, isImporting: item.isImporting, actor: toActorRef(item.actor) };
  const dead = (reason: DeadLetterReason, message: string): DecodedItem => ({ ...head, ...NOTHING, deadLetter: { reason, message } });
  const decodeArguments = decoderOf(item.action);
  if (decodeArguments === undefined) return dead('unknown-action', 'No decoder knows this action.');
  try {
    const result = decodeArguments(item.args, { action: item.action, rev: item.timestampMicros, at, options });
    return result.ok ? { ...head, ...result.decoding, deadLetter: null } : dead('bad-arguments', result.message);
  } catch (error) {
    // A fault of ours must not make the site send the same item for ever; the dead letter keeps it for a replay.
    return dead('bad-arguments', `The decoder failed with ${error instanceof Error ? error.name : 'an unknown error'}.`);
  }
}
