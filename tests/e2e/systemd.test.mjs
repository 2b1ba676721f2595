// The units of examples/cli/systemd: what systemd-analyze says of them, and ExecStart as systemd runs it: as the user of
// the service, with the folders and credentials that the unit asks for. systemd itself need not run.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { Home, age, exit } from './lab/moat.mjs';
import { moat, roots } from './lab/paths.mjs';
import { answering, json, serve } from './lab/scripted.mjs';

const source = new URL('../../examples/cli/systemd/', import.meta.url).pathname;
const [USER, STRANGER] = [64321, 64322]; // they need no names

/** The units as `make install` makes them, for a prefix of this test's own, where moat is. */
function installed(t) {
  const prefix = mkdtempSync(join(tmpdir(), 'moat-units-'));
  t.after(() => rmSync(prefix, { recursive: true, force: true }));
  chmodSync(prefix, 0o755);
  for (const folder of ['bin', 'system', 'user']) mkdirSync(`${prefix}/${folder}`);
  copyFileSync(moat, `${prefix}/bin/moat`);
  chmodSync(`${prefix}/bin/moat`, 0o755);
  for (const folder of ['system', 'user'])
    for (const name of readdirSync(source + folder)) {
      const text = readFileSync(`${source}${folder}/${name}`, 'utf8');
      writeFileSync(`${prefix}/${folder}/${name}`, text.replaceAll('@PREFIX@', prefix));
    }
  return prefix;
}

function analyze(prefix, ...args) {
  const env = { PATH: process.env.PATH, XDG_RUNTIME_DIR: prefix };
  const { status, stdout, stderr, error } = spawnSync('systemd-analyze', args, { env, encoding: 'utf8' });
  assert.equal(error, undefined, 'tests/setup.sh keep installs it');
  return { status, stdout, stderr };
}

test('systemd-analyze finds nothing wrong with the units', (t) => {
  const prefix = installed(t);
  for (const [folder, ...options] of [['system'], ['user', '--user']])
    for (const name of readdirSync(`${prefix}/${folder}`)) {
      const { status, stdout, stderr } = analyze(prefix, 'verify', '--man=no', ...options, `${prefix}/${folder}/${name}`);
      assert.deepEqual([status, stdout, stderr], [0, '', ''], name);
    }
});

test('the service is exposed to 2.0 of 10 at most', (t) => {
  const prefix = installed(t);
  const { stdout } = analyze(prefix, 'security', '--offline=true', `${prefix}/system/moat-keep@.service`);
  const [, level] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout);
  assert.ok(Number(level) <= 2, stdout);
});

/** The lines of a unit, as systemd reads them for an instance. */
function read(file, instance, folder) {
  const all = {};
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key) (all[key] ??= []).push(value.replaceAll('%i', instance).replaceAll('%S', folder));
  }
  return all;
}

/** A service user with a grant, whose secret is a credential; `run` is what systemd runs. */
async function service(t, withAcl) {
  const prefix = installed(t);
  const unit = read(`${prefix}/system/moat-keep@.service`, 'gateway', prefix);
  const server = await serve(t);
  const [id] = unit.LoadCredential;
  const [folder] = unit.StateDirectory.map((name) => `${prefix}/${name}`);
  const home = new Home(t);
  home.dir = folder;
  const environment = Object.fromEntries(unit.Environment.map((pair) => pair.split('=')));
  home.env = { ...home.env, ...environment };
  assert.equal(home.env.MOAT_HOME, folder);

  mkdirSync(dirname(folder), { mode: 0o755 });
  mkdirSync(folder, { mode: Number.parseInt(unit.StateDirectoryMode[0], 8) });
  await home.init(server);
  await home.signIn();
  copyFileSync(roots, `${prefix}/roots.pem`);
  chmodSync(`${prefix}/roots.pem`, 0o644);
  writeFileSync(home.profile, readFileSync(home.profile, 'utf8')
    .replace(/^ca = .*/m, `ca = ${prefix}/roots.pem`)
    .replace(/^secret_file = .*/m, `secret_file = $CREDENTIALS_DIRECTORY/${id}`));
  rmSync(`${folder}/the-secret`);
  execFileSync('chown', ['-R', `${USER}:${USER}`, folder]);

  // As systemd 252 does it: root's, and the user's by an ACL or, where there are none, as the owner.
  const credentials = `${prefix}/credentials`;
  mkdirSync(credentials);
  writeFileSync(`${credentials}/${id}`, 'from-systemd');
  for (const [path, mode, right] of [[`${credentials}/${id}`, 0o400, 'r'], [credentials, 0o500, 'rx']]) {
    chmodSync(path, mode);
    if (withAcl) execFileSync('setfacl', ['-m', `u:${USER}:${right}`, path]);
    else chownSync(path, USER, USER);
  }

  const run = (uid = USER, more = { CREDENTIALS_DIRECTORY: credentials }) => home.run(
    ['--reuid', uid, '--regid', uid, '--clear-groups', '--no-new-privs', '--bounding-set=-all', '--inh-caps=-all', ...unit.ExecStart[0].split(' ')],
    { program: 'setpriv', env: { ...home.env, ...more }, before: `umask ${unit.UMask[0]}; cd /` });
  age(home);
  server.requests.length = 0;
  return { home, server, run, unit, folder };
}

const needsRoot = process.getuid() !== 0 && 'it takes root to become the user of a service';

for (const withAcl of [true, false])
  test(`as a service, with a credential that is ${withAcl ? "root's, and readable by an ACL" : "the user's"}`, { skip: needsRoot }, async (t) => {
    const { server, run, folder } = await service(t, withAcl);
    assert.deepEqual(await run(), { code: exit.done, signal: null, out: '', err: '' });
    assert.deepEqual(server.requests.map(({ form }) => form.client_secret), ['from-systemd']);
    const all = execFileSync('find', [folder, '-type', 'f', '-printf', '%U %m %P\n'], { encoding: 'utf8' }).trim().split('\n');
    for (const file of all) assert.match(file, new RegExp(`^${USER} 600 `));
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

test('as a service: trouble, and what systemd is to make of it', { skip: needsRoot }, async (t) => {
  const { server, run, unit } = await service(t, true);
  server.play({ script: answering(json({}, '503 Busy')) });
  const later = await run();
  assert.equal(later.code, exit.later);
  assert.deepEqual(unit.SuccessExitStatus, [String(exit.later)]);
  assert.match(later.err, /^drive: [^\n]*503[^\n]*\n$/);
});

test('as a service, without its credential', { skip: needsRoot }, async (t) => {
  const { server, run } = await service(t, true);
  for (const more of [{}, { CREDENTIALS_DIRECTORY: '/nonexistent' }]) {
    const { code, err } = await run(USER, more);
    assert.equal(code, exit.profile);
    assert.match(err, /^drive: cannot take the client secret from (\$CREDENTIALS_DIRECTORY|\/nonexistent)\/moat.gateway: /);
  }
  assert.equal(server.requests.length, 0);
});

test("as a service of another user's", { skip: needsRoot }, async (t) => {
  const { server, run } = await service(t, true);
  const { code, err } = await run(STRANGER);
  assert.equal(code, exit.failed);
  assert.match(err, /cannot list the profiles in .*: Permission denied/);
  assert.equal(server.requests.length, 0);
});
