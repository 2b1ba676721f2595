// Tokens without a person, against a real authorization server: client credentials, an assertion, token exchange.
import assert from 'node:assert/strict';
import { copyFileSync, lchownSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { machines } from './lab/clients.mjs';
import { labForAll } from './lab/for_all.mjs';
import { Home, age, assertClear, exit, terminal } from './lab/moat.mjs';
import { roots } from './lab/paths.mjs';
import { answering, http, json, serve, tokens } from './lab/scripted.mjs';
import { makeSigner } from './lab/unattended.mjs';

const lab = await labForAll({});

/** A home whose profile needs nobody. */
async function unattended(t, server, grant, { secret, client = machines.secret, auth = 'post', more = [] } = {}) {
  const home = new Home(t, 'meter');
  const value = secret ?? client.secret;
  const { err, out } = await home.ok('init', [
    '--provider', 'custom', '--token-url', server.tokenUrl, '--grant', grant, '--client-id', client.id,
    '--auth', auth, '--scope', 'files.read', '--ca', roots,
    ...(auth === 'post' ? ['--secret-file', home.secretFile(value)] : []), ...more,
  ]);
  assert.match(err, /^ +Next: moat token meter$/m);
  assert.doesNotMatch(out, /grant that was stored/, 'there was none');
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
  assert.match((await init('--grant', 'client-credentials')).err, /auth post needs a secret: --secret-file/);
  assert.match((await init('--grant', 'client-credentials', '--auth', 'none')).err, /--grant client-credentials needs a client that proves itself/);
  assert.match((await init('--grant', 'jwt-bearer')).err, /--grant jwt-bearer needs an assertion_file/);
  assert.match((await init('--grant', 'jwt-bearer', '--assertion-file', '/x', '--token-extra', 'assertion=1')).err, /has a parameter that Moat sets itself/);
  const entra = ['--provider', 'entra', '--client-id', '11111111-2222-3333-4444-555555555555', '--grant', 'client-credentials', '--secret-file', home.secretFile('S3cret~x')];
  const tenant = await home.expect(exit.misuse, 'init', entra);
  assert.match(tenant.err, /nobody signs in, so --tenant has to be given, and to be your own/);
  assert.doesNotMatch(tenant.err, /common/, 'which nobody typed');
  assert.match((await home.expect(exit.misuse, 'init', [...entra, '--tenant', 'common'])).err, /--tenant common has to be your own/);
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

test('token exchange, and a token that is no access token', async (t) => {
  const { home, give } = await asserting(t, lab, 'token-exchange');
  give(await lab.signer.sign({ aud: lab.tokenUrl }));
  await home.ok('token');
  t.after(() => { lab.exchanged = undefined; });
  for (lab.exchanged of ['N_A', 'mac']) {
    give(await lab.signer.sign({ aud: lab.tokenUrl }));
    await home.expect(exit.profile, 'refresh');
  }
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

// ---- Where a grant of a person's and a profile without one meet

/** Somebody has signed in at a scripted server, and the profile was changed since. */
async function changed(t, more = []) {
  const server = await serve(t);
  const home = new Home(t, 'meter');
  await home.init(server);
  await home.signIn();
  return { server, home, set: await home.ok('set', ['grant=client-credentials', ...more.map((pair) => pair(server))]) };
}

test('a grant of a person: every command says the same of it', async (t) => {
  const { home, set } = await changed(t);
  assert.match(set.err, /Somebody has signed in, and that grant stays\.\n +To get tokens without a person, erase that grant: moat logout meter\n/);
  assert.doesNotMatch(set.err, /client and the token URL before|moat login/);
  const { out } = await home.expect(exit.profile, 'status');
  assert.match(out, /^signed in: +\d{4}-.* \(the profile needs no sign-in now: erase that grant\)$/m);
  assert.match(out, /^next: +moat logout meter$/m);
  const told = await home.status(exit.profile);
  assert.deepEqual([told.signed_in, told.grant, told.unattended, told.next], [false, 'of a person', true, 'moat logout meter']);
  assert.match((await home.run(['list'])).out, /^meter +custom +of a person$/m);
  await home.ok('set', ['grant=']);
  await home.ok('token'); // it was there all the time
});

test('init --force to a profile without a person leaves the grant of a person', async (t) => {
  const server = await serve(t);
  const home = new Home(t, 'meter');
  await home.init(server);
  await home.signIn();
  const { out, err } = await home.init(server, { more: ['--force', '--grant', 'client-credentials'] });
  assert.match(out, /^Somebody has signed in for meter, and that grant stays\.$/m);
  assert.doesNotMatch(out + err, /another client|Next:/);
  assert.match(err, /To get tokens without a person, erase that grant: moat logout meter/);
  await home.ok('set', ['grant=']);
  await home.ok('token');
  assert.equal(server.requests.length, 1, 'the token of the sign-in is still stored');
});

test('a grant of a person is revoked by logout, where it is of this client', async (t) => {
  const revocation = (server) => `revocation_url=${server.origin}/revoke`;
  const { server, home } = await changed(t, [revocation]);
  server.play({ script: answering(http('200 OK')) });
  assert.equal((await home.ok('logout')).out, 'The grant of meter is revoked, and its tokens are erased here.\n');
  assert.match(server.last.line, /^POST \/revoke /);
  assert.match(server.last.form.token, /^rt-/);
  const other = await changed(t, [revocation, () => 'client_id=another']);
  assert.equal((await other.home.ok('logout')).out, 'The tokens of meter are erased here.\n');
  assert.equal(other.server.requests.length, 1, 'no other client is told this token');
});

test('a token that came without a person is no grant where somebody has to sign in', async (t) => {
  const server = await serve(t);
  const home = await unattended(t, server, 'client-credentials', { more: ['--authorize-url', server.authorizeUrl] });
  await home.ok('token');
  const { err } = await home.ok('set', ['grant=', `revocation_url=${server.origin}/revoke`]);
  assert.match(err, /The stored token came without a person\. Now somebody has to sign in: moat login meter/);
  const told = await home.status(exit.signIn);
  assert.deepEqual([told.grant, told.signed_in_at, told.expires_at, told.next], ['none', null, null, 'moat login meter']);
  assert.match((await home.expect(exit.signIn, 'token')).err, /nobody has signed in for meter yet\n +Run: moat login meter/);
  assert.match((await home.expect(exit.signIn, 'keep')).err, /^meter: nobody has signed in for meter yet[^\n]*\n$/, 'one line, and no warning of an end');
  const logout = await home.ok('logout');
  assert.equal(logout.out, 'The token of meter is revoked, and is erased here.\n');
  assert.doesNotMatch(logout.err, /moat token/);
});

// ---- What is about grants is not said of a token

test('no end of a token is told: it is replaced', async (t) => {
  const server = await serve(t);
  const home = await unattended(t, server, 'client-credentials', { client: { id: 'x', secret: 'S3cret~x' } });
  await home.ok('token');
  const quiet = async () => {
    assert.deepEqual(await home.run(['keep', 'meter']), { out: '', err: '', code: exit.done, signal: null });
    assert.doesNotMatch((await home.ok('doctor')).out, /access token|idle limit/);
    assert.match((await home.run(['list'])).out, /^meter +custom +needs no sign-in$/m);
  };
  await quiet();
  assert.doesNotMatch((await home.ok('refresh')).err, /warning/);
  age(home, 3 * 86400);
  assert.doesNotMatch((await home.ok('doctor')).out, /access token|idle limit/);
  await quiet(); // keep gets a new one
});

test('a folder of the state that is missing is no trouble', async (t) => {
  const home = await unattended(t, lab, 'client-credentials');
  const other = `${home.dir}/other.conf`;
  rmSync(home.state, { recursive: true });
  assert.match((await home.ok('doctor')).out, /^ok +grant +nobody has to sign in \(client-credentials\)$/m);
  assert.match((await home.run(['list'])).out, /^meter +custom +needs no sign-in$/m);
  const [row] = JSON.parse((await home.run(['list', '--json'])).out);
  assert.deepEqual([row.signed_in, row.grant], [true, (await home.status()).grant]);
  copyFileSync(home.profile, other); // a profile after it that needs a person is still signed out
  writeFileSync(other, readFileSync(other, 'utf8').replace(/^grant = .*\n/m, 'authorize_url = https://x.example/\n'));
  assert.match((await home.run(['list'])).out, /^other +custom +signed out$/m);
});

test('logout: what is said of a token, and where there is none', async (t) => {
  const server = await serve(t);
  const home = await unattended(t, server, 'client-credentials');
  assert.equal((await home.ok('logout')).out, 'meter had no tokens.\n');
  await home.ok('token');
  let { out, err } = await home.ok('logout');
  assert.equal(out, 'The token of meter is erased here.\n');
  assert.match(err, /The next `moat token meter` gets a new one\./);
  assert.doesNotMatch(err, /consent|not told/);
  await home.ok('set', [`revocation_url=${server.origin}/revoke`]);
  await home.ok('token');
  ({ out, err } = await home.ok('logout'));
  assert.equal(out, 'The token of meter is revoked, and is erased here.\n');
  assert.doesNotMatch(err, /consent/);
  await home.ok('token');
});

test('logout: a token that cannot be revoked', async (t) => {
  const server = await serve(t);
  const home = await unattended(t, server, 'client-credentials', { client: { id: 'x', secret: 'S3cret~x' } });
  await home.ok('set', [`revocation_url=${server.origin}/revoke`]);
  await home.ok('token');
  server.play({ script: answering(http('503 Service Unavailable')) });
  const { err } = await home.expect(exit.later, 'logout');
  assert.match(err, /the token of meter is erased here, but it could not be revoked/);
  assert.doesNotMatch(err, /consent/);
});

test('userinfo and introspect: nobody can sign in, so the profile is to blame', async (t) => {
  const server = await serve(t);
  const home = await unattended(t, server, 'client-credentials', { client: { id: 'x', secret: 'S3cret~x' } });
  await home.ok('set', [`userinfo_url=${server.origin}/me`, `introspection_url=${server.origin}/introspect`]);
  await home.ok('token');
  for (const [command, answer] of [['userinfo', http('401 Unauthorized')], ['introspect', json({ error: 'invalid_token' }, '401 Unauthorized')]]) {
    server.play({ script: answering(answer) });
    const result = await home.expect(exit.profile, command);
    assertClear(result, /the server says invalid_token[^]*To get another token: moat refresh meter/);
    assert.doesNotMatch(result.err, /moat login|Sign in/);
  }
});

test('export: there is no refresh token, and nobody is to sign in for one', async (t) => {
  const home = await unattended(t, lab, 'client-credentials');
  const words = /meter needs no sign-in, so it has no refresh token to export/;
  for (const format of ['json', 'env', 'ballerina']) {
    const result = await home.expect(exit.profile, 'export', ['--format', format]);
    assertClear(result, words);
    assert.match(result.err, /Let the other program call `moat token meter`/);
    assert.doesNotMatch(result.err, /moat login|sign in again/);
  }
  await home.ok('token');
  assert.match((await home.ok('export', ['--format', 'json'])).out, /"access_token"/);
  await home.ok('set', [`export=json:${home.dir}/out`]);
  assert.match((await home.expect(exit.profile, 'keep')).err, words);
});

test('remove: nobody has consented to anything', async (t) => {
  const home = await unattended(t, lab, 'client-credentials');
  const { err } = await home.ok('remove', ['--yes']);
  assert.match(err, /The file with the secret stays: \S+\n +The provider was not told: the client is still registered there\./);
  assert.doesNotMatch(err, /consent/);
});

// ---- The assertion

test('logout and introspect can do without the file of the assertion', async (t) => {
  const server = await serve(t);
  const { home, give } = await asserting(t, server, 'jwt-bearer', { auth: 'omitted' });
  const [, file] = /^assertion_file = (.*)$/m.exec(readFileSync(home.profile, 'utf8'));
  const words = (text) => { give(text); utimesSync(file, 1e9, 1e9); }; // of the same length they are the same file
  await home.ok('set', [`revocation_url=${server.origin}/revoke`, `introspection_url=${server.origin}/introspect`]);
  words('one.assertion');
  await home.ok('token');
  words('not one of it');
  server.play({ script: answering(json({ active: true })) });
  assert.equal((await home.ok('introspect')).out, 'active: yes\n');
  assert.match((await home.ok('logout')).out, /is revoked/);
  assert.equal(server.requests.length, 3);
});

test('doctor looks at the file of the assertion', async (t) => {
  const { home, give } = await asserting(t, lab, 'jwt-bearer');
  assert.match((await home.expect(exit.profile, 'doctor')).out, /^problem +assertion +cannot read the assertion from[^]*?assertion_file\./m);
  give('two words');
  assert.match((await home.expect(exit.profile, 'doctor')).out, /^problem +assertion +there is no assertion in/m);
  give('eyJhbGciOiJFUzI1NiIsImtpZCI6IjE2In0.eyJpc3Mi.J9l-ZhwP');
  const { out } = await home.ok('doctor');
  assert.match(out, /^ok +assertion +\//m);
  assert.doesNotMatch(out, /J9l-ZhwP/);
});

test('doctor: what the server said of an assertion, until its file is another', async (t) => {
  const server = await serve(t);
  const { home, give } = await asserting(t, server, 'jwt-bearer', { auth: 'omitted' });
  give('eyJhbGciOiJFUzI1NiIsImtpZCI6IjE2In0.eyJpc3Mi.J9l-ZhwP');
  server.play({ script: answering(json({ error: 'a_name_of_its_own' }, '400 Bad Request')) });
  await home.expect(exit.profile, 'token');
  const { out } = await home.expect(exit.profile, 'doctor');
  assert.match(out, /Compare the profile with the registration/);
  assert.doesNotMatch(out, /sign(ing)? in again/i);
  give('eyJhbGciOiJFUzI1NiIsImtpZCI6IjE2In0.eyJpc3Mi.J9l-ZhwQ');
  assert.match((await home.ok('doctor')).out, /Since then the profile or one of its files was changed/);
});

test("an assertion by way of another user's link", { skip: process.getuid() !== 0 && 'needs root' }, async (t) => {
  const { home, give } = await asserting(t, lab, 'jwt-bearer');
  give(await lab.signer.sign({ aud: lab.tokenUrl }));
  const link = `${home.dir}/link`;
  const [, file] = /^assertion_file = (.*)$/m.exec(readFileSync(home.profile, 'utf8'));
  symlinkSync(file, link);
  await home.ok('set', [`assertion_file=${link}`]);
  lchownSync(link, 64002, 64002);
  assertClear(await home.expect(exit.profile, 'token'), /cannot read the assertion from \S+: it is a link of another user[^]*Name the file itself/);
  lchownSync(link, 0, 0);
  await home.ok('token');
});

// ---- moat init

const guid = '11111111-2222-3333-4444-555555555555';
const value = (home, key) => new RegExp(`^${key} = (.*)$`, 'm').exec(readFileSync(home.profile, 'utf8'))?.[1];

async function guided(t, home, args, answers) {
  const running = terminal(t, home, ['init', home.name, ...args]);
  for (const [question, answer] of answers) await running.answer(question, `${answer}\r`);
  const { code, shown } = await running.finished;
  assert.equal(code, exit.done, shown);
  assert.doesNotMatch(shown, /Authorize URL|Device authorization|Redirect URI|Platform|offline_access brings/);
  assert.match(shown, /Next: moat token meter\n/);
  return shown;
}

test('the guide for Entra, where nobody signs in', async (t) => {
  const home = new Home(t, 'meter');
  await guided(t, home, ['--grant', 'client-credentials'], [
    ['Provider [entra]: ', ''],
    ['Cloud [global]: ', ''],
    ['Tenant: ', 'common'],
    ['has to be your own', 'contoso.example'],
    ['Application (client) ID: ', guid],
    ['Method [post]: ', 'none'],
    ['does not do for client-credentials', ''],
    ['Client secret, its Value (not shown): ', 'S3cret~Value.of_1-x'],
    ['Expires on, YYYY-MM-DD; Enter if that is not known: ', ''],
    ['Scopes [https://graph.microsoft.com/.default]: ', ''],
    ['What next [write]: ', ''],
  ]);
  assert.deepEqual(
    ['tenant', 'grant', 'auth', 'scope'].map((key) => value(home, key)),
    ['contoso.example', 'client-credentials', 'post', 'https://graph.microsoft.com/.default'],
  );
  const again = terminal(t, home, ['init', home.name, '--force']);
  for (const [question, answer] of [['Provider', '\r'], ['Cloud', '\r'], ['Tenant [contoso.example]: ', 'common\r'], ['has to be your own', '\u0004']])
    await again.answer(question, answer);
  assert.equal((await again.finished).code, exit.failed);
});

test('the guide for any other provider, and a change of what nobody asks about', async (t) => {
  const home = new Home(t, 'meter');
  await guided(t, home, ['--grant', 'client-credentials', '--provider', 'custom'], [
    ['Token URL, where tokens are asked for: ', lab.tokenUrl],
    ['PEM file of the roots', roots],
    ['Client ID: ', machines.secret.id],
    ['Method [post]: ', ''],
    ['Client secret (not shown): ', machines.secret.secret],
    ['Expires on, YYYY-MM-DD; Enter if that is not known: ', ''],
    ["Scopes; Enter for the provider's own choice: ", 'files.read'],
    ['What next [write]: ', ''],
  ]);
  await home.ok('token');
  await home.ok('set', [`revocation_url=${lab.revocationUrl}`, 'userinfo_url=https://a.example/u', 'introspection_url=https://a.example/i']);
  const before = readFileSync(home.profile, 'utf8');
  await guided(t, home, ['--force'], [
    ['Provider [custom]: ', ''],
    ['Token URL, where tokens are asked for', ''],
    ['PEM file of the roots', ''],
    ['Client ID', ''],
    ['Method [post]: ', ''],
    ['Client secret (not shown; Enter keeps the old one): ', ''],
    ['Scopes', ''],
    ['What next [write]: ', ''],
  ]);
  assert.equal(readFileSync(home.profile, 'utf8'), before);
});

test('init --force at a terminal keeps grant, assertion file and subject type', async (t) => {
  const { home } = await asserting(t, lab, 'token-exchange', { more: ['--subject-type', 'urn:ietf:params:oauth:token-type:access_token'] });
  const before = readFileSync(home.profile, 'utf8');
  await guided(t, home, ['--force'], ['Provider', 'Token URL', 'PEM file', 'Client ID', 'Method [none]', 'Scopes', 'What next'].map((question) => [question, '']));
  assert.equal(readFileSync(home.profile, 'utf8'), before);
});

test('what only some grants use is refused with the others, and may be left over', async (t) => {
  const { home } = await asserting(t, lab, 'jwt-bearer');
  const file = value(home, 'assertion_file');
  assert.match((await home.expect(exit.misuse, 'set', ['subject_type=urn:x'])).err, /subject_type urn:x is for the grant token-exchange alone/);
  await home.ok('set', ['grant=', 'authorize_url=https://login.example/authorize']);
  assert.match((await home.expect(exit.misuse, 'set', [`assertion_file=${file}`])).err, /assertion_file \S+ is for the grants jwt-bearer and token-exchange alone/);
  const client = ['--client-id', guid, '--auth', 'none', '--force'];
  assert.match((await home.expect(exit.misuse, 'init', [...client, '--assertion-file', '/x'])).err, /--assertion-file \/x is for the grants/);
});

test('a token URL of its own needs no tenant', async (t) => {
  const home = new Home(t, 'meter');
  const entra = ['--client-id', guid, '--grant', 'client-credentials', '--secret-file', home.secretFile('S3cret~x')];
  await home.ok('init', [...entra, '--token-url', 'https://login.example/token']);
  assert.match((await home.expect(exit.misuse, 'set', ['token_url=https://login.example/common/token'])).err, /so tenant has to be given, and to be your own/);
});

test('an assertion file that is not there yet is told at once', async (t) => {
  const { home, give } = await asserting(t, lab, 'jwt-bearer');
  const file = value(home, 'assertion_file');
  const warning = /cannot read the assertion from \S+: No such file or directory\n[^]*The profile is written all the same\. Mend this before: moat token meter/;
  const args = ['--force', '--grant', 'jwt-bearer', '--assertion-file', file];
  assert.match((await home.ok('init', args)).err, warning);
  assert.match((await home.ok('set', [`assertion_file=${file}`])).err, warning);
  give(await lab.signer.sign({ aud: lab.tokenUrl }));
  assert.doesNotMatch((await home.ok('init', args)).err, /assertion/);
  await home.ok('init', ['--force', '--grant', 'jwt-bearer', '--assertion-file', '$CREDENTIALS_DIRECTORY/assertion']);
});
