// An export into the file of another program, where that, its owner or a crash is in the way.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync, chownSync, existsSync, lchownSync, linkSync, mkdirSync, readFileSync, readdirSync,
  rmSync, statSync, symlinkSync, utimesSync, writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { assertClear, exit, signedIn } from './lab/moat.mjs';
import { serve } from './lab/scripted.mjs';

const isRoot = process.getuid() === 0;
const other = 65533; // a user who is nobody here
const rootOnly = { skip: !isRoot && 'it takes root to have files of two users' };

async function exporting(t) {
  const server = await serve(t);
  const home = await signedIn(t, server, { secret: 'S3cret~web.post_1-x' });
  chmodSync(home.dir, 0o711);
  const folder = `${home.dir}/program`;
  mkdirSync(folder, { mode: 0o755 });
  const words = (file, program) => ['export', ...(program ? ['drive'] : []), '--format', 'json', '-o', file];
  return {
    home, server, folder, file: `${folder}/c.json`,
    write: (file) => home.ok(...split(words(file))),
    refuse: (file) => home.expect(exit.failed, ...split(words(file))),
    run: (file, options, before = []) => home.run([...before, ...words(file, true)], options),
  };
}
const split = ([command, ...args]) => [command, args];
const tokenIn = (file) => JSON.parse(readFileSync(file, 'utf8')).refresh_token;

/** The environment with a library in front of the system's, of this source. */
function inFront(home, source) {
  const at = `${home.dir}/front`;
  writeFileSync(`${at}.c`, `#define _GNU_SOURCE\n#include <dlfcn.h>\n${source}`);
  execFileSync('cc', ['-D_FILE_OFFSET_BITS=64', '-shared', '-fPIC', '-o', `${at}.so`, `${at}.c`, '-ldl']);
  const ASAN_OPTIONS = `${home.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`;
  return { ...home.env, LD_PRELOAD: `${at}.so`, ASAN_OPTIONS };
}

test('a backup that is older than the file is not taken for it', async (t) => {
  const { home, server, file, write, refuse } = await exporting(t);
  await write(file);
  linkSync(file, `${home.dir}/second`); // so that it is overwritten in place
  const stale = readFileSync(file, 'utf8');
  writeFileSync(`${file}.moat-backup`, stale, { mode: 0o600 });
  const hourAgo = Date.now() / 1000 - 3600;
  utimesSync(`${file}.moat-backup`, hourAgo, hourAgo);
  const renewed = stale.replace(tokenIn(file), 'rt-that-the-program-has-renewed');
  writeFileSync(file, renewed);
  assertClear(await refuse(file), /moat-backup is there, and the file is newer\n.*Look at both/);
  assert.equal(readFileSync(file, 'utf8'), renewed);
  assert.equal(readFileSync(`${file}.moat-backup`, 'utf8'), stale);
  rmSync(`${file}.moat-backup`);
  await write(file);
  assert.equal(server.last.form.refresh_token, 'rt-that-the-program-has-renewed', 'it is taken over');
});

test("another user's link of a folder is not followed, and root's own is", rootOnly, async (t) => {
  const { home, folder, file, write, refuse } = await exporting(t);
  writeFileSync(file, '{"mine": 1}\n', { mode: 0o644 });
  const theirs = `${home.dir}/theirs`;
  mkdirSync(theirs);
  symlinkSync(folder, `${home.dir}/link`);
  symlinkSync('../link', `${theirs}/sub`);
  chownSync(theirs, other, other);
  lchownSync(`${theirs}/sub`, other, other);
  assertClear(await refuse(`${theirs}/sub/c.json`), /another user's link/);
  assert.equal(readFileSync(file, 'utf8'), '{"mine": 1}\n');
  await write(`${home.dir}/./link//c.json`);
  assert.match(readFileSync(file, 'utf8'), /"mine": 1/);
  assert.match(tokenIn(file), /^rt-/);
  symlinkSync('loop', `${home.dir}/loop`);
  assertClear(await refuse(`${home.dir}/loop/c.json`), /Too many levels/);
  assertClear(await refuse(`${folder}/`), /not a regular file/);
});

test("in another user's folder root makes a file for that user", rootOnly, async (t) => {
  const { folder, file, write } = await exporting(t);
  chownSync(folder, other, other);
  await write(file);
  const { uid, gid, mode } = statSync(file);
  assert.deepEqual([uid, gid, mode & 0o7777], [other, other, 0o600]);
  assert.deepEqual(readdirSync(folder), ['c.json']);
});

test('whom an ACL lets in, and whom it does not, stays as it is', async (t) => {
  const { folder, file, write } = await exporting(t);
  writeFileSync(file, '{}\n');
  if (spawnSync('setfacl', ['-m', `u:${other}:r,g::-`, file]).status !== 0) return t.skip('no ACL can be set here');
  const list = () => execFileSync('getfacl', ['-c', '-n', '-p', file], { encoding: 'utf8' });
  const before = list();
  assert.match(before, new RegExp(`user:${other}:r--\ngroup::---\n`));
  await write(file);
  assert.match(tokenIn(file), /^rt-/);
  assert.equal(list(), before);
  // Nor does a file get the ACL that its folder gives to new ones.
  execFileSync('setfacl', ['-b', file]);
  chmodSync(file, 0o640);
  execFileSync('setfacl', ['-d', '-m', `u:${other}:r`, folder]);
  const plain = list();
  writeFileSync(file, '{}\n');
  await write(file);
  assert.equal(list(), plain);
});

test('what a killed export has left goes with the next one', async (t) => {
  const { home, folder, file, write, run } = await exporting(t);
  const env = inFront(home, `
#include <signal.h>
#include <string.h>
#include <unistd.h>
#define WRAP(name, parameters, arguments, from) int name parameters { \\
    int (*real) parameters = (int (*) parameters)dlsym(RTLD_NEXT, #name); \\
    if (strstr(from, "c.json")) kill(getpid(), SIGKILL); \\
    return real arguments; }
WRAP(rename, (const char *a, const char *b), (a, b), a)
WRAP(renameat, (int c, const char *a, int d, const char *b), (c, a, d, b), a)
`);
  for (const names of [1, 2]) {
    if (names === 2) linkSync(file, `${home.dir}/second`);
    writeFileSync(file, '{"mine": 1}\n');
    assert.equal((await run(file, { env })).signal, 'SIGKILL');
    assert.equal(readFileSync(file, 'utf8'), '{"mine": 1}\n');
    assert.equal(readdirSync(folder).length, 2, 'something is left');
    await write(file);
    assert.match(tokenIn(file), /^rt-/);
    assert.deepEqual(readdirSync(folder), ['c.json']);
  }
});

test('an owner who stops the export is not waited for', rootOnly, async (t) => {
  const { home, folder, file, write, run } = await exporting(t);
  writeFileSync(file, '{"mine": 1}\n', { mode: 0o600 });
  for (const path of [folder, file]) chownSync(path, other, other);
  // The owner stops it in the middle; the time that it is given passes ten times as fast.
  const env = inFront(home, `
#include <poll.h>
#include <signal.h>
#include <unistd.h>
int fsync(int fd) {
  if (getuid() == ${other}) raise(SIGSTOP);
  return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}
int poll(struct pollfd *p, nfds_t n, int ms) {
  int (*real)(struct pollfd *, nfds_t, int) = (int (*)(struct pollfd *, nfds_t, int))dlsym(RTLD_NEXT, "poll");
  return real(p, n, p ? ms : ms / 10);
}
`);
  const late = await run(file, { env });
  assert.equal(late.code, exit.failed);
  assertClear(late, /it took too long as the file's owner/);
  const isTheirs = (pid) => {
    const status = `/proc/${pid}/status`;
    return existsSync(status) && readFileSync(status, 'utf8').includes(`\nUid:\t${other}\t`);
  };
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  assert.deepEqual(processes.filter(isTheirs), [], 'it is ended');
  assert.equal(readFileSync(file, 'utf8'), '{"mine": 1}\n');
  await write(file);
  assert.match(tokenIn(file), /^rt-/);
  assert.deepEqual(readdirSync(folder), ['c.json']);
});

test('a group without a number in this name space keeps its file', rootOnly, async (t) => {
  if (spawnSync('unshare', ['-r', 'true']).status !== 0) return t.skip('no name space can be made here');
  const { home, file, run } = await exporting(t);
  writeFileSync(file, '{}\n', { mode: 0o640 });
  chownSync(file, 0, other);
  const { code, err } = await run(file, { program: 'unshare' }, ['-r', home.program]);
  assert.equal(code, exit.done, err);
  assert.match(tokenIn(file), /^rt-/);
  assert.equal(statSync(file).gid, other);
});

test('two profiles in one file at the same time: each finds what the other has written', async (t) => {
  const { home, folder } = await exporting(t);
  const second = Object.assign(Object.create(home), { name: 'second' });
  await second.init(await serve(t), { secret: 'another', id: 'app-2' });
  await second.signIn();
  const file = `${folder}/rclone.conf`;
  writeFileSync(file, '[a]\nclient_id = web-post\n[b]\nclient_id = app-2\n');
  for (let i = 0; i < 10; i++) {
    const both = [home, second];
    for (const each of both) await each.ok('refresh');
    await Promise.all(both.map((each) => each.ok('export', ['--format', 'rclone', '-o', file])));
    const text = readFileSync(file, 'utf8');
    for (const each of both) assert.ok(text.includes((await each.ok('token')).out.trim()), text);
  }
  assert.deepEqual(readdirSync(folder), ['rclone.conf']);
});
