// What is remembered of a refusal: how each command tells it, and that the server is not asked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { age, assertClear, exit, signedIn } from './lab/moat.mjs';
import { answering, http, json, sending, serve, tokens } from './lab/scripted.mjs';

const refusal = (error, status = '400 Bad Request') => answering(json({ error }, status));
const asJson = ['--format', 'json'];

/** A grant whose access token is over, at a server that plays `setting`. */
async function due(t, setting, options) {
  const server = await serve(t);
  const home = await signedIn(t, server, options);
  age(home);
  server.requests.length = 0;
  server.play(setting);
  return { server, home };
}

/** `n` at once, all with this exit status. */
const crowd = (home, n, code) => Promise.all(Array.from({ length: n }, () => home.expect(code, 'token')));

// ---- A grant that has ended

test('a grant that has ended: one request, and none from 50 more and 30 at once', async (t) => {
  const { server, home } = await due(t, { script: refusal('invalid_grant') });
  const first = await home.expect(exit.signIn, 'token');
  assertClear(first, /invalid_grant[^]*moat login drive/);
  assert.equal(server.requests.length, 1);
  for (let i = 0; i < 50; i += 1) {
    const { err, out } = await home.expect(exit.signIn, 'token');
    assert.match(err, /invalid_grant[^]*moat login drive/);
    assert.equal(out, '');
  }
  await crowd(home, 30, exit.signIn);
  assert.equal(server.requests.length, 1);
});

test('a grant that has ended among 30 at once: one of them asks', async (t) => {
  const { server, home } = await due(t, { script: refusal('invalid_grant') });
  await crowd(home, 30, exit.signIn);
  assert.equal(server.requests.length, 1);
});

test('a grant that has ended: refresh asks once, and a new sign-in makes it good', async (t) => {
  const { server, home } = await due(t, { script: refusal('invalid_grant') });
  await home.expect(exit.signIn, 'token');
  await home.expect(exit.signIn, 'refresh');
  assert.equal(server.requests.length, 2);
  await home.expect(exit.signIn, 'token');
  assert.equal(server.requests.length, 2);
  server.play({});
  await home.signIn();
  await home.ok('token');
  const { signed_in, grant, ended_at, reason } = await home.status();
  assert.deepEqual({ signed_in, grant, ended_at, reason }, {
    signed_in: true,
    grant: 'stored',
    ended_at: null,
    reason: '',
  });
});

test('a grant that has ended: status says since when, why, and what is pending', async (t) => {
  const { home } = await due(t, { script: refusal('invalid_grant') });
  const before = Math.floor(Date.now() / 1000) * 1000;
  await home.expect(exit.signIn, 'token');
  const { out } = await home.expect(exit.signIn, 'status');
  assert.match(out, /^ended: .* was found at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/m);
  assert.match(out, /^reason: +\S.* no longer valid\.$/m);
  assert.match(out, /^next: +moat login drive$/m);
  const { ended_at, ...told } = await home.status(exit.signIn);
  assert.ok(Date.parse(ended_at) >= before && Date.parse(ended_at) <= Date.now(), ended_at);
  assert.equal(told.signed_in, false);
  assert.equal(told.grant, 'ended');
  assert.match(told.reason, /no longer valid/);
  assert.equal(told.pause_seconds, 0);
  assert.equal(told.sign_in_pending, false);
  await home.url();
  assert.match((await home.expect(exit.signIn, 'status')).out, /^sign-in: +begun/m);
  const { sign_in_pending, next } = await home.status(exit.signIn);
  assert.deepEqual({ sign_in_pending, next }, { sign_in_pending: true, next: 'moat exchange drive' });
});

test('a grant that has ended: export refuses with the reason, unless --anyway', async (t) => {
  const { server, home } = await due(t, { script: refusal('invalid_grant') });
  await home.expect(exit.signIn, 'token');
  const refused = await home.expect(exit.signIn, 'export', asJson);
  assertClear(refused, /has ended the grant[^]*no longer valid[^]*--anyway/);
  assert.equal(refused.out, '');
  const { out } = await home.ok('export', [...asJson, '--anyway']);
  assert.equal(typeof JSON.parse(out).refresh_token, 'string');
  assert.equal(server.requests.length, 1);
});

test('a grant that has ended, and a refresh of it that is interrupted: nobody is told of one more try', async (t) => {
  const { server, home } = await due(t, { script: refusal('invalid_grant') });
  await home.expect(exit.signIn, 'token');
  server.play({ script: sending([], 'reset') });
  assert.doesNotMatch((await home.expect(exit.later, 'refresh')).err, /tries it once more/);
  assert.doesNotMatch((await home.expect(exit.signIn, 'status')).out, /interrupted/);
  await home.expect(exit.signIn, 'token');
});

test('a lost answer, remembered: nobody is told of other software', async (t) => {
  const { server, home } = await due(t, { script: sending([], 'reset') });
  await home.expect(exit.later, 'refresh');
  server.play({ script: refusal('invalid_grant') });
  await home.expect(exit.signIn, 'token');
  server.requests.length = 0;
  const again = await home.expect(exit.signIn, 'token');
  assertClear(again, /has ended[^]*moat login drive[^]*interrupted, and its answer .*was lost/);
  assert.doesNotMatch(again.err, /shared?/);
  assert.match((await home.status(exit.signIn)).reason, /was lost/);
  assert.equal(server.requests.length, 0);
});

// ---- A refusal that only pauses

const pausing = [
  ['invalid_client', refusal('invalid_client', '401 No'), exit.profile, /The server refuses the client/],
  ['a 400 without a name', answering(json({}, '400 No')), exit.signIn, /no longer valid[^]*moat login drive/],
  ['a page of 404', answering(http('404 No', '<html>')), exit.profile, /Check token_url/],
  ['interaction_required', refusal('interaction_required'), exit.signIn, /wants a person to sign in[^]*moat login drive/],
];

for (const [name, script, code, advice] of pausing) {
  test(`${name}: the next ones say the same, and status agrees`, async (t) => {
    const { server, home } = await due(t, { script });
    assertClear(await home.expect(code, 'token'), advice);
    const second = await home.expect(code, 'token');
    assertClear(second, advice);
    assert.match(second.err, /not asked again for (60|5\d) s\n/);
    assert.doesNotMatch(second.err, /asked for a pause|asks to wait/);
    for (const { err } of await crowd(home, 30, code)) assert.match(err, advice);
    assert.equal(server.requests.length, 1);

    const signsIn = code === exit.signIn;
    const { out } = await home.expect(signsIn ? exit.signIn : exit.done, 'status');
    assert.match(out, /^pause: [^]*^reason: +\S/m);
    assert.match(out, signsIn ? /^next: +moat login drive$/m : /^next: +moat token drive$/m);
    const told = await home.status(signsIn ? exit.signIn : exit.done);
    assert.equal(told.signed_in, !signsIn);
    assert.equal(told.grant, signsIn ? 'refused' : 'stored');
    assert.ok(told.pause_seconds > 0);
    assert.notEqual(told.reason, '');

    server.play({});
    await home.ok('refresh');
    assert.equal((await home.status()).reason, '');
  });
}

test('a refusal no longer counts once the profile has changed', async (t) => {
  const { server, home } = await due(t, { script: answering(json({}, '400 No')) });
  await home.expect(exit.signIn, 'token');
  await home.status(exit.signIn);
  await home.init(server, { secret: 'another one', more: ['--force'] });
  assert.equal((await home.status()).grant, 'stored');
});

test('a captive portal is no pause that the server asked for', async (t) => {
  const { home } = await due(t, { script: answering(http('200 OK', '<html>Welcome</html>')) });
  await home.expect(exit.later, 'token');
  const { err } = await home.expect(exit.later, 'token');
  assert.match(err, /not asked again for \d+ s\n[^]*network that asks for a sign-in/);
  assert.doesNotMatch(err, /asked for a pause/);
});

// ---- A signal

/** `moat refresh` once its request is there, and the way to answer it. */
async function awaiting(t) {
  let arrived, answer;
  const asked = new Promise((resolve) => (arrived = resolve));
  const answered = new Promise((resolve) => (answer = resolve));
  const script = async (connection) => {
    await connection.request();
    arrived();
    await connection.write(await answered);
    await connection.stay();
  };
  const { server, home } = await due(t, { script });
  const refresh = home.start(['refresh', home.name]);
  await asked;
  return { server, home, refresh, answer };
}

test('Ctrl-C while an answer is awaited: nobody is told that it is stored', async (t) => {
  const { server, home, refresh } = await awaiting(t);
  refresh.kill('SIGINT');
  const end = await refresh.finished;
  assert.equal(end.signal, 'SIGINT');
  assertClear(end, /cancelled[^]*used up the refresh token[^]*The next call tries it once more/);
  assert.doesNotMatch(end.err, /is stored|is good/);
  server.play({});
  await home.ok('token');
});

test('a shutdown while an answer is awaited: it is stored, as it has the only token that is good', async (t) => {
  for (const signal of ['SIGTERM', 'SIGHUP']) {
    const { server, home, refresh, answer } = await awaiting(t);
    refresh.kill(signal);
    await refresh.until(/The answer is waited for, as it may be the grant/);
    refresh.kill(signal); // systemd sends it to moat keep, which passes it on
    const next = tokens();
    answer(json(next));
    const end = await refresh.finished;
    assert.equal(end.code, exit.done, end.err);
    server.play({});
    await home.ok('refresh');
    assert.equal(server.last.form.refresh_token, next.refresh_token);
  }
});

test('a shutdown while an answer is awaited that brings nothing, or does not come', async (t) => {
  const busy = await awaiting(t);
  busy.refresh.kill('SIGTERM');
  await busy.refresh.until(/The answer is waited for/);
  busy.answer(http('503 Service Unavailable'));
  assert.equal((await busy.refresh.finished).signal, 'SIGTERM');
  const { refresh } = await awaiting(t);
  refresh.kill('SIGTERM');
  await refresh.until(/Ctrl-C ends that/);
  refresh.kill('SIGINT');
  const end = await refresh.finished;
  assert.equal(end.signal, 'SIGTERM');
  assert.match(end.err, /cancelled[^]*The next call tries it once more/);
});

test('a signal before anything was sent: the grant is as it was', async (t) => {
  let arrived;
  const asked = new Promise((resolve) => (arrived = resolve));
  const script = async (connection) => {
    arrived();
    await connection.stay();
  };
  const { home } = await due(t, { plain: true, script });
  const refresh = home.start(['refresh', home.name]);
  await asked;
  refresh.kill('SIGTERM');
  assertClear(await refresh.finished, /cancelled[^]*Nothing was sent, and the stored grant is as it was/);
});

// ---- The clock

test('a clock that is behind: no token is said to have expired in days to come', async (t) => {
  const home = await signedIn(t, await serve(t));
  age(home, -86400);
  assert.match((await home.ok('status')).out, /^access token: +of unknown age, for the clock .* ends at 20/m);
  age(home, 2 * 86400);
  assert.match((await home.ok('status')).out, /^access token: +expired at 20/m);
});
