// Composition's lints and the check for drift, each seen to fail.
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeSupergraph } from '../../codegen/compose.mjs';
import { packagePath } from '../../core/package-root.js';

const common = readFileSync(packagePath('subgraphs', 'shared', 'common.graphql'), 'utf8');
const compose = (...schemas: readonly string[]): ReturnType<typeof composeSupergraph> =>
  composeSupergraph(schemas.map((schema, n) => ({ name: `s${n}`, url: 'http://s.invalid/', typeDefs: parse(`${common}\n${schema}`) })));

describe('composition', () => {
  it('finds a protected field that a denial could not null alone', () => {
    const { findings } = compose('type Query { open: String secret: String! @authenticated }');
    expect(findings).toEqual(['Query.secret is protected and must be nullable: a denial answers null']);
  });

  it('finds protection that stands on a type', () => {
    const { findings } = compose('type Query { thing: Thing } type Thing @authenticated { name: String }');
    expect(findings).toContain('Thing in s0 carries @authenticated: put it on fields');
  });

  it('finds one field name with two shapes among Node types, also further down', () => {
    const { findings } = compose(`
      type Query { node: Node }
      type A implements Node { id: ID! state: String! owner: Owner }
      type B implements Node { id: ID! state: State! owner: Person }
      type Owner { name: String! } type Person { name: String }
      enum State { ON OFF }
    `);
    expect(findings).toEqual([
      'A.state is String! and B.state is State!: one field name has one shape among Node types',
      'Owner.name is String! and Person.name is String: one field name has one shape among Node types',
    ]);
  });

  it('sums the demands of all implementations on an interface', () => {
    const { protectedFields } = compose(`
      type Query { items: [Item!]! }
      interface Item { note: String }
      type A implements Item { note: String @requiresScopes(scopes: [["a"], ["b", "c"]]) }
      type B implements Item { note: String @requiresScopes(scopes: [["a"]]) }
      type C implements Item { note: String }
    `);
    expect(protectedFields).toEqual({ 'A.note': [['a'], ['b', 'c']], 'B.note': [['a']], 'Item.note': [['a']] });
  });

  it('leaves nothing in the executable supergraph that the Apollo gateway refuses', () => {
    const { executable, supergraph } = compose('type Query { a(first: Int): [Int!] @authenticated @cost(weight: 3) @listSize(slicingArguments: ["first"]) }');
    expect(supergraph).toMatch(/@authenticated/);
    expect(executable).not.toMatch(/@authenticated|@requiresScopes|@cost|@listSize/);
  });

  it('refuses schemas that do not compose', () => {
    expect(() => compose('type Query { a: String }', 'type Query { a: Int }')).toThrow(/the full supergraph does not compose/);
  });
});

describe('the check for drift', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'sitegraph-drift-'));
    for (const name of ['package.json', 'codegen.yml', 'prisma.config.ts']) cpSync(packagePath(name), join(root, name));
    for (const name of ['codegen', 'gateway', 'subgraphs', 'prisma', 'scripts']) cpSync(packagePath(name), join(root, name), { recursive: true });
    symlinkSync(packagePath('node_modules'), join(root, 'node_modules'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const check = (only: string): { status: number | null; stderr: string } => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts', 'generate.mjs'), '--check', '--only', only], { encoding: 'utf8' });
    return { status, stderr };
  };

  it.each(['supergraph', 'types', 'prisma'])('passes over what is committed (%s)', (only) => {
    expect(check(only)).toMatchObject({ status: 0 });
  });

  it.each([
    ['supergraph', 'gateway/protected-fields.ts'],
    ['supergraph', 'gateway/executable.graphql'],
    ['types', 'subgraphs/content/generated.ts'],
    ['prisma', 'prisma/client/enums.ts'],
  ])('fails in %s naming %s when it was edited', (only, file) => {
    const before = readFileSync(join(root, file), 'utf8');
    appendFileSync(join(root, file), '\n// edited\n');
    const result = check(only);
    cpSync(packagePath(file), join(root, file));
    expect(readFileSync(join(root, file), 'utf8')).toBe(before);
    expect(result.status).toBe(1);
    expect(result.stderr).toContain(`${file} is out of date`);
  });

  it('fails when a schema changed and nothing was generated', () => {
    appendFileSync(join(root, 'subgraphs/settings/schema.graphql'), '\nextend type Query { driftProbe: String }\n');
    expect(check('supergraph').stderr).toContain('gateway/supergraph.graphql is out of date');
    expect(check('types').stderr).toContain('subgraphs/settings/generated.ts is out of date');
  });
});
