// Equal requests that come together: what is answered once, and what never is.
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createSharedAnswers, type HttpAnswer } from '../../gateway/shared-answers.js';
import { createSharedRuns } from '../../gateway/shared-runs.js';
import { ANONYMOUS } from '../../auth/viewer.js';
import { startSmallGraph } from './small-graph.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('shared runs', () => {
  it('does equal work that is asked for in one turn once, and tells who asked first', async () => {
    const runs = createSharedRuns<number>();
    let done = 0;
    const work = async (): Promise<number> => (done += 1);
    const owner = {};
    const outcomes = await Promise.all([1, 2, 3].map(() => runs.run(owner, 'a', work)));
    expect(outcomes).toEqual([{ outcome: 1, isOwn: true }, { outcome: 1, isOwn: false }, { outcome: 1, isOwn: false }]);
    expect(await runs.run(owner, 'a', work)).toEqual({ outcome: 2, isOwn: true });
  });

  it('never gives the outcome of work that began before it was asked for', async () => {
    const runs = createSharedRuns<string>();
    const owner = {};
    let value = 'before';
    const gates: (() => void)[] = [];
    const read = async (): Promise<string> => {
      const seen = value;
      await new Promise<void>((resolve) => gates.push(resolve));
      return seen;
    };
    const first = runs.run(owner, 'a', read);
    while (gates.length === 0) await turn();
    value = 'after';
    const later = [runs.run(owner, 'a', read), runs.run(owner, 'a', read)];
    gates[0]?.();
    while (gates.length === 1) await turn();
    gates[1]?.();
    expect((await first).outcome).toBe('before');
    expect((await Promise.all(later)).map(({ outcome }) => outcome)).toEqual(['after', 'after']);
    expect(gates).toHaveLength(2);
  });

  it('does not wait for ever for work that is under way', async () => {
    const runs = createSharedRuns<number>();
    const owner = {};
    let release: () => void = () => undefined;
    const stuck = new Promise<void>((resolve) => (release = resolve));
    let begun = 0;
    const first = runs.run(owner, 'a', async () => {
      begun += 1;
      await stuck;
      return 1;
    });
    while (begun === 0) await turn();
    expect((await runs.run(owner, 'a', async () => 2)).outcome).toBe(2);
    release();
    expect((await first).outcome).toBe(1);
  });

  it('keeps owners and keys apart, and lets a failure fail for all who joined', async () => {
    const runs = createSharedRuns<number>();
    let done = 0;
    const work = async (): Promise<number> => (done += 1);
    const owner = {};
    await Promise.all([runs.run(owner, 'a', work), runs.run(owner, 'b', work), runs.run({}, 'a', work)]);
    expect(done).toBe(3);
    const failing = [1, 2].map(() => runs.run(owner, 'c', () => Promise.reject(new Error('gone'))));
    expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('shared answers', () => {
  const plain: HttpAnswer = { status: 200, headers: [], body: '{"data":{}}', isPlainQuery: true };

  it('shares what was answered plainly before, and lets each ask for himself once it fails', async () => {
    const share = createSharedAnswers();
    let asked = 0;
    const ask = (answer: HttpAnswer): Promise<HttpAnswer[]> => Promise.all([1, 2, 3].map(() => share(ANONYMOUS, 'text', async () => ((asked += 1), answer))));
    await ask(plain);
    expect(asked).toBe(3);
    await ask(plain);
    expect(asked).toBe(4);
    await ask({ ...plain, isPlainQuery: false });
    expect(asked).toBe(7);
    await ask({ ...plain, isPlainQuery: false });
    expect(asked).toBe(10);
  });
});

describe('the endpoint', () => {
  /** Sends requests whose bytes arrive together, and returns what came back. */
  function together(url: string, body: string, headers: Record<string, string>[]): Promise<{ text: string; requestId: unknown }[]> {
    return Promise.all(
      headers.map(
        (own) =>
          new Promise<{ text: string; requestId: unknown }>((resolve, reject) => {
            const sent = request(url, { method: 'POST', headers: { 'content-type': 'application/json', ...own } }, (answer) => {
              let text = '';
              answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => resolve({ text, requestId: answer.headers['x-request-id'] }));
            });
            sent.on('error', reject);
            sent.end(body);
          }),
      ),
    );
  }

  it('answers equal requests that come together with less work than one for each', async () => {
    const graph = await startSmallGraph('in-process');
    try {
      const body = JSON.stringify({ query: '{ site(id: "a") { posts(first: 1) { nodes { author { name } } } } }' });
      expect((await together(graph.url, body, [{}]))[0]?.text).toContain('User u0');
      const { port } = new URL(graph.url);
      const one = `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
      // Sent as one piece, so that the server reads all of them in one turn.
      const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8');
      socket.write(one.repeat(40));
      let text = '';
      for await (const chunk of socket as AsyncIterable<string>) {
        text += chunk;
        if (text.split('User u0').length > 40) break;
      }
      socket.destroy();
      expect(text.split('HTTP/1.1 200').length).toBe(41);
      expect(graph.notes.userBatches.length).toBeLessThan(21);
    } finally {
      await graph.close();
    }
  });

  it('answers each of many equal requests with its own request id, and never another viewer’s answer', async () => {
    const graph = await startSmallGraph('in-process');
    try {
      const body = JSON.stringify({ query: '{ hello }' });
      for (let round = 0; round < 3; round += 1) {
        const headers = Array.from({ length: 12 }, (_, index) => ({ 'x-request-id': `request-${round}-${index}`, ...(index % 3 === 0 ? { authorization: 'Bearer none' } : {}) }));
        const answers = await together(graph.url, body, headers);
        expect(answers.map(({ requestId }) => requestId)).toEqual(headers.map((own) => own['x-request-id']));
        expect(answers.map(({ text }) => (JSON.parse(text) as { data: { hello: string } }).data.hello)).toEqual(headers.map((_, index) => (index % 3 === 0 ? 'hello operator' : 'hello anonymous')));
      }
    } finally {
      await graph.close();
    }
  });

  it('runs every mutation, and names the request in every error', async () => {
    const graph = await startSmallGraph('in-process');
    try {
      const rename = JSON.stringify({ query: 'mutation { rename(id: "a", name: "b") { id } }' });
      const token = { authorization: 'Bearer settings:write' };
      for (let round = 0; round < 2; round += 1) await together(graph.url, rename, [token, token, token]);
      expect(graph.notes.touched.filter((name) => name === 'Mutation.rename')).toHaveLength(6);
      const boom = JSON.stringify({ query: '{ boom }' });
      for (let round = 0; round < 2; round += 1) {
        const answers = await together(graph.url, boom, [1, 2, 3].map((index) => ({ 'x-request-id': `request-${index}` })));
        const told = answers.map(({ text }) => (JSON.parse(text) as { errors: { extensions: { requestId: string } }[] }).errors.map((error) => error.extensions.requestId));
        expect(told).toEqual([['request-1'], ['request-2'], ['request-3']]);
      }
    } finally {
      await graph.close();
    }
  });
});
