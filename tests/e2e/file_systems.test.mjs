// File systems without links or modes, such as vfat: a library in front of libc's refuses what they
// refuse, and shows the modes that they show.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Home, assertClear, exit } from './lab/moat.mjs';
import { roots } from './lab/paths.mjs';
import { serve } from './lab/scripted.mjs';

// No link is made, no mode or owner is changed, and every file has the mode of the mount.
const source = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
static int refuse(void) { errno = EPERM; return -1; }
int link(const char *a, const char *b) { (void)a; (void)b; return refuse(); }
int linkat(int c, const char *a, int d, const char *b, int f) { (void)c; (void)a; (void)d; (void)b; (void)f; return refuse(); }
int symlink(const char *a, const char *b) { (void)a; (void)b; return refuse(); }
int chmod(const char *a, mode_t m) { (void)a; (void)m; return refuse(); }
int fchmod(int fd, mode_t m) { (void)fd; (void)m; return refuse(); }
int chown(const char *a, uid_t u, gid_t g) { (void)a; (void)u; (void)g; return refuse(); }
int fchown(int fd, uid_t u, gid_t g) { (void)fd; (void)u; (void)g; return refuse(); }
static int shown(int r, struct stat *st) {
  mode_t mask = (mode_t)strtoul(getenv("MOUNT_UMASK"), NULL, 8);
  if (r == 0 && (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode))) st->st_mode = (st->st_mode & S_IFMT) | (0777 & ~mask);
  return r;
}
int statvfs(const char *p, struct statvfs *fs) {
  (void)p;
  *fs = (struct statvfs){.f_blocks = 100, .f_bfree = 50, .f_bavail = 50, .f_files = 100, .f_ffree = 50};
  const char *full = getenv("MOUNT_FULL");
  if (full && *full == 'b') fs->f_bfree = fs->f_bavail = 0;
  if (full && *full == 'f') fs->f_ffree = 0;
  return 0;
}
#define REAL(type, name) ((int (*) type)dlsym(RTLD_NEXT, name))
int stat(const char *p, struct stat *st) { return shown(REAL((const char *, struct stat *), "stat")(p, st), st); }
int lstat(const char *p, struct stat *st) { return shown(REAL((const char *, struct stat *), "lstat")(p, st), st); }
int fstat(int fd, struct stat *st) { return shown(REAL((int, struct stat *), "fstat")(fd, st), st); }
int fstatat(int d, const char *p, struct stat *st, int f) {
  return shown(REAL((int, const char *, struct stat *, int), "fstatat")(d, p, st, f), st);
}
`;

let folder, library;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'moat-vfat-'));
  library = join(folder, 'vfat.so');
  writeFileSync(join(folder, 'vfat.c'), source);
  execFileSync('cc', ['-D_FILE_OFFSET_BITS=64', '-shared', '-fPIC', '-o', library, join(folder, 'vfat.c'), '-ldl']);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A home on such a file system, mounted with this umask. */
function mounted(t, umask) {
  const home = new Home(t);
  const ASAN_OPTIONS = `${home.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`;
  Object.assign(home.env, { LD_PRELOAD: library, MOUNT_UMASK: umask, ASAN_OPTIONS });
  return home;
}

const init = (server) => [
  ...['--provider', 'custom', '--client-id', 'app', '--secret-file', '-', '--ca', roots],
  ...['--authorize-url', server.authorizeUrl, '--token-url', server.tokenUrl],
];

test('mounted with umask=077 everything works', async (t) => {
  const server = await serve(t);
  const home = mounted(t, '077');
  await home.ok('init', init(server), { input: 'first\n' });
  await home.signIn();
  for (let i = 0; i < 3; i += 1) await home.ok('refresh');
  await home.ok('secret', ['--secret-expires', '2099-01-01'], { input: 'second\n' });
  await home.ok('set', ['scope=another']);
  await home.ok('init', ['--force', '--extra', 'a=b']);
  await home.ok('refresh');
  assert.equal(server.last.form.client_secret, 'second');
  await home.ok('export', ['--format', 'json', '-o', `${home.dir}/exported`]);
  await home.ok('logout');
  await home.ok('remove', ['--yes']);
  assert.deepEqual(home.files().map(({ path }) => path), [`${home.dir}/exported`]);
});

test('mounted so that others can read or write, it is refused with the option that helps', async (t) => {
  const server = await serve(t);
  for (const umask of ['022', '000', '027']) {
    const home = mounted(t, umask);
    // The roots are elsewhere, but this library shows all files alike.
    const args = init(server).filter((word) => word !== '--ca' && word !== roots);
    const refused = await home.call('init', args, { input: 'secret\n' });
    assert.ok([exit.failed, exit.profile].includes(refused.code), refused.err);
    assertClear(refused, /umask=077/);
    assert.deepEqual(home.holding('secret'), []);
    assert.deepEqual(home.holding('client_id'), []);
  }
});

test('a disk that is full is found by the doctor', async (t) => {
  const server = await serve(t);
  const home = mounted(t, '077');
  await home.ok('init', init(server), { input: 'first\n' });
  await home.signIn();
  await home.ok('doctor');
  for (const what of ['blocks', 'files'])
    assert.match((await home.expect(exit.failed, 'doctor', [], { env: { ...home.env, MOUNT_FULL: what } })).out, /^problem +files +the disk of\s+\S+drive\s+is\s+full\n *Make room/m);
});
