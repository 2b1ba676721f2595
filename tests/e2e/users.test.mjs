// Owners of a profile, its state and its secret: two service users and root, and what each is told.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Home, assertClear, exit, start, terminal } from './lab/moat.mjs';
import { moat, roots } from './lab/paths.mjs';
import { serve } from './lab/scripted.mjs';

const isRoot = process.getuid() === 0;
const [one, another] = [64001, 64002]; // no file of the system is theirs
const skip = !isRoot && 'needs root';

/** A home of user `one`, signed in, where both users may run the program. */
async function ready(t) {
  const server = await serve(t);
  const home = new Home(t);
  home.program = `${home.dir}/moat`;
  copyFileSync(moat, home.program);
  copyFileSync(roots, `${home.dir}/roots.pem`);
  chmodSync(`${home.dir}/roots.pem`, 0o644);
  chmodSync(home.dir, 0o755);
  home.env.MOAT_HOME = `${home.dir}/home`;
  mkdirSync(home.env.MOAT_HOME, { mode: 0o755 });
  chownSync(home.env.MOAT_HOME, one, one);
  Object.defineProperties(home, {
    profile: { value: `${home.dir}/home/drive.conf` },
    state: { value: `${home.dir}/home/drive` },
  });
  const as = (user, command, args = [], options = {}) => {
    const ids = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
    const words = user ? [...ids, home.program, command, ...args] : [command, ...args];
    return start(t, words, { env: home.env, program: user ? 'setpriv' : home.program, ...options }).finished;
  };
  const urls = ['--authorize-url', server.authorizeUrl, '--token-url', server.tokenUrl, '--ca', `${home.dir}/roots.pem`];
  const done = async (promise) => {
    const result = await promise;
    assert.equal(result.code, exit.done, result.err);
    return result;
  };
  const init = ['drive', '--provider', 'custom', '--client-id', 'app', '--secret-file', '-', ...urls];
  await done(as(one, 'init', init, { input: 'secret\n' }));
  const { out } = await done(as(one, 'url', ['drive']));
  const state = new URL(out.trim()).searchParams.get('state');
  await done(as(one, 'exchange', ['drive'], { input: `http://localhost/?code=a-code&state=${state}` }));
  return { server, home, as };
}

// Situation, who runs `moat refresh`, the exit status, and the message.
const own = (path, user) => chownSync(path, user, user);
const table = [
  ['all is as init made it', () => {}, one, exit.done],
  ['the same, run by root', () => {}, 0, exit.profile, /the profile \S+ belongs to user 64001[^]*setpriv/],
  ['the same, run by another user', () => {}, another, exit.profile, /this user may not read the profile[^]*Run moat as the user/],
  ['a profile that is open', ({ profile }) => chmodSync(profile, 0o644), one, exit.profile, /can be read or changed by others[^]*chmod 600/],
  ["another user's profile", ({ profile }) => own(profile, another), one, exit.profile, /this user may not read/],
  ["another user's profile that may be read", ({ profile }) => { own(profile, another); chmodSync(profile, 0o644); }, one, exit.profile, /belongs to user 64002[^]*chown/],
  ["root's profile, read-only", ({ profile }) => { own(profile, 0); chmodSync(profile, 0o444); }, one, exit.done],
  ["root's profile, 0644", ({ profile }) => { own(profile, 0); chmodSync(profile, 0o644); }, one, exit.done],
  ["root's profile that the group can change", ({ profile }) => { own(profile, 0); chmodSync(profile, 0o664); }, one, exit.profile, /can be read or changed by others/],
  ["root's profile, closed", ({ profile }) => own(profile, 0), one, exit.profile, /this user may not read/],
  ['a closed folder of profiles', ({ env }) => chmodSync(env.MOAT_HOME, 0o700), another, exit.profile, /this user may not read/],
  ["root's folder of profiles", ({ env }) => own(env.MOAT_HOME, 0), one, exit.done],
  ['a state folder that others can write to', ({ state }) => chmodSync(state, 0o777), one, exit.profile, /others can write to the folder[^]*chmod go-w/],
  ['a state folder that the group can write to', ({ state }) => chmodSync(state, 0o770), one, exit.profile, /others can write to the folder/],
  ["another user's state folder", ({ state }) => { own(state, another); chmodSync(state, 0o755); }, one, exit.profile, /drive belongs to user 64002, and this is user 64001/],
  ["another user's grant", ({ state }) => own(`${state}/grant.a`, another), one, exit.failed, /Permission denied/],
  ["root's grant", ({ state }) => own(`${state}/grant.a`, 0), one, exit.failed, /Permission denied/],
  ['a grant that is open', ({ state }) => chmodSync(`${state}/grant.a`, 0o640), one, exit.profile, /grant\.a can be read or changed by others[^]*chmod 600/],
  ['a stored secret that is open', ({ state }) => chmodSync(`${state}/secret`, 0o644), one, exit.profile, /secret: others may read or change it[^]*chmod 600/],
  ['roots that others can change', ({ dir }) => chmodSync(`${dir}/roots.pem`, 0o666), one, exit.profile, /roots of trust[^]*chmod go-w/],
];

for (const [situation, change, user, status, message] of table)
  test(`whose: ${situation}`, { skip }, async (t) => {
    const { server, home, as } = await ready(t);
    change(home);
    const sent = server.requests.length;
    const result = await as(user, 'refresh', ['drive']);
    assert.equal(result.code, status, result.err);
    if (message) assertClear(result, message);
    assert.equal(server.requests.length - sent, status === exit.done ? 1 : 0);
  });

test('whose: what root has written read-only is used, and not changed', { skip }, async (t) => {
  const { home, as } = await ready(t);
  own(home.profile, 0);
  chmodSync(home.profile, 0o444);
  own(home.env.MOAT_HOME, 0);
  for (const [command, args] of [['set', ['drive', 'scope=a']], ['remove', ['drive', '--yes']]])
    assertClear(await as(one, command, args), /cannot (write|remove) .*Permission denied/);
  assert.equal((await as(one, 'status', ['drive'])).code, exit.done);
  assert.equal((await as(one, 'logout', ['drive'])).code, exit.done);
});

test('whose: credentials, as systemd makes them', { skip }, async (t) => {
  const { server, home, as } = await ready(t);
  const folder = `${home.dir}/credentials`;
  mkdirSync(folder, { mode: 0o750 });
  chownSync(folder, 0, one);
  const file = `${folder}/moat`;
  writeFileSync(file, '\ufefffrom systemd\r\n', { mode: 0o440 });
  chownSync(file, 0, one); // an ACL for the user would show as a mode of the group as well
  const env = { ...home.env, CREDENTIALS_DIRECTORY: folder };
  const set = await as(one, 'secret', ['drive', file], { env });
  assert.equal(set.code, exit.done, set.err);
  assert.doesNotMatch(set.err, /warning/);
  const { code, err } = await as(one, 'refresh', ['drive'], { env });
  assert.equal(code, exit.done, err);
  assert.equal(server.last.form.client_secret, 'from systemd');
});

test("whose: a secret that is another user's link", { skip }, async (t) => {
  const { server, home, as } = await ready(t);
  const [file, link] = [`${home.dir}/secret`, `${home.dir}/link`];
  writeFileSync(file, 'linked\n', { mode: 0o600 });
  own(file, one);
  symlinkSync(file, link);
  for (const [owner, status] of [[one, exit.done], [0, exit.done], [another, exit.misuse]]) {
    execFileSync('chown', ['-h', `${owner}:${owner}`, link]);
    const result = await as(one, 'secret', ['drive', link]);
    assert.equal(result.code, status, result.err);
    if (status) assertClear(result, /link of another user/);
    assert.equal((await as(one, 'refresh', ['drive'])).code, status ? exit.profile : exit.done);
  }
  assert.equal(server.last.form.client_secret, 'linked');
});

test('a home that cannot be written to is told before the first question', { skip }, async (t) => {
  const { home } = await ready(t);
  own(home.env.MOAT_HOME, 0);
  const runs = new Home(t);
  chmodSync(runs.dir, 0o755);
  const words = ['--reuid', String(one), '--regid', String(one), '--clear-groups', home.program, 'init', 'new'];
  const running = terminal(t, { env: home.env }, words, { program: 'setpriv' });
  const { code, shown } = await running.finished;
  assert.equal(code, exit.failed, shown);
  assert.match(shown, /^moat: cannot write \S+new\.conf: Permission denied/);
  assert.doesNotMatch(shown, /Moat asks/);
});
