// The stored grant among many processes, and in the hands of some that are killed: against a server
// that rotates, and ends the grant of whoever shows a spent refresh token.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { clients } from './lab/clients.mjs';
import { labForAll } from './lab/for_all.mjs';
import { Home, age, assertClear, exit, passed, signedIn as signedInAt, start, unhurried } from './lab/moat.mjs';
import { build, roots } from './lab/paths.mjs';
import { signIn } from './lab/person.mjs';
import { answering, http, json, sending, serve, tokens } from './lab/scripted.mjs';

const lab = await labForAll();

async function signInAgain(home) {
  const { url } = await home.url();
  await home.ok('exchange', [], { input: await signIn(url) });
}

async function signedIn(t, options) {
  const home = new Home(t);
  await home.init(lab, options);
  await signInAgain(home);
  return home;
}

test('32 at once make one request, and the grant lives on: 20 rounds', async (t) => {
  const home = await signedIn(t);
  const token = () => home.ok('token', ['--timeout', '120'], { limit: unhurried });
  for (let round = 0; round < 20; round += 1) {
    age(home);
    lab.posts.length = 0;
    const results = await Promise.all(Array.from({ length: 32 }, token));
    assert.deepEqual(lab.posts, [200], `round ${round}`);
    assert.equal(new Set(results.map(({ out }) => out)).size, 1);
  }
  await home.ok('refresh');
});

/** A random number generator that can be told where to begin (mulberry32). */
function seeded(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}

/** Kills a refresh after so many lines of its log, or after so many milliseconds. */
async function killed(home, { lines, ms }) {
  const refresh = home.start(['refresh', home.name, '-vv']);
  const kill = () => refresh.kill('SIGKILL');
  if (lines !== undefined)
    await refresh.until(new RegExp(`^(?:.*\\n){${lines}}`)).then(kill, () => {});
  else setTimeout(kill, ms);
  return refresh.finished;
}

test('killed at 200 random moments: it works, or an answer is said to be lost', async (t) => {
  const seed = Number(process.env.MOAT_SEED ?? randomInt(2 ** 31));
  const random = seeded(seed);
  const home = await signedIn(t);
  const began = performance.now();
  const { err } = await home.ok('refresh', ['-vv']);
  const took = performance.now() - began;
  const events = err.trimEnd().split('\n').length;
  let lost = 0;
  for (let i = 0; i < 200; i += 1) {
    const moment = i % 2 ? { lines: 1 + random(events) } : { ms: random(Math.ceil(took)) };
    const said = `MOAT_SEED=${seed}, ${i}: ${JSON.stringify(moment)}`;
    lab.asked = 0;
    await killed(home, moment);
    await lab.quiet(); // a server that deals with the next request first ends the grant unnoticed
    const next = await home.call(i % 3 ? 'refresh' : 'token');
    if (next.code === exit.done) continue;
    assert.equal(next.code, exit.signIn, `${said}: ${next.err}`);
    assertClear(next, /interrupted, and its answer .*was lost/);
    assert.match(next.err, /Sign in again: moat login drive/);
    assert.equal(lab.asked, 2, `${said}: nothing was lost`);
    lost += 1;
    await signInAgain(home);
  }
  t.diagnostic(`${lost} answers lost`);
  await home.ok('refresh');
});

test('a holder that dies frees the lock, also for those who wait already', async (t) => {
  const server = await serve(t);
  const home = await signedInAt(t, server);
  age(home);
  let arrived = 0;
  let wake;
  const holding = new Promise((resolve) => {
    wake = resolve;
  });
  server.play({
    script: async (connection) => {
      await connection.request();
      arrived += 1;
      wake();
      await connection.stay();
    },
  });
  const holder = home.start(['refresh', home.name]);
  await holding;
  assertClear(await home.expect(exit.later, 'token', ['--timeout', '1']), /busy/);
  const waiter = home.start(['token', home.name]);
  const fresh = tokens();
  server.play({ script: answering(json(fresh)) });
  process.kill(holder.pid, 'SIGKILL');
  assert.equal((await holder.finished).signal, 'SIGKILL');
  const { code, out, err } = await waiter.finished;
  assert.equal(code, exit.done, err);
  assert.equal(out, `${fresh.access_token}\n`);
  assert.equal(arrived, 1);
});

test('a pause that the server asks for is kept by the next commands', async (t) => {
  const server = await serve(t);
  const home = await signedInAt(t, server);
  age(home);
  server.requests.length = 0;
  server.play({ script: answering(http('429 Busy', '', { 'Retry-After': '900' })) });
  await home.expect(exit.later, 'token');
  for (let i = 0; i < 3; i += 1)
    assertClear(await home.expect(exit.later, 'token'), /pause[^]* (900|8\d\d) s/);
  assert.equal(server.requests.length, 1);
  server.play({});
  await home.ok('refresh'); // a person who asks for it means it
  await home.ok('token');
  assert.equal(server.requests.length, 2);
});

test('an answer that was lost is not forgotten over a server that is busy', async (t) => {
  const server = await serve(t);
  const home = await signedInAt(t, server);
  server.play({ script: sending([], 'reset') });
  await home.expect(exit.later, 'refresh');
  server.play({ script: answering(http('429 Busy')) });
  assert.match((await home.expect(exit.later, 'refresh')).err, /not known whether the server used up/);
  server.play({ script: answering(json({ error: 'invalid_grant' }, '400 No')) });
  assertClear(await home.expect(exit.signIn, 'refresh'), /interrupted, and its answer .*was lost/);
});

test('a token that is still valid is handed out when its early refresh fails', async (t) => {
  const granted = tokens({ expires_in: 86400 + 100 });
  const server = await serve(t, { script: answering(json(granted)) });
  const home = await signedInAt(t, server);
  age(home); // 100 s are left
  for (const setting of [
    { script: async (connection) => connection.reset() },
    { script: answering(http('503 Busy')) },
  ]) {
    server.play(setting);
    const { out, err } = await home.ok('token');
    assert.equal(out, `${granted.access_token}\n`);
    assert.match(err, /still valid/);
  }
  server.play({ script: answering(json({ error: 'invalid_grant' }, '400 No')) });
  await home.expect(exit.signIn, 'refresh');
});

test('a grant that is shared is not tried after a lost answer, unless somebody says so', async (t) => {
  const server = await serve(t);
  const home = await signedInAt(t, server, { more: ['--shared', 'yes'] });
  server.play({ script: sending([], 'reset') });
  await home.expect(exit.later, 'refresh');
  server.requests.length = 0;
  server.play({});
  await home.ok('token'); // which is good still
  age(home);
  for (const command of ['token', 'refresh'])
    assertClear(await home.expect(exit.signIn, command), /shares the grant[^]*answer .* was lost/);
  assert.equal(server.requests.length, 0);
  assert.match((await home.expect(exit.signIn, 'status')).out, /interrupted: .* shared$[^]*refresh drive --shared no$/m);
  const { signed_in, grant, interrupted, next } = await home.status(exit.signIn);
  assert.deepEqual({ signed_in, grant, interrupted, next }, {
    signed_in: false,
    grant: 'interrupted',
    interrupted: true,
    next: 'moat login drive',
  });
  await home.ok('refresh', ['--shared', 'no']);
  await home.ok('status');
  assert.equal(server.requests.length, 1);
  await home.expect(exit.misuse, 'token', ['--shared', 'maybe']);
});

test('the example of a super-loop', async (t) => {
  const home = await signedIn(t, { auth: 'none' });
  const env = {
    ...passed,
    STATE: home.state,
    ROOTS: roots,
    TOKEN_URL: lab.tokenUrl,
    DEVICE_URL: lab.deviceUrl,
    CLIENT_ID: clients.none.id,
  };
  const loop = async () => {
    const { stdout } = await promisify(execFile)(`${build}/examples/superloop`, { env });
    return stdout.trimEnd().split('\n').map((line) => line.split(' '));
  };
  const stored = (await home.ok('token')).out.trimEnd();
  assert.deepEqual((await loop()).map(([what, , token]) => [what, token]), [
    ['token', stored],
    ['token', stored],
  ]);
  age(home);
  lab.posts.length = 0;
  const [first, second] = await loop();
  assert.deepEqual(lab.posts, [200]);
  assert.equal(first[2], second[2]);
  assert.ok(Number(first[1]) > 10, `the loop went on meanwhile: ${first[1]} turns`);
  assert.equal((await home.ok('token')).out, `${first[2]}\n`);

  const need = async () => (await loop())[0];
  age(home);
  await lab.down();
  assert.deepEqual(await need(), ['need', '2', '30', 'connect']);
  await lab.up();
  // Nobody is signed in: it shows a code, and goes on by itself once somebody was.
  await home.ok('logout');
  const running = start(t, [], { env, program: `${build}/examples/superloop` });
  const [, code] = await running.until(/and enter the code (\S+)/);
  await lab.approve(code);
  const { out } = await running.finished;
  assert.match(out, /^token \d+ \S+\ntoken \d+ \S+\n$/m);
});

test('the example of two tasks: one request, and both have its token', async (t) => {
  const home = await signedIn(t, { auth: 'none' });
  age(home);
  lab.posts.length = 0;
  const args = [lab.tokenUrl, roots, clients.none.id, home.state];
  const { out, code, err } = await start(t, args, { env: passed, program: `${build}/examples/two_tasks` }).finished;
  assert.equal(code, 0, err);
  const tokens = out.trimEnd().split('\n').map((line) => line.split(': '));
  assert.deepEqual(tokens.map(([name]) => name).sort(), ['first', 'second']);
  assert.equal(tokens[0][1], tokens[1][1]);
  assert.deepEqual(lab.posts, [200]);
});
