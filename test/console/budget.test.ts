// What a browser has to load before a page shows, computed from the built files.
import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../core/package-root.js';
import { checkBundle } from './browser.js';

const BUDGET_BYTES = 250 * 1024;

describe('the first load of the console', () => {
  it('is under 250 KiB of compressed JavaScript on every page', () => {
    checkBundle();
    const { pages } = JSON.parse(readFileSync(packagePath('dist', 'console', 'pages.json'), 'utf8')) as { pages: Record<string, string[]> };
    expect(Object.keys(pages)).toContain('sites');
    const sizes = Object.entries(pages).map(([page, names]) => [page, names.filter((name) => name.endsWith('.js')).reduce((sum, name) => sum + statSync(packagePath('dist', 'console', 'assets', `${name}.gz`)).size, 0)] as const);
    expect(sizes.filter(([, bytes]) => bytes > BUDGET_BYTES)).toEqual([]);
  });

  it('has no script or style in the page itself and names nothing of another origin', () => {
    const html = readFileSync(packagePath('dist', 'console', 'index.html'), 'utf8');
    expect(html.match(/<script(?![^>]*\bsrc=)/g)).toBeNull();
    expect(html.match(/<style|\sstyle=/g)).toBeNull();
    expect(html.match(/(?:src|href)="(?!\{base\}\/)[^"]*"/g)).toBeNull();
  });
});
