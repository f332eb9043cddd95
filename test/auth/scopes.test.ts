import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.js';
import { isScope, parseScopes, SCOPES } from '../../auth/scopes.js';

describe('the scopes', () => {
  it('are known for every field of the schema that requires one', () => {
    const root = new URL('../../subgraphs/', import.meta.url);
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('schema.graphql'));
    const used = new Set<string>();
    for (const file of files) {
      const text = readFileSync(new URL(file, root), 'utf8');
      for (const [, lists = ''] of text.matchAll(/@requiresScopes\(scopes:\s*(\[[^)]*\])\)/g)) {
        for (const [, scope = ''] of lists.matchAll(/"([^"]+)"/g)) used.add(scope);
      }
    }
    expect(used.size).toBeGreaterThanOrEqual(10);
    expect([...used].filter((scope) => !Object.hasOwn(SCOPES, scope))).toEqual([]);
  });

  it('say in one sentence each what they allow', () => {
    for (const sentence of Object.values(SCOPES)) expect(sentence).toMatch(/^[A-Z][^.]+\.$/);
  });
});

describe('parseScopes', () => {
  it('takes text and lists, drops repeats and keeps the order', () => {
    expect(parseScopes(' users:read, content:* users:read')).toEqual(['users:read', 'content:*']);
    expect(parseScopes(['*'])).toEqual(['*']);
  });

  it('refuses unknown scopes and names the known ones', () => {
    expect(() => parseScopes('content:read,contents:read')).toThrow(AppError);
    expect(() => parseScopes('contents:read')).toThrow(/Unknown scope "contents:read"\. Known scopes: content:read, /);
    expect(() => parseScopes(' , ')).toThrow('The list of scopes is empty');
    expect(['pears:*', ':*', 'content', 'toString', '**'].filter(isScope)).toEqual([]);
  });
});
