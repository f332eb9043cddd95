// What a decoder is given and what it gives back. Every file of this folder exports one table, action → decoder;
// index.ts joins the tables. A decoder is a pure function: it never reads a clock, a store or the network.
import type { z } from 'zod';
import type { AuditDraft, DomainChange } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';

/** Settings of one site that decoding depends on. */
export interface DecodeOptions {
  /** Post meta keys that an operator allowed besides the built-in list (the site's setting `post_meta_whitelist`). */
  readonly extraPostMeta: ReadonlySet<string>;
}

/** The circumstances of the item whose arguments are decoded. */
export interface ItemContext {
  readonly action: string;
  readonly rev: Rev;
  /** The item's time in ISO-8601 UTC. */
  readonly at: string;
  readonly options: DecodeOptions;
}

export interface Decoding {
  readonly changes: readonly DomainChange[];
  readonly audit: AuditDraft | null;
}

export type ArgumentResult = { readonly ok: true; readonly decoding: Decoding } | { readonly ok: false; readonly message: string };

/** Decodes one action's arguments; the message of a failure names places and expectations, never values. */
export type Decoder = (args: unknown, item: ItemContext) => ArgumentResult;

export type DecoderTable = Readonly<Record<string, Decoder>>;

/** Nothing to store and nothing to tell. */
export const NOTHING: Decoding = { changes: [], audit: null };

/** Makes a decoder from the shape of an action's arguments and a total function over that shape. */
export function decoder<S extends z.ZodType>(shape: S, decode: (args: z.output<S>, item: ItemContext) => Decoding): Decoder {
  return (args, item) => {
    const parsed = shape.safeParse(args);
    if (!parsed.success) return { ok: false, message: describe(parsed.error.issues) };
    return { ok: true, decoding: decode(parsed.data, item) };
  };
}

/** A decoder for actions whose arguments are not looked at. */
export function ignoringArguments(decode: (item: ItemContext) => Decoding): Decoder {
  return (_args, item) => ({ ok: true, decoding: decode(item) });
}

const MAX_ISSUES = 3;

function describe(issues: readonly z.core.$ZodIssue[]): string {
  const places = issues.slice(0, MAX_ISSUES).map((issue) => {
    const path = issue.path.map((part) => (/^\w{1,40}$/.test(String(part)) ? String(part) : '?')).join('.');
    return `${path === '' ? 'arguments' : path}: ${issue.code === 'custom' ? issue.message : issue.code}`;
  });
  return places.join('; ');
}
