// moat history: what it notes of each exchange, and what it never does.
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Home, age, assertTerminalSafe, exit, signedIn } from './lab/moat.mjs';
import { answering, http, json, sending, serve } from './lab/scripted.mjs';

const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;

async function granted(t, setting = {}, options = {}) {
  const server = await serve(t);
  const home = await signedIn(t, server, options);
  server.requests.length = 0;
  server.play(setting);
  return { server, home };
}

/** The lines without their times, and with single spaces. */
async function history(home) {
  const { out, err } = await home.ok('history');
  assertTerminalSafe(out + err);
  return out.split('\n').slice(0, -1).map((line) => {
    assert.match(line, new RegExp(`^${time}  `));
    return line.replace(/^\S+ +/, '').replace(/ +/g, ' ');
  });
}

test('each exchange is noted: who asked, what came of it, and the number for support', async (t) => {
  const { server, home } = await granted(t);
  await home.ok('token'); // from memory, so no exchange
  await home.ok('refresh');
  const id = '00000000-1111-2222-3333-444444444444';
  server.play({ script: answering(json({ error: 'temporarily_unavailable', error_description: 'x' }, '429 Busy')) });
  await home.expect(exit.later, 'refresh');
  server.play({ script: answering(http('502 Bad', '<html>')) });
  await home.expect(exit.later, 'refresh');
  server.play({ script: sending([], 'reset') });
  await home.expect(exit.later, 'refresh');
  server.play({});
  await home.ok('refresh');
  age(home);
  await home.ok('token');
  server.play({
    script: answering(
      json({ error: 'invalid_grant', error_description: `AADSTS700082: over.\r\nCorrelation ID: ${id}\r\n` }, '400 No'),
    ),
  });
  age(home);
  await home.run(['keep']);
  await home.expect(exit.signIn, 'token'); // from memory
  assert.deepEqual(await history(home), [
    'exchange good',
    'refresh good',
    'refresh wait temporarily_unavailable, HTTP 429',
    'refresh wait HTTP 502',
    'refresh wait the connection broke',
    'refresh good',
    'token good',
    `keep sign-in invalid_grant 700082, HTTP 400 ${id}`,
  ]);
});

test('it shows and stores no secret, and nothing that could drive a terminal', async (t) => {
  const { server, home } = await granted(t, {}, { secret: 'abcdef0123456789abcdef0123456789' });
  const seen = [];
  server.play({
    script: async (connection) => {
      const { form } = await connection.request();
      seen.push(form.refresh_token, form.client_secret);
      const word = `x\u001b[31m\t${form.refresh_token} ${form.client_secret}\u202e`;
      await connection.write(json({ error: word, error_description: `Correlation ID: ${form.client_secret}` }, '400 No'));
    },
  });
  await home.call('refresh');
  const [, line] = await history(home);
  const stored = readFileSync(`${home.state}/history`, 'latin1');
  assert.equal(seen.length, 2);
  for (const secret of seen) for (const text of [line, stored]) assert.ok(!text.includes(secret), text);
  assert.equal(statSync(`${home.state}/history`).mode & 0o777, 0o600);
});

test('the last hundred are shown, and the file does not grow for ever', async (t) => {
  const { home } = await granted(t);
  const file = `${home.state}/history`;
  const line = (n) => `2026-01-01T00:00:00Z\trefresh\tgood\t\t${n}\n`;
  for (let n = 0; n < 1500; n += 1) appendFileSync(file, line(n));
  assert.ok(statSync(file).size > 32768);
  await home.ok('refresh');
  const lines = await history(home);
  assert.equal(lines.length, 100);
  assert.deepEqual([lines[0], lines[98], lines[99]], ['refresh good 1401', 'refresh good 1499', 'refresh good']);
  assert.equal(readFileSync(file, 'utf8').split('\n').length, 101);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(home.state).filter((name) => name.startsWith('temp.')), []);
});

test('lines that a power loss spoiled are left out', async (t) => {
  const { home } = await granted(t);
  const file = `${home.state}/history`;
  const good = readFileSync(file, 'utf8');
  writeFileSync(file, `${good}2026-01-01T00:00\n\0\0\0\0\n2026-${good}${good}2026-01-01T00:00:00Z\trefr`);
  assert.deepEqual(await history(home), ['exchange good', 'exchange good']);
});

test('nothing yet, no profile, and a profile that is wrong', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  await home.expect(exit.profile, 'history');
  await home.init(server);
  const { out, err } = await home.ok('history');
  assert.equal(out, '');
  assert.match(err, /Nothing was asked/);
  await home.signIn();
  appendFileSync(home.profile, 'nonsense\n');
  assert.deepEqual(await history(home), ['exchange good']);
});

test('a history that cannot be written stops nothing, and a link is not followed', async (t) => {
  const { home } = await granted(t);
  const file = `${home.state}/history`;
  rmSync(file);
  writeFileSync(`${home.dir}/other`, 'mine');
  symlinkSync(`${home.dir}/other`, file);
  await home.ok('refresh');
  assert.equal(readFileSync(`${home.dir}/other`, 'utf8'), 'mine');
});
