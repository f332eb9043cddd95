// What the normalized cache has to know beside global ids, which key everything that has one. What has none belongs to what it was read
// of. A mutation that adds to or takes from a list names that list here, or its page reads again (`refresh` of useGraph).
import type { CacheExchangeOpts } from '@urql/exchange-graphcache';

export const cacheRules: Partial<CacheExchangeOpts> = {
  updates: { Mutation: {} },
};
