// A service refuses a good token, because it wants another sign-in (RFC 9470, Entra's claims challenges): the next
// one carries what the service's header asks for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machines } from './lab/clients.mjs';
import { labForAll } from './lab/for_all.mjs';
import { Home, assertClear, assertTerminalSafe, exit } from './lab/moat.mjs';
import { roots } from './lab/paths.mjs';
import { signIn } from './lab/person.mjs';
import { answering, json, serve, tokens } from './lab/scripted.mjs';

const lab = await labForAll();
const claims = '{"access_token":{"nbf":{"essential":true, "value":"1604106651"}}}'; // of Microsoft's page
const declared = '{"access_token":{"xms_cc":{"values":["cp1"]},"nbf":{"essential":true, "value":"1604106651"}}}';
const userHeader = (more) => `Bearer error="insufficient_user_authentication", ${more}`;
const claimsHeader = (text = claims) =>
  `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="${Buffer.from(text).toString('base64')}"`;

async function newHome(t, server = lab, options) {
  const home = new Home(t);
  await home.init(server, options);
  return home;
}

test('RFC 9470: the authorize URL carries acr_values and max_age, and the sign-in is a sign-in', async (t) => {
  const home = await newHome(t, lab, { scope: 'openid offline_access files.read', more: ['--extra', 'max_age=9000&ui_locales=de'] });
  const header = userHeader('error_description="More recent authentication is required", acr_values="urn:a urn:b", max_age="5"');
  const { out, err } = await home.ok('url', ['--challenge', header]);
  const asked = new URL(out.trim()).searchParams;
  assert.deepEqual([asked.getAll('acr_values'), asked.getAll('max_age'), asked.getAll('ui_locales')], [['urn:a urn:b'], ['5'], ['de']]);
  assert.match(err, /The service says: More recent authentication is required/);
  await home.ok('exchange', ['--challenge', header], { input: await signIn(out.trim()) });
  await home.ok('token');
  assert.equal((await home.url()).parameters.max_age, '9000', 'the profile is as before');
});

test('a line of headers will do, and so do several challenges', async (t) => {
  const home = await newHome(t);
  const { parameters } = await home.url(['--challenge', `www-authenticate: Negotiate YII=, ${userHeader('max_age=0')}`]);
  assert.equal(parameters.max_age, '0');
});

test('claims go with the authorize URL and with the code; only at Entra the capability is declared', async (t) => {
  const server = await serve(t);
  server.play({ script: answering(json(tokens())) });
  const home = await newHome(t, server, { more: ['--token-extra', 'audience=a'] });
  const header = claimsHeader();
  const { parameters } = await home.url(['--challenge', header]);
  assert.equal(parameters.claims, claims);
  const redirect = `http://localhost/?code=abcdef&state=${parameters.state}`;
  await home.ok('exchange', ['--challenge', header], { input: redirect });
  assert.deepEqual([server.last.form.claims, server.last.form.audience], [claims, 'a']);
  await home.ok('refresh');
  assert.equal(server.last.form.claims, undefined, 'a refresh asks for what it did before');

  const entra = new Home(t);
  await entra.ok('init', ['--provider', 'entra', '--client-id', '11111111-2222-3333-4444-555555555555', '--auth', 'none']);
  assert.equal((await entra.url()).parameters.claims, undefined);
  assert.equal((await entra.url(['--challenge', header])).parameters.claims, declared);
  assert.equal((await entra.url(['--challenge', claimsHeader('{"userinfo":{}}')])).parameters.claims, '{"userinfo":{}}');
});

test('with --device the requests carry it, and a code from before is not taken up', async (t) => {
  const home = await newHome(t, lab, { auth: 'none', scope: 'openid offline_access files.read', more: ['--device-url', lab.deviceUrl] });
  const begin = async (args) => {
    const running = home.start(['login', home.name, '--device', ...args], { open: true });
    const [, code] = await running.until(/^ {2}https:\S+$[^]*?^ {2}(\S+)$/m);
    await running.until(/Waiting for the sign-in/);
    return { ...running, code };
  };
  const first = await begin([]);
  process.kill(first.pid, 'SIGTERM');
  assert.equal((await first.finished).signal, 'SIGTERM');
  const login = await begin(['--challenge', userHeader('max_age=0')]);
  const { code } = login;
  assert.notEqual(code, first.code);
  await lab.approve(code);
  assert.equal((await login.finished).code, exit.done);

  const server = await serve(t);
  const prompt = { device_code: 'd', user_code: 'ABCD-EFGH', verification_uri: 'https://login.example/device', interval: 1 };
  const answers = [json(prompt), json(tokens())];
  server.play({ script: answering(() => answers.shift()) });
  const other = await newHome(t, server, { auth: 'none', more: ['--device-url', `${server.origin}/devicecode`] });
  await other.ok('login', ['--device', '--challenge', claimsHeader()]);
  assert.deepEqual(server.requests.map(({ form }) => form.claims), [claims, claims]);
});

test('claims of a refusal by the provider go with the next sign-in, and with that alone', async (t) => {
  const server = await serve(t);
  const home = await newHome(t, server);
  await home.signIn();
  server.play({ script: answering(json({ error: 'interaction_required', error_codes: [50076], claims }, '400 Bad Request')) });
  assertClear(await home.expect(exit.signIn, 'refresh'), /interaction_required/);
  assert.deepEqual(home.files().filter(({ path }) => path.endsWith('/claims')).map(({ mode }) => mode), [0o600]);
  server.play({ script: answering(json(tokens())) });
  const { out, err } = await home.ok('url');
  const asked = new URL(out.trim()).searchParams;
  assert.equal(asked.get('claims'), claims);
  assert.match(err, /The sign-in carries the claims that the provider asked for/);
  assert.equal((await home.url(['--challenge', userHeader('max_age=1')])).parameters.claims, undefined, 'a service is heard first');
  const { parameters } = await home.url();
  await home.ok('exchange', [], { input: `http://localhost/?code=abcdef&state=${parameters.state}` });
  assert.equal(server.last.form.claims, claims);
  assert.equal((await home.url()).parameters.claims, undefined);
});

test('claims of a refusal that are too long for a request are in nobody\'s way', async (t) => {
  const server = await serve(t);
  const home = await newHome(t, server);
  await home.signIn();
  const long = JSON.stringify({ access_token: { capolids: { values: Array(250).fill('"') } } }); // 3 bytes for each quote
  server.play({ script: answering(json({ error: 'interaction_required', claims: long }, '400 Bad Request')) });
  await home.expect(exit.signIn, 'refresh');
  server.play({ script: answering(json(tokens())) });
  const { out, err } = await home.ok('url');
  assert.match(err, /too long for a request of this profile/);
  assert.doesNotMatch(err, /--challenge/);
  const state = new URL(out.trim()).searchParams.get('state');
  await home.ok('exchange', [], { input: `http://localhost/?code=abcdef&state=${state}` });
});

test('claims that are of no use, or of another provider, are not asked for', async (t) => {
  const server = await serve(t), other = await serve(t);
  const home = await newHome(t, server);
  await home.signIn();
  const refusal = (value) => server.play({ script: answering(json({ error: 'interaction_required', claims: value }, '400 Bad Request')) });
  for (const value of ['', 'x', 5, { a: 1 }, `{${'x'.repeat(5000)}`]) {
    refusal(value);
    await home.expect(exit.signIn, 'refresh');
    assert.equal((await home.url()).parameters.claims, undefined);
  }
  refusal(claims);
  await home.expect(exit.signIn, 'refresh');
  assert.equal((await home.url()).parameters.claims, claims);
  assert.equal((await home.url(['--token-url', other.tokenUrl])).parameters.claims, undefined);
  await home.ok('logout');
  assert.equal((await home.url()).parameters.claims, undefined);
});

test('a challenge that a sign-in cannot answer', async (t) => {
  const home = await newHome(t);
  const refused = async (header, words) => {
    for (const command of ['url', 'login', 'exchange']) {
      const result = await home.expect(exit.misuse, command, ['--challenge', header], { input: '' });
      assertClear(result, words);
      assert.equal(result.out, '');
    }
  };
  await refused('Bearer error="invalid_token"', /--challenge asks for nothing that a sign-in answers[^]*the whole value of WWW-Authenticate/);
  await refused('', /--challenge asks for nothing that a sign-in answers/);
  await refused(userHeader('acr_values="a'), /--challenge is not whole, or damaged/);
  await refused(userHeader(`acr_values="${'a'.repeat(5000)}"`), /--challenge is too long/);
  await refused(userHeader(`acr_values="${' '.repeat(1000)}"`), /--challenge asks for too much/);
  assert.equal((await home.status(exit.signIn)).sign_in_pending, false);
});

test('what the service says is shown without what a terminal would obey', async (t) => {
  const home = await newHome(t);
  const { err } = await home.ok('url', ['--challenge', userHeader('error_description="a\u001b[31mb\u202ec", max_age=1')]);
  assertTerminalSafe(err);
  assert.match(err, /The service says: a/);
});

test('a profile that needs nobody needs no sign-in for a challenge either', async (t) => {
  const home = new Home(t, 'meter');
  await home.ok('init', ['--provider', 'custom', '--token-url', lab.tokenUrl, '--grant', 'client-credentials', '--client-id', machines.secret.id, '--ca', roots, '--secret-file', home.secretFile(machines.secret.secret)]);
  const { err } = await home.expect(exit.misuse, 'login', ['--challenge', userHeader('max_age=0')]);
  assert.match(err, /meter needs no sign-in/);
});
