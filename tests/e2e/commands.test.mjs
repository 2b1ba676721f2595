// status, export and logout.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { Home, assertClear, exit, onTerminal, signedIn } from './lab/moat.mjs';
import { answering, json, serve, tokens } from './lab/scripted.mjs';

const ballerina = ['--format', 'ballerina'];
const toml = (refreshToken, clientId, clientSecret) =>
  `refreshToken = "${refreshToken}"\nclientId = "${clientId}"\nclientSecret = "${clientSecret}"\n`;

async function granted(t, options) {
  const fresh = tokens();
  const server = await serve(t, { script: answering(json(fresh)) });
  return { home: await signedIn(t, server, options), server, fresh };
}

test('the Ballerina Config.toml, to the letter', async (t) => {
  const { home, fresh } = await granted(t);
  const { out } = await home.ok('export', ballerina);
  assert.equal(out, toml(fresh.refresh_token, 'web-post', 'S3cret~web.post_1-x'));
});

test('TOML strings are escaped', async (t) => {
  const { home, fresh } = await granted(t, { secret: 'a"b\\c' });
  const { out } = await home.ok('export', ballerina);
  assert.equal(out, toml(fresh.refresh_token, 'web-post', 'a\\"b\\\\c'));
});

test('-o writes the file for the owner alone, whole', async (t) => {
  const { home, fresh } = await granted(t);
  const file = `${home.dir}/Config.toml`;
  const { out } = await home.ok('export', [...ballerina, '-o', file], { before: 'umask 0' });
  assert.ok(!out.includes(fresh.refresh_token));
  assert.equal(
    readFileSync(file, 'utf8'),
    toml(fresh.refresh_token, 'web-post', 'S3cret~web.post_1-x'),
  );
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(home.dir).sort(), [
    'Config.toml',
    'drive',
    'drive.conf',
    'the-secret',
  ]);
});

test('-o into a folder that is not there fails and says so, and nothing of what it would hold', async (t) => {
  const { home } = await granted(t);
  const file = `${home.dir}/none/env`;
  const failed = await home.expect(exit.failed, 'export', ['--format', 'env', '-o', file]);
  assertClear(failed, /none/);
  assert.doesNotMatch(failed.err, /moat keep/);
});

test('-o takes the place of a file, and of nothing else', async (t) => {
  const { home } = await granted(t);
  const [fifo, link] = [`${home.dir}/fifo`, `${home.dir}/link`];
  execFileSync('mkfifo', [fifo]);
  symlinkSync('/dev/null', link);
  for (const file of [fifo, link])
    assertClear(
      await home.expect(exit.failed, 'export', [...ballerina, '-o', file]),
      /not a regular file\n.*without -o/,
    );
  const large = `${home.dir}/large`;
  writeFileSync(large, '#'.repeat(300000));
  const { err } = await home.expect(exit.failed, 'export', [...ballerina, '-o', large]);
  assert.match(err, /too large[^]*left as it was/);
  assert.doesNotMatch(err, /ulimit/); // that is about writing
  assert.ok(lstatSync(fifo).isFIFO());
  assert.ok(lstatSync(link).isSymbolicLink());
});

test('on a terminal it is masked, unless --show-secrets', async (t) => {
  const { home, fresh } = await granted(t);
  const masked = await onTerminal(t, home, ['export', 'drive', ...ballerina]);
  assert.equal(masked.code, exit.done);
  assert.match(masked.shown, /^clientId = "web-post"$/m);
  assert.match(masked.shown, /^refreshToken = "/m);
  for (const word of [fresh.refresh_token, 'S3cret~web.post_1-x']) {
    assert.ok(!masked.shown.includes(word));
    assert.ok(!masked.shown.includes(word.slice(-8)));
  }
  const shown = await onTerminal(t, home, ['export', 'drive', ...ballerina, '--show-secrets']);
  assert.ok(shown.shown.includes(toml(fresh.refresh_token, 'web-post', 'S3cret~web.post_1-x')));
});

test('export is refused where the grant has no secret, and says why', async (t) => {
  const { home } = await granted(t, { auth: 'none' });
  const failed = await home.call('export', ballerina);
  assert.notEqual(failed.code, exit.done);
  assert.equal(failed.out, '');
  assertClear(failed, /secret/i);
});

test('export of an unknown format, or of none', async (t) => {
  const { home } = await granted(t);
  assert.equal((await home.call('export', ['--format', 'xml'])).code, exit.misuse);
  assert.equal((await home.call('export')).code, exit.misuse);
});

test('before a sign-in, everything says that somebody must', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  await home.init(server);
  for (const [command, args] of [['refresh'], ['token'], ['export', ballerina]]) {
    const failed = await home.expect(exit.signIn, command, args);
    assertClear(failed, /moat login/);
    assert.equal(failed.out, '');
  }
  assert.equal(server.accepted, 0);
});

test('status tells people and programs the same', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  await home.init(server);
  const before = await home.call('status', ['--json']);
  assert.equal(typeof JSON.parse(before.out), 'object');
  await home.signIn();
  const { out } = await home.ok('status');
  assert.match(out, /drive/);
  assert.match(out, /web-post/);
  const parsed = await home.status();
  assert.equal(parsed.name, 'drive');
  assert.equal(parsed.client_id, 'web-post');
  assert.equal(server.requests.length, 1, 'status asks nobody');
});

test('logout forgets the grant, keeps the profile, and says what it cannot do', async (t) => {
  const { home, server, fresh } = await granted(t);
  const { out, err } = await home.ok('logout');
  assert.match(out + err, /revoke/i);
  assert.deepEqual(home.holding(fresh.refresh_token), []);
  assert.deepEqual(home.holding(fresh.access_token), []);
  await home.expect(exit.signIn, 'token');
  assert.equal(server.requests.length, 1);
  await home.signIn();
  await home.ok('token');
});
