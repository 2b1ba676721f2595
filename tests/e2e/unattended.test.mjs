// Tokens without a person, against a real authorization server: client credentials, an assertion, token exchange.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { machines } from './lab/clients.mjs';
import { labForAll } from './lab/for_all.mjs';
import { Home, assertClear, exit } from './lab/moat.mjs';
import { roots } from './lab/paths.mjs';
import { json, answering, serve, tokens } from './lab/scripted.mjs';
import { makeSigner } from './lab/unattended.mjs';

const lab = await labForAll({});

/** A home whose profile needs nobody. */
async function unattended(t, server, grant, { secret, client = machines.secret, auth = 'post', more = [] } = {}) {
  const home = new Home(t, 'meter');
  const value = secret ?? client.secret;
  const { err } = await home.ok('init', [
    '--provider', 'custom', '--token-url', server.tokenUrl, '--grant', grant, '--client-id', client.id,
    '--auth', auth, '--scope', 'files.read', '--ca', roots,
    ...(auth === 'post' ? ['--secret-file', home.secretFile(value)] : []), ...more,
  ]);
  assert.match(err, /^ +Next: moat token meter$/m);
  return home;
}

const assertionFile = (home) => `${home.dir}/assertion`;
const write = (home, token) => writeFileSync(assertionFile(home), `${token}\n`, { mode: 0o600 });

/** A home for an assertion, which may be made in a folder of the test's own before. */
async function asserting(t, server, grant, options = {}) {
  const folder = new Home(t, 'x');
  const home = await unattended(t, server, grant, {
    client: machines.public, auth: 'none', ...options,
    more: ['--assertion-file', assertionFile(folder), ...(options.more ?? [])],
  });
  return { home, give: (token) => write(folder, token) };
}

test('client credentials: one request among many calls, and a new token when it is due', async (t) => {
  const home = await unattended(t, lab, 'client-credentials');
  const before = lab.asked;
  const all = await Promise.all(Array.from({ length: 8 }, () => home.ok('token')));
  assert.equal(lab.asked, before + 1);
  assert.equal(new Set(all.map(({ out }) => out)).size, 1);
  const { out } = await home.ok('refresh');
  assert.match(out, /./);
  assert.equal(lab.asked, before + 2);
  assert.notEqual((await home.ok('token')).out, all[0].out);
  assert.deepEqual(home.holding('refresh_token'), []);
});

test('client credentials: a refusal is the profile\'s, and it pauses before there was a token', async (t) => {
  const home = await unattended(t, lab, 'client-credentials', { secret: 'not-the-secret' });
  const before = lab.asked;
  const refused = await home.expect(exit.profile, 'token');
  assertClear(refused, /meter: the server says invalid_client/);
  assert.doesNotMatch(refused.err, /moat login|not-the-secret|Sign in/);
  assert.match((await home.expect(exit.profile, 'token')).err, /the server is not asked again for \d+ s/);
  assert.equal(lab.asked, before + 1);
  home.secretFile(machines.secret.secret); // a corrected secret ends the pause
  await home.ok('token');
  assert.equal(lab.asked, before + 2);
});

test('a changed scope or a changed secret asks for another token', async (t) => {
  const home = await unattended(t, lab, 'client-credentials');
  const first = (await home.ok('token')).out;
  assert.equal((await home.ok('token')).out, first);
  await home.run(['set', 'meter', 'scope=files.readwrite']);
  const second = (await home.ok('token')).out;
  assert.notEqual(second, first);
  assert.equal(JSON.parse((await home.ok('token', ['--json'])).out).scope, 'files.readwrite');
});

test('commands of a sign-in say that none is needed, and nothing is asked', async (t) => {
  const home = await unattended(t, lab, 'client-credentials');
  const before = lab.asked;
  for (const [command, args, input] of [['login', []], ['login', ['--device']], ['url', []], ['exchange', [], 'x\n'], ['import', ['--format', 'token'], 'RT\n']]) {
    const { err, out } = await home.expect(exit.misuse, command, args, { input });
    assert.match(err, /meter needs no sign-in: its grant is client-credentials\n +This gets a token: moat token meter\n/);
    assert.equal(out, '');
  }
  assert.equal(lab.asked, before);
});

test('status, list, doctor, keep and logout of a profile that needs nobody', async (t) => {
  const home = await unattended(t, lab, 'client-credentials');
  let told = await home.status();
  assert.deepEqual([told.signed_in, told.unattended, told.next], [true, true, 'moat token meter']);
  assert.match((await home.ok('status')).out, /^signed in: +not needed \(client-credentials\)\nlast token: +none$/m);
  assert.match((await home.run(['list'])).out, /^meter +custom +needs no sign-in/);
  await home.ok('token');
  assert.match((await home.ok('status')).out, /^last token: +\d{4}-.*\naccess token: +valid until/m);
  assert.match((await home.ok('doctor')).out, /grant +nobody has to sign in \(client-credentials\)/);
  const before = lab.asked;
  await home.run(['keep', 'meter']);
  assert.equal(lab.asked, before); // the token is good, and no grant has to be kept alive
  await home.ok('logout');
  await home.ok('token');
  assert.equal(lab.asked, before + 1);
});

test('a grant that somebody signed in for is not replaced', async (t) => {
  const server = await serve(t);
  const home = new Home(t, 'meter');
  await home.init(server);
  await home.signIn();
  const { length } = server.requests;
  await home.run(['set', 'meter', 'grant=client-credentials']);
  const { err } = await home.expect(exit.profile, 'token');
  assert.match(err, /somebody has signed in for meter, which needs no sign-in now\n +To get tokens without a person, erase that grant: moat logout meter/);
  assert.equal(server.requests.length, length);
  await home.ok('logout');
  await home.ok('token');
  assert.equal(server.last.form.grant_type, 'client_credentials');
});

test('what a profile without a person must have', async (t) => {
  const home = new Home(t, 'meter');
  const init = (...more) => home.expect(exit.misuse, 'init', ['--provider', 'custom', '--token-url', lab.tokenUrl, '--client-id', 'x', ...more]);
  assert.match((await init('--grant', 'password')).err, /--grant password is none of client-credentials, jwt-bearer, token-exchange/);
  assert.match((await init('--grant', 'client-credentials')).err, /--grant client-credentials needs a client that proves itself/);
  assert.match((await init('--grant', 'jwt-bearer')).err, /--grant jwt-bearer needs an assertion_file/);
  assert.match((await init('--grant', 'jwt-bearer', '--assertion-file', '/x', '--token-extra', 'assertion=1')).err, /has a parameter that Moat sets itself/);
  const entra = ['--provider', 'entra', '--client-id', '11111111-2222-3333-4444-555555555555', '--grant', 'client-credentials', '--secret-file', home.secretFile('S3cret~x')];
  assert.match((await home.expect(exit.misuse, 'init', entra)).err, /--tenant common has to be your own/);
  await home.ok('init', [...entra, '--tenant', 'contoso.example']);
  assert.equal((await home.status()).scope, '');
  assert.ok(home.files().some(({ text }) => text.includes('# scope = https://graph.microsoft.com/.default') || text.includes('scope = https://graph.microsoft.com/.default')));
});

test('resource and audience go along, and an assertion is read anew each time', async (t) => {
  const { home, give } = await asserting(t, lab, 'jwt-bearer', { more: ['--token-extra', 'audience=a&resource=https%3A%2F%2Fr.example&resource=https%3A%2F%2Fs.example'] });
  give(await lab.signer.sign({ aud: lab.tokenUrl }));
  const first = (await home.ok('token')).out;
  assert.deepEqual(lab.extra, { audience: 'a', resource: ['https://r.example', 'https://s.example'] });
  assert.equal((await home.ok('token')).out, first);
  const replayed = await home.expect(exit.profile, 'refresh');
  assertClear(replayed);
  assert.doesNotMatch(replayed.err, /moat login/);
  give(await lab.signer.sign({ aud: lab.tokenUrl }));
  assert.notEqual((await home.ok('token')).out, first);
});

test('an assertion that the server refuses', async (t) => {
  const other = await makeSigner();
  const { home, give } = await asserting(t, lab, 'jwt-bearer');
  for (const change of [
    { aud: `${lab.tokenUrl}/` },
    { aud: lab.tokenUrl, life: -10 },
    { aud: lab.tokenUrl, iss: 'https://somebody.example' },
  ]) {
    const token = await lab.signer.sign(change);
    give(token);
    const { err } = await home.expect(exit.profile, 'refresh');
    assert.ok(!err.includes(token));
  }
  give(await other.sign({ aud: lab.tokenUrl }));
  await home.expect(exit.profile, 'refresh');
});

test('a file of an assertion that is of no use', async (t) => {
  const { home, give } = await asserting(t, lab, 'jwt-bearer');
  const before = lab.asked;
  assert.match((await home.expect(exit.profile, 'token')).err, /cannot read the assertion from \S+: No such file or directory\n +The profile names this file in assertion_file\./);
  for (const text of ['', ' \n', 'two words', 'a\nb', 'x\u00e4']) {
    give(text);
    assert.match((await home.expect(exit.profile, 'token')).err, /there is no assertion in \S+\n/);
  }
  give('x'.repeat(16384));
  await home.expect(exit.profile, 'token');
  assert.equal(lab.asked, before);
});

test('token exchange, also for a token that is no access token', async (t) => {
  const { home, give } = await asserting(t, lab, 'token-exchange');
  give(await lab.signer.sign({ aud: lab.tokenUrl }));
  await home.ok('token');
  lab.exchanged = 'N_A';
  t.after(() => { lab.exchanged = undefined; });
  give(await lab.signer.sign({ aud: lab.tokenUrl }));
  await home.ok('refresh');
  lab.exchanged = 'mac';
  give(await lab.signer.sign({ aud: lab.tokenUrl }));
  await home.expect(exit.profile, 'refresh');
});

// RFC 7523 2.1's and RFC 8693 2.3's own examples, field by field.
test('requests as the RFCs have them', async (t) => {
  const server = await serve(t);
  server.play({ script: answering(json(tokens())) });
  const bearer = await asserting(t, server, 'jwt-bearer', { auth: 'omitted' });
  bearer.give('eyJhbGciOiJFUzI1NiIsImtpZCI6IjE2In0.eyJpc3Mi.J9l-ZhwP');
  await bearer.home.ok('token');
  assert.equal(server.last.body, 'grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=eyJhbGciOiJFUzI1NiIsImtpZCI6IjE2In0.eyJpc3Mi.J9l-ZhwP&scope=files.read');
  const exchange = await asserting(t, server, 'token-exchange', {
    auth: 'omitted', more: ['--token-extra', 'resource=https%3A%2F%2Fbackend.example.com%2Fapi', '--subject-type', 'urn:ietf:params:oauth:token-type:access_token'] });
  exchange.give('accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC');
  await exchange.home.ok('token');
  assert.deepEqual(Object.fromEntries(new URLSearchParams(server.last.body)), {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    resource: 'https://backend.example.com/api',
    subject_token: 'accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC',
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    scope: 'files.read',
  });
});
