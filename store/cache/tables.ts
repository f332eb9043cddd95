// Which tables reads may be cached of, and what a statement's text says of them: which it reads, which it writes. The list is the one
// place that decides; test/store/cache/tables.test.ts holds it against the schema and against every cached statement.
// A name in a text that is a table of ours but not in the list makes the statement one that is never cached.

/** Tables whose rows belong to a site: a part of them is named by its id. */
export const SITE_CACHED = [
  'site', 'setting', 'post', 'post_meta', 'term', 'term_relation', 'comment', 'comment_meta', 'menu_item_link', 'site_user', 'plugin', 'theme',
  'update_offer', 'shop_order', 'order_item', 'order_item_meta', 'change', 'audit_event',
] as const;
/** Tables whose rows belong to an account. */
export const ACCOUNT_CACHED = ['reader_follow', 'reader_seen'] as const;
/** Tables whose rows are everybody's: a write to one touches all of it. */
export const COMMON_CACHED = ['vulnerability', 'vulnerable_range'] as const;

export type SiteTable = (typeof SITE_CACHED)[number];
export type CachedTable = SiteTable | (typeof ACCOUNT_CACHED)[number] | (typeof COMMON_CACHED)[number];

/** Tables that are never cached: secrets, people, locks, work in progress, and what all sites share. */
export const NOT_CACHED = [
  'site_user_token', 'request_nonce', 'site_credential', 'connection_grant', 'site_finding', 'sync_run', 'write_receipt', 'media_upload', 'edit_lock',
  'checksum_result', 'opaque_meta_checksum', 'account', 'account_user', 'account_identity', 'session', 'sign_in_try', 'access_token', 'dead_letter',
  'full_sync', 'full_sync_chunk', 'sync_floor', 'vulnerability_feed', 'extension_operation',
  'extension_operation_item', 'extension_package', 'update_policy', 'update_policy_run',
] as const;

const CACHED: ReadonlySet<string> = new Set([...SITE_CACHED, ...ACCOUNT_CACHED, ...COMMON_CACHED]);
const NEVER: ReadonlySet<string> = new Set(NOT_CACHED);

export function isCachedTable(name: string): name is CachedTable {
  return CACHED.has(name);
}

const OF_SITES: ReadonlySet<string> = new Set(SITE_CACHED);

const OF_ACCOUNTS: ReadonlySet<string> = new Set(ACCOUNT_CACHED);

export function isAccountTable(name: string): name is (typeof ACCOUNT_CACHED)[number] {
  return OF_ACCOUNTS.has(name);
}

export function isSiteTable(name: string): name is SiteTable {
  return OF_SITES.has(name);
}

/** What makes one text answer differently at another time though no row changed, or do more than read. */
const UNSTEADY = /\b(now|random|nextval|clock_timestamp|current_timestamp|current_date|localtimestamp|pg_\w+|insert|update|delete|merge|truncate|share)\b/i;
const WRITES = /\b(?:insert\s+into|update|delete\s+from|merge\s+into|truncate(?:\s+table)?)\s+(?:only\s+)?"?([a-z_]+)/gi;

const read = new Map<string, readonly CachedTable[] | null>();
const written = new Map<string, readonly CachedTable[]>();
/** Texts are constants of the product, a few hundred; what is built anew each time must not fill the memory. */
const MAX_TEXTS = 2_000;

function remember<Value>(texts: Map<string, Value>, text: string, value: Value): Value {
  if (texts.size >= MAX_TEXTS) texts.clear();
  texts.set(text, value);
  return value;
}

/** The cached tables that a text names, wherever it does; null when the statement may not be cached. */
export function tablesRead(text: string): readonly CachedTable[] | null {
  const known = read.get(text);
  if (known !== undefined) return known;
  // Words inside quotes count too: a table too many costs a read, one too few an outdated answer.
  const words = new Set(text.match(/[a-z_][a-z_0-9]*/g) ?? []);
  const tables = [...words].filter(isCachedTable);
  const refused = UNSTEADY.test(text) || tables.length === 0 || [...words].some((word) => NEVER.has(word));
  return remember(read, text, refused ? null : tables);
}

/** The cached tables that a statement writes; empty for most. */
export function tablesWritten(text: string): readonly CachedTable[] {
  const known = written.get(text);
  if (known !== undefined) return known;
  const tables = new Set<CachedTable>();
  for (const [, name = ''] of text.matchAll(WRITES)) if (isCachedTable(name.toLowerCase())) tables.add(name.toLowerCase() as CachedTable);
  return remember(written, text, [...tables]);
}
