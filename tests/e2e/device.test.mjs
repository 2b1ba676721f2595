// `moat login --device`: what a person sees, every way it can end, and what a restart takes up.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import jsQR from 'jsqr';
import { clients } from './lab/clients.mjs';
import { labForAll } from './lab/for_all.mjs';
import { Home, assertClear, assertTerminalSafe, exit, resealBytes, terminal } from './lab/moat.mjs';
import { roots } from './lab/paths.mjs';
import { aadsts, http, json, serve, tokens } from './lab/scripted.mjs';

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const lab = await labForAll();

/** A home with a profile for the device flow; the lab as it is by default. */
async function device(t, server, options = {}) {
  Object.assign(lab, { deviceTtl: 900, deviceInterval: 1, slowDown: 0, slowTo: undefined });
  lab.polls.length = 0;
  const home = new Home(t);
  await home.init(server, {
    auth: 'none',
    ...options,
    more: ['--device-url', server.deviceUrl, ...(options.more ?? [])],
  });
  return home;
}

/** A login that has begun, up to the address and code that it shows. */
async function begin(home, args = [], options = {}) {
  const running = home.start(['login', home.name, '--device', ...args], { open: true, ...options });
  const [, uri, code] = await running.until(/^ {2}(https:\S+)$[^]*?^ {2}(\S+)$/m);
  await running.until(/Waiting for the sign-in, \d+ s at most/);
  return { ...running, uri, code };
}

/** What went wrong after the prompt was shown. */
function assertFailed({ err }, pattern) {
  assertClear({ err: err.slice(Math.max(0, err.indexOf('moat: '))) }, pattern);
}

/** Resolves once the login has polled the server `n` times in all. */
const polled = (login, n) =>
  Promise.race([lab.polled(n), login.finished.then(({ err }) => assert.fail(`it ended:\n${err}`))]);

/** A server that gives this prompt, and then these answers to polls, one after the other. */
async function scripted(t, { prompt = {}, polls = [json(tokens())], begin: first } = {}) {
  const answers = [...polls];
  const server = await serve(t, {
    script: async (connection) => {
      for (let request; (request = await connection.request());) {
        const answer = request.line.includes('/devicecode')
          ? (first ?? json({ ...promptOf(server), ...prompt }))
          : (answers.length > 1 ? answers.shift() : answers[0]);
        await connection.write(answer);
      }
      connection.end();
    },
  });
  server.deviceUrl = `${server.origin}/devicecode`;
  return server;
}

const promptOf = () => ({
  device_code: 'the-device-code-canary',
  user_code: 'ABCD-EFGH',
  verification_uri: 'https://login.example/device',
  expires_in: 900,
  interval: 1,
});
const error = (name, status = '400 Bad Request', more = {}) => json({ error: name, ...more }, status);

// ---- Against the authorization server

test('approved: the grant is stored, and refreshes without a secret', async (t) => {
  const home = await device(t, lab);
  const login = await begin(home);
  assert.match(login.code, /^[A-Z]{4}-[A-Z]{4}$/);
  await polled(login, 1);
  await lab.approve(login.code);
  const { code, out, err } = await login.finished;
  assert.equal(code, exit.done, err);
  assert.match(out, /drive is signed in at localhost\./);
  assert.match(out, /exactly the address\s+shown here/);
  assertTerminalSafe(out + err);
  assert.ok(lab.polls.every(({ error }, i) => error === (i === lab.polls.length - 1 ? undefined : 'authorization_pending')));
  await home.ok('refresh');
  const { signed_in, sign_in_pending } = await home.status();
  assert.deepEqual({ signed_in, sign_in_pending }, { signed_in: true, sign_in_pending: false });
  assert.deepEqual(home.holding(login.code), [], 'the pending code is erased');
  for (const { path, mode } of home.files()) assert.equal(mode, 0o600, path);
});

test('a confidential client proves itself at both endpoints, and at refreshes', async (t) => {
  for (const auth of ['post', 'basic']) {
    const home = await device(t, lab, { auth });
    const login = await begin(home);
    await lab.approve(login.code);
    assert.equal((await login.finished).code, exit.done);
    await home.ok('refresh');
  }
});

test('denied', async (t) => {
  const home = await device(t, lab);
  const login = await begin(home);
  await lab.deny(login.code);
  const result = await login.finished;
  assert.equal(result.code, exit.signIn);
  assertFailed(result, /refused[^]*Nothing was changed[^]*moat login drive --device[^]*--browser, or --paste/);
  assert.deepEqual(home.holding(login.code), []);
});

test('expired', async (t) => {
  const home = await device(t, lab);
  lab.deviceTtl = 2;
  const result = await (await begin(home)).finished;
  assert.equal(result.code, exit.signIn);
  assertFailed(result, /nobody signed in while the code was valid[^]*moat login drive --device/);
  assert.equal((await home.status(exit.signIn)).sign_in_pending, false);
});

test('slow_down at every poll: longer each time, and the sign-in goes on', async (t) => {
  const home = await device(t, lab);
  lab.slowDown = 2;
  lab.slowTo = 2;
  const login = await begin(home);
  await polled(login, 1);
  lab.slowTo = undefined; // the second time 5 s are added to them
  await polled(login, 2);
  await lab.approve(login.code);
  assert.equal((await login.finished).code, exit.done);
  assert.deepEqual(lab.polls.map(({ error }) => error), ['slow_down', 'slow_down', undefined]);
  const [first, second, third] = lab.polls.map(({ at }) => at);
  assert.ok(second - first >= 2400, `${second - first}`);
  assert.ok(third - second >= 8400, `${third - second}`);
});

test('polls wait a fifth longer than the interval', async (t) => {
  const home = await device(t, lab);
  lab.deviceInterval = 2;
  const login = await begin(home);
  await polled(login, 2);
  await lab.approve(login.code);
  await login.finished;
  const [first, second] = lab.polls.map(({ at }) => at);
  assert.ok(second - first >= 2400, `${second - first}`);
});

test('idle connections closed, and the server restarted in between', async (t) => {
  const home = await device(t, lab);
  const login = await begin(home);
  await polled(login, 1);
  lab.closeIdle();
  await polled(login, 2);
  await lab.down();
  await lab.up();
  await polled(login, 3);
  await lab.approve(login.code);
  const { code, err } = await login.finished;
  assert.equal(code, exit.done, err);
});

test('the server away for some polls, and what -v says of them', async (t) => {
  const home = await device(t, lab);
  home.env = { ...home.env, MOAT_LOG: `${home.dir}/log` };
  const login = await begin(home, ['-v']);
  await polled(login, 1);
  await lab.down();
  await login.until(/(?:cannot be reached[^]*){2}/); // it tried in vain
  await lab.up();
  await lab.approve(login.code);
  const { code, err } = await login.finished;
  assert.equal(code, exit.done, err);
  const log = readFileSync(home.env.MOAT_LOG, 'utf8');
  assert.match(log, /authorization_pending[^]*verdict: nobody has signed in yet/);
  assert.doesNotMatch(err, /authorization_pending|nobody has signed in yet/); // the address and the code stay in view
  assert.match(err, /cannot be reached[^]*verdict: good/);
});

// ---- A restart

test('killed while the code is pending: the next start goes on with it', async (t) => {
  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGHUP']) {
    const home = await device(t, lab);
    const first = await begin(home);
    process.kill(first.pid, signal);
    const end = await first.finished;
    assert.equal(end.signal, signal);
    if (signal !== 'SIGKILL') assertFailed(end, /cancelled[^]*still valid[^]*moat login drive --device/);
    const second = await begin(home);
    assert.match(second.uri, /^https:/);
    assert.equal(second.code, first.code, signal);
    await lab.approve(first.code);
    const { code, err } = await second.finished;
    assert.equal(code, exit.done, err);
    assert.match(err, /begun before/);
    assert.deepEqual(home.holding(first.code), []);
  }
});

test('Ctrl-C and Ctrl-\\ give up: the next start begins anew', async (t) => {
  const home = await device(t, lab);
  for (const signal of ['SIGINT', 'SIGQUIT']) {
    const { pid, code, finished } = await begin(home);
    process.kill(pid, signal);
    const result = await finished;
    assert.equal(result.signal, signal);
    assertFailed(result, /cancelled[^]*Nothing was changed/);
    assert.deepEqual(home.holding(code), []);
    const second = await begin(home);
    assert.notEqual(second.code, code);
    process.kill(second.pid, 'SIGINT');
    await second.finished;
  }
});

test('another moat holds the account: no code is asked for or shown', async (t) => {
  const home = await device(t, lab);
  const first = await begin(home);
  await lab.approve(first.code);
  await first.finished;
  let send;
  const held = new Promise((reached) => {
    lab.hold = () => {
      reached();
      return new Promise((sent) => (send = sent));
    };
  });
  const refresh = home.start(['refresh', home.name], { open: true });
  await held; // and so is the account's lock
  lab.hold = undefined;
  const { code, out, err } = await home.call('login', ['--device', '--timeout', '1']);
  assert.equal(code, exit.later);
  assert.match(err, /busy[^]*Nothing was changed/);
  assert.equal(out, '');
  send();
  assert.equal((await refresh.finished).code, exit.done);
});

test('--wait: the code stays good for a later start', async (t) => {
  const home = await device(t, lab);
  const first = await begin(home, ['--wait', '1']);
  const result = await first.finished;
  assert.equal(result.code, exit.signIn);
  assertFailed(result, /nobody signed in within 1 s[^]*still valid/);
  assert.equal((await home.status(exit.signIn)).sign_in_pending, true);
  const second = await begin(home);
  assert.equal((await home.status(exit.signIn)).sign_in_pending, true);
  assert.equal(second.code, first.code);
  await lab.approve(second.code);
  assert.equal((await second.finished).code, exit.done);
});

/** A server whose answer to the first poll is sent by `answer`; `polled` is when it was asked. */
async function holding(t) {
  const held = {};
  const asked = new Promise((resolve) => (held.asked = resolve));
  const sent = new Promise((resolve) => (held.answer = resolve));
  const server = await serve(t, {
    script: async (connection) => {
      for (let request; (request = await connection.request());) {
        const prompts = request.line.includes('/devicecode');
        if (!prompts) held.asked();
        await connection.write(prompts ? json(promptOf()) : await sent);
      }
      connection.end();
    },
  });
  server.deviceUrl = `${server.origin}/devicecode`;
  return { server, polled: asked, answer: held.answer };
}
const aWhile = (ms) => new Promise((over) => setTimeout(over, ms));

test('--wait is over while a poll is out: its answer is waited for', async (t) => {
  for (const [answer, code] of [
    [json(tokens()), exit.done],
    [error('authorization_pending'), exit.signIn],
  ]) {
    const { server, polled: asked, answer: send } = await holding(t);
    const home = await device(t, server);
    const login = await begin(home, ['--wait', '2']);
    await asked;
    await aWhile(2000);
    send(answer);
    const result = await login.finished;
    assert.equal(result.code, code, result.err);
    if (code === exit.done) await home.ok('token');
    else assertFailed(result, /nobody signed in within 2 s[^]*still valid/);
  }
});

test('a poll that is out gets no answer: --wait ends with its timeout', async (t) => {
  const { server } = await holding(t);
  const login = await begin(await device(t, server), ['--wait', '2', '--timeout', '3']);
  const result = await login.finished;
  assert.equal(result.code, exit.signIn);
  assertFailed(result, /nobody signed in within 2 s[^]*still valid/);
});

test('a signal while a poll is out: its answer is waited for, unless a second one comes', async (t) => {
  const pending = json({ error: 'authorization_pending' }, '400 Bad Request');
  for (const [second, reply] of [[undefined, json(tokens())], ['SIGTERM'], [undefined, pending]]) {
    const { server, polled: asked, answer } = await holding(t);
    const home = await device(t, server);
    const login = await begin(home);
    await asked;
    login.kill('SIGTERM');
    await login.until(/A second signal ends that/);
    if (second) login.kill(second);
    else answer(reply);
    const result = await login.finished;
    const isDone = !second && reply !== pending;
    assert.equal(result.signal, isDone ? null : 'SIGTERM', result.err);
    if (isDone) await home.ok('token');
    else assert.match(result.err, /moat: cancelled\n[^]*still valid/);
  }
});

test('another client, scope or server in the profile: begun anew', async (t) => {
  const home = await device(t, lab);
  const first = await begin(home);
  process.kill(first.pid, 'SIGKILL');
  await first.finished;
  const second = await begin(home, ['--scope', 'offline_access files.read']);
  assert.notEqual(second.code, first.code);
  process.kill(second.pid, 'SIGINT');
  await second.finished;
});

test('a sign-in in a browser, begun meanwhile, is left alone', async (t) => {
  const home = await device(t, lab);
  const login = await begin(home);
  const { parameters } = await home.url();
  await lab.approve(login.code);
  assert.equal((await login.finished).code, exit.done);
  assert.equal(home.holding(parameters.state).length, 1);
  // and the other way round: a device code is no redirect's pending sign-in
  const other = await begin(home);
  const result = await home.call('exchange', [], { input: 'http://localhost/?code=x&state=y\n' });
  assertClear(result, /no sign-in is under way/);
  process.kill(other.pid, 'SIGINT');
  await other.finished;
});

test('other commands go on while a person is waited for', async (t) => {
  const home = await device(t, lab);
  const first = await begin(home);
  await lab.approve(first.code);
  await first.finished;
  const second = await begin(home);
  await home.ok('refresh'); // needs the lock
  await lab.approve(second.code);
  assert.equal((await second.finished).code, exit.done);
  await home.ok('refresh');
});

// ---- A grant that must not be replaced

test('what cannot be replaced is told before anybody signs in', async (t) => {
  const server = await scripted(t);
  const home = await device(t, server);
  for (let i = 0; i < 2; i += 1) await home.ok('login', ['--device']);
  const file = `${home.state}/grant.a`;
  const whole = readFileSync(file);
  const newer = resealBytes(Buffer.from(whole), (record) => {
    record[4] += 1; // the version
  });
  const cases = { newer: [newer, /newer/], 'too large': [Buffer.alloc(100000, 1), /cannot be read/] };
  server.requests.length = 0;
  for (const [name, [bytes, pattern]] of Object.entries(cases)) {
    writeFileSync(file, bytes);
    for (const way of [['--device'], ['--paste']]) {
      const result = await home.call('login', way, { input: '' });
      assert.equal(result.code, exit.failed, `${name}, ${way}: ${result.err}`);
      assertClear(result, pattern);
    }
    assert.deepEqual(readFileSync(file), bytes);
  }
  assert.equal(server.requests.length, 0);
  writeFileSync(file, whole);
  await home.ok('refresh');
});

// ---- Quirks, against a scripted server

test('the requests', async (t) => {
  const server = await scripted(t, { polls: [error('authorization_pending'), json(tokens())] });
  const home = await device(t, server, { scope: 'a b' });
  const { finished } = await begin(home);
  const { code, err, out } = await finished;
  assert.equal(code, exit.done, err);
  assert.deepEqual(server.requests.map(({ form }) => form), [
    { client_id: 'public', scope: 'a b' },
    ...Array(2).fill({ client_id: 'public', grant_type: deviceGrant, device_code: 'the-device-code-canary' }),
  ]);
  assert.equal(server.accepted, 1, 'polls use the connection that is open');
  assert.doesNotMatch(out + err, /canary/);
});

test('what servers say in other words', async (t) => {
  const cases = {
    google: {
      prompt: { verification_uri: undefined, verification_url: 'https://g.example/device' },
      polls: [
        error('authorization_pending', '428 Precondition Required'),
        error('slow_down', '403 Forbidden', { interval: 1 }),
        json(tokens()),
      ],
    },
    github: {
      begin: http(
        '200 OK',
        'device_code=d&user_code=ABCD-EFGH&verification_uri=https%3A%2F%2Fg.example%2Fdevice&expires_in=899&interval=1',
        { 'Content-Type': 'application/x-www-form-urlencoded' },
      ),
      polls: [
        error('authorization_pending', '200 OK'),
        http('200 OK', 'error=slow_down&interval=1'),
        http('200 OK', 'access_token=gho_x&scope=repo%2Cgist&token_type=bearer'),
      ],
    },
    entra: {
      prompt: { message: 'To sign in, open https://login.example/device and enter ABCD-EFGH' },
      polls: [aadsts(70016, 'authorization_pending'), json(tokens())],
    },
    minimal: { prompt: { expires_in: undefined }, polls: [json(tokens())] },
  };
  for (const [name, setting] of Object.entries(cases)) {
    const home = await device(t, await scripted(t, setting));
    const login = await begin(home);
    const { code, err } = await login.finished;
    assert.equal(code, exit.done, `${name}: ${err}`);
    assert.equal(login.code, 'ABCD-EFGH');
    await home.ok('token');
  }
});

test('how it ends, in words', async (t) => {
  const cases = [
    [{ polls: [error('access_denied')] }, exit.signIn, /refused/],
    [{ polls: [error('authorization_declined')] }, exit.signIn, /refused/],
    [{ polls: [aadsts(53003, 'access_denied')] }, exit.signIn, /refused[^]*polic[^]*--browser/],
    [{ polls: [aadsts(53003, 'invalid_grant')] }, exit.signIn, /53003[^]*polic[^]*--browser/],
    [{ polls: [aadsts(7000218, 'invalid_client')] }, exit.profile, /7000218[^]*public client flows[^]*--browser/],
    [{ polls: [error('expired_token')] }, exit.signIn, /while the code was valid/],
    [{ polls: [error('bad_verification_code')] }, exit.signIn, /bad_verification_code/],
    [{ polls: [json({})] }, exit.profile, /answered/],
    [{ begin: error('unauthorized_client') }, exit.profile, /unauthorized_client[^]*--browser, or --paste/],
    [{ begin: error('device_flow_disabled', '200 OK') }, exit.profile, /Allow the device flow/],
    [{ begin: http('404 Not Found', 'no') }, exit.profile, /404[^]*Check device_url in the profile/],
    [{ begin: http('503 Unavailable', 'no') }, exit.later, /503/],
    [{ begin: http('200 OK', '<html>sign in to this network</html>') }, exit.profile, /Check device_url/],
    [{ begin: http('302 Found', '', { Location: 'https://x/' }) }, exit.profile, /Check|check device_url/],
    [{ prompt: { user_code: undefined } }, exit.profile, /device_url/],
  ];
  for (const [setting, status, pattern] of cases) {
    const home = await device(t, await scripted(t, setting));
    const result = await home.call('login', ['--device']);
    assert.equal(result.code, status, result.err);
    assertFailed(result, pattern);
    assert.doesNotMatch(result.out + result.err, /canary/);
    assert.deepEqual(home.holding('canary'), []);
  }
});

test('addresses that are not https are not shown', async (t) => {
  for (const uri of ['http://login.example/', 'javascript:alert(1)', 'https://x\u001b]0;y\u0007', 'https://аpple.example/']) {
    const home = await device(t, await scripted(t, { prompt: { verification_uri: uri } }));
    const result = await home.call('login', ['--device']);
    assert.equal(result.code, exit.profile);
    assertClear(result, /not https/);
    assert.ok(!(result.out + result.err).includes(uri));
    assert.doesNotMatch(result.out, /ABCD/);
    // The sign-in goes on without the address that only saves typing.
    const other = await device(t, await scripted(t, { prompt: { verification_uri_complete: uri } }));
    const { code, out, err } = await other.call('login', ['--device']);
    assert.equal(code, 0, err);
    assert.ok(!(out + err).includes(uri));
  }
});

test('a code with what shows nothing or turns the direction of writing', async (t) => {
  const home = await device(t, await scripted(t, { prompt: { user_code: 'AB\u200b\u202eCD\ufe0f\u{e0041}EF' } }));
  const { out, err } = await home.ok('login', ['--device']);
  assert.match(out, /^ {2}ABCDEF$/m);
  assertTerminalSafe(out + err);
  assert.doesNotMatch(out, /[\u200b\ufe0f\u{e0041}]/u);
});

test('a code with what could drive a terminal is refused, or shown without it', async (t) => {
  for (const code of ['AB\u001b[2JCD\r\nEF', 'ABC\u009b2JDEF']) {
    const home = await device(t, await scripted(t, { prompt: { user_code: code } }));
    const { out, err } = await home.call('login', ['--device']);
    assertTerminalSafe(out + err);
    if (/^and enter this code/m.test(out)) assert.match(out, /^ {2}ABC\w*DEF$/m);
  }
});

test('a device client of Entra: no secret, not even with the next refresh', async (t) => {
  const server = await scripted(t);
  const home = new Home(t);
  await home.ok('init', [
    ...['--provider', 'entra', '--authorize-url', server.authorizeUrl, '--token-url', server.tokenUrl],
    ...['--device-url', server.deviceUrl, '--client-id', 'id', '--ca', roots],
    ...['--secret-file', home.secretFile(clients.post.secret)],
  ]);
  await home.ok('login', ['--device']);
  await home.ok('refresh');
  assert.ok(server.requests.length >= 3);
  for (const { form, headers } of server.requests) {
    assert.equal(form.client_secret, undefined);
    assert.equal(headers.authorization, undefined);
  }
});

// ---- Which way, where none is said

test('the device code where there is no display and the provider has it', async (t) => {
  const server = await scripted(t);
  const home = await device(t, server);
  const { out } = await home.ok('login');
  assert.match(out, /ABCD-EFGH/);
  const secret = new Home(t); // a Web client of Entra's has no device codes
  await secret.ok('init', [
    ...['--provider', 'entra', '--authorize-url', server.authorizeUrl, '--token-url', server.tokenUrl],
    ...['--client-id', 'id', '--ca', roots, '--secret-file', secret.secretFile('s3cret')],
  ]);
  const result = await secret.call('login', [], { input: '' });
  assert.match(result.out, /^https:\S+authorize\?/m);
});

test('choices that cannot be', async (t) => {
  const home = new Home(t);
  await home.init(await serve(t));
  assertClear(await home.expect(exit.profile, 'login', ['--device']), /no device_url[^]*--device-url/);
  for (const other of ['--browser', '--paste'])
    assertClear(await home.expect(exit.misuse, 'login', ['--device', other]), /exclude each other/);
});

// ---- On a terminal

const blocks = { ' ': [0, 0], '▀': [1, 0], '▄': [0, 1], '█': [1, 1] };

/** The text of the QR code among what was shown, as a phone reads it; its width in columns. */
function scan(shown) {
  const lines = [...shown.matchAll(/\u001b\[30;47m([ ▀▄█]+)\u001b\[0m/g)].map(([, line]) => [...line]);
  const scale = 4;
  const width = lines[0].length * scale;
  const height = lines.length * 2 * scale;
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const row = Math.floor(y / scale);
      const dark = blocks[lines[row >> 1][Math.floor(x / scale)]][row & 1];
      pixels.set([...Array(3).fill(dark ? 0 : 255), 255], (y * width + x) * 4);
    }
  return { text: jsQR(pixels, width, height)?.data, columns: lines[0].length };
}

test('the QR code holds the address, with the code where the server gave that', async (t) => {
  const complete = 'https://login.example/device?user_code=ABCD-EFGH';
  for (const [prompt, text] of [
    [{}, promptOf().verification_uri],
    [{ verification_uri_complete: complete }, complete],
  ]) {
    const home = await device(t, await scripted(t, { prompt }));
    const { shown } = await terminal(t, home, ['login', home.name, '--device'], {
      env: { TERM: 'xterm' },
    }).finished;
    const { text: read, columns } = scan(shown);
    assert.equal(read, text);
    assert.ok(columns <= 45, `${columns}`);
    assert.match(shown, /ABCD-EFGH/);
    assert.match(shown, /is signed in/);
    assert.match(shown, /Waiting[^]*1[45]:\d\d left/);
  }
});

test('no QR code where it is not wanted or would not do', async (t) => {
  const home = await device(t, await scripted(t));
  const draws = async (args, options) =>
    (await terminal(t, home, ['login', home.name, '--device', ...args], options).finished).shown.includes('▀');
  assert.equal(await draws([], { env: { TERM: 'xterm' } }), true);
  assert.equal(await draws(['--no-qr']), false);
  assert.equal(await draws([], { env: { TERM: 'dumb' } }), false);
  assert.equal(await draws([], { env: { TERM: 'xterm', LANG: 'de_DE.ISO-8859-1' } }), false);
  assert.equal(await draws([], { before: 'stty cols 30; ', env: { TERM: 'xterm' } }), false);
  assert.ok(!(await home.ok('login', ['--device'])).out.includes('▀'), 'nor where it is no terminal');
});

test('the count stays in its line, on a phone as well', async (t) => {
  const home = await device(t, await scripted(t));
  const { shown } = await terminal(t, home, ['login', home.name, '--device'], { before: 'stty cols 30; ' }).finished;
  const counts = [...shown.matchAll(/\r([^\r\n]*)/g)].map(([, count]) => count);
  assert.ok(counts.length > 0);
  for (const count of counts) assert.ok(count.length < 30, count);
});

test('Ctrl-C on a terminal, while it counts', async (t) => {
  const home = await device(t, lab);
  const running = terminal(t, home, ['login', home.name, '--device']);
  await running.until(/Ctrl-C gives up[^]*\d left/);
  running.type('\u0003');
  const { shown } = await running.finished;
  assert.match(shown, /\nmoat: cancelled\n/);
});

test('no room for the grant: no device code is asked for', async (t) => {
  const server = await scripted(t);
  const home = await device(t, server);
  const before = "ulimit -f 31";
  assertClear(await home.expect(exit.failed, 'login', ['--device'], { before }), /ulimit -f/);
  assert.equal(server.accepted, 0);
});
