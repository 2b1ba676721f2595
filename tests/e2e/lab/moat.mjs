// build/moat in a home of its own, as a test uses it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { clients } from './clients.mjs';
import { moat, roots } from './paths.mjs';

// What the program sees of the tests' own environment: nothing of the person who runs them.
export const passed = Object.fromEntries(
  ['PATH', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS']
    .filter((name) => process.env[name])
    .map((name) => [name, process.env[name]]),
);

/** A line of shell: prints the mask of the signals that the shell ignores. */
export const ignored = 'while read -r key value; do test $key != SigIgn: || echo $value; done < /proc/self/status';

/** Exit statuses of the program. */
export const exit = { done: 0, failed: 1, misuse: 2, signIn: 3, later: 4, profile: 5 };

// Less than the 30 s after which the program gives up by itself: one that hangs is not taken for one
// that noticed. With people or a crowd around it, it takes as long as this machine makes it.
const patience = 25000;
export const unhurried = 180000;

/**
 * Starts the program, or another one; `finished` resolves to {code, signal, out, err}. It dies with
 * the test. With `open` its stdin stays open, for `type`; `until` waits for what it prints.
 */
export function start(t, args, { env, input, cwd, before, open, program = moat, pipes = 3, limit = open ? unhurried : patience } = {}) {
  // `before` is for the shell to do first: "umask 0".
  const [file, words] = before
    ? ['/bin/sh', ['-c', `${before}; exec "$0" "$@"`, program, ...args]]
    : [program, args];
  const child = spawn(file, words, { env, cwd, stdio: Array(pipes).fill('pipe') });
  const result = { out: '', err: '' };
  for (const [stream, name] of [
    [child.stdout, 'out'],
    [child.stderr, 'err'],
  ])
    stream.setEncoding('utf8').on('data', (text) => {
      result[name] += text;
    });
  child.stdin.on('error', () => {}); // it need not read all that it is offered
  if (!open) child.stdin.end(input ?? '');
  const finished = ended(t, child, limit).then((end) => ({ ...result, ...end }));
  return {
    pid: child.pid,
    pipes: child.stdio,
    finished,
    kill: (signal) => child.kill(signal), // of a process that has ended, none
    type: (text) => child.stdin.write(text),
    end: () => child.stdin.end(),
    until: (pattern) => seen(child, () => pattern.exec(result.out + result.err)),
  };
}

/** What `look` finds in the output of a child, once it is there. */
function seen(child, look) {
  return new Promise((resolve, reject) => {
    const settle = (done, value) => {
      child.stdout.off('data', check);
      child.stderr.off('data', check);
      child.off('close', gone);
      done(value);
    };
    const check = () => {
      const found = look();
      if (found) settle(resolve, found);
    };
    const gone = () => settle(reject, new Error('the program ended before that'));
    child.stdout.on('data', check);
    child.stderr.on('data', check);
    child.on('close', gone);
    check();
    if (child.over) gone();
  });
}

/** How a child ends: {code, signal}. By force, if it must be: with the test, or out of patience. */
function ended(t, child, limit) {
  const kill = () => child.kill('SIGKILL');
  const timer = setTimeout(kill, limit);
  t.after(kill);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      child.over = true;
      resolve({ code, signal });
    });
  });
}

/** A MOAT_HOME with one profile in it, removed after the test. */
export class Home {
  constructor(t, name = 'drive') {
    this.t = t;
    this.name = name;
    this.dir = mkdtempSync(join(tmpdir(), 'moat-e2e-'));
    t.after(() => rmSync(this.dir, { recursive: true, force: true }));
    this.env = { ...passed, MOAT_HOME: this.dir };
    this.program = moat;
    this.limit = undefined; // of the program's time, where it is another than start()'s
  }

  get profile() {
    return `${this.dir}/${this.name}.conf`;
  }
  get state() {
    return `${this.dir}/${this.name}`;
  }

  start(args, options = {}) {
    return start(this.t, args, { env: this.env, program: this.program, limit: this.limit, ...options });
  }

  run(args, options) {
    return this.start(args, options).finished;
  }

  /** `moat COMMAND NAME ARG...`: the result, whatever it is. */
  call(command, args = [], options = {}) {
    return this.run([command, this.name, ...args], options);
  }

  /** The same, with an exit status that is expected. */
  async expect(code, command, args, options) {
    const result = await this.call(command, args, options);
    assert.equal(result.signal, null, `moat ${command} died of ${result.signal}`);
    assert.equal(result.code, code, `moat ${command} said:\n${result.err}${result.out}`);
    return result;
  }

  async ok(command, args, options) {
    return this.expect(exit.done, command, args, options);
  }

  /** Writes a profile for a server of the lab: {authorizeUrl, tokenUrl}. */
  async init(server, { auth = 'post', secret, id, scope, more = [] } = {}) {
    const client = clients[auth] ?? {};
    const value = secret ?? client.secret;
    return this.ok('init', [
      '--provider',
      'custom',
      '--authorize-url',
      server.authorizeUrl,
      '--token-url',
      server.tokenUrl,
      '--client-id',
      id ?? client.id,
      '--auth',
      auth,
      '--ca',
      roots,
      '--scope',
      scope ?? 'offline_access files.read files.readwrite',
      ...(value === undefined ? [] : ['--secret-file', this.secretFile(value)]),
      ...more,
    ]);
  }

  secretFile(secret) {
    const file = `${this.dir}/the-secret`;
    writeFileSync(file, `${secret}\n`, { mode: 0o600 });
    return file;
  }

  /** The authorize URL, and its parameters. */
  async url(args) {
    const { out } = await this.ok('url', args);
    const url = out.replace(/\n$/, '');
    return { url, parameters: Object.fromEntries(new URL(url).searchParams) };
  }

  /** The redirect URL that a server would send a browser to, made up. */
  async redirect(change = {}) {
    const { parameters } = await this.url();
    const code = `code-${randomBytes(24).toString('base64url')}`;
    const query = { code, state: parameters.state, ...change };
    for (const name in query) if (query[name] === undefined) delete query[name];
    return { code, parameters, redirect: `http://localhost/?${new URLSearchParams(query)}` };
  }

  /** A grant from a scripted server, which takes any code. */
  async signIn() {
    const { redirect } = await this.redirect();
    return this.ok('exchange', [], { input: `${redirect}\n` });
  }

  async status(code = exit.done) {
    return JSON.parse((await this.expect(code, 'status', ['--json'])).out);
  }

  /** Waits until the access token is no longer valid. Give it a short life first. */
  async expired() {
    const limit = Date.now() + unhurried;
    while ((await this.status()).access_token_valid)
      assert.ok(Date.now() < limit, 'it never expires');
  }

  /** Every file below the home: path, mode, contents. */
  files(dir = this.dir) {
    return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) return this.files(path);
      return [{ path, mode: statSync(path).mode & 0o777, text: readFileSync(path, 'latin1') }];
    });
  }

  /** The files that contain `text`, as paths below the home. */
  holding(text) {
    return this.files()
      .filter((file) => file.text.includes(text))
      .map(({ path }) => path.slice(this.dir.length + 1));
  }
}

/** A home with a profile for `server`, and a grant from it. */
export async function signedIn(t, server, options) {
  const home = new Home(t);
  await home.init(server, options);
  await home.signIn();
  return home;
}

/** Changes the record in the bytes of a file, and seals it again. The file may have a head (port/posix/slots.c). */
export function resealBytes(file, change) {
  const head = file.toString('latin1', 0, 4) === 'slot';
  const record = head ? file.subarray(16, 16 + file.readUInt32LE(4)) : file;
  change(record);
  record.writeUInt32LE(crc32(record.subarray(0, -4)), record.length - 4);
  return file;
}

/** The same with a file of the state, if it is there. */
export function reseal(home, name, change) {
  const file = `${home.state}/${name}`;
  if (existsSync(file)) writeFileSync(file, resealBytes(readFileSync(file), change));
}

/** Makes the stored access token a day older than it is; the record is as store.h says. */
export function age(home, seconds = 86400) {
  for (const name of ['grant.a', 'grant.b'])
    reseal(home, name, (record) => {
      for (const at of [20, 24]) {
        const time = record.readUInt32LE(at);
        if (time) record.writeUInt32LE(time - seconds, at); // 0 is unknown
      }
    });
}

/**
 * The same command on a terminal (util-linux's script), as a person has it: `until` waits for what
 * is shown, `type` types, `answer` types once its question was shown, after those before it. `shown`
 * is all of it.
 */
export function terminal(t, home, args, { env = {}, before = '', after = '', program = moat } = {}) {
  const quoted = [program, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const child = spawn('script', ['-qec', `${before}${quoted}${after}`, '/dev/null'], {
    env: { ...home.env, SHELL: '/bin/sh', ...env },
    stdio: 'pipe',
  });
  let shown = '';
  let answered = 0; // up to here
  child.stdin.on('error', () => {});
  child.stdout.setEncoding('utf8').on('data', (text) => {
    shown += text;
  });
  return {
    finished: ended(t, child, unhurried).then((end) => ({ ...end, shown: shown.replaceAll('\r\n', '\n') })),
    type: (text) => child.stdin.write(text),
    until: (pattern) => seen(child, () => pattern.exec(shown)),
    answer: async (question, typed) => {
      answered = await seen(child, () => {
        const at = shown.indexOf(question, answered);
        return at >= 0 && at + question.length;
      });
      child.stdin.write(typed);
    },
  };
}

/** One command on a terminal; `typed` is typed once `prompt` was shown. */
export async function onTerminal(t, home, args, { prompt, typed } = {}) {
  const running = terminal(t, home, args);
  if (prompt) {
    await running.until(prompt);
    running.type(typed);
  }
  return running.finished;
}

/** What a person reads of a failure: one line that begins with "moat:", then what to do. */
export function assertClear({ err }, pattern) {
  const [first, ...next] = err.trimEnd().split('\n');
  assert.match(first, /^moat: \S/, `the first line of:\n${err}`);
  assert.ok(next.length > 0, `what to do next is missing after: ${first}`);
  if (pattern) assert.match(err, pattern);
  assertTerminalSafe(err);
}

/** No control characters but line ends, and no bidi controls. */
export function assertTerminalSafe(text) {
  assert.doesNotMatch(
    text,
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/,
  );
}
