import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../subgraphs/content/addresses.js';
import { mediaFile, type MediaFacts } from '../../../subgraphs/content/media-files.js';

const facts = (part: Partial<MediaFacts>): MediaFacts => ({
  attachedFile: '2026/11/a.png', metadata: undefined, altText: undefined, guid: '', siteUrl: 'https://shop.example', uploadUrlPath: undefined, ...part,
});
const urlOf = (part: Partial<MediaFacts>) => mediaFile(facts(part)).sourceUrl;

describe('the address of a file', () => {
  it('lies in the uploads folder that the guid tells, on the host of today', () => {
    expect(urlOf({ guid: 'http://old.example/wp-content/uploads/2026/11/a.png' })).toBe('https://shop.example/wp-content/uploads/2026/11/a.png');
    expect(urlOf({ guid: 'https://shop.example/files/sites/3/2026/11/a.png' })).toBe('https://shop.example/files/sites/3/2026/11/a.png');
    expect(urlOf({ attachedFile: '2026/11/a-scaled.png', guid: 'https://shop.example/media/2026/11/a.png' })).toBe('https://shop.example/media/2026/11/a-scaled.png');
    expect(urlOf({ guid: 'https://shop.example/?attachment_id=4' })).toBe('https://shop.example/wp-content/uploads/2026/11/a.png');
    expect(urlOf({ siteUrl: 'https://host.example/blog' })).toBe('https://host.example/blog/wp-content/uploads/2026/11/a.png');
  });

  it('follows upload_url_path, absolute addresses and paths of the disk', () => {
    expect(urlOf({ uploadUrlPath: 'https://cdn.example/u/' })).toBe('https://cdn.example/u/2026/11/a.png');
    expect(urlOf({ attachedFile: 'https://bucket.example/a.png' })).toBe('https://bucket.example/a.png');
    expect(urlOf({ attachedFile: '/var/www/wp-content/uploads/2026/11/a.png' })).toBe('https://shop.example/wp-content/uploads/2026/11/a.png');
    expect(urlOf({ attachedFile: '/var/www/elsewhere/a.png' })).toBeNull();
  });

  it('is the guid when only that is known, and null when nothing is', () => {
    expect(urlOf({ attachedFile: undefined, guid: 'https://shop.example/x/a.png' })).toBe('https://shop.example/x/a.png');
    expect(urlOf({ attachedFile: undefined, guid: 'https://shop.example/?p=4' })).toBeNull();
    expect(urlOf({ attachedFile: 7, guid: 'javascript:alert(1)' })).toBeNull();
  });

  it('survives metadata of any shape', () => {
    for (const metadata of [null, [], 'text', { width: 'x', height: [], sizes: 3 }, { sizes: { a: null, b: { file: 1 } } }]) {
      expect(mediaFile(facts({ metadata })), JSON.stringify(metadata)).toMatchObject({ width: null, height: null, sizes: [] });
    }
    expect(mediaFile(facts({ metadata: { width: '10', height: 20, sizes: [] } })).sizes).toEqual([
      { name: 'full', url: 'https://shop.example/wp-content/uploads/2026/11/a.png', width: 10, height: 20 },
    ]);
  });
});

describe('parseAddress', () => {
  it('names the front, a number or a path of a site in a folder', () => {
    const within = (url: string) => parseAddress(url)?.within('https://a.example/blog');
    expect(within('https://a.example/blog/')).toEqual({ kind: 'front' });
    expect(within('https://a.example/blog/?p=12')).toEqual({ kind: 'number', localId: 12 });
    expect(within('http://a.example/blog/2026/%E6%97%A5/?utm=1#x')).toMatchObject({ kind: 'path', slug: '%e6%97%a5' });
    expect(parseAddress('https://a.example/blog/x')?.siteAddresses).toContain('http://a.example/blog');
    expect(parseAddress('ftp://a.example')).toBeNull();
    expect(parseAddress('nonsense')).toBeNull();
  });
});
