import { createHash } from 'node:crypto';
import { describe, it, expect } from 'vitest';
import { decodeRequestTarget, receivedTarget, type RequestTarget } from '../../../sync/protocol/request-target.js';
import {
  bodyHash, canonicalString, sign, signJsonApiAnswer, signScope, signTokenHealth, verifyScope, verifySignature,
} from '../../../sync/protocol/signature.js';
import { jsonlBodyHash } from '../../../sync/protocol/jsonl-body-hash.js';
import { decodeItem } from '../../../sync/protocol/codec.js';
import { splitJsonLines } from '../../../sync/protocol/json-lines.js';

const BLOG_KEY = 'bk0EXAMPLEblogTokenKey0123456789';
const BLOG_SECRET = 'bs0EXAMPLEblogTokenSecret9876543';
const USER_KEY = 'uk1EXAMPLEuserTokenKey0123456789';
const USER_SECRET = 'us1EXAMPLEuserTokenSecret9876543';
const TIMESTAMP = '1800000000';
const USER_TOKEN_ENCODED = `${USER_KEY}%3A1%3A1`;

function target(url: string): RequestTarget {
  const decoded = decodeRequestTarget(url);
  if (!decoded) throw new Error(`not a URL: ${url}`);
  return decoded;
}

// The worked examples of the protocol reference, section 2.6; their numbers were computed with Jetpack 16.1.2's own class.
describe('the signature of', () => {
  const item = 'LcpLCsIwEADQu8x6TIwglYB4kFJCaKY2kB8zKS2Id+9C3/qNEChRp+BalQ44DsOEBs3j+qdud1x8EsIP0NGJi09uE2IXA1iDEMXNXAvY34KFa3YbJ7Cw9t7Eai1rbYoOn1siVfmt93bxIceiX/5p4Dud';
  const syncBody = Buffer.from(`{"jpsq_sync-1800000000.250000-123456-1":"${item}"}`);

  it('an incremental sync post (example A) has the documented body hash, canonical string and signature', () => {
    const hash = jsonlBodyHash(syncBody);
    expect(hash).toBe('WIoYg0DMDYj/mqebWF0Mz+BSLA8=');
    expect(bodyHash(syncBody)).toBe('Z5mZEWcT7C8lro5eAwGNeA5wBT4=');
    const canonical = canonicalString({
      token: `${BLOG_KEY}:1:0`, timestamp: TIMESTAMP, nonce: 'aB3dE5gH7j', bodyHash: hash ?? '', method: 'post',
      target: target('https://hub.example.net/wpcom/v2/sites/4242/jetpack-sync-actions?sync=1&codec=deflate-json-array&timestamp=1800000000.3&queue=sync&cd=0.0010&pd=0.0020&queue_size=1&buffer_id=6b04921f00d1e5.12345678&sync_flow_type=default&storage_type=options&timeout=20&home=https%3A%2F%2Fshop.example.org&siteurl=https%3A%2F%2Fshop.example.org&idc=1'),
    });
    expect(canonical).toBe([
      `${BLOG_KEY}:1:0`, '1800000000', 'aB3dE5gH7j', 'WIoYg0DMDYj/mqebWF0Mz+BSLA8=', 'POST', 'hub.example.net', '443',
      '/wpcom/v2/sites/4242/jetpack-sync-actions', 'buffer_id=6b04921f00d1e5.12345678', 'cd=0.0010', 'codec=deflate-json-array',
      'home=https%3A%2F%2Fshop.example.org', 'idc=1', 'pd=0.0020', 'queue=sync', 'queue_size=1', 'siteurl=https%3A%2F%2Fshop.example.org',
      'storage_type=options', 'sync=1', 'sync_flow_type=default', 'timeout=20', 'timestamp=1800000000.3', '',
    ].join('\n'));
    expect(sign(canonical, BLOG_SECRET)).toBe('QX3RICB4DwGaAxTkbBgemSN+dCI=');
  });

  it('example A carries the documented item', () => {
    const { entries, badLines } = splitJsonLines(syncBody);
    expect(badLines).toEqual([]);
    expect(entries).toHaveLength(1);
    expect(decodeItem(entries[0]?.encoded ?? '', 'deflate-json-array')).toEqual({
      ok: true,
      item: {
        action: 'deleted_post', args: [77], userId: 1, timestamp: 1800000000.25, timestampMicros: 1800000000250000, isImporting: false,
        actor: { external_user_id: 1, is_cron: false, from_url: 'https://shop.example.org/wp-admin/?a=1' },
      },
    });
  });

  it('an XML-RPC call as a user (example B) has the documented body hash and signature', () => {
    const body = Buffer.from('<?xml version="1.0"?>\n<methodCall>\n<methodName>jetpack.updateRole</methodName>\n<params>\n<param><value><int>2</int></value></param>\n</params></methodCall>');
    expect(bodyHash(body)).toBe('8XR7KBR7rOHrUVzjCm5w0tBorEQ=');
    const canonical = canonicalString({
      token: `${USER_KEY}:1:1`, timestamp: TIMESTAMP, nonce: 'Zz9Yy8Xx7W', bodyHash: bodyHash(body), method: 'POST',
      target: target('https://hub.example.net/xmlrpc.php?home=https%3A%2F%2Fshop.example.org&siteurl=https%3A%2F%2Fshop.example.org&idc=1&for=jetpack&wpcom_blog_id=4242'),
    });
    expect(sign(canonical, USER_SECRET)).toBe('NQBwQd2TETR3JdpHUoO0X748tno=');
  });

  it('a GET to the site with an array parameter (example C) is the documented one', () => {
    const canonical = canonicalString({
      token: `${USER_KEY}:1:1`, timestamp: TIMESTAMP, nonce: '0a1B2c3D4e', bodyHash: '', method: 'GET',
      target: target(`https://shop.example.org/wp-json/wp/v2/posts?context=edit&include[]=31&include[]=30&_for=jetpack&token=${USER_TOKEN_ENCODED}&timestamp=1800000000&nonce=0a1B2c3D4e&body-hash=&signature=D%2FY8O4oagDLhAgdWl0GL2kGFQHI%3D`),
    });
    expect(canonical.split('\n').slice(8)).toEqual([
      '_for=jetpack', 'body-hash=', 'context=edit', 'nonce=0a1B2c3D4e', 'timestamp=1800000000', `token=${USER_TOKEN_ENCODED}`, 'include[0]=31', 'include[1]=30', '',
    ]);
    expect(sign(canonical, USER_SECRET)).toBe('D/Y8O4oagDLhAgdWl0GL2kGFQHI=');
  });

  it('a POST to the site (example D) is the documented one', () => {
    const hash = bodyHash(Buffer.from('{"title":"Caf\\u00e9","status":"draft"}'));
    expect(hash).toBe('KouV2p/FtjGRC/tUDjuY5YmXqHI=');
    const canonical = canonicalString({
      token: `${USER_KEY}:1:1`, timestamp: TIMESTAMP, nonce: '0a1B2c3D4f', bodyHash: hash, method: 'POST',
      target: target(`https://shop.example.org/wp-json/wp/v2/posts?_for=jetpack&token=${USER_TOKEN_ENCODED}&timestamp=1800000000&nonce=0a1B2c3D4f&body-hash=${encodeURIComponent(hash)}`),
    });
    expect(sign(canonical, USER_SECRET)).toBe('aefYIOA5OFBLEhiE6Nyqlz8UQz4=');
  });

  it('a GET to a site on port 8080 (example E) has the port in the host line too', () => {
    const plain = target(`http://10.0.0.5:8080/wp-json/jetpack/v4/sync/status?_for=jetpack&token=${BLOG_KEY}%3A1%3A0&timestamp=1800000000&nonce=0a1B2c3D4g&body-hash=`);
    const canonical = canonicalString({
      token: `${BLOG_KEY}:1:0`, timestamp: TIMESTAMP, nonce: '0a1B2c3D4g', bodyHash: '', method: 'GET', target: { ...plain, host: '10.0.0.5:8080' },
    });
    expect(canonical).toContain('\n10.0.0.5:8080\n8080\n');
    expect(sign(canonical, BLOG_SECRET)).toBe('KBUlCWUpZOO2kNJw2GQZvIGRoI4=');
  });

  it('a scope, a token-health field and a JSON API answer (example F) are the documented ones', () => {
    const blogToken = `${BLOG_KEY}.${BLOG_SECRET}`;
    expect(signScope('administrator', 1, blogToken)).toBe('administrator:8e4d828d327eda7d4e7d7e704833e854');
    expect(signTokenHealth({ token: `${BLOG_KEY}:1:0`, timestamp: TIMESTAMP, nonce: 'qW3eR5tY7u' }, BLOG_SECRET)).toBe('gH2ZijeyEt/u5pW5PXjai3tsENY=');
    expect(signJsonApiAnswer('nOnCe12345', '{"plugins":[]}', blogToken, 'md5')).toBe('155be166fbaf8a12096af32c2c94d2cd');
    expect(signJsonApiAnswer('nOnCe12345', '{"plugins":[]}', blogToken, 'sha1')).toBe('2cb7c00bead4fe521745fb04fc6892b9da5280a5');
  });
});

describe('jsonlBodyHash', () => {
  it('hashes what PHP makes of the body (the small example of section 2.4)', () => {
    expect(jsonlBodyHash(Buffer.from('{"k1.a":"QUJD+/=="}\n{"k2.b":"AA+A="}'))).toBe('QDsMJ6hJQQ6by2IKeJp1eCuehZw=');
  });

  it('escapes control characters and other text as PHP does', () => {
    const sha1 = (text: string): string => createHash('sha1').update(text).digest('base64');
    expect(jsonlBodyHash(Buffer.from('{a.b\t\u0001"\\=c+d/\r\u001f'))).toBe(sha1('{"{a_b\\t\\u0001\\"\\\\":"c d\\/\\r\\u001f"}'));
    expect(jsonlBodyHash(Buffer.from('{\u00e9+x=\u{1f600}/'))).toBe(sha1('{"{\\u00e9_x":"\\ud83d\\ude00\\/"}'));
  });

  it('has no hash for a body with bytes that the hash would not cover', () => {
    for (const body of ['{"a":"x="}&[\n{"b":"forged"}', '{"a":"%41="}', '{"a[b]c":"x="}', '{"a\0b":"x="}', '=x', '++=x']) {
      expect(jsonlBodyHash(Buffer.from(body))).toBeNull();
    }
  });

  it('streams a body of 20 MB through its chunks without a change', () => {
    const body = Buffer.from(`{"k":"${'ab/+'.repeat(4 * 1024 * 1024)}=="}`);
    const hash = jsonlBodyHash(body);
    expect(hash).toBe(createHash('sha1').update(`{"{\\"k\\":\\"${'ab\\/_'.repeat(4 * 1024 * 1024)}":"=\\"}"}`).digest('base64'));
  });
});

describe('verifySignature', () => {
  it('refuses signatures of another secret, another text and another length', () => {
    const signature = sign('text\n', 'secret');
    expect(verifySignature('text\n', 'secret', signature)).toBe(true);
    expect(verifySignature('text\n', 'other', signature)).toBe(false);
    expect(verifySignature('text', 'secret', signature)).toBe(false);
    expect(verifySignature('text\n', 'secret', signature.slice(1))).toBe(false);
  });
});

describe('verifyScope', () => {
  it('gives the role only for the user and the token that the scope was signed for', () => {
    const scope = signScope('editor', 2, 'key.secret');
    expect(verifyScope(scope, 2, 'key.secret')).toBe('editor');
    expect(verifyScope(scope, 3, 'key.secret')).toBeNull();
    expect(verifyScope(scope, 2, 'key.other')).toBeNull();
    expect(verifyScope(scope.replace('editor', 'administrator'), 2, 'key.secret')).toBeNull();
    for (const text of ['', ':', 'editor', 'editor:']) expect(verifyScope(text, 2, 'key.secret')).toBeNull();
  });
});

describe('a request target', () => {
  it('keeps path and query byte for byte and gives the default port', () => {
    expect(decodeRequestTarget('HTTPS://Hub.Example.net/a/../%7e?x[]=1&y=%2f#z')).toEqual({
      scheme: 'https', host: 'hub.example.net', port: 443, path: '/a/../%7e', query: 'x[]=1&y=%2f',
    });
    expect(decodeRequestTarget('http://[::1]:4000')).toEqual({ scheme: 'http', host: '[::1]', port: 4000, path: '', query: '' });
    for (const url of ['ftp://a/', 'https://user@a/', '/path', 'http://a:70000/', 'http://a:/']) expect(decodeRequestTarget(url)).toBeNull();
  });

  it('takes host and port from the public base URL and the rest from the request line', () => {
    expect(receivedTarget('https://hub.example.net/', '/xmlrpc.php?for=jetpack')).toEqual({
      scheme: 'https', host: 'hub.example.net', port: 443, path: '/xmlrpc.php', query: 'for=jetpack',
    });
    expect(receivedTarget('https://hub.example.net', 'http://elsewhere/')).toBeNull();
  });
});
