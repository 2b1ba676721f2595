// Through a proxy: which one, what it is told, what it may answer, and that all else is as without.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Home, assertClear, exit, signedIn } from './lab/moat.mjs';
import { signIn } from './lab/person.mjs';
import { hidden, scriptedProxy, squid, tinyproxy } from './lab/proxies.mjs';
import { json, serve, tokens } from './lab/scripted.mjs';
import { startLab } from './lab/server.mjs';

const user = 'gateway:c4nary-p%ss:word';
const encoded = 'gateway:c4nary-p%25ss:word';
const basic = Buffer.from(user).toString('base64');

/** A grant from a scripted server, which was got without a proxy. */
async function start(t, options) {
  const server = await serve(t, options);
  const home = await signedIn(t, server);
  return { server, home };
}

function credentialsFile(home, text = `${user}\n`) {
  const path = `${home.dir}/proxy-user`;
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const through = (home, proxy, more = {}) => ({ env: { ...home.env, https_proxy: proxy.url, ...more } });

// ---- Real ones

for (const [name, begin] of Object.entries({ tinyproxy, squid })) {
  test(`${name}: a refresh goes through, with a proxy of the environment or the profile`, async (t) => {
    const { server, home } = await start(t);
    const proxy = await begin(t);
    await home.ok('refresh', [], through(home, proxy));
    await home.ok('refresh', ['--proxy', proxy.url]);
    assert.equal(server.requests.length, 3);
    if (proxy.tunnels) assert.deepEqual(await proxy.tunnels(2), Array(2).fill(`200 CONNECT localhost:${server.port}`));
  });

  test(`${name}: with a user, without one, and with a wrong one`, async (t) => {
    const plain = 'gateway:c4nary-password';
    const { server, home } = await start(t);
    const proxy = await begin(t, { user: plain });
    const file = credentialsFile(home, plain);
    await home.ok('refresh', ['--proxy', proxy.url, '--proxy-credentials', file]);
    await home.ok('refresh', [], through(home, { url: proxy.url.replace('//', `//${plain}@`) }));
    assert.equal(server.requests.length, 3);
    assertClear(await home.expect(exit.profile, 'refresh', ['--proxy', proxy.url]),
      /^moat: the proxy 127\.0\.0\.1 port \d+ \(HTTP status 407\) wants a user and a password\n.*--proxy-credentials FILE\n/s);
    credentialsFile(home, 'gateway:c4nary-wrong');
    const wrong = await home.expect(exit.profile, 'refresh', ['--proxy', proxy.url, '--proxy-credentials', file]);
    assertClear(wrong, /refused the user or the password\n *Correct what \S+proxy-user has/);
    assert.doesNotMatch(wrong.err, /c4nary/);
    assert.equal(server.requests.length, 3);
    await home.ok('refresh'); // without it, and the grant has not suffered
  });

  test(`${name}: a server that it cannot reach is one to try again later`, async (t) => {
    const { home } = await start(t);
    const proxy = await begin(t);
    const nobody = await serve(t);
    nobody.close();
    const { err } = await home.expect(exit.later, 'refresh', [], through(home, { url: `http://127.0.0.1:${nobody.port}` }));
    assert.match(err, /^moat: cannot connect to the proxy 127\.0\.0\.1 port \d+: Connection refused\n/);
    assert.match(err, /goes through the proxy 127\.0\.0\.1 port \d+, which https_proxy names/);
    const gone = await serve(t);
    const lonely = await signedIn(t, gone);
    gone.close();
    assertClear(await lonely.expect(exit.later, 'refresh', [], through(lonely, proxy)),
      /^moat: the proxy 127\.0\.0\.1 port \d+ \(HTTP status 50\d\) could not connect to localhost port \d+\n/);
  });
}

test('squid: a name that only the proxy can resolve', async (t) => {
  const server = await serve(t, { cert: 'hidden' });
  Object.defineProperty(server, 'origin', { value: `https://${hidden}:${server.port}` });
  const proxy = await squid(t);
  const home = new Home(t);
  await home.init(server, { more: ['--proxy', proxy.url] });
  await home.signIn();
  await home.ok('refresh');
  assert.deepEqual(await proxy.tunnels(2), Array(2).fill(`200 CONNECT ${hidden}:${server.port}`));
  assertClear(await home.expect(exit.later, 'refresh', ['--proxy', 'none']), /^moat: cannot resolve only-the-proxy\.knows\.test /);
});

test('squid: a name that it cannot resolve either', async (t) => {
  const nowhere = 'https://nowhere.invalid';
  const proxy = await squid(t);
  const home = new Home(t);
  await home.init({ authorizeUrl: `${nowhere}/authorize`, tokenUrl: `${nowhere}/token` }, { more: ['--proxy', proxy.url] });
  const { redirect } = await home.redirect();
  assertClear(await home.expect(exit.later, 'exchange', [], { input: `${redirect}\n` }),
    /\(HTTP status 50\d\) could not connect to nowhere\.invalid port 443/);
});

test('squid: a server that it does not allow', async (t) => {
  const { server, home } = await start(t);
  const proxy = await squid(t, { deny: ['localhost'] });
  assertClear(await home.expect(exit.profile, 'refresh', [], through(home, proxy)),
    /^moat: the proxy 127\.0\.0\.1 port \d+ \(HTTP status 403\) refuses to connect to localhost port \d+\n.*has to allow it/s);
  assert.equal(server.requests.length, 1);
  await home.ok('refresh');
});

test('squid: a sign-in at the authorization server, and sessions that are resumed', async (t) => {
  const lab = await startLab();
  t.after(() => lab.stop());
  const proxy = await squid(t, { user: 'gateway:password' });
  const home = new Home(t);
  await home.init(lab, { more: ['--proxy', proxy.url, '--proxy-credentials', credentialsFile(home, 'gateway:password')] });
  const { url } = await home.url();
  const redirect = await signIn(url);
  lab.handshakes.length = 0;
  await home.ok('exchange', [], { input: `${redirect}\n` });
  for (let i = 0; i < 2; i += 1) await home.ok('refresh');
  await home.ok('refresh', ['--proxy', 'none']);
  assert.deepEqual(lab.handshakes.map(({ resumed }) => resumed), [false, true, true, true]);
  assert.equal((await proxy.tunnels(3)).length, 3);
});

test('one tunnel serves a whole sign-in by device code', async (t) => {
  const pending = json({ error: 'authorization_pending' }, '400 Bad Request');
  const answers = [json({ device_code: 'dc', user_code: 'ABCD', verification_uri: 'https://login.example/d', expires_in: 900, interval: 1 }), pending, pending, json(tokens())];
  const server = await serve(t, {
    script: async (connection) => {
      while (await connection.request()) await connection.write(answers.shift());
    },
  });
  const proxy = await scriptedProxy(t);
  const home = new Home(t);
  await home.init(server, { auth: 'none', more: ['--device-url', `${server.origin}/devicecode`] });
  await home.ok('login', ['--device', '--proxy', proxy.url]);
  assert.equal(server.requests.length, 4);
  assert.equal(proxy.requests.length, 1);
});

// ---- What the proxy is told

test('the request names the server twice, and carries Basic from the start', async (t) => {
  const { server, home } = await start(t);
  const proxy = await scriptedProxy(t);
  const head = (more) =>
    `CONNECT localhost:${server.port} HTTP/1.1\r\nHost: localhost:${server.port}\r\nUser-Agent: moat/0.1\r\n${more}\r\n`;
  const auth = `Proxy-Authorization: Basic ${basic}\r\n`;
  await home.ok('refresh', ['--proxy', proxy.url]);
  await home.ok('refresh', ['--proxy', proxy.url.replace('http://', ''), '--proxy-credentials', credentialsFile(home)]);
  await home.ok('refresh', ['--proxy', `${proxy.url}/`, '--proxy-credentials', credentialsFile(home, `${user}\r\n`)]);
  await home.ok('refresh', [], through(home, { url: proxy.url.replace('//', `//${encoded}@`) }));
  assert.deepEqual(proxy.requests, [head(''), head(auth), head(auth), head(auth)]);
});

test('the variables in their order, lower case first', async (t) => {
  const { server, home } = await start(t);
  const proxy = await scriptedProxy(t);
  const wrong = 'http://127.0.0.1:1';
  const order = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];
  for (const [i, name] of order.entries()) {
    const others = Object.fromEntries(order.slice(i + 1).map((other) => [other, wrong]));
    const empty = Object.fromEntries(order.slice(0, i).map((other) => [other, '']));
    const { err } = await home.ok('refresh', ['-v'], { env: { ...home.env, ...others, ...empty, [name]: proxy.url } });
    assert.match(err, new RegExp(`drive: the proxy is 127\\.0\\.0\\.1 port ${proxy.port}, from ${name}$`, 'm'));
  }
  assert.equal(proxy.requests.length, 4);
  await home.ok('refresh', [], { env: { ...home.env, http_proxy: wrong } });
  await home.ok('refresh', ['--proxy', proxy.url], { env: { ...home.env, https_proxy: wrong, no_proxy: '*' } });
  await home.ok('refresh', ['--proxy', 'none'], { env: { ...home.env, https_proxy: wrong } });
  assert.equal(proxy.requests.length, 5);
  assert.equal(server.requests.length, 8);
});

test('init writes both keys, and --force at a terminal or elsewhere reads them', async (t) => {
  const { home } = await start(t);
  const proxy = await scriptedProxy(t);
  await home.init(await serve(t), { more: ['--force', '--proxy', proxy.url, '--proxy-credentials', credentialsFile(home)] });
  const [{ text }] = home.files().filter(({ path }) => path === home.profile);
  assert.match(text, new RegExp(`^proxy = ${proxy.url}$`, 'm'));
  assert.match(text, new RegExp(`^proxy_credentials = ${home.dir}/proxy-user$`, 'm'));
  await home.signIn();
  assert.equal(proxy.requests.length, 1);
  assert.deepEqual(home.holding('c4nary'), ['proxy-user']);
});

test("the profile's credentials go to the profile's proxy and to no other", async (t) => {
  const { server, home } = await start(t);
  const [own, other] = [await scriptedProxy(t), await scriptedProxy(t)];
  const given = ['--proxy-credentials', credentialsFile(home)];
  await home.init(server, { more: ['--force', '--proxy', own.url, ...given] });
  await home.ok('refresh');
  assert.ok(own.requests[0].includes(basic));
  await home.ok('refresh', ['--proxy', other.url]);
  await home.ok('refresh', ['--proxy', other.url, ...given]);
  await home.ok('set', ['proxy=']);
  await home.ok('refresh', [], through(home, other));
  assert.deepEqual(other.requests.map((each) => each.includes(basic)), [false, true, false]);
  assertClear(await home.expect(exit.misuse, 'refresh', given, through(home, other)), /--proxy-credentials needs --proxy/);
  const unread = `${home.dir}/none`;
  const why = /cannot take the credentials for the proxy from \S+\/none: No such file/;
  const text = readFileSync(home.profile, 'utf8');
  assertClear(await home.expect(exit.profile, 'set', [`proxy=${own.url}`, `proxy_credentials=${unread}`]), why);
  assertClear(await home.expect(exit.profile, 'init', ['--force', '--proxy', own.url, '--proxy-credentials', unread]), why);
  assert.equal(readFileSync(home.profile, 'utf8'), text);
  await home.ok('set', [`proxy=${own.url}`, 'proxy_credentials=$CREDENTIALS_DIRECTORY/later']);
  await home.ok('set', ['proxy=', 'proxy_credentials=']);
  assertClear(await home.expect(exit.misuse, 'set', [`proxy_credentials=${given[1]}`]), /needs the proxy that it is for/);
  assertClear(await home.expect(exit.misuse, 'init', ['--force', ...given]), /--proxy-credentials \S+ needs the proxy/);
  const strict = await scriptedProxy(t, () => 'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n');
  assertClear(await home.expect(exit.profile, 'refresh', [], through(home, strict)), /wants a user and a password\n.*FILE, beside --proxy/);
});

test('credentials that systemd hands over', async (t) => {
  const { home } = await start(t);
  const proxy = await scriptedProxy(t);
  credentialsFile(home);
  const handed = { env: { ...home.env, CREDENTIALS_DIRECTORY: home.dir } };
  const args = ['--proxy', proxy.url, '--proxy-credentials', '$CREDENTIALS_DIRECTORY/proxy-user'];
  await home.ok('refresh', args, handed);
  assert.ok(proxy.requests[0].includes(basic));
  assertClear(await home.expect(exit.profile, 'refresh', args), /cannot take the credentials for the proxy from \$CREDENTIALS_DIRECTORY/);
});

// Lists and whether they name the server "localhost", and then the same server by its address.
const lists = [
  ['', false], [' , ,', false], ['*', true], ['localhost', true], ['LOCALHOST.', true], ['.localhost', true], ['*.localhost', true],
  ['host', false], ['ocalhost', false], ['localhost.example', false], ['a.localhost', false], ['example.com,localhost', true],
  ['example.com localhost', true], ['localhost:PORT', true], ['localhost:1', false], ['localhost:', false], ['localhost:99999999999', false],
  ['127.0.0.1', false], ['127.0.0.0/8', false], ['x'.repeat(2000), false], [`${'x'.repeat(2000)},localhost`, true], ['*,x', true], ['**', false],
];
const addressLists = [
  ['127.0.0.1', true], ['127.0.0.2', false], ['127.0.0.0/8', true], ['126.0.0.0/7', true], ['128.0.0.0/1', false], ['0.0.0.0/0', true],
  ['127.0.0.1/32', true], ['127.0.0.0/32', false], ['127.0.0.0/31', true], ['127.0.0.2/31', false], ['127.0.0.0/33', false],
  ['127.0.0.0/', false], ['127.0.0.0/8x', false], ['127.0.0.0/-8', false], ['127.0.0.0/0008', false], ['127.0.0.1:PORT', true], ['127.0.0.1:1', false],
  ['::/0', false], ['::ffff:127.0.0.1', false], ['localhost', false], ['127.1', false], ['.0.0.1', true], ['10.0.0.0/8, 127.0.0.0/8', true],
];

test('no_proxy: names, suffixes, ports, addresses and networks', async (t) => {
  const { server, home } = await start(t);
  const proxy = await scriptedProxy(t, () => 'HTTP/1.1 403 No\r\n\r\n');
  const byAddress = await signedIn(t, { authorizeUrl: server.authorizeUrl, tokenUrl: server.tokenUrl.replace('localhost', '127.0.0.1') });
  for (const [rows, whose] of [[lists, home], [addressLists, byAddress]])
    for (const [list, direct] of rows) {
      const no_proxy = list.replace('PORT', server.port);
      const result = await whose.call('refresh', [], through(whose, proxy, { no_proxy }));
      assert.equal(result.code, direct ? exit.done : exit.profile, `${no_proxy}:\n${result.err}`);
    }
  await home.ok('refresh', [], through(home, proxy, { NO_PROXY: 'localhost' }));
  await home.expect(exit.profile, 'refresh', [], through(home, proxy, { no_proxy: 'other', NO_PROXY: 'localhost' }));
});

// ---- What is refused before anything is sent

const urls = [
  ['socks5://127.0.0.1:1080', /is a SOCKS proxy, and Moat can only use an HTTP proxy/],
  ['socks5h://user:c4nary@127.0.0.1:1080', /is a SOCKS proxy/],
  ['https://127.0.0.1:3128', /is a proxy over TLS/],
  ['ftp://127.0.0.1:3128', /is not http:\/\/HOST:PORT/],
  ['http://127.0.0.1', /has no port/],
  ['http://[::1]', /has no port/],
  ['http://:3128', /is not http:\/\/HOST:PORT/],
  ['http://127.0.0.1:0', /is not http:\/\/HOST:PORT/],
  ['http://127.0.0.1:65536', /is not http:\/\/HOST:PORT/],
  ['http://127.0.0.1:3128/path', /has something after HOST:PORT/],
  ['http://127.0.0.1:3128?x', /has something after HOST:PORT/],
  ['http://a b:3128', /is not http:\/\/HOST:PORT/],
  ['proxy', /has no port/],
  ['http://127.0.0.1:3128/x@127.0.0.1:3128', /is not http:\/\/HOST:PORT/],
  ['http://user:c4n/c4nary@127.0.0.1:3128', /is not http:\/\/HOST:PORT/],
];

test('a proxy that Moat cannot use is refused in words', async (t) => {
  const { server, home } = await start(t);
  for (const [url, why] of urls) {
    const option = await home.expect(exit.misuse, 'refresh', ['--proxy', url]);
    assertClear(option, why);
    const variable = await home.expect(exit.profile, 'refresh', [], through(home, { url }));
    assertClear(variable, why);
    assert.match(variable.err, /^moat: the proxy that https_proxy names cannot be used: it /);
    for (const { err } of [option, variable]) assert.doesNotMatch(err, /c4nary/);
  }
  for (const url of ['http://u%zz:c4nary@127.0.0.1:1', 'http://u:c4nary%0a@127.0.0.1:1', 'http://u:c4nary%@127.0.0.1:1', 'http://u:c4nary%00@127.0.0.1:1']) {
    const { err } = await home.expect(exit.profile, 'refresh', [], through(home, { url }));
    assert.match(err, /a user or password that is not well encoded/);
    assert.doesNotMatch(err, /c4nary/);
  }
  assert.equal(server.requests.length, 1);
});

test('neither a profile nor an argument holds a user', async (t) => {
  const { home } = await start(t);
  const url = `http://${encoded}@127.0.0.1:3128`;
  const option = await home.expect(exit.misuse, 'refresh', ['--proxy', url]);
  assertClear(option, /has a user in it/);
  writeFileSync(home.profile, `${home.files().find(({ path }) => path === home.profile).text}\nproxy = ${url}\n`.replace('\n# proxy =\n', '\n'));
  const profile = await home.expect(exit.profile, 'refresh');
  assertClear(profile, /drive\.conf:\d+: proxy has a user in it/);
  for (const { err } of [option, profile]) assert.doesNotMatch(err, /c4nary/);
});

test('files with credentials that are no such thing', async (t) => {
  const { server, home } = await start(t);
  const args = ['--proxy', 'http://127.0.0.1:1', '--proxy-credentials', `${home.dir}/proxy-user`];
  assertClear(await home.expect(exit.profile, 'refresh', args), /cannot take the credentials for the proxy from \S+: No such file/);
  for (const text of ['', '\n', 'c4nary\n', 'user:c4nary\nmore\n', 'user:c4nary\0\n', `user:${'x'.repeat(5000)}\n`]) {
    credentialsFile(home, text);
    const { err } = await home.expect(exit.profile, 'refresh', args);
    assert.match(err, /--proxy-credentials FILE/);
    assert.doesNotMatch(err, /c4nary/);
  }
  assert.equal(server.requests.length, 1);
});

// ---- What the proxy answers

const page = '<html><body>Please sign in to this network</body></html>';
const answers = [
  ['a scheme that Moat does not have', 'HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n', exit.profile, /\(HTTP status 407\) wants the scheme Negotiate, and Moat has only Basic\n/],
  ['a scheme with a terminal escape in it', 'HTTP/1.1 407 No\r\nProxy-Authenticate: \x9b31m\u202e\r\n\r\n', exit.profile, /\(HTTP status 407\) wants /],
  ['several schemes, Basic among them', 'HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate, Basic realm="x"\r\n\r\n', exit.profile, /wants a user and a password/],
  ['a method that it does not allow', 'HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n', exit.profile, /\(HTTP status 405\) refuses to connect to localhost port/],
  ['a gateway in trouble', 'HTTP/1.1 502 No\r\n\r\n', exit.later, /\(HTTP status 502\) could not connect to localhost port/],
  ['a portal that redirects', 'HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n', exit.later, /\(HTTP status 302\) made no connection to localhost port \d+: something else answered\n.*a network that asks for a sign-in of its own/s],
  ['a portal that wants a sign-in', 'HTTP/1.1 511 Sign in\r\nContent-Type: text/html\r\n\r\n', exit.later, /\(HTTP status 511\) .*something else answered/],
  ['a portal with a page', `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\n\r\n${page}`, exit.later, /\(HTTP status 200\) .*something else answered/],
  ['a portal with a chunked page', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${page.length.toString(16)}\r\n${page}\r\n0\r\n\r\n`, exit.later, /something else answered/],
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', exit.later, /port \d+ made no connection to .*something else answered/],
  ['nothing', '', exit.later, /lost the connection to localhost port/],
  ['half an answer', 'HTTP/1.1 200 Conn', exit.later, /lost the connection to localhost port/],
  ['headers without an end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20000)}\r\n\r\n`, exit.later, /something else answered/],
];

for (const [what, answer, code, why] of answers)
  test(`the proxy answers with ${what}`, async (t) => {
    const { server, home } = await start(t);
    const proxy = await scriptedProxy(t, () => Buffer.from(answer, 'latin1'));
    const result = await home.expect(code, 'refresh', [], through(home, proxy));
    assertClear(result, why);
    assert.match(result.err, /goes through the proxy 127\.0\.0\.1 port \d+, which https_proxy names/);
    assert.equal(server.requests.length, 1);
    await home.ok('refresh'); // nothing was marked, and no pause is kept
  });

test('before anything has worked, a portal is the profile\'s', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  await home.init(server);
  const proxy = await scriptedProxy(t, () => `HTTP/1.1 200 OK\r\n\r\n${page}`);
  const { redirect } = await home.redirect();
  assertClear(await home.expect(exit.profile, 'exchange', [], { ...through(home, proxy), input: `${redirect}\n` }), /something else answered/);
});

test('what the proxy repeats of the credentials is masked', async (t) => {
  const { home } = await start(t);
  for (const word of [basic, 'c4nary-p%ss:word']) {
    const proxy = await scriptedProxy(t, () => `HTTP/1.1 407 No\r\nProxy-Authenticate: ${word}\r\n\r\n`);
    const { err } = await home.expect(exit.profile, 'refresh', ['-v', '--proxy', proxy.url, '--proxy-credentials', credentialsFile(home)]);
    assert.ok(!err.includes(word), err);
    assert.match(err, /\*/);
  }
});

test('a proxy that does not answer is waited for no longer than --timeout', async (t) => {
  const { home } = await start(t);
  const silent = await serve(t, { plain: true, script: async (connection) => connection.stay() });
  assertClear(await home.expect(exit.later, 'refresh', ['--proxy', `http://127.0.0.1:${silent.port}`, '--timeout', '1']), /within the time allowed/);
});
