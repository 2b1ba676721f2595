// Networks and servers that fail: what is said, which status, and that the grant lives on.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { assertClear, exit, signedIn } from './lab/moat.mjs';
import { aadsts, answering, http, json, sending, serve, tokens } from './lab/scripted.mjs';

const whole = json(tokens());

/** A refresh at a server that plays `setting`; afterwards the server is well and so is the grant. */
async function refreshAt(t, setting, args = []) {
  const server = await serve(t);
  const home = await signedIn(t, server);
  server.play(setting);
  const result = await home.call('refresh', args);
  assert.equal(result.signal, null, result.err);
  if (result.code !== exit.done) assertClear(result);
  server.play({});
  return { ...result, server, home };
}

describe('a server that is too slow', { concurrency: true }, () => {
  const dots = async (connection) => {
    await connection.request();
    await connection.write('HTTP/1.1 200 OK\r\nX-Slow: ');
    while (!connection.closed) {
      await connection.write('.');
      await new Promise((soon) => {
        setTimeout(soon, 50);
      });
    }
  };
  const silences = {
    'accepts and stays silent': { plain: true, script: (connection) => connection.stay() },
    'stays silent after the handshake': { script: (connection) => connection.stay() },
    'stays silent after the request': { script: sending([], 'stay') },
    'stops in the head': { script: sending([whole.slice(0, 40)], 'stay') },
    'stops in the body': { script: sending([whole.slice(0, -20)], 'stay') },
    'sends a byte at a time for ever': { script: dots },
  };
  for (const [name, setting] of Object.entries(silences)) {
    test(name, async (t) => {
      const { code, err, home } = await refreshAt(t, setting, ['--timeout', '1']);
      assert.equal(code, exit.later);
      assert.match(err, /no complete answer within the time allowed/);
      await home.ok('refresh');
    });
  }
});

test('nobody listens', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  server.close();
  assertClear(await home.expect(exit.later, 'refresh'), /cannot connect to localhost port \d+: Connection refused/);
});

test('the name does not resolve', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const elsewhere = ['--token-url', 'https://nowhere.invalid/token'];
  const { parameters } = await home.url(elsewhere);
  const failed = await home.call('exchange', elsewhere, {
    input: `http://localhost/?code=c&state=${parameters.state}`,
  });
  assert.equal(failed.code, exit.later);
  assertClear(failed, /cannot resolve nowhere\.invalid/);
});

/** Passes bytes on to another port, `limit` of them back to the client, and then resets or closes. */
const cutting = (port, limit, how) => async (connection) => {
  const upstream = connect(port, '127.0.0.1').on('error', () => {});
  connection.relay(upstream);
  let left = limit;
  for await (const data of upstream) {
    await connection.write(data.subarray(0, left));
    left -= Math.min(left, data.length);
    if (left === 0) break;
  }
  connection[how]();
  upstream.destroy();
};

for (const how of ['reset', 'cut']) {
  test(`a connection that ends by ${how} after any number of bytes`, async (t) => {
    const server = await serve(t);
    const proxy = await serve(t, { plain: true, script: cutting(server.port, Infinity, 'cut') });
    const home = await signedIn(t, proxy);
    const total = proxy.written; // of a whole exchange: handshake and answer
    assert.ok(total > 1000);

    const step = Math.ceil(total / 16);
    const places = [
      0,
      1,
      4,
      5,
      6,
      ...Array.from({ length: 16 }, (_, i) => i * step),
      total - 60,
    ].filter((n) => n < total - 50);
    for (const limit of places) {
      proxy.play({ plain: true, script: cutting(server.port, limit, how) });
      const failed = await home.call('refresh', ['--timeout', '10']);
      assert.equal(failed.code, exit.later, `after ${limit} of ${total} bytes: ${failed.err}`);
      assertClear(failed);
    }
    proxy.play({ plain: true, script: cutting(server.port, Infinity, 'cut') });
    await home.ok('refresh');
  });
}

test('an answer that breaks off at any byte', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const answer = json(tokens());
  const bodyAt = answer.indexOf('\r\n\r\n') + 4;
  const places = [
    0,
    1,
    8,
    12,
    16,
    17,
    30,
    bodyAt - 2,
    bodyAt - 1,
    bodyAt,
    bodyAt + 1,
    bodyAt + 40,
    answer.length - 1,
  ];
  for (const place of places) {
    for (const how of ['end', 'cut', 'reset']) {
      server.play({ script: sending(place ? [answer.slice(0, place)] : [], how) });
      const failed = await home.call('refresh');
      assert.equal(failed.code, exit.later, `${how} after ${place} bytes: ${failed.err}`);
      assertClear(failed);
    }
  }
  server.play({});
  await home.ok('refresh');
});

test('429 with Retry-After: later, and how much later', async (t) => {
  for (const [value, seconds] of [
    ['17', 17],
    ['2.128', 3],
    ['soon', null],
  ]) {
    const busy = http('429 Too Many Requests', '', { 'Retry-After': value });
    const { code, err, home } = await refreshAt(t, { script: answering(busy) });
    assert.equal(code, exit.later);
    if (seconds) assert.match(err, new RegExp(`\\b${seconds} s`));
    await home.ok('refresh');
  }
});

test('5xx is for later, whatever the body', async (t) => {
  const answers = [
    http('503 Service Unavailable', '', { 'Retry-After': '5' }),
    http('500 Oops', '<html>'),
    json({ error: 'server_error' }, '500 Oops'),
    json({ error: 'temporarily_unavailable' }, '503 Busy'),
    json({ error: 'temporarily_unavailable' }, '400 Bad Request'),
    aadsts(90033, 'temporarily_unavailable'),
  ];
  for (const answer of answers) {
    const { code, home } = await refreshAt(t, { script: answering(answer) });
    assert.equal(code, exit.later, answer);
    await home.ok('refresh');
  }
});

test('a redirection is never followed', async (t) => {
  const other = await serve(t);
  for (const status of [
    '301 Moved',
    '302 Found',
    '303 See Other',
    '307 Temporary Redirect',
    '308 Permanent Redirect',
  ]) {
    const { code, err, home } = await refreshAt(t, {
      script: answering(http(status, '', { Location: other.tokenUrl })),
    });
    assert.notEqual(code, exit.done);
    assert.match(err, /redirect|3\d\d/i);
    await home.ok('refresh');
  }
  assert.equal(other.accepted, 0);
});

test('a captive portal is recognised for what it is', async (t) => {
  const { code, err } = await refreshAt(t, {
    script: answering(http('200 OK', '<html>Welcome</html>', { 'Content-Type': 'text/html' })),
  });
  assert.notEqual(code, exit.done);
  assert.match(err, /JSON|HTML|web page|portal/i);
});

// PROVIDERS' errors: number, OAuth error, HTTP status, exit status, a word of the instruction.
const entra = [
  [700082, 'invalid_grant', '400', exit.signIn, /sign in/i],
  [50173, 'invalid_grant', '400', exit.signIn, /sign in/i],
  [50076, 'interaction_required', '400', exit.signIn, /sign in/i],
  [65001, 'invalid_grant', '400', exit.signIn, /consent/i],
  [7000215, 'invalid_client', '401', exit.profile, /Value/],
  [7000222, 'invalid_client', '401', exit.profile, /new (client )?secret|expired/i],
  [7000218, 'invalid_client', '401', exit.profile, /secret/i],
  [700025, 'invalid_client', '401', exit.profile, /secret/i],
  [700016, 'unauthorized_client', '400', exit.profile, /client id|application/i],
  [90002, 'invalid_request', '400', exit.profile, /tenant/i],
  [50194, 'invalid_request', '400', exit.profile, /tenant/i],
  [9002327, 'invalid_request', '400', exit.profile, /platform|SPA|redirect/i],
];

for (const [number, error, status, code, instruction] of entra) {
  test(`AADSTS${number} comes with its instruction`, async (t) => {
    const answer = aadsts(number, error, `${status} No`);
    const result = await refreshAt(t, { script: answering(answer) });
    assert.equal(result.code, code, result.err);
    assert.match(result.err, new RegExp(`\\b(AADSTS)?${number}\\b`));
    assert.match(result.err, instruction);
    assert.doesNotMatch(result.err.split('\n')[0], /Trace ID/, 'the first line is the first line');
  });
}

test('errors of other providers', async (t) => {
  const answers = [
    ['invalid_grant', '400 Bad Request', exit.signIn],
    ['invalid_client', '401 Unauthorized', exit.profile],
    ['unauthorized_client', '400 Bad Request', exit.profile],
    ['invalid_scope', '400 Bad Request', exit.profile],
    ['incorrect_client_credentials', '200 OK', exit.profile], // GitHub's way: an error in a 200
  ];
  for (const [error, status, code] of answers) {
    const result = await refreshAt(t, {
      script: answering(json({ error, error_description: 'No.' }, status)),
    });
    assert.equal(result.code, code, `${error}: ${result.err}`);
    assert.match(result.err, new RegExp(error));
  }
});

test('what a server writes does not reach the terminal as it is', async (t) => {
  const nasty =
    'AADSTS70000: \u001b]0;title\u0007\u001b[2J\u009b31m\u202etxt.exe\u2066\b\b\u007f\tend\r\nmoat: done\n';
  const { code, err } = await refreshAt(t, {
    script: answering(
      json({ error: 'invalid_grant\u001b[1m', error_description: nasty }, '400 Bad Request'),
    ),
  });
  assert.notEqual(code, exit.done);
  assert.match(err, /^moat: .*AADSTS70000: .*txt\.exe/m);
  assert.doesNotMatch(err, /^moat: done/m);
});

test('a process that is killed in mid-flight leaves a grant that works', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const arrived = new Promise((resolve) => {
    server.play({
      script: async (connection) => {
        await connection.request();
        resolve();
        await connection.stay();
      },
    });
  });
  const { pid, finished } = home.start(['refresh', home.name]);
  await arrived;
  process.kill(pid, 'SIGKILL');
  assert.equal((await finished).signal, 'SIGKILL');
  server.play({});
  await home.ok('refresh'); // the lock died with its holder, too
});

test('after a lost answer, invalid_grant says that an answer was lost', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  server.play({ script: sending([], 'reset') });
  await home.expect(exit.later, 'refresh');
  server.play({ script: answering(json({ error: 'invalid_grant' }, '400 Bad Request')) });
  assertClear(await home.expect(exit.signIn, 'refresh'), /lost|earlier|interrupted/i);
});

test('many at once make one request', async (t) => {
  const server = await serve(t, { script: answering(() => json(tokens({ expires_in: 1 }))) });
  const home = await signedIn(t, server);
  await home.expired();
  const fresh = tokens();
  server.requests.length = 0;
  server.play({ script: answering(() => json(fresh)) });
  const results = await Promise.all(Array.from({ length: 4 }, () => home.ok('token')));
  for (const { out } of results) assert.equal(out, `${fresh.access_token}\n`);
  assert.equal(server.requests.length, 1);
});

test('a token that is about to expire is refreshed first', async (t) => {
  const server = await serve(t, { script: answering(() => json(tokens({ expires_in: 1 }))) });
  const home = await signedIn(t, server);
  await home.expired();
  const fresh = tokens({ expires_in: 3599 });
  server.play({ script: answering(json(fresh)) });
  assert.equal((await home.ok('token')).out, `${fresh.access_token}\n`);
  assert.equal((await home.ok('token')).out, `${fresh.access_token}\n`);
  assert.equal(server.requests.length, 2);
});
