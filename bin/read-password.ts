// Reads a password from the terminal without showing it, or the first line of what is piped in. Never from the arguments, which
// every process of the machine can read.
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { AppError } from '../core/errors.js';

/** Longer than any password that a site gives. */
const MAX_CHARACTERS = 1000;

export async function readPassword(prompt: string): Promise<string> {
  const isTerminal = process.stdin.isTTY === true;
  if (isTerminal) process.stderr.write(prompt);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: isTerminal });
  try {
    for await (const line of lines) return line.slice(0, MAX_CHARACTERS).trim();
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write('\n');
  }
  throw new AppError('BAD_USER_INPUT', 'no password came; type it when asked, or pipe it in on standard input');
}
