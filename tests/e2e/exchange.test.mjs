// From the authorize URL to the code: what `moat url` writes, and which redirects `moat exchange` takes.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Home, assertClear, exit } from './lab/moat.mjs';
import { aadsts, answering, json, serve, tokens } from './lab/scripted.mjs';

async function home(t, options) {
  const server = await serve(t);
  const made = new Home(t);
  await made.init(server, options);
  return { home: made, server };
}

test('the authorize URL has what RFC 6749 4.1.1 and RFC 7636 4.3 ask for, and nothing secret', async (t) => {
  const { home: drive, server } = await home(t, { scope: 'offline_access files.read' });
  const { url, parameters } = await drive.url();
  assert.ok(url.startsWith(`${server.authorizeUrl}?`));
  assert.doesNotMatch(url, /\s/);
  const { state, code_challenge: challenge, response_mode: _, ...others } = parameters;
  assert.deepEqual(others, {
    client_id: 'web-post',
    response_type: 'code',
    redirect_uri: 'http://localhost',
    scope: 'offline_access files.read',
    code_challenge_method: 'S256',
  });
  assert.match(state, /^[\w-]{22,}$/);
  assert.match(challenge, /^[\w-]{43}$/);
  assert.equal(server.accepted, 0);

  const second = (await drive.url()).parameters;
  assert.notEqual(second.state, state);
  assert.notEqual(second.code_challenge, challenge);
});

test('the code goes out with the verifier of the challenge, once', async (t) => {
  const { home: drive, server } = await home(t);
  const { code, parameters, redirect } = await drive.redirect();
  await drive.ok('exchange', [], { input: redirect });
  const { line, headers, form } = server.last;
  assert.equal(line, 'POST /common/oauth2/v2.0/token HTTP/1.1');
  assert.equal(headers.host, `localhost:${server.port}`);
  assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
  assert.equal(headers.accept, 'application/json');
  assert.match(form.code_verifier, /^[\w.~-]{43,128}$/);
  assert.equal(
    createHash('sha256').update(form.code_verifier).digest('base64url'),
    parameters.code_challenge,
  );
  assert.equal(form.code, code);
  assert.equal(form.grant_type, 'authorization_code');
  assert.equal(form.redirect_uri, 'http://localhost');

  assertClear(await drive.expect(exit.signIn, 'exchange', [], { input: redirect }));
  assert.equal(server.requests.length, 1, 'a code is never sent twice');
});

test('a redirect in any shape that people paste', async (t) => {
  const shapes = {
    'with session_state': (url) => `${url}&session_state=00-11`,
    'the query alone': (url) => url.slice(url.indexOf('?') + 1),
    'white space around it': (url) => `  ${url}  \r\n`,
    'no line end': (url) => url,
    'a code of 5000 characters': (url) => url.replace('code=', `code=${'x'.repeat(5000)}`),
  };
  for (const [shape, write] of Object.entries(shapes)) {
    await t.test(shape, async (t2) => {
      const { home: drive, server } = await home(t2);
      const { code, redirect } = await drive.redirect();
      await drive.ok('exchange', [], { input: write(redirect) });
      assert.ok(server.last.form.code.endsWith(code));
    });
  }
  await t.test('a code alone, however short, unless it looks like a word', async (t2) => {
    const { home: drive, server } = await home(t2);
    for (const code of ['cw9hk1xG9k', '4/0AX4', 'about:blank', 'localhost', '127.0.0.1', 'hello', 'abcdefghijklmnop']) {
      await drive.url();
      const isCode = /cw9|AX4|nop$/.test(code);
      const { err } = await drive.expect(isCode ? exit.done : exit.failed, 'exchange', [], { input: code });
      if (isCode) assert.equal(server.last.form.code, code);
      else assert.match(err, /neither an address nor a code|begins with about:/);
    }
    assert.equal(server.requests.length, 3);
  });
});

test('a redirect that is not the answer to this request is refused, and costs nothing', async (t) => {
  const { home: drive, server } = await home(t);
  const { redirect } = await drive.redirect();
  const wrong = {
    'another state': [redirect.replace(/state=./, 'state=.'), /state is not the one/],
    'another state after session_state': [
      redirect.replace(/state=./, 'session_state=x&state=.'),
      /state is not the one/,
    ],
    'another state beside what browsers do not encode': [`${redirect.replace(/state=./, 'state=.')}&x={a|b}`, /state is not the one/],
    'a fragment': [redirect.replace('?', '#'), /right state is in it[\s\S]*not a '#'/],
    quoted: [redirect.replace(/.*/, '"$&"'), /right state is in it[\s\S]*without quotes/],
    'with a blank that is none': [`${redirect}\u00a0`, /right state is in it/],
    wrapped: [redirect.replace(/state=.{9}/, '$&\n  '), /a line break[\s\S]*in one line/],
    'no state': [redirect.replace(/&state=[^&]*/, ''), /state/i],
    'a state cut short': [redirect.replace(/(state=[^&]*).$/, '$1'), /state/i],
    'two codes': [`${redirect}&code=another`, /twice|duplicate|repeated/i],
    'two states': [redirect.replace(/(state=[^&]*)/, '$1&$1'), /twice|duplicate|repeated/i],
    'no code': [redirect.replace(/code=[^&]*&/, ''), /code/i],
    nothing: ['', /code|redirect|nothing|empty/i],
  };
  for (const [what, [input, reason]] of Object.entries(wrong)) {
    const failed = await drive.call('exchange', [], { input });
    assert.notEqual(failed.code, exit.done, what);
    assertClear(failed, reason);
  }
  assert.equal(server.accepted, 0, 'nothing of this is sent anywhere');
  await drive.ok('exchange', [], { input: redirect });
});

test('quotes around a redirect with an issuer are not taken for an attack', async (t) => {
  const { home: drive } = await home(t, { more: ['--issuer', 'https://as.test'] });
  const { redirect } = await drive.redirect({ iss: 'https://as.test' });
  assertClear(await drive.expect(exit.failed, 'exchange', [], { input: `"${redirect}"` }), /right state is in it[^]*without quotes/);
  assertClear(await drive.expect(exit.failed, 'exchange', [], { input: redirect.replace('as.test', 'an.test') }), /issuer/);
  await drive.ok('exchange', [], { input: redirect });
});

test('an error in the redirect is told, in safe letters', async (t) => {
  const { home: drive, server } = await home(t);
  const { redirect } = await drive.redirect({
    code: undefined,
    error: 'access_denied',
    error_description: 'AADSTS65004: \u001b[2J\u0007\u202edeclined\r\nmoat: done',
  });
  const failed = await drive.call('exchange', [], { input: redirect });
  assert.notEqual(failed.code, exit.done);
  assertClear(failed, /access_denied/);
  assert.doesNotMatch(failed.err, /^moat: done/m);
  assert.match(failed.err, /65004/);
  assert.equal(server.accepted, 0);
});

test('url and exchange in one pipeline: the sign-in begins while exchange waits', async (t) => {
  const { home: drive } = await home(t);
  const exchange = drive.start(['exchange', 'drive'], { open: true });
  const { redirect } = await drive.redirect();
  exchange.type(redirect);
  exchange.end();
  const { code, err } = await exchange.finished;
  assert.equal(code, exit.done, err);
  const waiting = drive.start(['exchange', 'drive'], { open: true });
  await drive.call('status');
  waiting.kill('SIGTERM');
  assert.match((await waiting.finished).err, /cancelled|^$/);
});

test('exchange without url says what is missing', async (t) => {
  const { home: drive, server } = await home(t);
  const failed = await drive.call('exchange', [], { input: 'http://localhost/?code=x&state=y' });
  assert.notEqual(failed.code, exit.done);
  assertClear(failed, /moat login/);
  assert.equal(server.accepted, 0);
});

test('what the server never saw does not use up the code', async (t) => {
  const { home: drive, server } = await home(t);
  const { redirect } = await drive.redirect();
  server.play({ plain: true, script: async (connection) => connection.reset() });
  assertClear(await drive.expect(exit.later, 'exchange', [], { input: redirect }));
  server.play({});
  await drive.ok('exchange', [], { input: redirect });
});

test('a code whose answer was lost is not sent again', async (t) => {
  const { home: drive, server } = await home(t);
  const { redirect } = await drive.redirect();
  server.play({
    script: async (connection) => {
      await connection.request();
      connection.reset();
    },
  });
  const failed = await drive.call('exchange', [], { input: redirect });
  assert.notEqual(failed.code, exit.done);
  assertClear(failed);
  server.play({});
  assert.notEqual((await drive.call('exchange', [], { input: redirect })).code, exit.done);
  assert.equal(server.requests.length, 1);
});

test('a code that was refused: sign in again, and the grant of before is untouched', async (t) => {
  const { home: drive, server } = await home(t);
  await drive.signIn();
  server.play({ script: answering(aadsts(54005, 'invalid_grant')) });
  const { redirect } = await drive.redirect();
  assertClear(await drive.expect(exit.signIn, 'exchange', [], { input: redirect }), /54005/);
  const fresh = tokens();
  server.play({ script: answering(json(fresh)) });
  await drive.ok('refresh');
});

test('how the secret is sent', async (t) => {
  const odd = 'p:ss w%rd+&=/~"\\';
  const basic = (text) => `Basic ${Buffer.from(text).toString('base64')}`;
  const ways = {
    post: { id: 'app', form: { client_id: 'app', client_secret: odd } },
    basic: { id: 'a:p', authorization: basic('a%3Ap:p%3Ass+w%25rd%2B%26%3D%2F%7E%22%5C') },
    'basic-raw': { id: 'app', authorization: basic(`app:${odd}`) },
    none: { id: 'app', form: { client_id: 'app' } },
  };
  for (const [auth, { id, form = {}, authorization }] of Object.entries(ways)) {
    await t.test(auth, async (t2) => {
      const { home: drive, server } = await home(t2, {
        auth,
        id,
        secret: auth === 'none' ? undefined : odd,
      });
      await drive.signIn();
      await drive.ok('refresh');
      for (const request of server.requests) {
        // '~' may be left as it is (RFC 3986) or encoded (WHATWG): both decode to the same.
        const sent = request.headers.authorization;
        assert.ok(sent === authorization || decoded(sent) === decoded(authorization), sent);
        assert.equal(request.form.client_secret, form.client_secret);
        if (form.client_id) assert.equal(request.form.client_id, form.client_id);
      }
    });
  }
});

const decoded = (header) =>
  header && Buffer.from(header.slice(6), 'base64').toString().replace('%7E', '~');

// A limit on the size of files stands for a full disk: less than the file of a grant.
const noRoom = { before: 'ulimit -f 31' };

test('no room for the grant: no code is sent, and the sign-in can be ended later', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  await home.init(server);
  const { redirect } = await home.redirect();
  assertClear(await home.expect(exit.failed, 'exchange', [], { input: redirect, ...noRoom }), /ulimit -f/);
  assert.equal(server.accepted, 0);
  await home.ok('exchange', [], { input: redirect });
  assert.equal((await home.status()).grant, 'stored');
  // From now on there is room, whatever becomes of the disk.
  await home.ok('refresh', [], noRoom);
  await home.ok('refresh', [], noRoom);
});
