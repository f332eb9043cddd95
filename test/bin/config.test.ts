import { describe, expect, it } from 'vitest';
import { readConfig } from '../../bin/config.js';

describe('calls to private addresses', () => {
  it.each([
    [{}, true],
    [{ HOST: 'localhost' }, true],
    [{ HOST: '::1', SITEGRAPH_PUBLIC_URL: 'http://[::1]:4000' }, true],
    [{ SITEGRAPH_PUBLIC_URL: 'http://127.0.0.1:4000' }, true],
    [{ HOST: '0.0.0.0' }, false],
    [{ HOST: '127.0.0.1', SITEGRAPH_PUBLIC_URL: 'https://hub.example.net' }, false],
    [{ SITEGRAPH_PUBLIC_URL: 'https://127.0.0.1.example.net' }, false],
    [{ HOST: '0.0.0.0', SITEGRAPH_ALLOW_PRIVATE_ORIGINS: 'on' }, true],
    [{ SITEGRAPH_ALLOW_PRIVATE_ORIGINS: 'off' }, false],
  ])('are, with %j, allowed: %s', (env, allowed) => {
    expect(readConfig(env).allowPrivateOrigins).toBe(allowed);
  });

  it('take no other word than on and off', () => {
    expect(() => readConfig({ SITEGRAPH_ALLOW_PRIVATE_ORIGINS: 'yes' })).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }) as Error);
  });
});

describe('the size of the cache', () => {
  it.each([[undefined, 64], ['0', 0], ['256', 256]])('is, with %s, %i MiB, a quarter of it for answers', (text, megabytes) => {
    const { cacheBytes, answerBytes } = readConfig({ SITEGRAPH_CACHE_MB: text });
    expect([cacheBytes + answerBytes, answerBytes * 4]).toEqual([megabytes * 1024 * 1024, megabytes * 1024 * 1024]);
  });

  it.each(['-1', '1.5', '4097', 'much'])('is not %s', (text) => {
    expect(() => readConfig({ SITEGRAPH_CACHE_MB: text })).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }) as Error);
  });
});
