// `moat logout` where there is a revocation endpoint, `moat introspect` and `moat userinfo`, against
// npm's oidc-provider and against servers that refuse.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labForAll } from './lab/for_all.mjs';
import { Home, age, assertClear, exit } from './lab/moat.mjs';
import { signIn } from './lab/person.mjs';
import { answering, http, json, serve, tokens } from './lab/scripted.mjs';

const lab = await labForAll({ api: false });
const scope = 'openid offline_access';

/** Somebody has signed in, and the profile knows the endpoints. */
async function signedIn(t, { auth = 'post', more = [] } = {}) {
  const home = new Home(t);
  await home.init(lab, { auth, scope });
  await home.ok('set', [`revocation_url=${lab.revocationUrl}`, `introspection_url=${lab.introspectionUrl}`, `userinfo_url=${lab.userinfoUrl}`, ...more]);
  const { url } = await home.url();
  await home.ok('exchange', [], { input: await signIn(url) });
  return home;
}

/** What a program that holds a copy of the grant gets. */
async function copied(home) {
  const { out } = await home.ok('export', ['--format', 'json', '--show-secrets']);
  return JSON.parse(out);
}

/** A home with the same client, to which the token of another one is given. */
async function refreshes(t, token, auth) {
  const home = new Home(t, 'copy');
  await home.init(lab, { auth, scope });
  return home.call('import', ['--format', 'token'], { input: `${token}\n` });
}

// ---- Revocation

for (const auth of ['post', 'basic', 'none'])
  test(`logout revokes the grant, --auth ${auth}`, async (t) => {
    const home = await signedIn(t, { auth });
    const copy = await copied(home);
    const { out, err } = await home.ok('logout');
    assert.equal(out, 'The grant of drive is revoked, and its tokens are erased here.\n');
    assert.doesNotMatch(err, /not told|withdraw/);
    assert.match(err, /The profile stays/);
    assert.deepEqual(home.holding(copy.refresh_token), []);
    await home.expect(exit.signIn, 'token');
    assert.equal((await refreshes(t, copy.refresh_token, auth)).code, exit.signIn, 'the copy is dead, too');
  });

test('logout --local tells nobody', async (t) => {
  const home = await signedIn(t);
  const copy = await copied(home);
  const { out, err } = await home.ok('logout', ['--local']);
  assert.equal(out, 'The tokens of drive are erased here.\n');
  assert.match(err, /The provider was not told: to revoke the grant, withdraw the consent/);
  assert.equal((await refreshes(t, copy.refresh_token)).code, exit.done);
});

test('logout a second time has nothing to revoke', async (t) => {
  const home = await signedIn(t);
  await home.ok('logout');
  assert.equal((await home.ok('logout')).out, 'drive had no tokens.\n');
});

test('logout tells of exports that have the grant', async (t) => {
  const home = await signedIn(t, { more: ['export=env:/srv/app/env', 'export=json:/srv/app/json'] });
  assert.match((await home.ok('logout')).err, /\/srv\/app\/env has the grant as well, and it is of no use there now\.[^]*\/srv\/app\/json has/);
  const other = await signedIn(t, { more: ['export=env:/srv/app/env'] });
  assert.match((await other.ok('logout', ['--local'])).err, /\/srv\/app\/env has the grant as well: erase it there, too\./);
});

/** A server that gives tokens, and answers like `others` elsewhere; with somebody signed in there. */
async function scripted(t, others) {
  const server = await serve(t);
  server.play({ script: answering((request) => (/oauth2\/v2\.0\/token /.test(request.line) ? json(tokens()) : others(request))) });
  const home = new Home(t);
  await home.init(server);
  await home.ok('set', [`revocation_url=${server.origin}/revoke`, `introspection_url=${server.origin}/introspect`, `userinfo_url=${server.origin}/me`]);
  await home.signIn();
  return { home, server };
}

for (const [what, answer, words] of [
  ['a busy server', () => http('503 Service Unavailable', '', { 'Retry-After': 120 }), /HTTP status 503/],
  ['a client that is refused', () => json({ error: 'invalid_client' }, '401 Unauthorized'), /the server says invalid_client/],
  ['a token type that it does not revoke', () => json({ error: 'unsupported_token_type' }, '400 Bad Request'), /the server says unsupported_token_type/],
  ['a page in the way', () => http('302 Found', '', { Location: 'https://portal.example/' }), /HTTP status 302/],
])
  test(`logout erases the tokens and exits 4: ${what}`, async (t) => {
    const { home, server } = await scripted(t, answer);
    const { out, err } = await home.expect(exit.later, 'logout');
    assert.equal(out, '');
    assert.match(err, words);
    assert.match(err, /the tokens of drive are erased here, but the grant could not be revoked/);
    assert.match(err, /withdraw the consent/);
    assert.deepEqual(Object.keys(server.last.form), ['client_id', 'client_secret', 'token', 'token_type_hint']);
    assert.equal(server.last.form.token_type_hint, 'refresh_token');
    await home.expect(exit.signIn, 'token');
  });

test('logout erases the tokens and exits 4: a server that is away', async (t) => {
  const { home, server } = await scripted(t, () => http('200 OK'));
  server.close();
  const { err } = await home.expect(exit.later, 'logout');
  assert.match(err, /cannot connect to localhost/);
  assert.match(err, /could not be revoked/);
  await home.expect(exit.signIn, 'token');
});

test('logout: a token that has ended is no trouble', async (t) => {
  const { home } = await scripted(t, () => json({ error: 'invalid_token', error_description: 'Token expired or revoked' }, '400 Bad Request'));
  assert.match((await home.ok('logout')).out, /is revoked/);
});

test('logout: 401 is about the client, whatever it says of the token', async (t) => {
  const { home } = await scripted(t, () => json({ error: 'invalid_token' }, '401 Unauthorized'));
  assert.match((await home.expect(exit.later, 'logout')).err, /the server says invalid_token[^]*could not be revoked/);
});

test('logout: whoever ends it learns whether the provider was told', async (t) => {
  let asked;
  const { home } = await scripted(t, () => '');
  const server = await serve(t, { script: async (connection) => { await connection.request(); asked(); await connection.stay(); } });
  await home.ok('set', [`revocation_url=${server.origin}/revoke`]);
  const isAsked = new Promise((resolve) => { asked = resolve; });
  const running = home.start(['logout', 'drive']);
  await isAsked;
  running.kill('SIGINT');
  const { signal, err } = await running.finished;
  assert.equal(signal, 'SIGINT');
  assert.match(err, /cancelled[^]*The provider may have revoked the grant already\. Here its tokens are still stored\./);
  await home.ok('token');
});

test('logout: -v shows the exchange, and no token', async (t) => {
  const { home, server } = await scripted(t, () => http('200 OK'));
  const { err } = await home.ok('logout', ['-vv']);
  assert.match(err, /POST localhost:\d+\/revoke -> 200/);
  assert.ok(!err.includes(server.last.form.token));
});

test('logout says that it cannot be told at Entra', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  await home.init(server, { more: ['--provider', 'entra', '--tenant', 'consumers'] });
  await home.signIn();
  const { out, err } = await home.ok('logout');
  assert.equal(out, 'The tokens of drive are erased here.\n');
  assert.match(err, /it has no endpoint to revoke a grant: withdraw the consent/);
  assert.match(err, /https:\/\/account\.live\.com\/consent\/Manage/);
});

// ---- Introspection

test('introspect says what the access token is good for', async (t) => {
  const home = await signedIn(t);
  const { out } = await home.ok('introspect');
  assert.match(out, /^active: yes\nscope: openid\nclient_id: web-post\n/);
  assert.match(out, /^exp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/m);
  const answer = JSON.parse((await home.ok('introspect', ['--json'])).out);
  assert.equal(answer.active, true);
  assert.equal(answer.client_id, 'web-post');
  assert.ok(answer.exp > answer.iat);
});

test('introspect of a token that was revoked', async (t) => {
  const { home } = await scripted(t, () => json({ active: false }));
  const { out, err } = await home.expect(exit.failed, 'introspect');
  assert.equal(out, 'active: no\n');
  assert.match(err, /the access token is not active there[^]*moat refresh drive/);
});

test('introspect: what the server says cannot drive the terminal, and refusals', async (t) => {
  let answer = () => json({ active: true, scope: '\u001b[2Jall', exp: 'soon', aud: ['a', 'b'] });
  const { home } = await scripted(t, (request) => answer(request));
  assert.equal((await home.ok('introspect')).out, 'active: yes\nscope: all\naud: a b\n');
  answer = () => json({ error: 'invalid_client' }, '401 Unauthorized');
  assertClear(await home.expect(exit.profile, 'introspect'), /the server says invalid_client/);
  answer = () => json({});
  assertClear(await home.expect(exit.profile, 'introspect'), /the answer lacks something[^]*introspection_url/);
});

test('a profile without the endpoints', async (t) => {
  const home = new Home(t);
  await home.init(lab);
  assertClear(await home.expect(exit.profile, 'introspect'), /has no introspection_url/);
  assertClear(await home.expect(exit.profile, 'userinfo'), /has no userinfo_url/);
});

// ---- Userinfo

test('userinfo prints whose grant it is', async (t) => {
  const home = await signedIn(t);
  const { out } = await home.ok('userinfo');
  assert.deepEqual(JSON.parse(out), { sub: 'alice', preferred_username: 'alice@example.com' });
});

test('userinfo: the bytes of the server, the token in a header', async (t) => {
  const claims = '{"sub":"1\\u0041","n\\u0061me":"Zo\u00eb"}';
  const { home, server } = await scripted(t, () => http('200 OK', claims));
  const token = (await home.ok('token')).out.trim();
  assert.equal((await home.ok('userinfo')).out, `${claims}\n`);
  assert.match(server.last.line, /^GET \/me HTTP\/1\.1$/);
  assert.equal(server.last.headers.authorization, `Bearer ${token}`);
  assert.equal(server.last.body, '');
});

test('userinfo: a token that is refused is renewed once', async (t) => {
  let good;
  const { home, server } = await scripted(t, () => http('401 Unauthorized'));
  age(home, 60); // a token that is new is not asked for again
  server.play({
    script: answering((request) => {
      if (!/oauth2\/v2\.0\/token /.test(request.line)) return request.headers.authorization === `Bearer ${good}` ? json({ sub: 'alice' }) : http('401 Unauthorized');
      const fresh = tokens();
      good = fresh.access_token;
      return json(fresh);
    }),
  });
  assert.equal((await home.ok('userinfo')).out, '{"sub":"alice"}\n');
  assert.deepEqual(server.requests.slice(-3).map(({ line }) => line.split(' ')[0]), ['GET', 'POST', 'GET']);
});

test('userinfo: a token that is refused for good, and one without the scope', async (t) => {
  let answer = () => http('401 Unauthorized');
  const { home, server } = await scripted(t, () => answer());
  assertClear(await home.expect(exit.signIn, 'userinfo'), /the server says invalid_token/);
  assert.deepEqual(server.requests.length, 2, 'a new token is not asked for again');
  age(home, 60);
  const { err } = await home.expect(exit.signIn, 'userinfo');
  assert.match(err, /the server says invalid_token/);
  assert.equal(server.requests.filter(({ line }) => /\/me/.test(line)).length, 3);
  answer = () => http('403 Forbidden');
  assertClear(await home.expect(exit.profile, 'userinfo'), /the server says insufficient_scope/);
});
