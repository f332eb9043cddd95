// The contract of the command line and of the server, which scripts rely on, held against the built program.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeSiteId, type SiteId } from '../../core/ids.js';
import { readRecording, RECORDING_FOLDER } from '../testkit/recorded.js';
import { checkBuild, createInstallation, type Installation, type RunningProgram } from './program.js';

// Every command is a process of its own, and the machine may be busy.
vi.setConfig({ testTimeout: 240_000 });

const DEMO_URL = 'http://harborlane.example';
const POSTS = `{ siteByUrl(url: "${DEMO_URL}") { posts(first: 20) { nodes { title } } } }`;
const ADD = ['site', 'add', '--id', '220002', '--url', 'http://saltmarsh.example', '--blog-token', 'saltmarshkey.saltmarshsecret', '--user-token', 'userkey.usersecret.1'];

const folder = mkdtempSync(join(tmpdir(), 'sitegraph-e2e-'));
let program: Installation;
let server: RunningProgram | undefined;

beforeAll(async () => {
  checkBuild();
  program = await createInstallation(join(folder, 'data'), {});
});
afterAll(async () => {
  await server?.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function ask(query: string, token?: string): Promise<{ status: number; posts: number; body: { data?: { siteByUrl?: { posts: { nodes: unknown[] } } } } }> {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const response = await fetch(`${program.base}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  const body = (await response.json()) as Awaited<ReturnType<typeof ask>>['body'];
  return { status: response.status, posts: body.data?.siteByUrl?.posts.nodes.length ?? 0, body };
}

describe('the command line without a server', () => {
  it.each([
    ['start'], ['subgraph'], ['gateway'], ['site'], ['site', 'add'], ['site', 'list'], ['site', 'remove'], ['token'], ['token', 'create'], ['token', 'list'],
    ['token', 'revoke'], ['replay'], ['doctor'],
  ])('explains %s %s with --help', async (...command: string[]) => {
    const { code, out } = await program.run(...command, '--help');
    expect([code, out.startsWith(`Usage: sitegraph ${command.join(' ')}`)]).toEqual([0, true]);
  });

  it('refuses what it does not know with code 2', async () => {
    expect([(await program.run('nonsense')).code, (await program.run('site', 'add', '--id', 'x')).code]).toEqual([2, 2]);
  });

  it('adds a site, lists it and makes tokens, the token alone on the last line', async () => {
    expect(await program.run(...ADD)).toMatchObject({ code: 0, lastLine: encodeSiteId(220_002 as SiteId) });
    const sites = JSON.parse((await program.run('site', 'list', '--json')).out) as { id: number; url: string; globalId: string }[];
    expect(sites).toMatchObject([{ id: 220_002, url: 'http://saltmarsh.example', globalId: encodeSiteId(220_002 as SiteId) }]);
    expect((await program.run('token', 'create', '--operator', '--scopes', '*')).lastLine).toMatch(/^\S{20,}$/);
    expect(statSync(join(folder, 'data', 'secret.key')).mode & 0o777).toBe(0o600);
  });

  it('says in doctor that no server runs', async () => {
    const { code, out } = await program.run('doctor', '--json');
    const findings = JSON.parse(out) as { check: string; state: string }[];
    expect(code).toBe(0);
    expect(findings.find((finding) => finding.check === 'server')?.state).toBe('warning');
    expect(findings.filter((finding) => finding.state === 'fault')).toEqual([]);
  });

  it('says that a recording cannot be replayed to nothing', async () => {
    const { code, err } = await program.run('replay', join(RECORDING_FOLDER, '2-full-sync.ndjson.gz'));
    expect([code, err.includes('no server runs on this data directory')]).toEqual([2, true]);
  });
});

describe('the server', () => {
  it('starts with the demonstration site, and prints where it is and a token for it', async () => {
    server = await program.start('Try it:');
    const token = /Demonstration token\s+(\S+)/.exec(server.out())?.[1];
    expect(server.out()).toContain(`${program.base}/graphql`);
    expect(server.out()).toContain('demonstration site: 50 %');
    expect((await ask(POSTS)).posts).toBe(20);
    expect((await ask(POSTS, token)).status).toBe(200);
  });

  it('answers for its health and its counters', async () => {
    const [health, ready, metrics] = await Promise.all(['/healthz', '/readyz', '/metrics'].map((path) => fetch(program.base + path)));
    expect([health?.status, ready?.status, metrics?.status]).toEqual([200, 200, 200]);
    expect(await metrics?.text()).toMatch(/^sitegraph_sync_items_total [1-9]\d*$/m);
  });

  it('refuses a second server on the same data, naming the first', async () => {
    const { code, err } = await program.run('start');
    expect([code, err.includes(`process ${server?.child.pid}`)]).toEqual([1, true]);
  });

  it('works with the command line while it runs', async () => {
    expect((JSON.parse((await program.run('site', 'list', '--json')).out) as { id: number }[]).map((site) => site.id)).toEqual([220_001, 220_002]);
    const token = (await program.run('token', 'create', '--site', DEMO_URL, '--user', '1', '--scopes', 'content:read')).lastLine;
    expect((await ask('{ viewer { id } }', token)).status).toBe(200);
    expect((await program.run('token', 'list')).out).toContain('content:read');
    expect((await program.run('token', 'revoke', token)).code).toBe(0);
    expect((await ask('{ viewer { id } }', token)).status).toBe(401);
    expect((await program.run('token', 'revoke', token)).code).toBe(1);
    expect((await program.run('site', 'remove', 'http://saltmarsh.example')).code).toBe(0);
    expect((await program.run('site', 'remove', 'http://saltmarsh.example')).code).toBe(1);
    expect((await program.run('doctor')).code).toBe(0);
  });

  it('takes a recording that is replayed to it, signed with the token it holds or one that is given', async () => {
    const file = join(folder, 'part.ndjson');
    writeFileSync(file, readRecording('1-incremental').slice(0, 5).map((request) => JSON.stringify(request)).join('\n'));
    const { code, out } = await program.run('replay', file, '--json');
    const result = JSON.parse(out) as { items: number; acknowledged: number; refused: string[] };
    expect([code, result.acknowledged, result.refused]).toEqual([0, result.items, []]);
    expect((await program.run('replay', file, '--token', 'wrongkey.wrongsecret', '--url', program.base)).code).toBe(1);
  });

  it('is there again after it was killed, and ends with 0 when it is told to end', async () => {
    const token = (await program.run('token', 'create', '--operator')).lastLine;
    await server?.end('SIGKILL');
    server = await program.start('Try it:');
    expect(server.out()).not.toContain('Demonstration token');
    expect([(await ask(POSTS)).posts, (await ask(POSTS, token)).status]).toEqual([20, 200]);
    expect(await server.end('SIGTERM')).toBe(0);
  });
});
