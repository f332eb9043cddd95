import { buildSchema, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { authorize } from '../../gateway/authorization.js';
import { bootSelfTest, protectedCoordinates } from '../../gateway/boot-self-test.js';
import { readSupergraph } from '../../gateway/gateway.js';
import { smallSupergraph, startSmallGraph } from './small-graph.js';

describe('the boot self-test', () => {
  it('lets a gateway start that refuses every protected field', async () => {
    await (await startSmallGraph('in-process')).close();
  });

  it('stops a gateway without enforcement and names what is open', async () => {
    await expect(startSmallGraph('in-process', { enforce: (executor) => executor })).rejects.toThrow(/without credentials: .*Site\.secret/);
  });

  it('stops a gateway whose table lacks one coordinate', async () => {
    const { 'Post.raw': _forgotten, ...stale } = smallSupergraph.protectedFields;
    const start = startSmallGraph('in-process', { enforce: (executor) => authorize(executor, stale) });
    await expect(start).rejects.toThrow('without credentials: Post.raw;');
  });

  it('stops a gateway that takes fields out but does not say so', async () => {
    const start = startSmallGraph('in-process', {
      enforce: (executor, fields) => {
        const enforced = authorize(executor, fields);
        return async (context) => ({ data: (await enforced(context)).data ?? null });
      },
    });
    await expect(start).rejects.toThrow('without credentials');
  });

  it('stops a gateway that misses fields inside named fragments', async () => {
    const start = startSmallGraph('in-process', {
      enforce: (executor, fields) => {
        const enforced = authorize(executor, fields);
        return (context) => {
          const definitions = context.document.definitions.filter((node) => node.kind !== 'FragmentDefinition');
          return enforced({ ...context, document: { ...context.document, definitions } });
        };
      },
    });
    await expect(start).rejects.toThrow('without credentials');
  });

  it('proves every reachable protected field of the committed supergraph', async () => {
    const supergraph = readSupergraph();
    const schema = buildSchema(supergraph.executable, { assumeValidSDL: true });
    const { proven } = await bootSelfTest(schema, supergraph.authority, (executor) => authorize(executor, supergraph.protectedFields));
    const all = protectedCoordinates(parse(supergraph.authority));
    expect(all.length).toBeGreaterThan(20);
    expect(proven).toBe(all.length);
  });
});
