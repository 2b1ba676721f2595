// `moat init --issuer` and `moat set --rediscover`: against npm's oidc-provider, and against servers
// whose metadata does not count.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { clients } from './lab/clients.mjs';
import { labForAll } from './lab/for_all.mjs';
import { Home, assertClear, exit, terminal } from './lab/moat.mjs';
import { certs, roots } from './lab/paths.mjs';
import { signIn } from './lab/person.mjs';
import { answering, http, json, serve, tokens } from './lab/scripted.mjs';

const lab = await labForAll();

const options = (issuer, more = []) => ['--issuer', issuer, '--client-id', clients.none.id, '--ca', roots, '--scope', 'offline_access files.read', ...more];
const value = (home, key) => new RegExp(`^${key} = (.*)$`, 'm').exec(readFileSync(home.profile, 'utf8'))?.[1];

test('init --issuer: the profile from the metadata, and a sign-in with it', async (t) => {
  const home = new Home(t);
  await home.ok('init', options(lab.issuer));
  assert.equal(value(home, 'provider'), 'custom');
  assert.equal(value(home, 'authorize_url'), lab.authorizeUrl);
  assert.equal(value(home, 'token_url'), lab.tokenUrl);
  assert.equal(value(home, 'device_url'), lab.deviceUrl);
  assert.equal(value(home, 'revocation_url'), lab.revocationUrl);
  assert.equal(value(home, 'introspection_url'), lab.introspectionUrl);
  assert.equal(value(home, 'userinfo_url'), lab.userinfoUrl);
  assert.equal(value(home, 'discovery'), lab.issuer);
  assert.equal(value(home, 'issuer'), lab.issuer, 'the server sends iss, so it is required');
  const { url, parameters } = await home.url();
  assert.equal(parameters.code_challenge_method, 'S256');
  const redirect = await signIn(url);
  assert.match(redirect, /[?&]iss=/);
  await home.ok('exchange', [], { input: redirect });
  await home.ok('token');
  await home.ok('logout');
});

test('init --issuer: a redirect without iss is refused then', async (t) => {
  const home = new Home(t);
  await home.ok('init', options(lab.issuer));
  const { url } = await home.url();
  const redirect = new URL(await signIn(url));
  redirect.searchParams.delete('iss');
  const { err } = await home.call('exchange', [], { input: redirect.href });
  assert.match(err, /issuer/);
});

const document = (server, change = {}) => ({
  issuer: server.origin,
  authorization_endpoint: server.authorizeUrl,
  token_endpoint: server.tokenUrl,
  ...change,
});

/** A server that answers like this, and what init says to it. */
async function refused(t, code, answer, issuer = (origin) => origin) {
  const server = await serve(t);
  server.play({ script: answering((request) => answer(server, request)) });
  const home = new Home(t);
  const result = await home.expect(code, 'init', options(issuer(server.origin)));
  assert.deepEqual(home.files(), [], 'nothing is written');
  return { ...result, server };
}

test('metadata that does not count: an issuer off by one slash', async (t) => {
  assertClear(await refused(t, exit.profile, (server) => json(document(server, { issuer: `${server.origin}/` }))), /is of another issuer: https:\/\/localhost:\d+\/\n/);
  assertClear(await refused(t, exit.profile, (server) => json(document(server)), (origin) => `${origin}/`), /is of another issuer/);
});

test('metadata that does not count: of another issuer, or of none', async (t) => {
  assertClear(await refused(t, exit.profile, (server) => json(document(server, { issuer: 'https://evil.example\u001b[2J' }))), /is of another issuer: https:\/\/evil\.example\n/);
  assertClear(await refused(t, exit.profile, (server) => json(document(server, { issuer: undefined }))), /is of another issuer: of none/);
});

test('metadata that does not count: elsewhere, by a redirect', async (t) => {
  const { server, ...result } = await refused(t, exit.profile, () => http('302 Found', '', { Location: 'https://evil.example/' }));
  assertClear(result, /HTTP status 302/);
  assert.equal(server.requests.length, 1);
});

test('metadata that does not count: http: in an endpoint', async (t) => {
  assertClear(await refused(t, exit.profile, (server) => json(document(server, { revocation_endpoint: 'http://localhost/revoke' }))), /has an endpoint that is no https URL[^]*--authorize-url and --token-url to init,\s+and others,[^]*`moat set`/);
});

test('metadata that does not count: a page, or nothing that is needed', async (t) => {
  assertClear(await refused(t, exit.profile, () => http('200 OK', '<html>')), /is not a JSON object/);
  assertClear(await refused(t, exit.profile, (server) => json(document(server, { token_endpoint: undefined }))), /the answer lacks something/);
});

test('metadata of a megabyte is refused without harm', async (t) => {
  assertClear(await refused(t, exit.failed, (server) => json(document(server, { pad: 'x'.repeat(1 << 20) }))), /bytes would have been enough/);
});

// A server that says nothing of iss may lead the browser to an honest one. The code that comes back is good at the honest
// one, and would go to the other (RFC 9207 1, RFC 9700 4.4).
test('metadata without a word of iss: a redirect goes without, but not with another one', async (t) => {
  const server = await serve(t);
  server.play({ script: answering(({ line }) => json(/openid-configuration/.test(line) ? document(server) : tokens())) });
  const home = new Home(t);
  await home.ok('init', options(server.origin));
  assert.equal(value(home, 'issuer'), undefined);
  const asked = server.requests.length;
  const redirect = (state, more = '') => ({ input: `http://localhost/?code=the-code&state=${state}${more}` });
  const { parameters } = await home.url();
  const other = await home.expect(exit.failed, 'exchange', [], redirect(parameters.state, '&iss=https%3A%2F%2Fhonest.example'));
  assertClear(other, new RegExp(`iss has to be ${server.origin}[^]*Nothing was sent`));
  assert.equal(server.requests.length, asked);
  await home.ok('exchange', [], redirect(parameters.state));
  const next = await home.url();
  await home.ok('exchange', [], redirect(next.parameters.state, `&iss=${encodeURIComponent(server.origin)}`));
});

test('a server that is busy, and one that has no metadata', async (t) => {
  assertClear(await refused(t, exit.later, () => http('503 Service Unavailable')), /HTTP status 503/);
  const { server, ...result } = await refused(t, exit.profile, () => http('404 Not Found'), (origin) => `${origin}/tenant`);
  assertClear(result, /HTTP status 404/);
  assert.deepEqual(server.requests.map(({ line }) => line), ['GET /tenant/.well-known/openid-configuration HTTP/1.1', 'GET /.well-known/oauth-authorization-server/tenant HTTP/1.1']);
});

test('the place of RFC 8414, a method for the secret, and set --rediscover', async (t) => {
  const server = await serve(t);
  let change = { token_endpoint_auth_methods_supported: ['client_secret_basic'] };
  server.play({ script: answering(({ line }) => (/openid-configuration/.test(line) ? http('404 Not Found') : json(document(server, change)))) });
  const home = new Home(t);
  await home.ok('init', options(server.origin, ['--secret-file', home.secretFile('a-secret-of-some-length')]));
  assert.equal(value(home, 'auth'), 'basic');
  assert.equal(value(home, 'issuer'), undefined);
  change = { device_authorization_endpoint: `${server.origin}/device`, authorization_response_iss_parameter_supported: true };
  const { out } = await home.ok('set', ['--rediscover']);
  assert.match(out, /device_url: \(none\) -> https:\/\/localhost:\d+\/device/);
  assert.equal(value(home, 'issuer'), server.origin);
  assert.equal(value(home, 'auth'), 'basic', 'the rest stays');
  const before = readFileSync(home.profile, 'utf8');
  change = { issuer: 'https://other.example' };
  assertClear(await home.expect(exit.profile, 'set', ['--rediscover']), /is of another issuer/);
  assert.equal(readFileSync(home.profile, 'utf8'), before);
});

test('set --rediscover needs an issuer', async (t) => {
  const home = new Home(t);
  await home.init(lab);
  assertClear(await home.expect(exit.misuse, 'set', ['--rediscover']), /--rediscover needs an issuer/);
  await home.ok('set', ['--rediscover', `discovery=${lab.issuer}`]);
  assert.equal(value(home, 'revocation_url'), lab.revocationUrl);
});

// ---- A profile that is there

/** A server whose metadata is its own, changed like this; `change` may be changed later. */
async function issuer(t, change = {}) {
  const server = await serve(t);
  const answer = ({ line }) => (/well-known/.test(line) ? json(document(server, server.change)) : json(tokens()));
  server.change = change;
  server.play({ script: answering(answer) });
  return server;
}

const all = (origin) => ({
  device_authorization_endpoint: `${origin}/device`,
  revocation_endpoint: `${origin}/revoke`,
  introspection_endpoint: `${origin}/introspect`,
  userinfo_endpoint: `${origin}/userinfo`,
  authorization_response_iss_parameter_supported: true,
});

test('init --force --issuer: nothing of the issuer before stays', async (t) => {
  const old = await issuer(t);
  old.change = all(old.origin);
  const next = await issuer(t);
  const home = new Home(t);
  await home.ok('init', options(old.origin));
  assert.equal(value(home, 'userinfo_url'), `${old.origin}/userinfo`);
  await home.ok('init', ['--force', '--issuer', next.origin]); // by the roots of before
  assert.equal(value(home, 'client_id'), clients.none.id);
  assert.equal(value(home, 'discovery'), next.origin);
  assert.deepEqual(home.holding(old.origin), []);
});

test('init --force --issuer at a terminal: the new issuer alone, and what is not asked for', async (t) => {
  const old = await issuer(t);
  old.change = all(old.origin);
  const next = await issuer(t);
  next.change = { revocation_endpoint: `${next.origin}/revoke` };
  const home = new Home(t);
  await home.ok('init', options(old.origin, ['--extra', 'prompt=login']));
  const running = terminal(t, home, ['init', home.name, '--force', '--issuer', next.origin, '--ca', roots]);
  for (const question of ['Authorize URL', 'Token URL', 'Device authorization URL', 'Client ID', 'Method', 'Redirect URI', 'Scopes', 'What next'])
    await running.answer(question, '\r');
  const { code, shown } = await running.finished;
  assert.equal(code, exit.done, shown);
  assert.doesNotMatch(shown, /Provider \[/, 'an issuer has been named');
  assert.equal(value(home, 'discovery'), next.origin);
  assert.equal(value(home, 'revocation_url'), `${next.origin}/revoke`);
  assert.equal(value(home, 'extra'), 'prompt=login');
  assert.deepEqual(home.holding(old.origin), []);
});

const certificate = ['--client-certificate', `${certs}/client-ec.chain.pem`, '--client-key', `${certs}/client-ec.key`];

test('init --force --issuer: a client with a certificate keeps its token URL, and so the grant', async (t) => {
  const server = await issuer(t);
  const mtls = `${server.origin}/mtls/token`;
  server.change = { mtls_endpoint_aliases: { token_endpoint: mtls } };
  const home = new Home(t);
  await home.ok('init', options(server.origin, certificate));
  assert.equal(value(home, 'token_url'), mtls);
  await home.signIn();
  const { out } = await home.ok('init', ['--force', '--issuer', server.origin, '--ca', roots]);
  assert.equal(value(home, 'token_url'), mtls);
  assert.match(out, /The grant that was stored for drive stays/);
  await home.ok('set', ['--rediscover', 'auth=none']);
  assert.equal(value(home, 'token_url'), server.tokenUrl);
});

test('a client with a certificate has URLs of its own, as far as the metadata has them', async (t) => {
  const server = await issuer(t);
  const names = ['token', 'device_authorization', 'revocation', 'introspection', 'userinfo'];
  const aliases = Object.fromEntries(names.map((name) => [`${name}_endpoint`, `${server.origin}/mtls/${name}`]));
  server.change = { ...all(server.origin), mtls_endpoint_aliases: aliases };
  const home = new Home(t);
  const urls = () => ['token_url', 'device_url', 'revocation_url', 'introspection_url', 'userinfo_url'].map((key) => value(home, key));
  await home.ok('init', options(server.origin, certificate));
  assert.deepEqual(urls(), Object.values(aliases));
  server.change = { ...all(server.origin), mtls_endpoint_aliases: { token_endpoint: aliases.token_endpoint } };
  await home.ok('set', ['--rediscover']);
  assert.deepEqual(urls().slice(0, 3), [aliases.token_endpoint, `${server.origin}/device`, `${server.origin}/revoke`]);
});

test('the guide finds the token URL by how the client proves itself', async (t) => {
  const server = await issuer(t);
  const mtls = `${server.origin}/mtls/token`;
  server.change = { mtls_endpoint_aliases: { token_endpoint: mtls } };
  const home = new Home(t);
  const running = terminal(t, home, ['init', home.name, '--issuer', server.origin, '--ca', roots]);
  for (const [question, answer] of [
    ['Authorize URL', ''], ['Token URL', ''], ['Device authorization URL', ''], ['Client ID', 'device'], ['Method', 'tls'],
    ['PEM file of the certificate', certificate[1]], ['File of its key', certificate[3]],
    ['Redirect URI', ''], ['Scopes', ''], [`token_url           ${mtls}`, ''],
  ])
    await running.answer(question, `${answer}\r`);
  assert.equal((await running.finished).code, exit.done);
  assert.equal(value(home, 'token_url'), mtls);
});

test('set --rediscover: what was given and what the metadata lacks stays', async (t) => {
  const server = await issuer(t, { authorization_response_iss_parameter_supported: true, token_endpoint_auth_methods_supported: ['client_secret_basic'] });
  const home = new Home(t);
  const secret = home.secretFile('a-secret-of-some-length');
  await home.ok('init', options(server.origin, ['--auth', 'basic-raw', '--secret-file', secret]));
  await home.ok('set', [`userinfo_url=${server.origin}/by-hand`]);
  await home.ok('set', ['--rediscover', 'issuer=https://given.example', `secret_file=${secret}`]);
  assert.equal(value(home, 'issuer'), 'https://given.example');
  assert.equal(value(home, 'userinfo_url'), `${server.origin}/by-hand`);
  assert.equal(value(home, 'auth'), 'basic-raw');
  server.change = {};
  await home.ok('set', ['--rediscover']);
  assert.equal(value(home, 'issuer'), 'https://given.example', 'redirects still must have an iss');
  await home.ok('init', ['--force', '--issuer', server.origin, '--secret-file', secret, '--ca', roots]);
  assert.equal(value(home, 'auth'), 'basic-raw');
});

test('set --rediscover: nothing of another issuer stays', async (t) => {
  const old = await issuer(t);
  old.change = all(old.origin);
  const next = await issuer(t);
  const home = new Home(t);
  await home.ok('init', options(old.origin));
  await home.ok('set', ['--rediscover', `discovery=${next.origin}`]);
  assert.deepEqual(home.holding(old.origin), []);
});

test('set --rediscover: meanwhile others may have the lock', async (t) => {
  const server = await issuer(t);
  const home = new Home(t);
  await home.ok('init', options(server.origin));
  server.change = { device_authorization_endpoint: `${server.origin}/device` };
  let other;
  server.play({
    script: async (connection) => {
      await connection.request();
      other ??= await home.call('set', ['scope=changed.meanwhile', '--timeout', '5']);
      await connection.write(json(document(server, server.change)));
      connection.end();
    },
  });
  await home.ok('set', ['--rediscover']);
  assert.equal(other.code, exit.done, other.err);
  assert.equal(value(home, 'scope'), 'changed.meanwhile', 'both changes count');
  assert.equal(value(home, 'device_url'), `${server.origin}/device`);
});
