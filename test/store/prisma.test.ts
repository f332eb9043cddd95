// The typed client for ordinary access: opened when it is first asked for, over the same connection or pool as the prepared SQL.
import { describe, expect, it } from 'vitest';
import { addSite } from '../../store/sites.js';
import { nextSiteId, openTestStore } from '../testkit/store.js';

describe('the Prisma client of a store', () => {
  it('is one, and reads what prepared SQL wrote', async () => {
    const store = await openTestStore();
    const id = nextSiteId();
    await addSite(store, { id, url: `http://prisma-${id}.example`, blogToken: `k${id}.s${id}`, userTokens: [] });
    const prisma = await store.prisma();
    expect(await store.prisma()).toBe(prisma);
    expect(await prisma.site.findUnique({ where: { id: BigInt(id) }, select: { url: true } })).toEqual({ url: `http://prisma-${id}.example` });
  });
});
