// moat keep: which grants it refreshes, what it says of the others, and how it ends.
import assert from 'node:assert/strict';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Home, age, assertTerminalSafe, exit, signedIn } from './lab/moat.mjs';
import { answering, json, sending, serve, tokens } from './lab/scripted.mjs';

const HOUR = 3600;
const refusal = (error, status = '400 Bad Request') => answering(json({ error }, status));

/** `moat keep NAME...`, which has to end like this. */
async function keep(home, code = exit.done, names = []) {
  const result = await home.run(['keep', ...names]);
  assert.equal(result.code, code, result.err);
  assert.equal(result.out, '');
  assertTerminalSafe(result.err);
  return result.err.split('\n').slice(0, -1);
}

/** A grant from a server that then plays `setting`, and has been asked for nothing. */
async function granted(t, setting = {}, options) {
  const server = await serve(t);
  const home = await signedIn(t, server, options);
  server.requests.length = 0;
  server.play(setting);
  return { server, home };
}

/** Another profile of the same home. */
function another(home, name) {
  return Object.create(home, { name: { value: name } });
}

const asked = async (server, home, hours) => {
  age(home, hours * HOUR);
  server.requests.length = 0;
  assert.deepEqual(await keep(home), []);
  return server.requests.length;
};

test('keep refreshes what is over 20 hours old, and says nothing', async (t) => {
  const { server, home } = await granted(t);
  assert.equal(await asked(server, home, 0), 0);
  assert.equal(await asked(server, home, 19.9), 0);
  assert.equal(await asked(server, home, 0.2), 1);
  assert.equal(await asked(server, home, 0), 0);
  assert.equal(await asked(server, home, 40 * 24), 1);
});

test('keep refreshes what is from the future: the clock is or was wrong', async (t) => {
  const { server, home } = await granted(t);
  assert.equal(await asked(server, home, -24 * 365), 1);
  assert.equal(await asked(server, home, 0), 0);
});

test('keep_days is how old a refresh may be', async (t) => {
  const { server, home } = await granted(t);
  appendFileSync(home.profile, 'keep_days = 7\n');
  assert.equal(await asked(server, home, 7 * 24 - 5), 0);
  assert.equal(await asked(server, home, 2), 1);
});

test('keep_days has to be a number of days', async (t) => {
  const { home } = await granted(t);
  appendFileSync(home.profile, 'keep_days = 181\n');
  const [line, ...more] = await keep(home, exit.profile, ['drive']);
  assert.match(line, /^drive: .*keep_days is not a number of days/);
  assert.deepEqual(more, []);
});

test('keep takes all profiles, or those that are named, in this order', async (t) => {
  const { server, home } = await granted(t);
  const mail = another(home, 'mail');
  await mail.init(server);
  await mail.signIn();
  another(home, 'zzz.not').init(server);
  for (const each of [home, mail]) age(each);
  server.requests.length = 0;
  assert.deepEqual(await keep(home, exit.done, ['mail']), []);
  assert.equal(server.requests.length, 1);
  const [line, ...more] = await keep(home, exit.signIn);
  assert.match(line, /^zzz.not: nobody has signed in/);
  assert.deepEqual(more, []);
  assert.equal(server.requests.length, 2);
  const lines = await keep(home, exit.profile, ['none', 'mail', 'zzz.not']);
  assert.deepEqual(lines.map((each) => each.split(':')[0]), ['none', 'zzz.not']);
});

test('no profile at all, a folder that is not there, a NAME that can be none', async (t) => {
  const home = new Home(t);
  assert.match((await home.run(['keep'])).err, /no profile to keep[^]*moat init/);
  assert.equal((await home.run(['keep'])).code, exit.profile);
  home.env.MOAT_HOME += '/none';
  assert.equal((await home.run(['keep'])).code, exit.profile);
  assert.equal((await home.run(['keep', 'good', '../bad'])).code, exit.misuse);
});

test('the exit status is the first of 5, 3, 1 and 4', async (t) => {
  const { server, home } = await granted(t);
  const [later, signIn, failed, profile] = [...'lsfp'].map((name) => another(home, name));
  for (const each of [later, signIn, failed, profile]) await each.init(server);
  await later.signIn();
  age(later);
  rmSync(failed.state, { recursive: true, force: true });
  writeFileSync(failed.state, 'no folder');
  appendFileSync(profile.profile, 'nonsense\n');
  server.play({ script: answering(json({}, '503 Busy')) });
  const run = async (code, given) => assert.equal((await keep(home, code, [...given])).length, given.length);
  await run(exit.later, 'l');
  await run(exit.failed, 'f');
  await run(exit.failed, 'lf');
  await run(exit.failed, 'fl');
  await run(exit.signIn, 'lfs');
  await run(exit.signIn, 'slf');
  await run(exit.profile, 'lfsp');
  await run(exit.profile, 'psfl');
});

test('a grant that has ended is told each time, in one line, and not tried again', async (t) => {
  const { server, home } = await granted(t, { script: refusal('invalid_grant') });
  age(home);
  for (let i = 0; i < 3; i += 1) {
    const [line, ...more] = await keep(home, exit.signIn);
    assert.match(line, /^drive: the server says invalid_grant.*moat login drive/);
    assert.deepEqual(more, []);
  }
  assert.equal(server.requests.length, 1);
  server.play({});
  await home.signIn();
  assert.deepEqual(await keep(home), []);
});

test('a refusal pauses keep as it pauses the others', async (t) => {
  const { server, home } = await granted(t, { script: refusal('invalid_client', '401 No') });
  age(home);
  for (let i = 0; i < 2; i += 1) assert.match((await keep(home, exit.profile))[0], /^drive: .*secret/);
  assert.equal(server.requests.length, 1);
});

test('a refresh that was interrupted is tried once more, due or not', async (t) => {
  const { server, home } = await granted(t, { script: sending([], 'reset') });
  age(home);
  await keep(home, exit.later);
  server.play({});
  assert.deepEqual(await keep(home), []);
  assert.equal(server.requests.length, 2);
});

test('a grant without a refresh token that never ends needs nothing', async (t) => {
  const { refresh_token: _, expires_in: __, ...rest } = tokens();
  const server = await serve(t, { script: answering(json(rest)) });
  const home = await signedIn(t, server);
  server.requests.length = 0;
  assert.deepEqual(await keep(home), []);
  assert.equal(server.requests.length, 0);
});

test('keep shows no secret that the server repeats', async (t) => {
  const { server, home } = await granted(t);
  age(home);
  server.play({
    script: async (connection) => {
      const { form } = await connection.request();
      const body = { error: 'invalid_client', error_description: `${form.refresh_token} ${form.client_secret}` };
      await connection.write(json(body, '401 No'));
    },
  });
  const [line] = await keep(home, exit.profile);
  assert.match(line, /\*\*\*/);
  assert.ok(!line.includes('S3cret'), line);
});
