// Tokens for other programs: the forms of `moat token`, git's question, and the recipes of the man
// page with the programs that they are for.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { assertClear, exit, signedIn, start } from './lab/moat.mjs';
import { roots } from './lab/paths.mjs';
import { answering, http, json, serve, tokens } from './lab/scripted.mjs';

const has = (program) => ({
  skip: spawnSync(program, ['--version']).error && `there is no ${program}: tests/setup.sh recipes`,
});

async function granted(t) {
  const fresh = tokens();
  const server = await serve(t, { script: answering(json(fresh)) });
  const home = await signedIn(t, server);
  return { home, server, token: fresh.access_token };
}

/** Another program, with `moat` on its PATH. */
async function run(t, home, program, args, { env = {}, ...options } = {}) {
  const path = `${dirname(home.program)}:${process.env.PATH}`;
  return start(t, args, { env: { ...home.env, HOME: home.dir, PATH: path, ...env }, program, ...options }).finished;
}

// ---- moat token --format

test('header is a field of HTTP, and xoauth2 a first message of SASL, whatever their lengths', async (t) => {
  const { home, token } = await granted(t);
  assert.equal((await home.ok('token', ['--format', 'header'])).out, `Authorization: Bearer ${token}\n`);
  for (const user of ['a@b.example', 'ab@b.example', 'abc@b.example', 'jos\u00e9@b.example']) {
    const { out } = await home.ok('token', ['--format', 'xoauth2', '--user', user]);
    assert.equal(out, `${Buffer.from(`user=${user}\x01auth=Bearer ${token}\x01\x01`).toString('base64')}\n`);
  }
});

test('forms that do not exist, and options that do not fit', async (t) => {
  const { home } = await granted(t);
  for (const args of [
    ['--format', 'env'], ['--format', 'xoauth2'], ['--format', 'header', '--json'], ['--user', 'a@b.example'],
    ['--format', 'header', '--user', 'a@b.example'], ['--format', 'xoauth2', '--user', 'a\x01auth=x'], ['--format', 'xoauth2', '--user', ''],
  ])
    assert.equal((await home.expect(exit.misuse, 'token', args)).out, '', args.join(' '));
});

// ---- moat git-credential

const question = (fields) => Object.entries(fields).map(([key, value]) => `${key}=${value}\n`).join('');
function allow(home, hosts) {
  const text = readFileSync(home.profile, 'utf8').replace(/^(# )?git_hosts =.*\n/m, '');
  writeFileSync(home.profile, hosts ? `${text}git_hosts = ${hosts}\n` : text);
}

test('git gets the token for https and the hosts of the profile, and for nothing else', async (t) => {
  const { home, token, server } = await granted(t);
  const ask = async (fields, action = 'get', code = exit.done) =>
    home.expect(code, 'git-credential', [action], { input: question(fields) });
  const good = { protocol: 'https', host: 'git.example', path: 'a/b.git' };
  const unset = await ask(good, 'get', exit.profile);
  assertClear(unset, /git_hosts = HOST/);
  allow(home, 'other.example git.example [::1]:8443');
  const answer = `username=oauth2\npassword=${token}\n`;
  for (const fields of [good, { ...good, host: 'Git.Example' }, { ...good, host: 'other.example' }, { ...good, host: '[::1]:8443' }, { 'wwwauth[]': 'Basic', ...good }])
    assert.equal((await ask(fields)).out, answer);
  assert.equal((await ask({ ...good, username: 'me' })).out, `password=${token}\n`);
  for (const change of [
    { protocol: 'http' }, { protocol: 'ssh' }, { protocol: undefined }, { host: 'example' }, { host: 'git.example.evil' },
    { host: 'git.example:8443' }, { host: '' }, { host: undefined }, { host: 'other.example git.example' }, { host: `git.example${'x'.repeat(2000)}` },
  ]) {
    const fields = Object.fromEntries(Object.entries({ ...good, ...change }).filter(([, value]) => value !== undefined));
    assert.equal((await ask(fields)).out, '', JSON.stringify(change).slice(0, 80));
  }
  for (const action of ['store', 'erase', 'something-new']) assert.equal((await ask(good, action)).out, '');
  assert.equal(server.requests.length, 1, 'only the sign-in');
  assert.equal((await home.call('git-credential')).code, exit.misuse);
  allow(home, 'https://git.example');
  assertClear(await ask(good, 'get', exit.profile), /git_hosts has a character/);
});

test('git itself: ls-remote of a repository that wants a password', has('git'), async (t) => {
  const { home, server, token } = await granted(t);
  const asked = [];
  const id = '0123456789abcdef0123456789abcdef01234567';
  const basic = `Basic ${Buffer.from(`oauth2:${token}`).toString('base64')}`;
  const files = { '/repo.git/info/refs': `${id}\trefs/heads/main\n`, '/repo.git/HEAD': 'ref: refs/heads/main\n' };
  const repository = await serve(t, {
    script: answering(({ line, headers }) => {
      asked.push(headers.authorization);
      if (headers.authorization !== basic) return http('401 Unauthorized', '', { 'WWW-Authenticate': 'Basic realm="git"' });
      const body = files[line.split(' ')[1].split('?')[0]];
      return body ? http('200 OK', body, { 'Content-Type': 'text/plain' }) : http('404 Not Found');
    }),
  });
  const host = `localhost:${repository.port}`;
  allow(home, host);
  const url = `https://${host}/repo.git`;
  const helper = ['-c', `credential.https://${host}.helper=!moat git-credential drive`];
  const env = { GIT_SSL_CAINFO: roots, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1' };
  const listed = await run(t, home, 'git', [...helper, 'ls-remote', url], { env });
  assert.match(listed.out, new RegExp(`^${id}\trefs/heads/main$`, 'm'), listed.err);
  assert.ok(asked.includes(basic));
  allow(home, 'another.example');
  asked.length = 0;
  const refused = await run(t, home, 'git', [...helper, 'ls-remote', url], { env });
  assert.notEqual(refused.code, 0);
  assert.deepEqual(asked.filter(Boolean), [], 'another host gets nothing');
  assert.equal(server.requests.length, 1);
});

// ---- Recipes

test('curl takes the field from a pipe, so that no argument shows the token', has('curl'), async (t) => {
  const { home, token } = await granted(t);
  const api = await serve(t, { script: answering(json({ value: [] })) });
  const line = `curl -sS --cacert ${roots} -H @<(moat token drive --format header) ${api.origin}/v1.0/me`;
  const { code, out, err } = await run(t, home, 'bash', ['-c', line]);
  assert.equal(code, 0, err);
  assert.equal(out, '{"value":[]}');
  assert.equal(api.last.headers.authorization, `Bearer ${token}`);
});

/** A mail server that takes XOAUTH2 and one message, and tells what it heard. */
async function mailServer(t) {
  const heard = [];
  const server = createServer((socket) => {
    let data = false;
    const say = (line) => socket.write(`${line}\r\n`);
    const answer = (line) => {
      heard.push(line);
      if (data) {
        if (line === '.') say('250 taken');
        data &&= line !== '.';
      } else if (/^EHLO/.test(line)) say('250-localhost\r\n250 AUTH XOAUTH2');
      else if (/^AUTH XOAUTH2$/.test(line)) say('334 ');
      else if (heard.at(-2) === 'AUTH XOAUTH2') say('235 welcome');
      else if (/^DATA/.test(line)) (data = true), say('354 go on');
      else if (/^QUIT/.test(line)) say('221 bye'), socket.end();
      else say('250 yes');
    };
    let rest = '';
    socket.setEncoding('utf8').on('error', () => {}).on('data', (text) => {
      const lines = (rest + text).split('\r\n');
      rest = lines.pop();
      lines.forEach(answer);
    });
    say('220 localhost');
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  return { port: server.address().port, heard };
}

test('msmtp sends a mail with a token of its own asking', has('msmtp'), async (t) => {
  const { home, token } = await granted(t);
  const { port, heard } = await mailServer(t);
  const settings = [
    '--host=127.0.0.1', `--port=${port}`, '--auth=xoauth2', '--user=me@mail.example', '--from=me@mail.example',
    '--passwordeval=moat token drive', '--tls=off', '--file=/dev/null', 'you@mail.example',
  ];
  const { code, err } = await run(t, home, 'msmtp', settings, { input: 'Subject: hello\n\nhello\n' });
  assert.equal(code, 0, err);
  const message = Buffer.from(`user=me@mail.example\x01auth=Bearer ${token}\x01\x01`).toString('base64');
  assert.ok(heard.includes(message), heard.join('\n'));
  assert.ok(heard.includes('Subject: hello'));
});
