import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../../core/package-root.js';
import { touchedParts } from '../../../store/cache/parts.js';
import { ACCOUNT_CACHED, COMMON_CACHED, NOT_CACHED, SITE_CACHED, tablesRead, tablesWritten } from '../../../store/cache/tables.js';

const schema = readFileSync(packagePath('prisma', 'schema.prisma'), 'utf8');

describe('the tables of the cache', () => {
  it('are, with those that are never cached, all tables of the schema, each once', () => {
    const tables = [...schema.matchAll(/@@map\("([a-z_]+)"\)/g)].map(([, name]) => name ?? '').sort();
    expect(tables.length).toBeGreaterThan(40);
    expect([...SITE_CACHED, ...ACCOUNT_CACHED, ...COMMON_CACHED, ...NOT_CACHED].sort()).toEqual(tables);
  });

  it('hold no secret: no column of theirs that is one is read by a file that reads through the cache', () => {
    const files = readdirSync(packagePath('store', 'read')).map((name) => readFileSync(packagePath('store', 'read', name), 'utf8'));
    const cached = files.filter((text) => text.includes('cachedRows'));
    expect(cached.length).toBeGreaterThan(8);
    for (const text of cached) expect(text).not.toMatch(/blog_token|password_hash|secrets\.|decrypt|access_token|session\b/);
  });

  it('have no trigger or function in the database that writes behind a statement', () => {
    const migrations = readdirSync(packagePath('prisma', 'migrations'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sql'));
    const texts = migrations.map((name) => readFileSync(packagePath('prisma', 'migrations', name), 'utf8')).join('\n');
    expect(texts).not.toMatch(/CREATE (OR REPLACE )?(TRIGGER|RULE)|ON DELETE (CASCADE|SET)|ON UPDATE CASCADE/);
  });
});

describe('a statement that reads', () => {
  it('depends on every table that its text names', () => {
    expect(tablesRead('SELECT * FROM post p JOIN term_relation r ON true WHERE EXISTS (SELECT 1 FROM "term")')).toEqual(['post', 'term_relation', 'term']);
  });

  it.each([
    ['SELECT * FROM access_token'],
    ['SELECT p.* FROM post p JOIN sync_run r ON true'],
    ['SELECT 1'],
    ['SELECT * FROM post WHERE date_gmt > now()'],
    ['SELECT * FROM post ORDER BY random()'],
    ['SELECT * FROM post FOR UPDATE'],
    ['WITH gone AS (DELETE FROM post RETURNING *) SELECT * FROM gone'],
    [`SELECT pg_advisory_lock(1) FROM post`],
  ])('is not cached: %s', (text) => {
    expect(tablesRead(text)).toBeNull();
  });
});

describe('a statement that writes', () => {
  it.each([
    ['INSERT INTO post (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET id = 1', ['post']],
    ['UPDATE ONLY setting SET value = $1', ['setting']],
    ['WITH a AS (delete\n from term), b AS (INSERT INTO comment VALUES (1)) UPDATE site SET sequence = 1', ['term', 'comment', 'site']],
    ['TRUNCATE TABLE plugin', ['plugin']],
    ['MERGE INTO theme USING x ON true WHEN MATCHED THEN DELETE', ['theme']],
    ['SELECT * FROM post FOR UPDATE', []],
    ['INSERT INTO access_token VALUES (1)', []],
    ['INSERT INTO sitegraph_jobs.job VALUES (1)', []],
  ])('touches what it writes: %s', (text, tables) => {
    expect(tablesWritten(text)).toEqual(tables);
  });

  it('touches all of what it does not name', () => {
    expect(touchedParts(['post', 'site'], [{ table: 'site', of: 'x' }])).toEqual([{ table: 'site', of: 'x' }, { table: 'post', of: '*' }]);
  });
});
