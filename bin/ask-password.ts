// Takes a password for the command line: typed twice without showing it, or from standard input. Never from an argument, which other
// users of the machine can read. What leaves here is the hash.
import { hashPassword, passwordProblem } from '../accounts/password.js';
import { AppError } from '../core/errors.js';
import { normalizeLogin } from '../store/accounts.js';

const MAX_INPUT_BYTES = 4096;

/** Asks for a new password and returns its hash. Throws BAD_USER_INPUT for one that cannot be chosen. */
export async function askForPasswordHash(login: string, fromStdin: boolean): Promise<string> {
  const password = fromStdin ? await readLine() : await askTwice();
  const problem = passwordProblem(password, normalizeLogin(login));
  if (problem !== null) throw new AppError('BAD_USER_INPUT', problem);
  return hashPassword(password);
}

/** Takes a password that exists already: typed once without showing it, or the first line of what is piped in. */
export async function askForPassword(prompt: string): Promise<string> {
  const password = (await (process.stdin.isTTY ? typeHidden(prompt) : readLine())).trim();
  if (password === '') throw new AppError('BAD_USER_INPUT', 'no password came; type it when asked, or give it on standard input');
  return password;
}

async function readLine(): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of process.stdin) {
    parts.push(part as Buffer);
    bytes += (part as Buffer).length;
    if (bytes > MAX_INPUT_BYTES) throw new AppError('BAD_USER_INPUT', `expected one line with the password on standard input, got more than ${MAX_INPUT_BYTES} bytes`);
  }
  return Buffer.concat(parts).toString('utf8').split(/\r?\n/, 1)[0] ?? '';
}

async function askTwice(): Promise<string> {
  if (!process.stdin.isTTY) throw new AppError('BAD_USER_INPUT', 'there is no terminal to type the password at; give it on standard input with --password-stdin');
  const password = await typeHidden('Password (not shown): ');
  if ((await typeHidden('Once more: ')) !== password) throw new AppError('BAD_USER_INPUT', 'the two passwords differ; nothing was changed');
  return password;
}

/** Reads keys until Enter; the terminal shows none of them. */
function typeHidden(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(prompt);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise((done, fail) => {
    let typed = '';
    const finish = (act: () => void): void => {
      stdin.off('data', take);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      act();
    };
    const take = (keys: string): void => {
      for (const key of keys) {
        if (key === '\r' || key === '\n') return finish(() => done(typed));
        if (key === '\u0003' || key === '\u0004') return finish(() => fail(new AppError('BAD_USER_INPUT', 'cancelled; nothing was changed')));
        if (key === '\u007f' || key === '\b') typed = [...typed].slice(0, -1).join('');
        else if (key >= ' ') typed += key;
      }
    };
    stdin.on('data', take);
  });
}
