// Answers that are too large, or never end: the status decides, and what waits for a sign-in goes on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Home, assertClear, exit, signedIn } from './lab/moat.mjs';
import { http, json, serve, tokens } from './lab/scripted.mjs';

const page = (size) => `<!DOCTYPE html><html>${'x'.repeat(size)}</html>`;
const text = `Please sign in to the network. ${'x'.repeat(20 << 10)}`;
const headers = { 'X-Pad': 'x'.repeat(40 << 10) };
const head = (status, more = '') => `HTTP/1.1 ${status}\r\n${more}\r\n`;
const chunked = 'Transfer-Encoding: chunked\r\n';

/** Sends `begin`, and then more for as long as somebody reads. */
const endless = (begin, more = 'x'.repeat(16 << 10)) => async (connection) => {
  for (let piece = begin; !connection.closed; piece = more) {
    await connection.write(piece);
    await setImmediate(); // a write that fails does so before anybody can hear that it closed
  }
};
const chunk = `4000\r\n${'x'.repeat(16 << 10)}\r\n`;

// What it comes to for a grant that worked before, and for a new one.
const [later, profile, failed] = [exit.later, exit.profile, exit.failed];
const answers = {
  '502 with 1 MB': [http('502 Bad Gateway', page(1 << 20)), later, later],
  'a portal, 200 with 20 KB': [http('200 OK', page(20 << 10)), later, profile],
  'a portal, 302 with 20 KB': [http('302 Found', page(20 << 10), { Location: 'http://hotel.example/' }), later, profile],
  'a portal, 511 with 20 KB': [http('511 Network Authentication Required', page(20 << 10)), later, profile],
  'a portal, 200 with 1 MB': [http('200 OK', page(1 << 20)), later, profile],
  'a portal, 200 with 20 KB of plain text': [http('200 OK', text), later, profile],
  'plain text without end': [endless(`${head('200 OK')}Please sign in`), later, profile],
  'a form of 20 KB': [http('200 OK', `network=hotel&url=${'x'.repeat(20 << 10)}`), later, profile],
  '502 with 40 KB of headers': [http('502 Bad Gateway', '', headers), later, later],
  'tokens with 40 KB of headers': [json(tokens(), '200 OK', headers), later, profile],
  '502 without end': [endless(head('502 Bad Gateway') + page(0)), later, later],
  '503 with a length of 2 GB': [endless(head('503 Service Unavailable', 'Content-Length: 2000000000\r\n')), later, later],
  '429 with a length beyond 32 bits': [endless(head('429 Too Many Requests', 'Content-Length: 99999999999\r\n')), later, later],
  '502 with a chunk beyond 32 bits': [endless(`${head('502 Bad Gateway', chunked)}1000000000\r\n`), later, later],
  '500 in chunks without end': [endless(head('500 Internal Server Error', chunked), chunk), later, later],
  'a page without end': [endless(head('200 OK') + page(0)), later, profile],
  'a page in chunks without end': [endless(`${head('200 OK', chunked)}1\r\n<\r\n`, chunk), later, profile],
  'headers without end': [endless('HTTP/1.1 200 OK\r\nX-Pad: '), later, profile],
  'headers without end of a 502': [endless('HTTP/1.1 502 Bad Gateway\r\n', `X-Pad: ${'x'.repeat(2000)}\r\n`), later, later],
  'JSON without end': [endless(`${head('200 OK')}{"access_token":"`), failed, failed],
};

/** Plays an answer: bytes, or what writes them. */
const give = (connection, answer) => (typeof answer === 'function' ? answer(connection) : connection.write(answer));

/** Answers the requests of all connections one after the other, the last answer again and again. */
function turns(...list) {
  return async (connection) => {
    while (await connection.request()) await give(connection, list.length > 1 ? list.shift() : list[0]);
    connection.end();
  };
}

/** It says what is wrong and ends by itself with this exit status. */
function assertEnded(result, code, name) {
  assert.equal(result.signal, null, 'it did not end');
  assert.equal(result.code, code, result.err);
  assertClear({ err: result.err.slice(result.err.indexOf('moat: ')) });
  assert.equal(result.out, '');
  if (name !== 'JSON without end') assert.doesNotMatch(result.err, /report it/);
}

/** All at once, since most of the time is pauses between polls. */
const each = (title, run) =>
  test(title, { concurrency: true }, (t) =>
    Promise.all(Object.entries(answers).map(([name, [answer, old, fresh]]) => t.test(name, (sub) => run(sub, { name, answer, old, fresh })))));

each('a refresh', async (t, { name, answer, old }) => {
  const server = await serve(t);
  server.play({ script: turns(json(tokens({ expires_in: 1 }))) });
  const home = await signedIn(t, server);
  await home.expired();
  server.play({ script: turns(answer) });
  assertEnded(await home.call('token'), old, name);
  assertEnded(await home.call('refresh'), old, name);
  const good = tokens();
  server.play({ script: turns(json(good)) });
  await home.ok('refresh');
  assert.equal((await home.ok('token')).out, `${good.access_token}\n`);
});

const prompt = json({
  device_code: 'the-device-code',
  user_code: 'ABCD-EFGH',
  verification_uri: 'https://login.example/device',
  expires_in: 900,
  interval: 1,
});

async function device(t, script) {
  const server = await serve(t, { script });
  const home = new Home(t);
  await home.init(server, { auth: 'none', more: ['--device-url', `${server.origin}/devicecode`] });
  return home;
}

each('the request of a device code', async (t, { name, answer, fresh }) => {
  const home = await device(t, turns(answer));
  assertEnded(await home.call('login', ['--device']), fresh, name);
});

each('a poll', async (t, { name, answer, old }) => {
  const good = tokens();
  const home = await device(t, turns(prompt, answer, json(good)));
  const result = await home.call('login', ['--device']);
  if (old === failed) {
    assert.equal(result.code, failed, result.err);
    return;
  }
  assert.equal(result.code, exit.done, result.err);
  assert.doesNotMatch(result.err, /moat: |report it/);
  assert.equal((await home.ok('token')).out, `${good.access_token}\n`, name);
});
