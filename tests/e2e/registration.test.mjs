// `moat init --register` and the end of such a client by `moat remove`: against npm's oidc-provider, and against
// servers that answer in another way.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { labForAll } from './lab/for_all.mjs';
import { Home, assertClear, exit } from './lab/moat.mjs';
import { certs, roots } from './lab/paths.mjs';
import { signIn } from './lab/person.mjs';
import { answering, http, json, serve } from './lab/scripted.mjs';

const initialToken = 'initial.token.canary-1';
const lab = await labForAll({ initialToken });

const value = (home, key) => new RegExp(`^${key} = (.*)$`, 'm').exec(readFileSync(home.profile, 'utf8'))?.[1];

/** The options for a home: an initial access token in a file, unless it is null. */
function options(home, issuer, { token = initialToken, more = [] } = {}) {
  const file = `${home.dir}/initial`;
  if (token) writeFileSync(file, `${token}\n`, { mode: 0o600 });
  return ['--issuer', issuer, '--register', ...(token ? ['--initial-token-file', file] : []), '--ca', roots, ...more];
}

async function registered(t, issuer = lab.issuer, settings) {
  const home = new Home(t);
  const result = await home.ok('init', options(home, issuer, settings));
  return { home, ...result };
}

/** What is kept of a registration. */
const kept = (home) => Object.fromEntries(readFileSync(`${home.state}/registration`, 'utf8').trim().split('\n').map((line) => line.split(' = ')));

// ---- Against the real server

test('init --register: a client, a sign-in with it, and its end', async (t) => {
  const { home, err } = await registered(t, lab.issuer, { more: ['--scope', 'offline_access files.read', '-vv'] });
  const id = value(home, 'client_id');
  assert.match(err, new RegExp(`has registered the client ${id}`));
  const client = await lab.client(id);
  assert.equal(client.clientName, 'moat drive');
  assert.equal(client.applicationType, 'native');
  assert.deepEqual(client.redirectUris, ['http://localhost']);
  assert.ok(client.grantTypes.includes('urn:ietf:params:oauth:grant-type:device_code'));
  assert.equal(value(home, 'auth'), 'post');
  assert.equal(readFileSync(`${home.state}/secret`, 'utf8'), `${client.clientSecret}\n`);
  assert.deepEqual(home.holding(client.clientSecret), ['drive/secret'], 'in one file alone');
  assert.deepEqual(home.files().filter(({ mode }) => mode !== 0o600), []);
  for (const secret of [initialToken, client.clientSecret, kept(home).access_token]) assert.ok(!err.includes(secret));
  const { url } = await home.url();
  await home.ok('exchange', [], { input: await signIn(url) });
  await home.ok('refresh');
  const removed = await home.ok('remove', ['--yes', '-v']);
  assert.match(removed.out, /Its client is deleted at the provider/);
  assert.match(removed.err, /DELETE localhost:\d+\/reg\//);
  assert.equal(await lab.client(id), undefined);
  assert.ok(!existsSync(home.state) && !existsSync(home.profile));
});

test('init --register without a person', async (t) => {
  const { home } = await registered(t, lab.issuer, { more: ['--grant', 'client-credentials', '--auth', 'basic'] });
  const client = await lab.client(value(home, 'client_id'));
  assert.deepEqual(client.grantTypes, ['client_credentials']);
  assert.equal(client.tokenEndpointAuthMethod, 'client_secret_basic');
  await home.ok('token');
  await home.ok('remove', ['--yes']);
});

test('init --register of a public client', async (t) => {
  const { home } = await registered(t, lab.issuer, { more: ['--auth', 'none'] });
  assert.equal((await lab.client(value(home, 'client_id'))).tokenEndpointAuthMethod, 'none');
  assert.ok(!existsSync(`${home.state}/secret`));
  await home.ok('remove', ['--yes']);
});

test('init --register with a wrong initial access token, or without one', async (t) => {
  const home = new Home(t);
  assertClear(await home.expect(exit.profile, 'init', options(home, lab.issuer, { token: 'wrong' })), /does not take the initial access token/);
  assertClear(await home.expect(exit.profile, 'init', options(home, lab.issuer, { token: null })), /wants an initial access token: --initial-token-file/);
  assert.ok(!existsSync(home.profile) && !existsSync(`${home.state}/registration`));
});

test('init --register of what the server does not allow', async (t) => {
  const home = new Home(t);
  assertClear(await home.expect(exit.profile, 'init', options(home, lab.issuer, { more: ['--redirect-uri', 'https://localhost/callback'] })), /the server says invalid_redirect_uri/);
  assert.ok(!existsSync(home.profile));
});

test('a registered client stays with its profile', async (t) => {
  const { home } = await registered(t);
  const id = value(home, 'client_id');
  const before = readFileSync(home.profile, 'utf8');
  for (const [command, args] of [['set', ['client_id=other']], ['init', ['--force', '--client-id', 'other', '--auth', 'none']]])
    assertClear(await home.expect(exit.misuse, command, args), /no other can take its place/);
  assertClear(await home.expect(exit.misuse, 'init', options(home, lab.issuer, { more: ['--force'] })), /is there already/);
  assert.equal(readFileSync(home.profile, 'utf8'), before);
  await home.ok('init', ['--force', '--scope', 'offline_access']);
  assert.equal(value(home, 'client_id'), id);
  assert.ok(existsSync(`${home.state}/registration`));
  await home.ok('remove', ['--yes']);
  assert.equal(await lab.client(id), undefined);
});

test('remove while the server is down, and once it is up again', async (t) => {
  const { home } = await registered(t);
  const id = value(home, 'client_id');
  const before = home.files().map(({ path, text }) => [path, text]);
  await lab.down();
  assertClear(await home.expect(exit.later, 'remove', ['--yes']), /cannot connect[^]*Nothing was removed/);
  await lab.up();
  assert.deepEqual(home.files().map(({ path, text }) => [path, text]), before, 'nothing is lost');
  await home.ok('remove', ['--yes']);
  assert.equal(await lab.client(id), undefined);
});

test('remove --local leaves the client, and remove of one that is gone', async (t) => {
  const local = await registered(t);
  const id = value(local.home, 'client_id');
  const { err } = await local.home.ok('remove', ['--yes', '--local']);
  assert.match(err, new RegExp(`The client ${id} stays registered at the provider`));
  assert.ok(await lab.client(id));
  const { home } = await registered(t);
  await (await lab.client(value(home, 'client_id'))).constructor.adapter.destroy(value(home, 'client_id'));
  assert.match((await home.ok('remove', ['--yes'])).err, /knew the client \S+ no more/);
  assert.ok(!existsSync(home.profile));
});

// ---- Against servers that answer in another way

const document = (server) => ({
  issuer: server.origin,
  authorization_endpoint: server.authorizeUrl,
  token_endpoint: server.tokenUrl,
  registration_endpoint: `${server.origin}/register`,
  token_endpoint_auth_methods_supported: ['client_secret_post'],
});

const answerOf = (server, change = {}) => ({
  client_id: 'registered-1',
  client_secret: 'secret-canary-of-the-client',
  client_secret_expires_at: 0,
  registration_access_token: 'registration.canary',
  registration_client_uri: `${server.origin}/register/registered-1`,
  ...change,
});

/** A server that registers clients; `answer`, and `end` of a DELETE, can be changed. */
async function registering(t, change) {
  const server = await serve(t);
  server.answer = () => json(answerOf(server, change), '201 Created');
  server.end = () => http('204 No Content');
  server.play({
    script: answering(({ line }) => {
      if (/well-known/.test(line)) return json(document(server));
      return /^DELETE/.test(line) ? server.end() : server.answer();
    }),
  });
  server.lines = (method) => server.requests.map(({ line }) => line).filter((line) => line.startsWith(method));
  return server;
}

/** What init says to such an answer. The server is asked once, and nothing is written. */
async function refused(t, code, answer, home = new Home(t)) {
  const server = await registering(t);
  server.answer = () => answer(server);
  const result = await home.expect(code, 'init', options(home, server.origin));
  assert.equal(server.lines('POST').length, 1);
  assert.ok(!existsSync(home.profile) && !existsSync(`${home.state}/registration`));
  return result;
}

test('the request of a registration', async (t) => {
  const server = await registering(t);
  await registered(t, server.origin);
  const { line, headers, body } = server.requests.find((request) => /^POST/.test(request.line));
  assert.equal(line, 'POST /register HTTP/1.1');
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers.authorization, `Bearer ${initialToken}`);
  assert.deepEqual(JSON.parse(body), {
    redirect_uris: ['http://localhost'],
    client_name: 'moat drive',
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    application_type: 'native',
  });
});

test('a registration is refused: invalid_client_metadata, an endpoint that is gone, a redirect', async (t) => {
  const decides = 'The provider decides which clients it registers';
  const metadata = await refused(t, exit.profile, () => json({ error: 'invalid_client_metadata', error_description: 'no\u001b[2J' }, '400 Bad Request'));
  assertClear(metadata, new RegExp(`the server says invalid_client_metadata: no\n +${decides}`));
  const gone = await refused(t, exit.profile, () => http('404 Not Found', '<html>'));
  assertClear(gone, new RegExp(`HTTP status 404[^]*${decides}`));
  for (const { err } of [metadata, gone]) assert.doesNotMatch(err, /Compare the profile|token endpoint|in the profile/);
  assertClear(await refused(t, exit.profile, () => http('307 Temporary Redirect', '', { Location: 'https://evil.example/' })), /HTTP status 307/);
  assertClear(await refused(t, exit.later, () => http('503 Service Unavailable')), /HTTP status 503[^]*may have made a client/);
});

test('a registration whose answer is of no use may have made a client', async (t) => {
  const big = (server) => json(answerOf(server, { pad: 'x'.repeat(1 << 20) }), '201 Created');
  assertClear(await refused(t, exit.failed, big), /bytes would have been enough[^]*may have made a client that nobody knows/);
  assertClear(await refused(t, exit.profile, () => http('200 OK', '<html>')), /is not a JSON object[^]*may have made a client/);
  assertClear(await refused(t, exit.profile, () => json({}, '201 Created')), /the answer lacks something[^]*may have made a client/);
});

test('a connection that breaks after the registration was sent', async (t) => {
  const server = await registering(t);
  const home = new Home(t);
  server.play({
    script: async (connection) => {
      const { line } = await connection.request();
      if (/well-known/.test(line)) await connection.write(json(document(server)));
      connection.end();
    },
  });
  assertClear(await home.expect(exit.later, 'init', options(home, server.origin)), /may have made a client that nobody knows\. It was not asked again/);
  assert.equal(server.lines('POST').length, 1);
});

test('no room to write the client down: none is made', async (t) => {
  const server = await registering(t);
  const home = new Home(t);
  const before = 'ulimit -f 31'; // less than the file of a registration may have
  assertClear(await home.expect(exit.failed, 'init', options(home, server.origin), { before }), /cannot write \S+\/registration: [^]*See to the folder and its disk/);
  assert.deepEqual(server.lines('POST'), []);
  assert.ok(!existsSync(home.profile) && !existsSync(`${home.state}/temp.registration`));
  await home.ok('init', options(home, server.origin));
  assert.deepEqual(home.files().filter(({ path }) => /temp/.test(path)), []);
});

test('the secret ends on the day that the provider says', async (t) => {
  const server = await registering(t, { client_secret_expires_at: Date.UTC(2042, 4, 17) / 1000 });
  const { home } = await registered(t, server.origin);
  assert.equal(value(home, 'secret_expires'), '2042-05-16', 'the last whole day');
  const soon = await registering(t, { client_secret_expires_at: Math.floor(Date.now() / 1000) + 7 * 86400 + 1 });
  const { err } = await registered(t, soon.origin);
  assert.match(err, /warning: the client secret expires on \S+, in 7 days/);
});

test('the provider chooses another method, or another redirect URI', async (t) => {
  const basic = await registering(t, { token_endpoint_auth_method: 'client_secret_basic', redirect_uris: ['http://127.0.0.1/back', 'https://other.example/'] });
  const { home, err } = await registered(t, basic.origin);
  assert.match(err, /chose auth basic, and not post[^]*chose the redirect URI http:\/\/127\.0\.0\.1\/back, and not http:\/\/localhost/);
  assert.equal(value(home, 'auth'), 'basic');
  assert.equal(value(home, 'redirect_uri'), 'http://127.0.0.1/back');
});

test('what the provider chooses is of no use: the client is not left over', async (t) => {
  for (const [change, words] of [
    [{ token_endpoint_auth_method: 'private_key_jwt' }, /wants the client to prove itself by private_key_jwt[^]*moat remove drive/],
    [{ client_secret: undefined }, /gave no client secret[^]*moat remove drive/],
    [{ redirect_uris: ['no uri at all\u0007'] }, /chose a redirect URI that Moat cannot use[^]*moat remove drive/],
  ]) {
    const server = await registering(t, change);
    const home = new Home(t);
    assertClear(await home.expect(exit.profile, 'init', options(home, server.origin)), words);
    assert.ok(!existsSync(home.profile));
    assertClear(await home.expect(exit.profile, 'init', options(home, server.origin)), /was registered for drive before[^]*moat remove drive/);
    assert.equal(server.lines('POST').length, 1);
    await home.ok('remove', ['--yes']);
    assert.deepEqual(server.lines('DELETE'), ['DELETE /register/registered-1 HTTP/1.1']);
    assert.equal(server.last.headers.authorization, 'Bearer registration.canary');
    assert.ok(!existsSync(home.state));
  }
});

test('remove: the provider deletes no clients', async (t) => {
  const server = await registering(t);
  const { home } = await registered(t, server.origin);
  server.end = () => http('405 Method Not Allowed');
  assertClear(await home.expect(exit.profile, 'remove', ['--yes']), /HTTP status 405[^]*the client is still registered[^]*moat remove drive --local/);
  assert.ok(existsSync(home.profile) && existsSync(`${home.state}/secret`));
  server.end = () => http('404 Not Found', '<html>nginx</html>'); // which says nothing about the client
  assertClear(await home.expect(exit.profile, 'remove', ['--yes']), /HTTP status 404[^]*the client is still registered/);
  server.end = () => http('503 Service Unavailable');
  await home.expect(exit.later, 'remove', ['--yes']);
  await home.ok('remove', ['--yes', '--local']);
});

test('remove: nothing tells how to delete the client', async (t) => {
  for (const change of [{ registration_access_token: undefined }, { registration_access_token: 'two words' }, { registration_client_uri: 'http://login.example/' }]) {
    const server = await registering(t, change);
    const { home } = await registered(t, server.origin);
    assert.match((await home.ok('remove', ['--yes'])).err, /The client registered-1 stays registered at the provider: delete it there/);
    assert.deepEqual(server.lines('DELETE'), []);
  }
});

test('options that do not go with --register', async (t) => {
  const server = await serve(t);
  server.play({ script: answering(() => json({ ...document(server), registration_endpoint: undefined })) });
  const home = new Home(t);
  for (const [more, words] of [
    [['--client-id', 'a'], /does without --client-id/],
    [['--secret-file', 'a'], /does without --secret-file/],
    [['--auth', 'tls', '--client-certificate', `${certs}/client-ec.chain.pem`, '--client-key', `${certs}/client-ec.key`], /does without --client-certificate/],
    [['--auth', 'client-secret-jwt'], /is for auth none, post, basic and basic-raw/],
    [['--token-url', server.tokenUrl], /needs --issuer, and neither a provider nor its URLs/],
  ])
    assertClear(await home.expect(exit.misuse, 'init', options(home, server.origin, { more })), words);
  assertClear(await home.expect(exit.misuse, 'init', ['--initial-token-file', 'x', '--client-id', 'a']), /goes with --register/);
  writeFileSync(`${home.dir}/initial`, 'two words\n');
  assert.deepEqual(server.requests, []);
  assertClear(await home.expect(exit.profile, 'init', options(home, server.origin)), /registers no clients by itself/);
  assertClear(await home.expect(exit.profile, 'init', ['--issuer', `${server.origin}/?x=1`, '--client-id', 'a', '--ca', roots]), /has a query, and no issuer has one/);
});
