// What other programs read: export as env and json, token --json, status --json, --version --json.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Home, assertClear, exit, onTerminal, signedIn, unhurried } from './lab/moat.mjs';
import { answering, json, serve, tokens } from './lab/scripted.mjs';

const variables = [
  'REFRESH_TOKEN',
  'CLIENT_ID',
  'CLIENT_SECRET',
  'TOKEN_URL',
  'SCOPE',
  'ACCESS_TOKEN',
  'EXPIRES_AT',
];
const shells = ['sh', 'bash'];
const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

// Everything that means something to a shell; a backslash at the very end, and quotes side by side.
const hostile =
  `'a'' "b" \\c $(touch pwned) \`touch pwned\` $HOME \${x} !! #; & | < > * ~ %s \t e=\\`;
const printable = hostile.replaceAll('\t', ' ');

async function granted(t, { answer = {}, ...options } = {}) {
  const fresh = tokens(answer);
  const server = await serve(t, { script: answering(json(fresh)) });
  return { home: await signedIn(t, server, options), server, fresh };
}

/** The variables in a shell that has sourced the export; all were set to `stale` before. */
function source(home, shell, file) {
  const script = `
    set -eu
    . "$0"
    for name; do eval "printf '%s\\\\0' \\"\\$$name\\""; done`;
  const out = execFileSync(shell, ['-c', script, file, ...variables], {
    cwd: home.dir,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'], // of a socket bash would think that it is a remote login
    env: {
      PATH: process.env.PATH,
      ...Object.fromEntries(variables.map((name) => [name, 'stale'])),
    },
  });
  const values = out.split('\0');
  assert.equal(values.pop(), '');
  return Object.fromEntries(values.map((value, i) => [variables[i], value]));
}

/** The export as env, as each shell understands it: the same for all. */
async function exportEnv(home) {
  const file = `${home.dir}/grant.env`;
  await home.ok('export', ['--format', 'env', '-o', file]);
  const files = readdirSync(home.dir);
  const [first, ...others] = shells.map((shell) => source(home, shell, file));
  for (const other of others) assert.deepEqual(other, first);
  assert.deepEqual(readdirSync(home.dir), files, 'nothing in it was run');
  return first;
}

const exportJson = async (home) =>
  JSON.parse((await home.ok('export', ['--format', 'json'])).out);

test('env and json hold the grant, whatever is in it', async (t) => {
  const id = hostile.replaceAll(/\s/g, '');
  const scope = `files.read ${printable}`;
  const { home, server, fresh } = await granted(t, {
    id,
    secret: hostile,
    answer: { refresh_token: `1${printable}`, access_token: `2${printable}`, scope },
  });
  const { EXPIRES_AT: until, ...values } = await exportEnv(home);
  assert.deepEqual(values, {
    REFRESH_TOKEN: fresh.refresh_token,
    CLIENT_ID: id,
    CLIENT_SECRET: hostile,
    TOKEN_URL: server.tokenUrl,
    SCOPE: scope,
    ACCESS_TOKEN: fresh.access_token,
  });
  assert.match(until, stamp);
  assert.deepEqual(await exportJson(home), {
    client_id: id,
    client_secret: hostile,
    token_url: server.tokenUrl,
    refresh_token: fresh.refresh_token,
    access_token: fresh.access_token,
    token_type: 'Bearer',
    expires_at: until,
    scope,
  });
});

test('the man page names all that is in them', async (t) => {
  const { home } = await granted(t);
  const page = readFileSync(new URL('../../examples/cli/moat.1', import.meta.url), 'utf8');
  const section = (name) => page.split(`.Sh ${name}\n`)[1].split('\n.Sh ')[0];
  const token = JSON.parse((await home.ok('token', ['--json'])).out);
  for (const [text, names] of [
    [section('EXPORTS'), [...variables, ...Object.keys(await exportJson(home))]],
    [section('JSON').split('.It Cm status')[0], Object.keys(token)],
  ])
    for (const name of names) assert.match(text, new RegExp(`\\b${name}\\b`));
});

test('text beyond ASCII comes through', async (t) => {
  const secret = 'pass\u00e9\u20ac\u{1f511}\u0085';
  const { home } = await granted(t, { secret });
  assert.equal((await exportEnv(home)).CLIENT_SECRET, secret);
  const { out } = await home.ok('export', ['--format', 'json']);
  assert.equal(JSON.parse(out).client_secret, secret);
  assert.match(out, /^[\n\x20-\x7e]*$/, 'in ASCII');
});

test('a secret that is not UTF-8 is nothing that JSON or TOML could hold', async (t) => {
  const { home } = await granted(t);
  const secret = Buffer.from([0x73, 0xe9, 0xff, 0x0a]);
  writeFileSync(`${home.dir}/the-secret`, secret);
  for (const format of ['json', 'ballerina']) {
    const failed = await home.expect(exit.profile, 'export', ['--format', format]);
    assertClear(failed, /UTF-8/);
    assert.equal(failed.out, '');
  }
  const file = `${home.dir}/grant.env`;
  await home.ok('export', ['--format', 'env', '-o', file]);
  const quoted = Buffer.concat([Buffer.from("'"), secret.subarray(0, 3), Buffer.from("'\n")]);
  assert.ok(readFileSync(file).includes(quoted));
});

test('a public client has no secret: env and json go without', async (t) => {
  const { home, fresh } = await granted(t, { auth: 'none' });
  const env = await exportEnv(home);
  assert.equal(env.CLIENT_SECRET, '', 'that of another grant is gone');
  assert.equal(env.REFRESH_TOKEN, fresh.refresh_token);
  const object = await exportJson(home);
  assert.ok(!('client_secret' in object));
  assert.equal(object.refresh_token, fresh.refresh_token);
});

test('an access token alone is an export while it is valid, and not for Ballerina', async (t) => {
  const { home, fresh } = await granted(t, {
    answer: { refresh_token: undefined, expires_in: undefined, scope: undefined },
  });
  const object = await exportJson(home);
  assert.equal(object.access_token, fresh.access_token);
  for (const absent of ['refresh_token', 'expires_at']) assert.ok(!(absent in object), absent);
  const env = await exportEnv(home);
  assert.equal(env.ACCESS_TOKEN, fresh.access_token);
  assert.equal(env.REFRESH_TOKEN + env.EXPIRES_AT, '');
  assertClear(await home.expect(exit.signIn, 'export', ['--format', 'ballerina']), /refresh token/);
});

test('an access token that has expired is not exported', async (t) => {
  const { home, fresh } = await granted(t, { answer: { expires_in: 1 } });
  await home.expired();
  const object = await exportJson(home);
  assert.equal(object.refresh_token, fresh.refresh_token);
  for (const absent of ['access_token', 'token_type', 'expires_at'])
    assert.ok(!(absent in object), absent);
  const env = await exportEnv(home);
  assert.equal(env.ACCESS_TOKEN + env.EXPIRES_AT, '');
});

test('an access token that has expired, and no refresh token, are nothing to export', async (t) => {
  const { home } = await granted(t, { answer: { expires_in: 1, refresh_token: undefined } });
  const limit = Date.now() + unhurried;
  while (JSON.parse((await home.call('status', ['--json'])).out).access_token_valid)
    assert.ok(Date.now() < limit);
  for (const format of ['env', 'json'])
    assertClear(await home.expect(exit.signIn, 'export', ['--format', format]), /moat login/);
});

for (const format of ['env', 'json'])
  test(`${format} on a terminal is masked, unless --show-secrets; -o is 0600`, async (t) => {
    const { home, fresh } = await granted(t, {
      answer: { scope: 'files.read \u001b]0;title\u0007\u202e\u009b1m' },
    });
    const secrets = [fresh.refresh_token, fresh.access_token, 'S3cret~web.post_1-x'];
    const masked = await onTerminal(t, home, ['export', 'drive', '--format', format]);
    assert.equal(masked.code, exit.done);
    assert.match(masked.shown, /web-post/);
    assert.equal(masked.shown.match(/\*{8}/g).length, secrets.length);
    for (const word of secrets) assert.ok(!masked.shown.includes(word.slice(-8)));
    assert.doesNotMatch(masked.shown, /[\u001b\u0007\u202e\u009b]/);
    const words = ['export', 'drive', '--format', format, '--show-secrets'];
    const shown = await onTerminal(t, home, words);
    for (const word of secrets) assert.ok(shown.shown.includes(word));

    const file = `${home.dir}/grant`;
    const { out } = await home.ok('export', ['--format', format, '-o', file], {
      before: 'umask 0',
    });
    for (const word of secrets) {
      assert.ok(!out.includes(word));
      assert.ok(readFileSync(file, 'utf8').includes(word));
    }
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

test('token --json: the stored one, and the one of a refresh', async (t) => {
  let fresh;
  const server = await serve(t, {
    script: answering(() => json((fresh = tokens({ expires_in: 3000, scope: 'a b' })))),
  });
  const home = await signedIn(t, server);
  const check = async () => {
    const { expires_at: until, expires_in: left, ...token } = JSON.parse(
      (await home.ok('token', ['--json'])).out,
    );
    assert.deepEqual(token, {
      access_token: fresh.access_token,
      token_type: 'Bearer',
      scope: 'a b',
    });
    assert.match(until, stamp);
    assert.ok(left > 2900 && left <= 3000, `${left}`);
    assert.ok(Math.abs(Date.parse(until) - Date.now() - left * 1000) < 60000, until);
  };
  await check();
  assert.equal(server.requests.length, 1);
  await home.ok('refresh');
  await check();
});

test('token --json refreshes a token that has expired', async (t) => {
  let life = 1;
  const server = await serve(t, { script: answering(() => json(tokens({ expires_in: life }))) });
  const home = await signedIn(t, server);
  await home.expired();
  life = 3600;
  const token = JSON.parse((await home.ok('token', ['--json'])).out);
  assert.equal(server.requests.length, 2);
  assert.ok(token.expires_in > 3500 && token.expires_in <= 3600, `${token.expires_in}`);
});

test('token --json says nothing of what the server did not say', async (t) => {
  const { home, fresh } = await granted(t, {
    answer: { expires_in: undefined, refresh_token: undefined },
  });
  const token = JSON.parse((await home.ok('token', ['--json'])).out);
  assert.equal(token.access_token, fresh.access_token);
  assert.ok(!('expires_in' in token) && !('expires_at' in token));
});

test('status --json is one whole object in every state', async (t) => {
  const { home, server } = await granted(t, { answer: { scope: 'a "b"\\ \u001b[1m \u{1f511}' } });
  const look = async (code) => {
    const { out } = await home.expect(code, 'status', ['--json']);
    assert.match(out, /^[\n\x20-\x7e]*$/);
    return JSON.parse(out);
  };
  const stored = await look(exit.done);
  const { name, grant, signed_in, token_url, scope, next } = stored;
  assert.deepEqual(
    { name, grant, signed_in, token_url, scope, next },
    {
      name: 'drive',
      grant: 'stored',
      signed_in: true,
      token_url: server.tokenUrl,
      scope: 'a "b"\\ \u001b[1m \u{1f511}',
      next: 'moat token drive',
    },
  );
  for (const time of ['signed_in_at', 'refreshed_at', 'expires_at'])
    assert.match(stored[time], stamp);

  const states = [];
  const members = Object.keys(stored);
  const state = async (expected) => {
    const object = await look(exit.signIn);
    assert.deepEqual(Object.keys(object), members, 'always the same members');
    assert.equal(object.signed_in, false);
    states.push(object.grant);
    assert.equal(object.grant, expected);
    return object;
  };
  const profile = readFileSync(home.profile, 'utf8');
  writeFileSync(home.profile, profile.replace(/^client_id = .*$/m, 'client_id = other'));
  await state('of another client');
  writeFileSync(home.profile, profile);

  const slots = home.files().filter(({ path }) => path.startsWith(`${home.state}/`));
  for (const { path, text } of slots)
    if (text.includes('MOAT')) writeFileSync(path, text.slice(0, -9), 'latin1');
  await state('damaged');
  await home.ok('logout');
  const none = await state('none');
  for (const time of ['signed_in_at', 'refreshed_at', 'expires_at']) assert.equal(none[time], null);
  assert.equal(none.sign_in_pending, false);
  assert.equal(none.next, 'moat login drive');
  await home.url();
  const begun = await state('none');
  assert.equal(begun.sign_in_pending, true);
  assert.equal(begun.next, 'moat exchange drive');
});

test('where status cannot tell, there is no object', async (t) => {
  const home = new Home(t);
  const failed = await home.expect(exit.profile, 'status', ['--json']);
  assertClear(failed);
  assert.equal(failed.out, '');
});

test('the version tells which TLS is spoken', async (t) => {
  const { home, server } = await granted(t);
  const { tls_1_3 } = JSON.parse((await home.run(['--version', '--json'])).out);
  assert.equal(server.handshakes[0].protocol, tls_1_3 ? 'TLSv1.3' : 'TLSv1.2');
});

test('--version is a line, and with --json an object, with or without a command', async (t) => {
  const home = new Home(t);
  const { out } = await home.run(['--version']);
  assert.match(out, /^moat \d+\.\d+\.\d+\n$/);
  for (const words of [[], ['token'], ['export', 'drive']]) {
    const result = await home.run([...words, '--version', '--json']);
    assert.equal(result.code, exit.done);
    const object = JSON.parse(result.out);
    assert.equal(`moat ${object.version}\n`, out);
    assert.match(object.mbedtls, /^[234]\.\d+\.\d+$/);
    for (const name of ['tls_1_3', 'qr']) assert.equal(typeof object[name], 'boolean', name);
  }
  assert.equal((await home.run(['--json'])).code, exit.misuse);
  assert.equal((await home.run(['refresh', 'drive', '--json'])).code, exit.misuse);
});
