// What stands at an address: a site with Jetpack, a WordPress site without it, or neither. Called by bin/ before it connects a site.
// One unsigned, bounded call; nothing is stored.
import type { Json } from '../../core/changes.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { readSiteUrl } from './site-address.js';
import { refuseCall } from './verify-address.js';

/** A WordPress site. `siteUrl` is its own word for where WordPress is, `homeUrl` for where its front page is. */
export interface FoundSite<Kind extends 'jetpack' | 'rest' = 'jetpack' | 'rest'> {
  readonly kind: Kind;
  readonly siteUrl: string;
  readonly homeUrl: string;
  readonly name: string;
  readonly namespaces: readonly string[];
}

export type Probe =
  | FoundSite<'jetpack'>
  | FoundSite<'rest'>
  | { readonly kind: 'none'; readonly code: string; readonly message: string };

/** The index of a site with many plugins takes hundreds of KiB when it is not asked for single members, as some hosts answer it. */
const MAX_INDEX_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 20_000;

/** Looks at an address. */
export async function probeSite(client: SiteClient, url: string): Promise<Probe> {
  const address = readSiteUrl(url);
  if (address === null) return { kind: 'none', code: 'invalid_url', message: `"${url}" is not the http or https address of a site, such as https://shop.example.org` };
  const outcome = await client.restAt(address, {
    as: { kind: 'nobody' }, method: 'GET', route: '', query: { _fields: 'name,url,home,namespaces' }, timeoutMs: TIMEOUT_MS, maxAnswerBytes: MAX_INDEX_BYTES,
  });
  if (outcome.kind === 'failure') return { kind: 'none', code: refuseCall(outcome.code, address).code, message: outcome.message };
  const index: Json = outcome.body;
  if (outcome.status !== 200 || typeof index !== 'object' || index === null || Array.isArray(index)) {
    return { kind: 'none', code: 'site_not_wordpress', message: `${address} has no WordPress REST API that answers (status ${outcome.status})` };
  }
  const members = index as { readonly [member: string]: Json };
  const namespaces = (Array.isArray(members['namespaces']) ? members['namespaces'] : []).filter((name): name is string => typeof name === 'string');
  return {
    kind: namespaces.includes('jetpack/v4') ? 'jetpack' : 'rest',
    siteUrl: readSiteUrl(textOf(members['url'])) ?? address,
    homeUrl: readSiteUrl(textOf(members['home'])) ?? address,
    name: (textOf(members['name']) ?? '').slice(0, 200),
    namespaces,
  };
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
