// Profiles: `moat init`, where files lie, what they hold, and the words of the command line.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Home, assertClear, exit, onTerminal, passed, signedIn } from './lab/moat.mjs';
import { moat, roots } from './lab/paths.mjs';
import { serve } from './lab/scripted.mjs';

const mode = (path) => statSync(path).mode & 0o777;
const entra = ['--provider', 'entra', '--client-id', 'app', '--auth', 'none'];
const custom = [
  '--provider',
  'custom',
  '--client-id',
  'app',
  '--auth',
  'none',
  '--ca',
  roots,
  '--authorize-url',
  'https://as.test/authorize',
  '--token-url',
  'https://as.test/token',
];
const commands = ['init', 'url', 'exchange', 'refresh', 'token', 'status', 'export', 'logout'];

test('--version and --help', async (t) => {
  const home = new Home(t);
  assert.match((await home.run(['--version'])).out, /\b\d+\.\d+\.\d+\b/);
  const help = await home.run(['--help']);
  assert.equal(help.code, exit.done);
  for (const command of commands) {
    assert.match(help.out, new RegExp(`\\b${command}\\b`));
    const { code, out } = await home.run([command, '--help']);
    assert.equal(code, exit.done);
    assert.match(out, new RegExp(`moat ${command}\\b`));
  }
  assert.equal(home.files().length, 0);
});

test('Entra\'s cloud and tenant are refused for other providers', async (t) => {
  const home = new Home(t);
  const google = ['--provider', 'google', '--client-id', 'app', '--auth', 'none'];
  for (const [name, value] of [['cloud', 'usgov'], ['tenant', 'contoso.test']])
    for (const other of [custom, google])
      assertClear(await home.expect(exit.misuse, 'init', [...other, `--${name}`, value]), /is for the provider entra alone/);
  assert.deepEqual(home.files(), []);
  await home.ok('init', custom);
  assertClear(await home.expect(exit.misuse, 'set', ['cloud=china']), /cloud china is for the provider entra alone/);
  assertClear(await home.expect(exit.misuse, 'url', ['--cloud', 'china']), /--cloud china is for the provider entra alone/);
  await home.ok('set', ['provider=entra', 'cloud=china']);
});

test('values that do not fit together are refused wherever they come from', async (t) => {
  const home = new Home(t);
  const url = 'https://as.test/token';
  const atOnce = /token[_-]url https:\/\/as\.test\/token is the authorize URL and the token URL at once/;
  const national = /tenant consumers is not for a national cloud/;
  assertClear(await home.expect(exit.misuse, 'init', custom.map((word) => word.replace('as.test/authorize', 'as.test/token'))), atOnce);
  for (const cloud of ['china', 'usgov'])
    assertClear(await home.expect(exit.misuse, 'init', [...entra, '--cloud', cloud, '--tenant', 'consumers']), national);
  assert.deepEqual(home.files(), []);

  await home.ok('init', [...entra, '--cloud', 'china', '--tenant', 'consumers', '--authorize-url', `${url}/a`, '--token-url', url]);
  assertClear(await home.expect(exit.misuse, 'set', [`authorize_url=${url}`]), atOnce);
  assertClear(await home.expect(exit.misuse, 'set', ['token_url=']), national);
  writeFileSync(home.profile, readFileSync(home.profile, 'utf8').replace(`${url}/a`, url));
  const failed = await home.expect(exit.profile, 'login');
  assertClear(failed, /the token_url of drive, https:\/\/as\.test\/token, is the authorize URL/);
  await home.ok('set', [`authorize_url=${url}/a`]);

  const { err } = await home.ok('set', ['scope=$(id) a']);
  assert.match(err, /^moat: warning: the scope \$\(id\) a has characters of a shell/m);
  assert.match((await home.ok('init', [...entra, '--force', '--scope', '`id`'])).err, /warning: the scope `id` has/);
  assert.doesNotMatch((await home.ok('set', ['scope=patient/Observation.rs?category=a|b'])).err, /warning/);
});

test('misuse is told, with status 2, and leaves nothing behind', async (t) => {
  const home = new Home(t);
  const wrong = [
    [],
    ['frobnicate'],
    ['url'],
    ['init'],
    ['url', 'one', 'two'],
    ['init', 'drive', ...entra, '--frobnicate'],
    ['init', 'drive', ...entra, '--client-id'],
    ['init', 'drive', ...entra, '--auth', 'digest'],
    ['init', 'drive', '--provider', 'nobody', '--client-id', 'app'],
    ['init', 'drive', '--provider', 'entra', '--auth', 'none'],
    ['init', 'drive', ...custom.slice(0, -2)],
    ['init', 'drive', ...entra, '--client-id', 'a\nb'],
    ['init', '../drive', ...entra],
    ['init', 'a/b', ...entra],
    ['init', '', ...entra],
    ['init', '.', ...entra],
    ['init', '..', ...entra],
    ['init', 'a b', ...entra],
    ['init', 'drive.conf', ...entra], // in MOAT_HOME its folder would be the file of drive
    ['init', 'x'.repeat(300), ...entra],
    ['url', 'drive', '--timeout', '-1'],
    ['url', 'drive', '--timeout', '3x'],
    ['init', 'drive', ...entra, '--client-secret', 'never-in-argv'],
    ['init', 'drive', ...entra, '--secret', 'never-in-argv'],
  ];
  for (const args of wrong) {
    const { code, err } = await home.run(args);
    assert.equal(code, exit.misuse, `moat ${args.join(' ')}: ${err}`);
    assert.match(err, /^moat: /);
  }
  assert.deepEqual(home.files(), []);
});

test('only https is an endpoint', async (t) => {
  const home = new Home(t);
  for (const url of [
    'http://as.test/token',
    'https://user@as.test/token',
    'https://as.test/token#x',
    'as.test',
    'https://as.test:0/',
    'https://',
  ]) {
    const { code, err } = await home.run(['init', 'drive', ...custom, '--token-url', url]);
    assert.ok([exit.misuse, exit.profile].includes(code), `${url}: ${code}`);
    assert.match(err, /^moat: /);
  }
});

test('a profile that is not there', async (t) => {
  const home = new Home(t);
  for (const command of commands.slice(1)) {
    const failed = await home.call(command, command === 'export' ? ['--format', 'ballerina'] : []);
    assert.notEqual(failed.code, exit.done, command);
    assertClear(failed, /drive/);
  }
  assert.deepEqual(home.files(), []);
});

test('init writes what the guide needs, and no more', async (t) => {
  const home = new Home(t);
  await home.ok('init', entra);
  const text = readFileSync(home.profile, 'utf8');
  assert.match(text, /^#/m, 'it is commented');
  for (const line of text.split('\n')) assert.match(line, /^(#.*|[\w-]+ = .+|)$/);
  assert.equal(mode(home.profile), 0o600);

  const { url, parameters } = await home.url();
  assert.ok(url.startsWith('https://login.microsoftonline.com/common/oauth2/v2.0/authorize?'));
  assert.equal(
    parameters.scope,
    'offline_access files.read files.read.all files.readwrite files.readwrite.all',
  );
  assert.equal(parameters.redirect_uri, 'http://localhost');
});

test('providers by name', async (t) => {
  const home = new Home(t);
  const expected = {
    'entra --tenant contoso.test':
      'https://login.microsoftonline.com/contoso.test/oauth2/v2.0/authorize?',
    google: 'https://accounts.google.com/o/oauth2/v2/auth?',
    github: 'https://github.com/login/oauth/authorize?',
  };
  for (const [words, start] of Object.entries(expected)) {
    await home.ok('init', [
      '--force',
      '--client-id',
      'app',
      '--auth',
      'none',
      '--scope',
      's1 s2',
      '--provider',
      ...words.split(' '),
    ]);
    const { url, parameters } = await home.url();
    assert.ok(url.startsWith(start), url);
    assert.equal(parameters.scope, 's1 s2');
    assert.equal(parameters.code_challenge_method, 'S256');
  }
});

test('an existing profile is not overwritten without --force', async (t) => {
  const home = new Home(t);
  await home.ok('init', entra);
  const before = readFileSync(home.profile, 'utf8');
  const refused = await home.call('init', [...entra, '--client-id', 'other']);
  assert.notEqual(refused.code, exit.done);
  assertClear(refused, /--force/);
  assert.equal(readFileSync(home.profile, 'utf8'), before);
  await home.ok('init', [
    ...entra.slice(0, 2),
    '--client-id',
    'other',
    '--auth',
    'none',
    '--force',
  ]);
  assert.equal((await home.url()).parameters.client_id, 'other');
});

test('options beat the profile', async (t) => {
  const home = new Home(t);
  await home.ok('init', entra);
  const { parameters } = await home.url(['--scope', 'openid', '--client-id', 'other']);
  assert.equal(parameters.scope, 'openid');
  assert.equal(parameters.client_id, 'other');
  assert.equal((await home.url()).parameters.client_id, 'app');
});

test('a secret file is remembered by absolute path, and not copied', async (t) => {
  const home = new Home(t);
  home.secretFile('s3cret-in-a-file');
  await home.ok('init', [...entra, '--auth', 'post', '--secret-file', 'the-secret'], {
    cwd: home.dir,
  });
  assert.match(readFileSync(home.profile, 'utf8'), new RegExp(`= ${home.dir}/the-secret$`, 'm'));
  assert.deepEqual(home.holding('s3cret-in-a-file'), ['the-secret']);
  // A line of the profile has no blank at its end.
  writeFileSync(`${home.dir}/blank `, 'another\n');
  const args = [...entra, '--auth', 'post', '--force', '--secret-file', `${home.dir}/blank `];
  assertClear(await home.expect(exit.misuse, 'init', args), /blank/);
});

test('a secret on stdin is stored beside the state, for the owner alone', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  await home.ok(
    'init',
    [
      '--provider',
      'custom',
      '--authorize-url',
      server.authorizeUrl,
      '--token-url',
      server.tokenUrl,
      '--client-id',
      'app',
      '--auth',
      'post',
      '--ca',
      roots,
      '--scope',
      's',
      '--secret-file',
      '-',
    ],
    { input: 's3cret from stdin\n' },
  );
  assert.deepEqual(home.holding('s3cret from stdin'), ['drive/secret']);
  assert.equal(mode(`${home.state}/secret`), 0o600);
  await home.signIn();
  assert.equal(server.last.form.client_secret, 's3cret from stdin');
});

test('a profile that cannot be written leaves the one before with its own secret', async (t) => {
  const home = new Home(t);
  const init = (secret, more, options) =>
    home.call('init', ['--client-id', 'app', '--secret-file', '-', ...more], { input: `${secret}\n`, ...options });
  // No file may be larger than 512 bytes: the secret is not, the profile is.
  const full = { before: 'ulimit -f 1' };
  assertClear(await init('first', [], full), /cannot write .*drive\.conf/);
  const files = () => home.files().filter(({ path }) => !path.endsWith('/lock'));
  assert.deepEqual(files(), []);
  await init('first', []);
  const before = files();
  const failed = await init('second', ['--force', '--client-id', 'other'], full);
  assert.equal(failed.code, exit.failed);
  assert.deepEqual(files(), before);
  assert.equal((await init('second', ['--force'])).code, exit.done);
  assert.deepEqual([home.holding('first'), home.holding('second')], [[], ['drive/secret']]);
});

test('of many who make a profile at once one does, with its own secret', async (t) => {
  for (let round = 0; round < 10; round += 1) {
    const home = new Home(t);
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        home.call('init', ['--client-id', `app-${i}`, '--secret-file', '-'], { input: `secret-${i}\n` }),
      ),
    );
    const won = made.flatMap(({ code }, i) => (code === exit.done ? [i] : []));
    assert.equal(won.length, 1);
    for (const { code } of made) assert.ok([exit.done, exit.misuse].includes(code), `${code}`);
    assert.match(readFileSync(home.profile, 'utf8'), new RegExp(`^client_id = app-${won[0]}$`, 'm'));
    assert.equal(readFileSync(`${home.state}/secret`, 'utf8'), `secret-${won[0]}\n`);
  }
});

test('a secret that is typed is not shown', async (t) => {
  const home = new Home(t);
  const typed = 'typed-s3cret';
  const { code, shown } = await onTerminal(
    t,
    home,
    ['init', 'drive', ...entra, '--auth', 'post', '--secret-file', '-'],
    { prompt: /secret[^\n]*: ?$/i, typed: `${typed}\r` },
  );
  assert.equal(code, exit.done, shown);
  assert.ok(!shown.includes(typed), shown);
  assert.deepEqual(home.holding(typed), ['drive/secret']);
});

test('a GUID in place of a secret is pointed out', async (t) => {
  const home = new Home(t);
  const file = home.secretFile('8f14e45f-ceea-467f-a2b1-6c3c2d5f0a11');
  const { err } = await home.ok('init', [...entra, '--auth', 'post', '--secret-file', file]);
  assert.match(err, /Value/);
});

test('what is not a GUID in place of an Entra client ID is pointed out', async (t) => {
  const home = new Home(t);
  const id = '8f14e45f-ceea-467f-a2b1-6c3c2d5f0a11';
  const init = async (more) => (await home.ok('init', [...entra, '--force', ...more])).err;
  for (const wrong of ['app', id.slice(1), `${id}0`, `{${id}}`])
    assert.match(await init(['--client-id', wrong]), /warning: \S+ is not a GUID/);
  assert.doesNotMatch(await init(['--client-id', id]), /warning/);
  assert.doesNotMatch(await init(['--provider', 'github']), /warning/);
});

test('files are 0600 and folders 0700, whatever the umask', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  home.env.MOAT_HOME = `${home.dir}/new/home`;
  Object.defineProperty(home, 'profile', { value: `${home.dir}/new/home/drive.conf` });
  const call = (command, args, input) => home.ok(command, args, { before: 'umask 0', input });
  await call(
    'init',
    [
      '--provider',
      'custom',
      '--authorize-url',
      server.authorizeUrl,
      '--token-url',
      server.tokenUrl,
      '--client-id',
      'app',
      '--auth',
      'post',
      '--ca',
      roots,
      '--scope',
      's',
      '--secret-file',
      '-',
    ],
    'secret',
  );
  const { redirect } = await home.redirect();
  await call('exchange', [], redirect);
  await call('refresh', []);
  await call('export', ['--format', 'ballerina', '-o', `${home.dir}/new/home/Config.toml`]);
  const files = home.files(`${home.dir}/new/home`);
  assert.ok(files.length > 3);
  for (const { path, mode: bits } of files) assert.equal(bits, 0o600, path);
  for (const folder of ['new/home', 'new/home/drive'])
    assert.equal(mode(`${home.dir}/${folder}`), 0o700, folder);
});

test('without MOAT_HOME the folders are those of XDG', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'moat-e2e-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const home = new Home(t);
  const layouts = [
    [{ HOME: dir }, `${dir}/.config/moat/drive.conf`, `${dir}/.local/state/moat/drive`],
    [
      { HOME: dir, XDG_CONFIG_HOME: `${dir}/c`, XDG_STATE_HOME: `${dir}/s` },
      `${dir}/c/moat/drive.conf`,
      `${dir}/s/moat/drive`,
    ],
  ];
  for (const [env, profile, state] of layouts) {
    home.env = { ...passed, ...env };
    await home.ok('init', [...entra, '--auth', 'post', '--secret-file', '-'], { input: 'secret' });
    assert.equal(mode(profile), 0o600);
    assert.equal(mode(state), 0o700);
    assert.ok(existsSync(`${state}/secret`));
    await home.url();
  }
});

test('a profile edited by hand', async (t) => {
  const home = new Home(t);
  await home.ok('init', entra);
  const good = readFileSync(home.profile, 'utf8');
  const number = good.split('\n').length;
  for (const line of ['frobnicate = 1', 'no equals sign', 'client_id = another', '= empty']) {
    writeFileSync(home.profile, `${good}${line}\n`);
    const { err } = await home.expect(exit.profile, 'url');
    assert.match(err, new RegExp(`^moat: .*drive\\.conf:${number}: `));
  }
  const loose = good.replace(/^scope = .*$/m, '\n   # a comment\n  scope   =   one two  \n');
  for (const start of ['', '\ufeff', '\ufeffshared = no\n']) {
    writeFileSync(home.profile, start + loose.replaceAll('\n', '\r\n'));
    assert.equal((await home.url()).parameters.scope, 'one two');
  }
});

test('a profile or a secret that others may change is not trusted', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  chmodSync(home.profile, 0o666);
  assertClear(await home.expect(exit.profile, 'refresh'), /chmod/);
  assert.equal(server.requests.length, 1);
});

// Root can read it, and would take the client secret to where its owner says.
test("another user's profile or stored secret is not trusted", { skip: process.getuid() !== 0 && 'needs root' }, async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  const urls = ['--authorize-url', server.authorizeUrl, '--token-url', server.tokenUrl];
  const more = [...urls, '--ca', roots, '--auth', 'post', '--secret-file', '-'];
  await home.ok('init', [...custom.slice(0, 4), ...more], { input: 'secret\n' });
  const { redirect } = await home.redirect();
  for (const file of [home.profile, `${home.state}/secret`]) {
    chownSync(file, 65534, 65534);
    assertClear(await home.expect(exit.profile, 'exchange', [], { input: redirect }), /belongs to/);
    chownSync(file, 0, 0);
  }
  assert.equal(server.accepted, 0);
});

test('a secret file that is missing or empty is a matter of the profile', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const file = `${home.dir}/the-secret`;
  writeFileSync(file, '\n');
  assertClear(await home.expect(exit.profile, 'refresh'), /secret/i);
  rmSync(file);
  assertClear(await home.expect(exit.profile, 'refresh'), /the-secret/);
  // The advice is a command that there is, whatever asked.
  assertClear(await home.expect(exit.profile, 'export', ['--format', 'json']), /the-secret[^]*or another secret: `moat secret` takes it/);
  await home.ok('secret', [], { input: 'S3cret~web.post_1-x\n' });
  await home.ok('export', ['--format', 'json']);
  assert.equal(server.requests.length, 1);
});

test('a trust anchor is needed, and a file without one is no anchor', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const file = `${home.dir}/empty.pem`;
  writeFileSync(file, 'no certificate\n');
  for (const ca of [file, `${home.dir}/none.pem`]) {
    assertClear(await home.expect(exit.profile, 'refresh', ['--ca', ca]), /\.pem/);
  }
  assert.equal(server.accepted, 1);
});

test('a home that is no folder', async (t) => {
  const home = new Home(t);
  const file = `${home.dir}/file`;
  writeFileSync(file, '');
  assertClear(await home.call('init', entra, { env: { ...home.env, MOAT_HOME: file } }), /cannot write \S+: Not a directory/);
});

test('a home that cannot be written to', (t) => {
  const home = new Home(t);
  const copy = `${home.dir}/moat`; // where an ordinary user may run it: root may write anywhere
  const closed = `${home.dir}/closed`;
  const nobody = 65534;
  copyFileSync(moat, copy);
  mkdirSync(closed);
  chmodSync(closed, 0o500);
  const ids = process.getuid() === 0 ? { uid: nobody, gid: nobody } : {};
  for (const path of [copy, closed, home.dir]) if (ids.uid) chownSync(path, nobody, nobody);
  for (const below of ['', '/new', '/new/home']) {
    const env = { ...passed, MOAT_HOME: closed + below };
    const { status, stderr } = spawnSync(copy, ['init', 'drive', ...entra], { env, encoding: 'utf8', ...ids });
    assert.equal(status, exit.failed);
    assertClear({ err: stderr }, /Permission denied/);
  }
  assert.deepEqual(readdirSync(closed), []);
});
