import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../core/errors.js';
import { packagePath } from '../core/package-root.js';
import { findBreaches, type SourceFile } from './testkit/architecture.js';

function readSources(): SourceFile[] {
  return ['core', 'auth', 'store', 'origin', 'sync', 'accounts', 'subgraphs', 'gateway', 'jobs', 'console', 'bin', 'bench'].filter((folder) => existsSync(packagePath(folder))).flatMap((folder) =>
    readdirSync(packagePath(folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !name.includes('node_modules'))
      .map((name) => ({ path: `${folder}/${name.replaceAll('\\', '/')}`, text: readFileSync(packagePath(folder, name), 'utf8') })),
  );
}

describe('the house', () => {
  it('is in order', () => {
    const files = readSources();
    expect(files.length).toBeGreaterThan(150);
    expect(findBreaches(files)).toEqual([]);
  });

  it.each([
    ['core/words.ts', `import { openStore } from '../store/store.js';`],
    ['auth/rules.ts', `import { graphql } from 'graphql';`],
    ['store/read/posts.ts', `import { decode } from '../../sync/decode/index.js';`],
    ['sync/server.ts', `import type { Viewer } from '../auth/viewer.js';`],
    ['sync/ingest.ts', `import { createSiteClient } from '../origin/site-client.js';`],
    ['origin/site-client.ts', `import { ingestBatch } from '../sync/ingest.js';`],
    ['accounts/pages.ts', `import { register } from '../sync/connection/register.js';`],
    ['jobs/worker.ts', `import { createGateway } from '../gateway/gateway.js';`],
    ['subgraphs/content/loaders.ts', `import { x } from '../users/loaders.js';`],
    ['gateway/gateway.ts', `import { x } from '../subgraphs/users/loaders.js';`],
    ['subgraphs/users/loaders.ts', `import { PrismaClient } from '../../prisma/client/client.js';`],
    ['subgraphs/users/loaders.ts', `const { sync } = await import('../../sync/server.js');`],
    ['store/store.ts', `const url = process.env['DATABASE_URL'];`],
    ['console/pages/sites/page.tsx', `import { siteById } from '../../../store/sites.js';`],
    ['console/pages/sites/page.tsx', `import { parse } from 'graphql';`],
    ['gateway/server.ts', 'export default 1;'],
    ['store/read/posts.ts', 'await db.query(`UPDATE post SET title = $1`);'],
    ['store/read/posts.ts', 'const since = Date.now();'],
    ['subgraphs/users/loaders.ts', 'const now = new Date();'],
    ['sync/ingest.ts', '\n'.repeat(400)],
  ])('shows a breach in %s', (path, text) => {
    expect(findBreaches([{ path, text }])).toHaveLength(1);
  });
});

describe('docs', () => {
  it('list exactly the error codes there are, with their meaning', () => {
    const rows = readFileSync(packagePath('docs', 'errors.md'), 'utf8').split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toEqual(Object.entries(ERROR_CODES).map(([code, { status, meaning }]) => `| \`${code}\` | ${status} | ${meaning} |`));
  });

  it('name only tests that exist', () => {
    const named = [...readFileSync(packagePath('docs', 'sync-protocol.md'), 'utf8').matchAll(/`(test\/[^`]+\.test\.ts)`/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(10);
    for (const file of new Set(named)) expect(readFileSync(packagePath(file), 'utf8').length, file).toBeGreaterThan(0);
  });
});
