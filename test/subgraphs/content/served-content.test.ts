// Block attributes as WordPress writes them anew. That the result equals the recorded site's own is in parity.test.ts.
import { describe, expect, it } from 'vitest';
import { rewriteJsonObject } from '../../../subgraphs/content/php-json.js';
import { isRewrittenForEditors, rewriteBlocks } from '../../../subgraphs/content/served-content.js';
import { decodeRequest, readRecording } from '../../testkit/recorded.js';

describe('rewriteJsonObject', () => {
  it.each([
    ['{"a":{},"b":{"0":"x","1":"y"},"c":{"1":"x"}}', '{"a":[],"b":["x","y"],"c":{"1":"x"}}'],
    ['{ "z": 1, "10": 2, "a": 3 }', '{"z":1,"10":2,"a":3}'],
    ['{"a":1,"b":2,"a":3}', '{"a":3,"b":2}'],
    ['{"n":[1.0,1.50,1e2,1E25,-7,9223372036854775807,true,null]}', '{"n":[1,1.5,100,1.0e+25,-7,9223372036854775807,true,null]}'],
    ['{"t":"\\u00e9\\/\\u2028\\n\\"日本"}', '{"t":"é/\\u2028\\n\\"日本"}'],
    ['{}', ''],
  ])('writes %s as PHP does', (given, expected) => expect(rewriteJsonObject(given)).toBe(expected));

  it.each(['[1]', '{"a":}', '{"a":1,}', '{"a":01}', '{"a":1} x', '{a:1}', '{"a":"\n"}', '{"a":1e999}', '{"a":"', `{"a":${'['.repeat(100_000)}`, `{"a":${'['.repeat(512)}${']'.repeat(512)}}`])(
    'leaves what PHP cannot read: %.20s',
    (text) => expect(rewriteJsonObject(text)).toBeNull(),
  );
});

describe('rewriteBlocks', () => {
  it('writes attributes anew and leaves everything else byte for byte', () => {
    const content = 'a <!-- not a block -->\n<!-- wp:core/query  {"q":{},"t":"<b> & \\u002d- \\"x\\" \\\\"} -->\n<p>{"q":{}}</p>\r\n<!-- wp:x/y {} /--><!-- wp:bad {"q":{} -->\n<!-- /wp:core/query -->';
    expect(rewriteBlocks(content)).toBe(
      'a <!-- not a block -->\n<!-- wp:query {"q":[],"t":"\\u003cb\\u003e \\u0026 \\u002d\\u002d \\u0022x\\u0022 \\\\"} -->\n<p>{"q":{}}</p>\r\n<!-- wp:x/y /--><!-- wp:bad {"q":{} -->\n<!-- /wp:core/query -->',
    );
  });

  it('changes one of all recorded contents, and what it wrote no more', () => {
    const contents = new Set(
      (['1-incremental', '2-full-sync', '3-full-sync-woocommerce'] as const).flatMap((name) =>
        readRecording(name).flatMap((request) => JSON.stringify(decodeRequest(request)).match(/"content":"(?:[^"\\]|\\.)*"/g) ?? []).map((text) => (JSON.parse(`{${text}}`) as { content: string }).content),
      ),
    );
    expect(contents.size).toBeGreaterThan(90);
    const changed = [...contents].filter((content) => rewriteBlocks(content) !== content);
    expect(changed).toHaveLength(1);
    for (const content of contents) expect(rewriteBlocks(rewriteBlocks(content))).toBe(rewriteBlocks(content));
  });

  it('is for the types that WordPress hooks blocks into, on sites whose WooCommerce does', () => {
    expect(isRewrittenForEditors('page', '11.0.1')).toBe(true);
    expect([isRewrittenForEditors('book', '11.0.1'), isRewrittenForEditors('page', '7.9.0'), isRewrittenForEditors('page', undefined)]).toEqual([false, false, false]);
  });
});
