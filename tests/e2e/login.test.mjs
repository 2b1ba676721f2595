// `moat login`: the listener for the browser, the browser itself, and the paste, all at once.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { clients } from './lab/clients.mjs';
import { labForAll } from './lab/for_all.mjs';
import { Home, assertClear, exit, ignored, reseal, terminal, unhurried } from './lab/moat.mjs';
import { roots } from './lab/paths.mjs';
import { signIn } from './lab/person.mjs';
import { aadsts, answering, json, serve, tokens } from './lab/scripted.mjs';

const lab = await labForAll();

/** A home whose profile is Entra's preset, with a server of the lab in its place. */
async function entra(t, server, more = []) {
  const home = new Home(t);
  const { id, secret } = clients.post;
  await home.ok('init', [
    ...['--provider', 'entra', '--authorize-url', server.authorizeUrl],
    ...['--token-url', server.tokenUrl, '--client-id', id, '--ca', roots],
    ...['--secret-file', home.secretFile(secret), '--extra', '', ...more],
  ]);
  return home;
}

/** A login that has begun: `url` and its parameters, and where it listens. */
async function begin(home, args = [], options = {}) {
  const running = home.start(['login', home.name, ...args], { open: true, ...options });
  const [url] = await running.until(/^https:\S+(?=\s)/m);
  await running.until(/Ctrl-C/);
  const parameters = Object.fromEntries(new URL(url).searchParams);
  return { ...running, url, parameters, port: Number(new URL(parameters.redirect_uri).port) };
}

const callback = ({ parameters }, change = {}) => {
  const query = { code: 'the-right-code', state: parameters.state, ...change };
  for (const name in query) if (query[name] === undefined) delete query[name];
  return `/?${new URLSearchParams(query)}`;
};

/** One visit of a browser: {status, headers, page}. */
function visit({ port }, path, { host = '127.0.0.1', method = 'GET', headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    request(
      { host, port, path, method, agent: false, headers: { Host: `localhost:${port}`, ...headers } },
      (answer) => {
        let page = '';
        answer
          .setEncoding('utf8')
          .on('data', (text) => {
            page += text;
          })
          .on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, page }));
      },
    )
      .on('error', reject)
      .end();
  });
}

/** A connection that says `bytes` and nothing more. */
async function silent(t, { port }, bytes = '', host = '127.0.0.1') {
  const socket = connect({ port, host, allowHalfOpen: true });
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  if (bytes) await new Promise((done) => socket.write(bytes, done));
  return socket;
}

const hasV6 = await new Promise((resolve) => {
  const server = createServer()
    .on('error', () => resolve(false))
    .listen(0, '::1', () => server.close(() => resolve(true)));
});

test('the whole way: the browser comes back to a free port, and the page says so', async (t) => {
  const home = await entra(t, lab);
  const login = await begin(home);
  assert.match(login.parameters.redirect_uri, /^http:\/\/localhost:\d+$/);
  const { href } = new URL(await signIn(login.url));
  const posts = lab.posts.length;
  const { status, headers, page } = await visit(login, href.slice(href.indexOf('/?')));
  assert.equal(status, 200);
  assert.match(page, /<h1>You are signed in<\/h1>\n<p>Return to the terminal\. You can close this window\./);
  assert.match(page, /<p>Profile: drive<\/p>\n<p>Scope: (?=[^<]*\bfiles\.read\b)[^<]+<\/p>/);
  assert.match(headers['content-security-policy'], /default-src 'none'/);
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(headers['referrer-policy'], 'no-referrer');
  assert.doesNotMatch(page, /<script|https?:/);
  const { code, out } = await login.finished;
  assert.equal(code, exit.done);
  assert.match(out, /drive is signed in at localhost/);
  assert.equal(lab.posts.length, posts + 1);
  await home.ok('refresh');
});

test('the same over IPv6', { skip: !hasV6 }, async (t) => {
  const home = await entra(t, await serve(t));
  const login = await begin(home);
  const { status } = await visit(login, callback(login), { host: '::1' });
  assert.equal(status, 200);
  assert.equal((await login.finished).code, exit.done);
});

test('a path of the redirect URI is kept, and another is not found', async (t) => {
  const home = await entra(t, await serve(t), ['--redirect-uri', 'http://localhost/callback']);
  const login = await begin(home);
  assert.match(login.parameters.redirect_uri, /^http:\/\/localhost:\d+\/callback$/);
  assert.equal((await visit(login, callback(login))).status, 404);
  assert.equal((await visit(login, `/callback${callback(login).slice(1)}`)).status, 200);
  assert.equal((await login.finished).code, exit.done);
});

test('what others send changes nothing, and the one right callback wins', async (t) => {
  const server = await serve(t);
  const home = await entra(t, server);
  const login = await begin(home);
  const right = callback(login);
  const evil = { Host: `evil.test:${login.port}` };
  const refused = [
    ['/favicon.ico', {}, 404],
    ['/', {}, 400],
    [`/other${right.slice(1)}`, {}, 404],
    [right, { method: 'POST' }, 405],
    [right, { method: 'HEAD' }, 405],
    [right, { headers: evil }, 400],
    [right, { headers: { Host: `localhost:${login.port + 1}` } }, 400],
    [callback(login, { state: undefined }), {}, 400],
    [callback(login, { state: login.parameters.state.replace(/^./, '~') }), {}, 400],
    [callback(login, { error: 'access_denied', state: 'x' }), {}, 400],
    [`${right}&code=another`, {}, 400],
    [callback(login, { code: '' }), {}, 400],
    [`${right}&pad=${'x'.repeat(16384)}`, {}, 431],
  ];
  for (const [path, options, status] of refused) {
    const answer = await visit(login, path, options);
    assert.equal(answer.status, status, `${options.method ?? 'GET'} ${path.slice(0, 60)}`);
  }
  for (const bytes of ['\x16\x03\x01\x02\x00\x01', 'GET /\n\n', 'SSH-2.0-x\r\n\r\n', '\0\0\0\0']) {
    const socket = await silent(t, login, bytes);
    const [answer] = await once(socket, 'data');
    assert.match(answer.toString(), /^HTTP\/1\.1 400 /);
  }
  (await silent(t, login, 'GET /?co')).end(); // half a request, then the end
  (await silent(t, login, 'GET /?co')).resetAndDestroy();
  assert.equal(server.accepted, 0, 'nothing was exchanged');
  assert.equal((await visit(login, right)).status, 200);
  assert.equal((await login.finished).code, exit.done);
  assert.deepEqual(
    server.requests.map(({ form }) => form.code),
    ['the-right-code'],
  );
});

test('hundreds of connections, silent and slow, do not keep it out, nor take what the exchange needs', async (t) => {
  const server = await serve(t);
  for (const returns of [false, true]) {
    const login = await begin(await entra(t, server), [], returns ? { before: 'ulimit -n 64' } : {});
    const gone = []; // whom the listener has closed
    const open = async (bytes) => {
      const socket = await silent(t, login, bytes);
      socket.on('end', () => socket.destroy()).on('close', () => gone.push(bytes));
    };
    const crowd = async (n) => {
      for (let i = 0; i < n; i += 1) await open(i % 4 ? '' : 'GET /?code=');
    };
    await crowd(400);
    const browser = await silent(t, login); // opens its connection early, as browsers do
    await crowd(returns ? 0 : 200);
    const slow = await silent(t, login);
    let turn = 0;
    const drip = () => slow.writable && slow.write('GET / HTTP/1.1\r\nX: '.charAt(turn++) || 'x', () => setImmediate(drip));
    drip();
    if (returns) {
      const answer = visit(login, callback(login));
      while (gone.length > 0) await open(gone.pop()).catch(() => {}); // they come back, until nobody listens
      assert.equal((await answer).status, 200);
    } else {
      browser.write(`GET ${callback(login)} HTTP/1.1\r\nHost: localhost:${login.port}\r\n\r\n`);
      assert.match((await once(browser, 'data'))[0].toString(), /^HTTP\/1\.1 200 /);
      browser.end();
    }
    assert.equal((await login.finished).code, exit.done);
  }
});

test('a request of 16 KB is read, in one piece and in many', async (t) => {
  for (const chunk of [16384, 1000]) {
    const home = await entra(t, await serve(t));
    const login = await begin(home);
    const start = `GET ${callback(login)} HTTP/1.1\r\nHost: localhost:${login.port}\r\nCookie: `;
    const whole = `${start}${'c'.repeat(16384 - start.length - 4)}\r\n\r\n`;
    const socket = await silent(t, login);
    for (let at = 0; at < whole.length; at += chunk)
      await new Promise((done) => socket.write(whole.slice(at, at + chunk), done));
    const [answer] = await once(socket, 'data');
    assert.match(answer.toString(), /^HTTP\/1\.1 200 /);
    socket.destroy();
    assert.equal((await login.finished).code, exit.done);
  }
});

test('a second callback changes nothing', async (t) => {
  let held;
  const asked = new Promise((resolve) => {
    held = resolve;
  });
  let release;
  const released = new Promise((resolve) => {
    release = resolve;
  });
  const server = await serve(t, {
    script: async (connection) => {
      await connection.request();
      held();
      await released;
      await connection.write(json(tokens()));
      connection.end();
    },
  });
  const home = await entra(t, server);
  const login = await begin(home);
  const first = visit(login, callback(login));
  await asked;
  const second = await silent(
    t,
    login,
    `GET ${callback(login, { code: 'other' })} HTTP/1.1\r\nHost: localhost:${login.port}\r\n\r\n`,
  );
  const told = once(second, 'data');
  release();
  assert.equal((await first).status, 200);
  assert.match((await told)[0].toString(), /^HTTP\/1\.1 409 /);
  second.destroy();
  assert.equal((await login.finished).code, exit.done);
  assert.equal(server.requests.length, 1);
});

test('a refusal by the person or the server is on the page, escaped, and ends the login', async (t) => {
  const nasty = '<script>alert(1)</script> "\u202e\u001b[31m\'&';
  const denied = await entra(t, await serve(t));
  let login = await begin(denied);
  let { status, page } = await visit(
    login,
    callback(login, { code: undefined, error: 'access_denied', error_description: nasty }),
  );
  assert.equal(status, 400);
  assert.match(page, /access_denied/);
  assert.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt; &quot;&#39;&amp;/);
  assert.doesNotMatch(page, /<script|\u202e|\u001b/);
  assert.match(page, /for the profile drive\. Return to the terminal\.<\/footer>/);
  let ended = await login.finished;
  assert.equal(ended.code, exit.signIn);
  assert.match(ended.err, /access_denied/);

  const spa = await serve(t);
  spa.script = async (connection) => {
    await connection.request();
    await connection.write(aadsts(9002327, 'invalid_request', '400 Bad Request', nasty));
    connection.end();
  };
  login = await begin(await entra(t, spa));
  ({ status, page } = await visit(login, callback(login)));
  assert.equal(status, 502);
  assert.match(page, /single-page app/);
  assert.match(page, /&lt;script&gt;/);
  assert.doesNotMatch(page, /the-right-code|<script/);
  ended = await login.finished;
  assert.equal(ended.code, exit.profile);
  assert.match(ended.err, /single-page app/);
});

test('however long the words of the server are, the page says what to do', async (t) => {
  for (const words of ['word '.repeat(180), '"\u00e9'.repeat(300)]) {
    const login = await begin(await entra(t, await serve(t)));
    const description = `AADSTS65004: ${words}`;
    const { page } = await visit(
      login,
      callback(login, { code: undefined, error: 'access_denied', error_description: description }),
    );
    assert.match(page, /access_denied: AADSTS65004: [^\n]+\u2026<\/p>\n<p>Consent was declined/);
    assert.match(page, /<p>Sign in again: moat login drive<\/p>/);
    assert.doesNotMatch(page, /\ufffd/);
    await login.finished;
  }
});

test('a redirect on stdin, while it listens: from a pipe, in any size up to 16 KB', async (t) => {
  for (const pad of [0, 12000, 15800]) {
    const server = await serve(t);
    const home = await entra(t, server);
    const login = await begin(home);
    const { redirect_uri: uri } = login.parameters;
    const code = `c${'x'.repeat(pad)}`;
    login.type(`${uri}${callback(login, { code })}\n`); // the pipe stays open
    const { code: status, err } = await login.finished;
    assert.equal(status, exit.done, err);
    assert.equal(server.last.form.code, code);
    assert.equal(server.last.form.redirect_uri, uri, 'as it was sent, with the port');
  }
});

test('a redirect from a file, for login and exchange, of 16384 bytes and not one more', async (t) => {
  for (const [size, status] of [
    [12000, exit.done],
    [16384, exit.done],
    [16385, exit.failed],
  ]) {
    const server = await serve(t);
    const home = await entra(t, server);
    const { parameters } = await home.url();
    const start = `http://localhost${callback({ parameters }, { code: '' })}`;
    const code = 'f'.repeat(size - start.length);
    const file = `${home.dir}/redirect`;
    writeFileSync(file, start.replace('code=', `code=${code}`));
    const { err } = await home.expect(status, 'exchange', [], { before: `exec < ${file}` });
    if (status) assert.match(err, /more than 16384 bytes/);
    assert.deepEqual(
      server.requests.map(({ form }) => form.code),
      status ? [] : [code],
    );
  }
  const server = await serve(t);
  const home = await entra(t, server);
  const file = `${home.dir}/redirect`;
  writeFileSync(file, '');
  const login = await begin(home, ['--paste'], { before: `exec < ${file}; exec < ${file}` });
  assert.equal((await login.finished).code, exit.signIn, 'an empty file ends the wait');
});

test('what comes on stdin without an end is refused once it is too long', async (t) => {
  const home = await entra(t, await serve(t));
  await home.url();
  for (const [command, ...args] of [['exchange'], ['login', '--paste']]) {
    const running = home.start([command, home.name, ...args], { open: true });
    running.type('x'.repeat(16385));
    const { code, err } = await running.finished;
    assert.equal(code, exit.failed, err);
    assert.match(err, /more than 16384 bytes/);
  }
});

test('an error in a pasted redirect counts with the right state, and ends the login', async (t) => {
  const server = await serve(t);
  const home = await entra(t, server);
  const login = await begin(home);
  login.type(`http://localhost${callback(login, { code: undefined, error: 'access_denied' })}\n`);
  const result = await login.finished;
  assert.equal(result.code, exit.signIn);
  assert.match(result.err, /access_denied/);
  assert.equal(server.accepted, 0);
});

test('an SPA registration is recognised after a paste as well', async (t) => {
  const server = await serve(t);
  server.script = async (connection) => {
    await connection.request();
    await connection.write(aadsts(9002327, 'invalid_request'));
    connection.end();
  };
  const home = await entra(t, server);
  const login = await begin(home, ['--paste']);
  login.type(`http://localhost${callback(login)}\n`);
  const result = await login.finished;
  assert.equal(result.code, exit.profile);
  assert.match(result.err, /single-page app/);
});

test('a wrong redirect on stdin is an error, and nothing is sent', async (t) => {
  const server = await serve(t);
  const home = await entra(t, server);
  const wrong = [
    [(login) => callback(login, { state: 'x'.repeat(43) }), /state/],
    [(login) => callback(login).slice(0, -5), /not whole/],
    [(login) => callback(login, { state: undefined }), /not whole/],
    [() => 'x'.repeat(16385), /16384/],
    [(login) => callback(login, { error: 'access_denied', state: 'x'.repeat(43) }), /state/],
  ];
  for (const [write, pattern] of wrong) {
    const login = await begin(home, ['--paste']);
    login.type(`${write(login)}\n`);
    const result = await login.finished;
    assert.equal(result.code, exit.failed, result.err);
    assert.match(result.err, pattern);
    assert.match(result.err, /can still be finished, for another \d+ s: moat exchange drive/);
    assert.equal(server.accepted, 0);
    // While it listens, the browser may still come.
    const listening = await begin(home);
    listening.type(`${write(listening)}\n${write(listening)}\n`);
    await listening.until(/Go on in the browser\. Nothing more is read/);
    assert.equal((await visit(listening, callback(listening))).status, 200);
    const { code, err } = await listening.finished;
    assert.equal(code, exit.done);
    assert.match(err, pattern);
    assert.equal(err.match(/Go on in the browser/g).length, 1, 'a pipe has one try');
    server.accepted = 0;
  }
});

test('the end of stdin is no end of the wait, unless nothing else could come', async (t) => {
  const home = await entra(t, await serve(t));
  const login = await begin(home);
  login.end();
  assert.equal((await visit(login, callback(login))).status, 200);
  assert.equal((await login.finished).code, exit.done);
  const ended = await home.expect(exit.signIn, 'login', ['--paste'], { input: '' });
  assert.match(ended.err, /^moat: standard input ended without an address\n {2}\S/m);
});

test('a person who does not come: the wait ends, and exchange can still finish it', async (t) => {
  const home = await entra(t, await serve(t));
  const login = await begin(home, ['--wait', '1']);
  const result = await login.finished;
  assert.equal(result.code, exit.signIn);
  assert.match(result.err, /in time[\s\S]*moat exchange drive/);
  await home.ok('exchange', [], { input: `http://localhost${callback(login)}` });
});

test('Ctrl-C leaves no sign-in behind', async (t) => {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP']) {
    const home = await entra(t, await serve(t));
    const login = await begin(home, [], { before: 'ulimit -n 64' });
    for (let i = 0; i < 100; i += 1) await silent(t, login);
    await visit(login, '/favicon.ico'); // whoever came before has been let in
    process.kill(login.pid, signal);
    const result = await login.finished;
    assert.equal(result.signal, signal);
    assert.match(result.err, /cancelled/);
    assert.deepEqual(home.holding(login.parameters.state), []);
    assertClear(
      await home.expect(exit.signIn, 'exchange', [], {
        input: `http://localhost${callback(login)}`,
      }),
    );
  }
});

test('the code of another server than the one that was asked is not used', async (t) => {
  const server = await serve(t);
  const home = await entra(t, server);
  await home.ok('set', ['discovery=https://issuer.example']);
  const login = await begin(home);
  assert.equal((await visit(login, callback(login, { iss: 'https://honest.example' }))).status, 400);
  assert.equal(server.requests.length, 0);
  assert.equal((await visit(login, callback(login, { iss: 'https://issuer.example' }))).status, 200);
  assert.equal((await login.finished).code, exit.done);
});

test('a signal that was ignored at the start, as by nohup, stays ignored', async (t) => {
  const home = await entra(t, await serve(t));
  const login = await begin(home, [], { before: "trap '' HUP" });
  process.kill(login.pid, 'SIGHUP');
  assert.equal((await visit(login, callback(login))).status, 200);
  assert.equal((await login.finished).code, exit.done);
});

test('Ctrl-C leaves a sign-in alone that was begun meanwhile', async (t) => {
  const server = await serve(t);
  const home = await entra(t, server);
  const login = await begin(home);
  const { redirect } = await home.redirect();
  process.kill(login.pid, 'SIGINT');
  const result = await login.finished;
  assert.equal(result.signal, 'SIGINT');
  assert.equal(result.err.match(/cancelled/g).length, 1);
  await home.ok('exchange', [], { input: redirect });
});

test('Ctrl-C during the exchange ends it, and the browser and the next command are told', async (t) => {
  let held;
  const asked = new Promise((resolve) => {
    held = resolve;
  });
  const server = await serve(t, {
    script: async (connection) => {
      await connection.request();
      held();
      await connection.stay();
    },
  });
  const home = await entra(t, server);
  const login = await begin(home);
  const answered = visit(login, callback(login)).catch((error) => error);
  await asked;
  process.kill(login.pid, 'SIGINT');
  const result = await login.finished;
  assert.equal(result.signal, 'SIGINT', result.err);
  assert.match(result.err, /cancelled[\s\S]*used up[\s\S]*moat login drive/);
  assert.equal((await answered).status, 502);
  assert.match((await answered).page, /cancelled/);
  assert.deepEqual(home.holding(login.parameters.state), []);
  assert.deepEqual(home.holding('the-right-code'), []);
  assertClear(await home.expect(exit.signIn, 'token'), /nobody has signed in/);
});

test('while it waits, the grant that is there can be used', async (t) => {
  const home = await entra(t, await serve(t));
  await home.signIn();
  const login = await begin(home);
  await home.ok('refresh');
  assert.equal((await visit(login, callback(login))).status, 200);
  assert.equal((await login.finished).code, exit.done);
});

test('another sign-in begun meanwhile is the one that counts', async (t) => {
  const server = await serve(t);
  const home = await entra(t, server);
  const login = await begin(home);
  await home.url();
  const { page } = await visit(login, callback(login));
  assert.match(page, /meanwhile/);
  assert.equal((await login.finished).code, exit.failed);
  assert.equal(server.accepted, 0);
});

test('without a secret nobody is asked to sign in', async (t) => {
  const home = await entra(t, await serve(t));
  writeFileSync(`${home.dir}/the-secret`, '');
  const result = await home.expect(exit.profile, 'login');
  assert.equal(result.out, '');
});

test('custom listens at its exact port; where that is taken, the address is pasted', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address();
  const uri = `http://localhost:${port}`;
  const server = await serve(t);
  const home = new Home(t);
  await home.init(server, { more: ['--redirect-uri', uri] });
  const pasted = await begin(home);
  await pasted.until(/cannot listen[\s\S]*pasted here/);
  assert.equal(pasted.parameters.redirect_uri, uri);
  pasted.type(`${uri}${callback(pasted)}\n`);
  assert.equal((await pasted.finished).code, exit.done);

  taken.close();
  await once(taken, 'close');
  const login = await begin(home);
  assert.equal(login.parameters.redirect_uri, uri);
  assert.equal((await visit(login, callback(login))).status, 200);
  assert.equal((await login.finished).code, exit.done);
});

test('options that make no sense', async (t) => {
  const home = await entra(t, await serve(t));
  for (const args of [['--browser', '--paste'], ['--wait', '0'], ['--wait', 'x'], ['--wait', '3601']])
    assertClear(await home.expect(exit.misuse, 'login', args));
});

// ---- The browser

/** A folder with programs for PATH, which note how they were called; then each does its own. */
function openers(home, names, own = {}) {
  const folder = `${home.dir}/bin`;
  mkdirSync(folder);
  for (const name of names) {
    writeFileSync(
      `${folder}/${name}`,
      `#!/bin/sh\nprintf '%s\\n' "$0" "$@" "$(umask)" "$(ulimit -c)" "$(${ignored})" > ${folder}/called.new\n/bin/mv ${folder}/called.new ${folder}/called\n${own[name] ?? ''}\n`,
    );
    chmodSync(`${folder}/${name}`, 0o755);
  }
  const file = `${folder}/called`;
  return {
    PATH: folder,
    called: () => (existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : undefined),
    wait: async () => {
      const watcher = watch(folder);
      while (!existsSync(file)) await once(watcher, 'change');
      watcher.close();
    },
  };
}

test('a browser is opened at the URL where there is a display', async (t) => {
  for (const [umask, name, ...verb] of [
    ['0022', 'xdg-open'],
    ['0077', 'gio', 'open'],
    ['0002', 'x-www-browser'],
  ]) {
    const home = await entra(t, await serve(t));
    const { PATH, called } = openers(home, [name]);
    const env = { ...home.env, PATH, DISPLAY: ':99' };
    // Its limit for core dumps and its signals are what they were before moat.
    const [hard, signals] = (await home.run(['-c', `ulimit -H -c; ${ignored}`], { program: '/bin/sh' })).out.split('\n');
    env.ASAN_OPTIONS = `${env.ASAN_OPTIONS ?? ''}:disable_coredump=0`; // a sanitizer takes the limit away, too
    const login = await begin(home, [], { env, before: `umask ${umask}; ulimit -S -c ${hard}` });
    await login.until(/A browser was opened/);
    assert.deepEqual(called(), [`${PATH}/${name}`, ...verb, login.url, umask, hard, signals]);
    assert.equal((await visit(login, callback(login))).status, 200);
    assert.equal((await login.finished).code, exit.done);
  }
});

test('no browser without a display, unless it is asked for', async (t) => {
  const home = await entra(t, await serve(t));
  const { PATH, called, wait } = openers(home, ['xdg-open']);
  const env = { ...home.env, PATH };
  const login = await begin(home, [], { env });
  await login.until(/Open this address in a browser/);
  assert.equal((await visit(login, callback(login))).status, 200);
  await login.finished;
  assert.equal(called(), undefined);
  const asked = await begin(home, ['--browser'], { env });
  await wait();
  assert.equal(called()[1], asked.url);
  assert.equal((await visit(asked, callback(asked))).status, 200);
  await asked.finished;
});

test('an opener that fails makes way for the next one', async (t) => {
  const home = await entra(t, await serve(t));
  const { PATH, called } = openers(home, ['xdg-open', 'gio'], { 'xdg-open': 'exit 3' });
  const login = await begin(home, [], { env: { ...home.env, PATH, DISPLAY: ':99' } });
  await login.until(/A browser was opened/);
  assert.deepEqual(called().slice(0, 3), [`${PATH}/gio`, 'open', login.url]);
  assert.equal((await visit(login, callback(login))).status, 200);
  await login.finished;
});

test('BROWSER names the browsers, also where there is no display', async (t) => {
  const home = await entra(t, await serve(t));
  const { PATH, called } = openers(home, ['bad', 'good', 'xdg-open'], { bad: 'exit 1' });
  const long = Array(20).fill('x').join(' ');
  for (const [list, ...words] of [
    ['absent:bad %s: :good', `${PATH}/good`],
    [`good ${long}: good  --new=%s 100%%  `, `${PATH}/good`, '--new=', '100%'],
    ['bad:%s:', `${PATH}/xdg-open`],
  ]) {
    const login = await begin(home, [], { env: { ...home.env, PATH, BROWSER: list } });
    await login.until(/A browser was opened/);
    const said = called().slice(0, -3);
    assert.deepEqual(said.map((word) => word.replace(login.url, '')).filter(Boolean), words);
    assert.equal(said.filter((word) => word.endsWith(login.url)).length, 1);
    assert.equal((await visit(login, callback(login))).status, 200);
    await login.finished;
  }
});

test('an opener that goes on is not taken for one that has opened a browser', async (t) => {
  const home = await entra(t, await serve(t));
  const { PATH } = openers(home, ['xdg-open'], { 'xdg-open': `read line < ${home.dir}/fifo` });
  execFileSync('mkfifo', [`${home.dir}/fifo`]);
  const login = await begin(home, [], { env: { ...home.env, PATH, DISPLAY: ':99' } });
  await login.until(/is being opened at this address[\s\S]*If none comes up/);
  assert.equal((await visit(login, callback(login))).status, 200);
  assert.doesNotMatch((await login.finished).err, /was opened/);
  writeFileSync(`${home.dir}/fifo`, '\n', { flag: 'r+' }); // it ends
});

test('where no browser can be started, the URL is shown', async (t) => {
  const home = await entra(t, await serve(t));
  const { PATH } = openers(home, ['xdg-open'], { 'xdg-open': 'exit 3' });
  for (const args of [['--browser'], []]) {
    const login = await begin(home, args, { env: { ...home.env, PATH, DISPLAY: ':99' } });
    await login.until(/no browser could be opened[\s\S]*Open this address in a browser/);
    assert.equal((await visit(login, callback(login))).status, 200);
    await login.finished;
  }
});

// ---- The terminal

/** A login on a terminal, up to its URL. */
async function onTerminal(t, home, args = [], options) {
  const running = terminal(t, home, ['login', home.name, ...args], options);
  const [url] = await running.until(/^https:\S+(?=\s)/m);
  await running.until(/Ctrl-C/);
  return { ...running, url, parameters: Object.fromEntries(new URL(url).searchParams) };
}

test('12 KB pasted at a terminal, with and without brackets, wrapped or not', async (t) => {
  const code = 'y'.repeat(12000);
  const shapes = {
    plain: (text) => `${text}\r`,
    bracketed: (text) => `\u001b[200~${text}\u001b[201~\r`,
    wrapped: (text) => `\u001b[200~${text.replace(/.{76}/g, '$&\r')}\r\u001b[201~\r`,
  };
  for (const [shape, write] of Object.entries(shapes)) {
    const server = await serve(t);
    const home = await entra(t, server);
    const login = await onTerminal(t, home);
    login.type(write(`http://localhost${callback(login, { code })}`));
    const { code: status, shown } = await login.finished;
    assert.equal(status, exit.done, `${shape}: ${shown}`);
    assert.equal(server.last.form.code, code, shape);
    assert.ok(!shown.includes('yyyy'), 'the code is not shown');
    assert.match(shown, /12\d\d\d characters/);
  }
});

test('a terminal takes 16384 characters, and says so of more', async (t) => {
  const server = await serve(t);
  const home = await entra(t, server);
  const login = await onTerminal(t, home);
  const start = `http://localhost${callback(login, { code: '' })}`;
  const code = 'z'.repeat(16384 - start.length);
  login.type(`${start.replace('code=', `code=z${code}`)}\r`);
  await login.until(/more than 16384 bytes[\s\S]*Paste the right one/);
  login.type(`${start.replace('code=', `code=${code}`)}\r`);
  assert.equal((await login.finished).code, exit.done);
  assert.deepEqual(
    server.requests.map(({ form }) => form.code),
    [code],
  );
});

test('in the background it listens, and leaves the terminal to who has it', async (t) => {
  const server = await serve(t);
  const home = await entra(t, server);
  const login = await onTerminal(t, home, [], {
    before: 'set -m; ',
    after: ' & wait $!; echo "status $?"',
  });
  login.type('ls\r');
  const { port } = new URL(login.parameters.redirect_uri);
  await visit({ port: Number(port) }, '/favicon.ico'); // it has looked at all there is
  assert.equal((await visit({ port: Number(port) }, callback(login))).status, 200);
  const { shown } = await login.finished;
  assert.match(shown, /status 0/);
  assert.ok(!shown.includes('\u001b[?2004h'));
});

test('stopped by Ctrl-Z and brought back, it neither shows nor cuts what is pasted', async (t) => {
  const server = await serve(t);
  const home = await entra(t, server);
  const login = await onTerminal(t, home, [], {
    before: 'set -m; ',
    after: '; stty sane; fg; echo "status $?"; stty -a',
  });
  login.type('\u001a');
  await login.until(/\u001b\[\?2004h[^]*\u001b\[\?2004h/); // the second time
  const code = 'y'.repeat(12000);
  login.type(`http://localhost${callback(login, { code })}\r`);
  const { shown } = await login.finished;
  assert.match(shown, /status 0/);
  assert.equal(server.last.form.code, code);
  assert.ok(!shown.includes('yyyy'), 'the code is not shown');
  assert.match(shown, / icanon .*iexten| iexten[\s\S]* icanon/s);
});

test('sent to the background by Ctrl-Z and bg, it ends without touching the terminal', async (t) => {
  const server = await serve(t);
  const home = await entra(t, server);
  const login = await onTerminal(t, home, [], {
    before: 'set -m; ',
    after: '; bg; echo "in the background"; wait %1; echo "status $?"',
  });
  login.type('\u001a');
  await login.until(/in the background/);
  const { port } = new URL(login.parameters.redirect_uri);
  assert.equal((await visit({ port: Number(port) }, callback(login))).status, 200);
  const { shown } = await login.finished;
  assert.match(shown, /status 0/);
  assert.ok(!shown.includes('\u001b[?2004l'), 'the terminal is another job\'s by then');
});

/** Whatever is not the redirect of this sign-in, and why. */
const wrongPastes = (url, right) => [
  ['', /nothing was given/],
  ['  ', /nothing was given/],
  ['hello', /neither an address nor a code/],
  ['hello to all of you who read this', /neither an address nor a code/],
  ['localhost', /neither an address nor a code/],
  ['file:///home/me/x', /an address that begins with file:; no sign-in ends there/],
  ['about:blank', /an address that begins with about:; no sign-in ends there/],
  [`${url.split('?')[0]}entication/done`, /not whole/],
  [url, /the address to sign in at, not the one[\s\S]*begins with http:\/\/localhost/],
  ['https://login.example/common/login?x=1', /an address of login\.example; no sign-in ends there[\s\S]*Finish the sign-in/],
  [`https://login.example:8443/kmsi?${right.split('?')[1].replace('code=', 'c=')}`, /an address of login\.example;/],
  [right.replace(/state=[^&]*/, `state=${'z'.repeat(43)}`), /state is not the one of the last sign-in[\s\S]*older window/],
  [right.slice(0, -3), /not whole/],
  [right.slice(0, right.indexOf('&state')), /not whole/],
  ['http://localhost/', /not whole/],
  [`"${right}"`, /without quotes/],
  [right.replace(/code=[^&]*/, 'code='), /no authorization code/],
];

for (const command of ['login', 'exchange'])
  test(`at a terminal ${command} says what is wrong with a paste, and takes another one`, async (t) => {
    const server = await serve(t);
    const home = await entra(t, server);
    let { url, parameters } = command === 'exchange' ? await home.url() : {};
    const running = terminal(t, home, [command, home.name]);
    if (command === 'login') {
      [url] = await running.until(/^https:\S+(?=\s)/m);
      parameters = Object.fromEntries(new URL(url).searchParams);
    }
    await running.until(command === 'login' ? /Ctrl-C/ : /press Enter/);
    const right = `http://localhost${callback({ parameters })}`;
    const wrong = wrongPastes(url, right);
    for (const [i, [paste, reason]] of wrong.entries()) {
      running.type(`${paste}\r`);
      const { input } = await running.until(new RegExp(`(Paste (it again|the right one)[^]*){${i + 1}}`));
      const [said] = input.split('Nothing was sent, and the sign-in can go on.').slice(i);
      assert.match(said, reason, `${paste}: ${input}`);
    }
    running.type(`wrong\u007f\u0015${right}x\u007f\r`); // Backspace, Ctrl-U
    const { code, shown } = await running.finished;
    assert.equal(code, exit.done, shown);
    assert.ok(!shown.includes('the-right-code'));
    assert.equal(server.requests.length, 1);
  });

test('exchange takes 12 KB from a terminal as well', async (t) => {
  const server = await serve(t);
  const home = await entra(t, server);
  const { parameters } = await home.url();
  const running = terminal(t, home, ['exchange', home.name]);
  await running.until(/press Enter/);
  const code = 'y'.repeat(12000);
  running.type(`http://localhost${callback({ parameters }, { code })}\r`);
  assert.equal((await running.finished).code, exit.done);
  assert.equal(server.last.form.code, code);
});

test('in the background of a terminal that goes away it ends', async (t) => {
  const home = await entra(t, await serve(t));
  await home.url();
  const fifo = `${home.dir}/fifo`;
  execFileSync('mkfifo', [fifo]);
  const told = home.run([fifo], { program: 'cat', limit: unhurried });
  const running = terminal(t, home, ['exchange', home.name], {
    before: 'set -m; { ',
    after: `; echo "status $?" > ${fifo}; } & echo "group $!"; read enter`,
  });
  const [, group] = await running.until(/group (\d+)/);
  t.after(() => {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {} // as it should be
  });
  await running.until(/press Enter/);
  running.type('\r');
  await running.finished;
  assert.equal((await told).out, 'status 1\n');
});

test('the terminal is put back, also by Ctrl-C and Ctrl-\\', async (t) => {
  const home = await entra(t, await serve(t));
  for (const [type, status] of [
    ['\u0003', 130],
    ['\u001c', 131],
    ['\u0004', exit.signIn],
  ]) {
    const login = await onTerminal(t, home, ['--paste'], {
      before: 'trap : INT QUIT; ',
      after: '; echo "status $?"; stty -a',
    });
    login.type(type);
    const { shown } = await login.finished;
    assert.match(shown, new RegExp(`status ${status}\\n`));
    assert.match(shown, / icanon .*iexten| iexten[\s\S]* icanon/s);
    assert.match(shown, / echo /);
    assert.ok(shown.includes('\u001b[?2004h') && shown.includes('\u001b[?2004l'));
  }
});

test('a redirect that comes too late is told as that, and leads to no exchange', async (t) => {
  const home = await entra(t, await serve(t));
  const login = await begin(home, ['--wait', '900']);
  const elevenMinutes = 660;
  reseal(home, 'pending', (record) => record.writeUInt32LE(record.readUInt32LE(8) - elevenMinutes, 8));
  await visit(login, callback(login));
  const { code, err } = await login.finished;
  assert.equal(code, exit.signIn, err);
  assert.match(err, /moat: the sign-in was begun too long ago for drive\n {2}Begin a new one: moat login drive\n$/);
});

test('the time that is left to finish a sign-in is told, if there is any', async (t) => {
  const home = await entra(t, await serve(t));
  const login = await begin(home, ['--wait', '1']);
  const { code, err } = await login.finished;
  assert.equal(code, exit.signIn);
  assert.match(err, /can still be finished, for another 59\d s: moat exchange drive/);
});

test('the scope on the page is escaped, and nobody who may be a stranger is told the profile', async (t) => {
  const answer = answering(json(tokens({ scope: '<b>x\u202e&"' })));
  const login = await begin(await entra(t, await serve(t, { script: answer })));
  for (const path of ['/favicon.ico', '/?state=x&code=y'])
    assert.doesNotMatch((await visit(login, path)).page, /drive/);
  const { page } = await visit(login, callback(login));
  assert.match(page, /<p>Scope: &lt;b&gt;x&amp;&quot;<\/p>/);
  await login.finished;
});

test('what was asked for and not granted is told', async (t) => {
  const answer = answering(json(tokens({ scope: 'files.read' })));
  const home = await entra(t, await serve(t, { script: answer }), ['--scope', 'files.read files.more']);
  const login = await begin(home);
  await visit(login, callback(login));
  assert.match((await login.finished).err, /not granted: files\.more\n/);
  const { redirect } = await home.redirect();
  assert.match((await home.ok('exchange', [], { input: redirect })).err, /not granted: files\.more\n/);
});
