// The rules of the house as a function over source texts, so that a test can hold the code against it and see it fail.
export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Folder → folders it may import from; its own is always allowed. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  auth: ['core'],
  store: ['core', 'prisma'],
  // Of sync/ only what both directions of the wire share: sync/protocol and sync/decode (docs/adr/0004).
  origin: ['core', 'store', 'sync'],
  // Of origin/ only sync/connection, sync/verify and sync/drive call sites; listening never does.
  sync: ['core', 'store', 'origin'],
  accounts: ['core', 'auth', 'store'],
  subgraphs: ['core', 'auth', 'store', 'origin'],
  gateway: ['core', 'auth', 'subgraphs'],
  jobs: ['core', 'store', 'origin', 'sync'],
  // Runs in browsers and knows the graph alone.
  console: [],
  bin: ['core', 'auth', 'store', 'origin', 'sync', 'accounts', 'subgraphs', 'gateway', 'jobs'],
  bench: ['core', 'auth', 'store', 'origin', 'sync', 'accounts', 'subgraphs', 'gateway', 'jobs', 'bin', 'test'],
};

/** Parts of sync/ that call sites, and so may import origin/. */
const CALLING_PARTS = ['sync/connection/', 'sync/verify/', 'sync/drive/', 'sync/import/'];
/** Parts of sync/ that origin/ may import. */
const SHARED_PARTS = ['sync/protocol/', 'sync/decode/'];

/** Who may speak GraphQL; the last is the peer of the benchmarks. */
const MAY_EXECUTE = ['subgraphs/', 'gateway/', 'bench/one-schema/'];

/** Tables of the installation itself; site data is written in store/apply alone. */
const WRITES_OUTSIDE_APPLY: Readonly<Record<string, string>> = {
  'store/sites.ts': 'adds and removes whole sites',
  'store/site-contact.ts': 'connection facts of the table site',
  'store/connections.ts': 'registrations, tokens, owners and links of accounts to users',
  'store/grants.ts': 'single-use grants of the connection',
  'store/accounts.ts': 'accounts of people',
  'store/identities.ts': 'names at OpenID Connect providers',
  'store/sign-in-tries.ts': 'tries of passwords',
  'store/sessions.ts': 'browsers that are signed in',
  'store/tokens.ts': 'tokens and the accounts that only they stand for',
  'store/site-calls.ts': 'how a site is called, and its application password',
  'store/rest-sites.ts': 'sites that are read through their REST API',
  'store/site-findings.ts': 'what is wrong with a site',
  'store/reader.ts': 'follows and seen marks',
  'store/nonces.ts': 'nonces of requests',
  'store/writes.ts': 'receipts of writes towards sites',
  'store/edit-locks.ts': 'who is editing what',
  'store/media-uploads.ts': 'files on their way to sites',
  'store/write-journal.ts': 'how far writes of several steps came',
  'store/dead-letters.ts': 'what was not understood',
  'store/retention.ts': 'forgets what has had its time, never site data',
  'store/sync-runs.ts': 'runs: full syncs, verifications, repairs, imports',
  'store/extension-operations.ts': 'operations over fleets',
  'store/extension-items.ts': 'what operations do on each site',
  'store/extension-packages.ts': 'uploaded packages of plugins and themes',
  'store/update-policies.ts': 'update policies and what they began',
  'store/checksum-results.ts': 'what verifications found',
  'store/vulnerabilities.ts': 'known vulnerabilities, for all sites',
  'store/migrate.ts': 'the table of migrations',
  'store/distribute.ts': 'moves whole tables into their partitions',
  'bench/ingest.ts': 'tables of the peer',
  'bench/seed-posts.ts': 'copies of the demonstration site',
};

/** @apollo/gateway has no option for it, only this variable; nothing is read. */
const TELEMETRY_OFF = "process.env['APOLLO_TELEMETRY_DISABLED'] = 'true'";

const MAX_LINES = 400;

/** What breaks a rule, one line each; empty when the house is in order. */
export function findBreaches(files: readonly SourceFile[]): string[] {
  return files.filter((file) => isOurs(file.path)).flatMap((file) => [...importBreaches(file), ...textBreaches(file)]);
}

function isOurs(path: string): boolean {
  return /\.tsx?$/.test(path) && !path.startsWith('prisma/client/') && !path.endsWith('/generated.ts') && (path.split('/')[0] ?? '') in MAY_IMPORT;
}

function importBreaches({ path, text }: SourceFile): string[] {
  const [folder = ''] = path.split('/');
  const breaches: string[] = [];
  for (const [, specifier = ''] of text.matchAll(/(?:from|import\()\s*'([^']+)'/g)) {
    if (specifier === 'graphql' && !MAY_EXECUTE.some((part) => path.startsWith(part))) breaches.push(`${path}: imports graphql, which only subgraphs/ and gateway/ may`);
    if (!specifier.startsWith('.')) continue;
    const target = resolve(path, specifier);
    const [targetFolder = ''] = target.split('/');
    if (target.startsWith('prisma/client') && folder !== 'store') {
      breaches.push(`${path}: opens the Prisma client, which only store/ may`);
      continue;
    }
    if (targetFolder !== folder && !MAY_IMPORT[folder]?.includes(targetFolder)) breaches.push(`${path}: imports ${target}; ${folder}/ may import ${MAY_IMPORT[folder]?.join(', ') || 'nothing of ours'}`);
    if (folder === 'gateway' && targetFolder === 'subgraphs' && !/^subgraphs\/(shared\/|[a-z]+\/index\.js)/.test(target)) breaches.push(`${path}: imports the inside of a subgraph, ${target}`);
    if (folder === 'origin' && targetFolder === 'sync' && !SHARED_PARTS.some((part) => target.startsWith(part))) breaches.push(`${path}: imports ${target}; of sync/, origin/ may import ${SHARED_PARTS.join(', ')}`);
    if (folder === 'sync' && targetFolder === 'origin' && !CALLING_PARTS.some((part) => path.startsWith(part))) breaches.push(`${path}: calls sites, which of sync/ only ${CALLING_PARTS.join(', ')} may`);
    if (folder === 'subgraphs') {
      const [, own = ''] = path.split('/');
      const [, other = ''] = target.split('/');
      if (targetFolder === 'subgraphs' && other !== own && other !== 'shared') breaches.push(`${path}: one subgraph imports another, ${target}`);
    }
  }
  return breaches;
}

function textBreaches({ path, text }: SourceFile): string[] {
  const [folder = ''] = path.split('/');
  const breaches: string[] = [];
  if (/\bprocess\.env\b/.test(text.replace(TELEMETRY_OFF, '')) && folder !== 'bin' && folder !== 'bench') breaches.push(`${path}: reads process.env, which only bin/ may`);
  if (/^export default\b/m.test(text)) breaches.push(`${path}: has a default export`);
  if (text.split('\n').length > MAX_LINES) breaches.push(`${path}: has more than ${MAX_LINES} lines`);
  // What is read may be given again, for as long as nothing it was made of changes; so it tells when it looks at the clock.
  if ((folder === 'subgraphs' || path.startsWith('store/read/')) && /\bDate\.now\b|new Date\(\)/.test(text)) breaches.push(`${path}: reads the clock, which in subgraphs/ and store/read/ is core/answer-sources.ts's currentTime`);
  const writes = /\b(INSERT INTO|UPDATE [a-z_]+ SET|DELETE FROM)\b/.test(text);
  if (writes && !path.startsWith('store/apply/') && !(path in WRITES_OUTSIDE_APPLY)) breaches.push(`${path}: writes to the database outside store/apply`);
  return breaches;
}

function resolve(path: string, specifier: string): string {
  const parts = path.split('/').slice(0, -1);
  for (const step of specifier.split('/')) {
    if (step === '..') parts.pop();
    else if (step !== '.') parts.push(step);
  }
  return parts.join('/');
}
