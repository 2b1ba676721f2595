// -v, -vv and MOAT_LOG: what they say of each exchange, and what they never say.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Home, age, assertClear, assertTerminalSafe, exit, signedIn } from './lab/moat.mjs';
import { signIn } from './lab/person.mjs';
import { answering, http, json, sending, serve, tokens } from './lab/scripted.mjs';
import { startLab } from './lab/server.mjs';

const clock = /^(?:\d{4}-\d\d-\d\d (?=.* UTC))?\d\d:\d\d:\d\d\.\d{3}(?: UTC)? /;

/** The lines of the log without their time, and without the one that begins it. */
function lines(text, name = 'drive') {
  const all = text.split('\n').filter((line) => clock.test(line));
  assertTerminalSafe(text);
  assert.match(all[0], new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} UTC ${name}: moat [a-z]+, version \\d`));
  return all.slice(1).map((line) => {
    assert.doesNotMatch(line, / UTC /);
    return line.replace(clock, '').replace(`${name}: `, '');
  });
}

const utf8 = (home, more) => ({ env: { ...home.env, LANG: 'C.UTF-8', ...more } });

for (const [maxVersion, version] of [['TLSv1.2', '1.2'], ['TLSv1.3', '1.3']])
  test(`a line for each exchange, and one for what it means: ${maxVersion}`, async (t) => {
    const lab = await startLab({ maxVersion });
    t.after(() => lab.stop());
    const home = new Home(t);
    await home.init(lab);
    const { url } = await home.url();
    const there = lab.tokenUrl.replace('https://', '');
    const tls = JSON.parse((await home.run(['--version', '--json'])).out).tls_1_3 ? version : '1.2';
    const exchanged = lines((await home.ok('exchange', ['-v'], { ...utf8(home), input: await signIn(url) })).err);
    assert.match(exchanged[0], new RegExp(`^POST ${there} → 200 \\(\\d+ bytes, TLS ${tls}\\)$`));
    assert.deepEqual(exchanged.slice(1), ['verdict: good']);
    const refreshed = lines((await home.ok('refresh', ['-v'])).err); // without a locale
    assert.match(refreshed[0], new RegExp(`^POST ${there} -> 200 \\(\\d+ bytes, TLS ${tls}, resumed\\)$`));
    assert.deepEqual(lines((await home.ok('token', ['-v'])).err), ['the stored token is good, and nothing was asked']);
    assert.deepEqual((await home.ok('status', ['-v'])).err, '');
    await lab.revoke(await grantOf(home));
    const { err } = await home.expect(exit.signIn, 'refresh', ['-v'], utf8(home, { LANG: 'de_DE.iso88591', LC_ALL: 'en_US.UTF-8' }));
    const [line, verdict] = lines(err);
    assert.match(line, new RegExp(`^POST ${there} → 400 invalid_grant \\(\\d+ bytes, TLS ${tls}, resumed\\)$`));
    assert.match(verdict, /^verdict: somebody has to sign in\. What was stored or entered is no longer valid\. The grant has ended\.$/);
    assert.match(err, /^moat: drive: the server says invalid_grant/m);
  });

/** The refresh token that is stored. */
async function grantOf(home) {
  const { out } = await home.ok('export', ['--format', 'json']);
  return JSON.parse(out).refresh_token;
}

test('what comes to no good answer is said as well', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const said = async (setting, code) => {
    server.play(setting);
    return lines((await home.expect(code, 'refresh', ['-v'])).err).map((line) => line.replaceAll(/localhost:\d+\S*/g, 'URL'));
  };
  const bytes = (n) => `(${n} bytes, TLS 1.X, resumed)`;
  const plain = (all) => all.map((line) => line.replace(/TLS 1\.\d(, resumed)?/, 'TLS 1.X, resumed'));
  assert.deepEqual(plain(await said({ script: answering(http('502 Bad', '<html>')) }, exit.later)), [
    `POST URL -> 502 ${bytes(6)}`, 'verdict: it may pass by itself, in 30 s. The server is busy or in trouble. Try again later.']);
  assert.deepEqual(plain(await said({ script: answering(http('200 OK', '<html>')) }, exit.later)).slice(0, 1), [
    `POST URL -> 200, but the answer is not a JSON object ${bytes(6)}`]);
  assert.deepEqual(plain(await said({ script: sending([], 'reset') }, exit.later)).slice(0, 1), [
    'POST URL -> the connection broke (TLS 1.X, resumed)']);
  assert.deepEqual((await said({ cert: 'expired' }, exit.later)).slice(0, 1), [
    "POST URL -> the server's certificate is not valid at this date"]);
  server.close();
  const last = await said({}, exit.later);
  assert.deepEqual(last.slice(0, 1), ['POST URL -> the server cannot be reached']);
  assert.match(last[1], /^verdict: it may pass by itself/);
});

test('moat doctor says whom it connects to, and what came of that', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const file = `${home.dir}/log`;
  const { err } = await home.ok('doctor', ['-v'], { env: { ...home.env, MOAT_LOG: file } });
  const [connecting, connected] = lines(err);
  assert.equal(connecting, `connecting to localhost port ${server.port}`);
  assert.match(connected, /^connected: TLS 1\.[23]$/);
  assert.equal(readFileSync(file, 'utf8'), err);
  server.close();
  const [, failed] = lines((await home.expect(exit.later, 'doctor', ['-v'])).err);
  assert.equal(failed, 'not connected: the server cannot be reached');
});

// ---- Secrets

const harmless = ['grant_type', 'client_id', 'scope', 'redirect_uri'];

/** A server for all flows that remembers every secret that it was shown or gave away. */
async function knowing(t) {
  const secrets = new Set();
  const devices = ['authorization_pending', 'slow_down', undefined];
  const give = (object) => {
    for (const name of ['access_token', 'refresh_token', 'device_code', 'id_token']) if (object[name]) secrets.add(object[name]);
    return object;
  };
  const answer = ({ line, headers, form }) => {
    for (const [name, value] of Object.entries(form)) if (!harmless.includes(name)) secrets.add(value);
    if (headers.authorization) secrets.add(headers.authorization.split(' ')[1]);
    const more = { 'Set-Cookie': 'session=c4nary-cookie', 'x-echo': form.refresh_token ?? 'none', Server: `lab ${form.refresh_token ?? ''}`, [`x-${'long'.repeat(20)}`]: 'c4nary-long' };
    if (line.includes('/devicecode'))
      return json(give({ device_code: 'c4nary-device', user_code: 'ABCD-EFGH', verification_uri: 'https://login.example/device', expires_in: 900, interval: 1 }), '200 OK', more);
    const error = form.device_code && devices.shift();
    if (error) return json({ error, interval: 1 }, '400 Bad Request', more);
    return json(give(tokens()), '200 OK', more);
  };
  const server = await serve(t, { script: answering(answer) });
  server.deviceUrl = `${server.origin}/devicecode?key=c4nary-query`;
  return { server, secrets };
}

/** The device code is asked for, and then polled for three times. */
function signedInByDevice(device) {
  assert.equal(device.filter((line) => line === '> device_code=***').length, 3);
  assert.equal(device.filter((line) => line === '> POST /devicecode').length, 1);
  const polls = device.filter((line) => /^POST .*->/.test(line)).map((line) => line.replace(/^\S+ \S+ -> /, '').replace(/\d+ bytes, (TLS 1\.\d)?(, resumed)?/, '')); // the one connection serves all
  assert.deepEqual(polls, ['200 ()', '400 authorization_pending (same connection)', '400 slow_down (same connection)', '200 (same connection)']);
  const verdicts = device.filter((line) => /^verdict/.test(line));
  assert.deepEqual(verdicts, ['verdict: good', 'verdict: nobody has signed in yet', 'verdict: the server wants to be asked less often', 'verdict: good']);
}

for (const auth of ['post', 'basic', 'basic-raw', 'none'])
  test(`-vv names headers and fields, and masks every secret: ${auth}`, async (t) => {
    const { server, secrets } = await knowing(t);
    const home = new Home(t);
    const file = `${home.dir}/log`;
    let all = '';
    const run = async (command, args = [], options = {}) => {
      const { err } = await home.ok(command, [...args, '-vv'], { ...options, env: { ...home.env, MOAT_LOG: file } });
      all += err;
      return lines(err);
    };
    await home.init(server, { auth, more: ['--device-url', server.deviceUrl] });
    const { redirect, parameters } = await home.redirect({ code: 'c4nary-code' });
    for (const word of [parameters.state, 'c4nary-cookie', 'c4nary-long', 'c4nary-query']) secrets.add(word);
    const exchanged = await run('exchange', [], { input: redirect });
    const head = [`connecting to localhost port ${server.port}`, '> POST /common/oauth2/v2.0/token', `> Host: localhost:${server.port}`];
    assert.deepEqual(exchanged.slice(0, 3), head);
    const fields = exchanged.filter((line) => /^> [a-z_]+=/.test(line)).map((line) => line.slice(2).replace(/^redirect_uri=.*/, 'redirect_uri'));
    const sent = Object.keys(server.last.form).map((name) => (name === 'redirect_uri' ? name : `${name}=${harmless.includes(name) ? server.last.form[name] : '***'}`));
    assert.deepEqual(fields, sent);
    const answered = exchanged.filter((line) => line.startsWith('< '));
    assert.equal(answered[0], '< HTTP/1.1 200');
    for (const line of ['< Content-Type: application/json; charset=utf-8', '< Cache-Control: no-store', '< Set-Cookie: ***', '< x-echo: ***', '< ***: ***']) assert.ok(answered.includes(line), line);
    assert.match(exchanged.at(-2), /^POST .* -> 200 /);
    assert.equal(exchanged.filter((line) => line === '> Authorization: ***').length, auth.startsWith('basic') ? 1 : 0);
    assert.equal(exchanged.filter((line) => line === '> client_secret=***').length, auth === 'post' ? 1 : 0);

    const refreshed = await run('refresh');
    assert.ok(refreshed.includes('> grant_type=refresh_token') && refreshed.includes('> refresh_token=***'), refreshed.join('\n'));
    age(home);
    assert.match((await run('token')).at(-2), / -> 200 /);
    if (auth === 'post') signedInByDevice(await run('login', ['--device', '--no-qr']));

    const log = readFileSync(file, 'utf8');
    assert.ok(secrets.size >= 12, [...secrets].join());
    for (const secret of secrets) {
      if (secret === 'none') continue;
      for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
        for (const [where, text] of [['stderr', all], ['the log', log]]) assert.ok(!text.includes(form), `${form} is in ${where}:\n${text}`);
    }
  });

test('-vv masks what a server sends in place of a head, or in a broken one', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const token = 'T0psecret-fresh-and-known-to-nobody';
  const body = `{"access_token": "${token}", "token_type": "Bearer"}\n`;
  for (const [sent, first] of [
    [body, '***'],
    [`\n${body}`, '***'],
    [`${token}\nServer: lab\n`, '***'],
    [`HTTP/1.1 200${token}\r\n${body}`, '***'],
    [`HTTP/1.1 ${token}\r\n\r\n`, '***'],
    [`HTTP/${token} 200 OK\r\n\r\n`, '***'],
    [`HTTP/1.1 200 ${token}\r\n${body}"${token}", "x": 1\n"refresh"="${token}":\n\n`, 'HTTP/1.1 200'],
  ]) {
    server.play({ script: sending([sent]) });
    const { err } = await home.call('refresh', ['-vv']);
    assert.ok(!err.includes(token), `${sent}\n${err}`);
    const answered = lines(err).filter((line) => line.startsWith('< '));
    assert.equal(answered[0], `< ${first}`);
    if (first === '***') assert.equal(answered.length, 1, answered.join('\n'));
  }
});

// ---- The file

test('MOAT_LOG gets the same lines, and is for its owner alone', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const file = `${home.dir}/moat.log`;
  const env = { env: { ...home.env, MOAT_LOG: file } };
  const quiet = await home.ok('refresh', [], { ...env, before: 'umask 0' });
  assert.equal(quiet.err, '');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const first = readFileSync(file, 'utf8');
  assert.equal(lines(first).length, 2);
  const { err } = await home.ok('refresh', ['-v'], env);
  assert.equal(readFileSync(file, 'utf8'), first + err);
  await home.ok('status', [], env);
  assert.equal(readFileSync(file, 'utf8'), first + err);
  const { err: full } = await home.ok('refresh', ['-vv'], env);
  assert.equal(readFileSync(file, 'utf8'), first + err + full);
  await home.run(['keep'], env);
  await home.ok('refresh', ['-v'], { env: { ...home.env, MOAT_LOG: '' } });
});

/** All that is stored. */
const states = (home) => home.files(home.state).map(({ path, text }) => path + text).join();

test('a log that cannot be appended to is said, and nothing is done', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  server.requests.length = 0;
  const other = `${home.dir}/other`;
  const refused = async (name, make, why) => {
    const file = `${home.dir}/${name}`;
    make(file);
    const before = states(home);
    assertClear(await home.expect(exit.failed, 'refresh', [], { env: { ...home.env, MOAT_LOG: file } }), why);
    assert.equal(states(home), before);
    assert.equal(server.requests.length, 0, name);
    rmSync(file, { recursive: true, force: true });
  };
  writeFileSync(other, 'mine', { mode: 0o600 });
  await refused('link', (file) => symlinkSync(other, file), /cannot append to the log .*link: it is a link[^]*MOAT_LOG names it/);
  await refused('dangling', (file) => symlinkSync('/nowhere/at/all', file), /it is a link/);
  await refused('open', (file) => { writeFileSync(file, ''); chmodSync(file, 0o644); }, /others may read or change it/);
  await refused('folder', (file) => mkdirSync(file), /Is a directory/);
  await refused('fifo', (file) => execFileSync('mkfifo', ['-m', '600', file]), /No such device or address/);
  await refused('none/log', () => {}, /No such file or directory/);
  if (process.getuid() === 0) await refused('foreign', (file) => { writeFileSync(file, '', { mode: 0o600 }); chownSync(file, 65534, 65534); }, /it belongs to another user/);
  assert.equal(readFileSync(other, 'utf8'), 'mine');
  await home.ok('refresh', [], { env: { ...home.env, MOAT_LOG: other } });
  assert.match(readFileSync(other, 'utf8'), /^mine\d{4}-/);
});
