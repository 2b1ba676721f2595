// Commands that change a profile, killed before each system call that writes: the old state stays or
// the new one is there, both whole, and the next `moat list` leaves nothing beside it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, after, test } from 'node:test';
import { Home, exit, signedIn } from './lab/moat.mjs';
import { roots } from './lab/paths.mjs';
import { answering, http, json, serve } from './lab/scripted.mjs';

// Kills the process before its call number KILL_AT of those that change a file system.
const source = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
static void count(void) {
  static int calls;
  const char *at = getenv("KILL_AT");
  if (at && ++calls == atoi(at)) kill(getpid(), SIGKILL);
}
#define WRAP(type, name, parameters, arguments) \\
  type name parameters { \\
    type (*real) parameters = (type (*) parameters)dlsym(RTLD_NEXT, #name); \\
    count(); \\
    return real arguments; \\
  }
int open(const char *p, int flags, ...) {
  int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
  va_list list; va_start(list, flags); mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0; va_end(list);
  if (flags & O_CREAT) count();
  return real(p, flags, mode);
}
int openat(int d, const char *p, int flags, ...) {
  int (*real)(int, const char *, int, ...) = (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, "openat");
  va_list list; va_start(list, flags); mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0; va_end(list);
  if (flags & O_CREAT) count();
  return real(d, p, flags, mode);
}
WRAP(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))
WRAP(ssize_t, writev, (int fd, const struct iovec *p, int n), (fd, p, n))
WRAP(int, rename, (const char *a, const char *b), (a, b))
WRAP(int, renameat, (int c, const char *a, int d, const char *b), (c, a, d, b))
WRAP(int, link, (const char *a, const char *b), (a, b))
WRAP(int, unlink, (const char *a), (a))
WRAP(int, unlinkat, (int d, const char *a, int f), (d, a, f))
WRAP(int, mkdir, (const char *a, mode_t m), (a, m))
WRAP(int, rmdir, (const char *a), (a))
WRAP(int, fchmod, (int fd, mode_t m), (fd, m))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, fdatasync, (int fd), (fd))
WRAP(int, ftruncate, (int fd, off_t n), (fd, n))
`;

let folder, library;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'moat-killer-'));
  library = join(folder, 'killer.so');
  writeFileSync(join(folder, 'killer.c'), source);
  execFileSync('cc', ['-D_FILE_OFFSET_BITS=64', '-shared', '-fPIC', '-o', library, join(folder, 'killer.c'), '-ldl']);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** The environment in which a process is killed before its call number `at`. */
const killedAt = (home, at) => ({
  ...home.env,
  LD_PRELOAD: library,
  KILL_AT: String(at),
  ASAN_OPTIONS: `${home.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`,
});

/** What is in a home: paths below it and contents, without the lock and the TLS session. */
const contents = (home) =>
  Object.fromEntries(
    home
      .files()
      .filter(({ path }) => !/\/(lock|tls)$/.test(path))
      .map(({ path, text }) => [path.slice(home.dir.length), text])
      .sort(),
  );


/** The profile, and the secret that goes with it before anything is put in order. */
async function pair(home) {
  const { code, out } = await home.run(['export', 'drive', '--format', 'json', '--anyway']);
  return code === exit.done && { secret: JSON.parse(out).client_secret, text: readFileSync(home.profile, 'utf8') };
}

async function assertPair(home, pairs, at) {
  const left = JSON.stringify(await pair(home));
  assert.ok(pairs.some((each) => JSON.stringify(each) === left), `killed before call ${at}: ${left}`);
}

/**
 * Runs a command in a copy of `home`, killed before call 1, 2, 3 … until none is left. `secretOf`
 * tells the secret that the program uses.
 */
async function kill(t, home, args, input) {
  const copy = () => {
    const other = new Home(t);
    rmSync(other.dir, { recursive: true });
    cpSync(home.dir, other.dir, { recursive: true, mode: 0 });
    return other;
  };
  const end = copy();
  const done = await end.run(args, { input });
  assert.equal(done.code, exit.done, done.err);
  const [old, fresh] = [contents(home), contents(end)];
  assert.notDeepEqual(old, fresh, 'the command changes something');
  const pairs = [await pair(home), await pair(end)];
  const seen = { old: 0, fresh: 0 };
  for (let at = 1; ; at += 1) {
    const each = copy();
    const { signal, code, err } = await each.run(args, {
      input,
      env: killedAt(each, at),
    });
    if (!signal) {
      assert.equal(code, exit.done, err);
      break;
    }
    assert.equal(signal, 'SIGKILL', err);
    await assertPair(each, pairs, at);
    const listed = await each.run(['list']);
    assert.equal(listed.code, exit.done, listed.err);
    const left = contents(each);
    const is = JSON.stringify(left) === JSON.stringify(old) ? 'old' : 'fresh';
    if (is === 'fresh') assert.deepEqual(left, fresh, `killed before call ${at}`);
    seen[is] += 1;
    rmSync(each.dir, { recursive: true });
  }
  t.diagnostic(`${args[0]}: killed ${seen.old + seen.fresh} times, then old ${seen.old} times`);
  assert.ok(seen.old > 0);
  return seen;
}

const init = ['init', 'drive', '--provider', 'github', '--client-id', 'app'];

test('init of a new profile', async (t) => {
  await kill(t, new Home(t), [...init, '--auth', 'none']);
  await kill(t, new Home(t), [...init, '--secret-file', '-'], 'secret\n');
});

/** A home with a profile, a stored secret and a grant. */
async function full(t) {
  const home = await signedIn(t, await serve(t));
  const { code, err } = await home.run(['secret', 'drive', '--secret-expires', '2099-01-01'], { input: 'first\n' });
  assert.equal(code, exit.done, err);
  rmSync(`${home.dir}/the-secret`);
  return home;
}

test('init --force, with a new secret and without', async (t) => {
  const home = await full(t);
  await kill(t, home, ['init', 'drive', '--force', '--scope', 'another']);
  const seen = await kill(t, home, ['init', 'drive', '--force', '--scope', 'another', '--secret-file', '-'], 'second\n');
  assert.ok(seen.fresh > 0);
});

test('set', async (t) => {
  const home = await full(t);
  await kill(t, home, ['set', 'drive', 'scope=one two', 'shared=yes']);
  const erased = await kill(t, home, ['set', 'drive', 'auth=none', 'secret_expires=']);
  assert.ok(erased.fresh > 0);
});

test('secret', async (t) => {
  const home = await full(t);
  const both = await kill(t, home, ['secret', 'drive', '--secret-expires', '2099-12-31'], 'second\n');
  assert.ok(both.fresh > 0);
  const file = join(folder, 'secret');
  writeFileSync(file, 'second\n', { mode: 0o600 });
  await kill(t, home, ['secret', 'drive', file]);
  await home.ok('set', ['secret_expires=']);
  await kill(t, home, ['secret', 'drive'], 'second\n');
});

test('remove', async (t) => {
  const seen = await kill(t, await full(t), ['remove', 'drive', '--yes']);
  assert.ok(seen.fresh > 0);
});

// Before the file `registration` is whole, a client that was made is lost. From then on it can be deleted, and its
// secret is somewhere.
test('init --register: no client is left over once its answer is stored', async (t) => {
  const server = await serve(t);
  const document = { issuer: server.origin, authorization_endpoint: server.authorizeUrl, token_endpoint: server.tokenUrl, registration_endpoint: `${server.origin}/register` };
  const client = { client_id: 'made', client_secret: 'secret-of-it', registration_access_token: 'access-to-it', registration_client_uri: `${server.origin}/register/made` };
  server.play({ script: answering(({ line }) => (/well-known/.test(line) ? json(document) : /^DELETE/.test(line) ? http('204 No Content') : json(client, '201 Created'))) });
  const count = (method) => server.requests.filter(({ line }) => line.startsWith(method)).length;
  const seen = { nothing: 0, lost: 0, kept: 0, whole: 0 };
  for (let at = 1; ; at += 1) {
    const home = new Home(t);
    const before = count('POST');
    const { signal } = await home.call('init', ['--issuer', server.origin, '--register', '--ca', roots], { env: killedAt(home, at) });
    if (!signal) break;
    const made = count('POST') > before;
    const isKept = existsSync(`${home.state}/registration`);
    const isWhole = existsSync(home.profile);
    seen[!made ? 'nothing' : isWhole ? 'whole' : isKept ? 'kept' : 'lost'] += 1;
    assert.ok(isKept || !isWhole, `killed before call ${at}: a profile without its registration`);
    if (!isKept) continue;
    assert.ok(home.holding('secret-of-it').length > 0, `killed before call ${at}: the secret is lost`);
    await home.run(['list']);
    if (isWhole) assert.equal(readFileSync(`${home.state}/secret`, 'utf8'), 'secret-of-it\n', `killed before call ${at}`);
    assert.deepEqual(home.files().filter(({ mode }) => mode !== 0o600), []);
    const ended = count('DELETE');
    await home.ok('remove', ['--yes']);
    assert.equal(count('DELETE'), ended + 1, `killed before call ${at}`);
    assert.deepEqual(home.files(), []);
  }
  t.diagnostic(`init --register: killed and then ${JSON.stringify(seen)}`);
  assert.ok(seen.kept > 0 && seen.whole > 0);
});

// Between the two a sign-in is whole: the newest grant goes last.
test('logout leaves the grant until it is gone', async (t) => {
  const home = await full(t);
  for (let at = 1; ; at += 1) {
    const each = new Home(t);
    cpSync(home.dir, each.dir, { recursive: true });
    const token = JSON.parse((await each.run(['token', 'drive', '--json'])).out).access_token;
    const { signal } = await each.run(['logout', 'drive'], { env: killedAt(each, at) });
    if (!signal) break;
    const { code, out } = await each.run(['token', 'drive']);
    assert.ok(code === exit.signIn || (code === exit.done && out === `${token}\n`), `killed before call ${at}: ${code}`);
    assert.equal(readFileSync(`${each.state}/secret`, 'utf8'), 'first\n');
    assert.ok(existsSync(each.profile));
  }
});
