// A machine's proofs instead of a secret: the key of a service account, which signs for its tokens (RFC 7523 2.1),
// and the token of a workload, which proves the client (2.2). npm's `jose` verifies both.
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { labForAll } from './lab/for_all.mjs';
import { Home, assertClear, exit, terminal } from './lab/moat.mjs';
import { roots } from './lab/paths.mjs';
import { answering, json, serve, tokens } from './lab/scripted.mjs';
import { federating, makeServiceAccount, makeSigner } from './lab/unattended.mjs';

const lab = await labForAll({});
lab.serviceAccount = makeServiceAccount();
const account = lab.serviceAccount;

const value = (home, key) => new RegExp(`^${key} = (.*)$`, 'm').exec(readFileSync(home.profile, 'utf8'))?.[1];
const spoken = (text) => text.replace(/\s+/g, ' ');

// ---- Service accounts

function accountFile(home, change = {}, mode = 0o600) {
  const file = `${home.dir}/account.json`;
  writeFileSync(file, JSON.stringify({ ...account.file, ...change }, undefined, 2));
  chmodSync(file, mode);
  return file;
}

const grant = (home, server = lab) => ['--provider', 'custom', '--token-url', server.tokenUrl, '--ca', roots, '--grant', 'jwt-bearer', '--service-account', `${home.dir}/account.json`];

async function accountHome(t, { server = lab, more = ['--client-id', 'machine-public', '--auth', 'none'] } = {}) {
  const home = new Home(t, 'meter');
  accountFile(home);
  await home.ok('init', [...grant(home, server), '--scope', 'files.read', ...more]);
  return home;
}

test('a service account signs for its tokens', async (t) => {
  const home = await accountHome(t);
  const first = (await home.ok('token')).out;
  assert.equal((await home.ok('token')).out, first);
  assert.deepEqual([lab.claims.iss, lab.claims.aud, lab.claims.scope], [account.issuer, lab.tokenUrl, 'files.read']);
  assert.equal(lab.claims.sub, undefined);
  const { err } = await home.ok('refresh', ['-vv']);
  assert.match(err, /assertion=\*\*\*/);
  assert.doesNotMatch(err, /eyJ|PRIVATE/);
  assert.notEqual((await home.ok('token')).out, first);
  assert.deepEqual(home.holding(account.file.private_key.split('\n')[1]), ['account.json'], 'the key stays where it is');
  await home.ok('set', ['subject=somebody@example.com']);
  await home.ok('token');
  assert.equal(lab.claims.sub, 'somebody@example.com');
});

test("the file of Google's console is enough, and no client is named", async (t) => {
  const home = new Home(t, 'meter');
  await home.ok('init', ['--grant', 'jwt-bearer', '--service-account', accountFile(home), '--scope', 'https://www.googleapis.com/auth/drive']);
  assert.deepEqual(['provider', 'client_id', 'auth', 'service_account'].map((key) => value(home, key)), ['google', account.issuer, 'omitted', `${home.dir}/account.json`]);
  assert.match(readFileSync(home.profile, 'utf8'), /^# token_url = https:\/\/oauth2\.googleapis\.com\/token$/m);
  const server = await serve(t);
  server.play({ script: answering(json(tokens())) });
  await home.ok('set', [`token_url=${server.tokenUrl}`, `ca=${roots}`]);
  await home.ok('token');
  assert.deepEqual(Object.keys(server.last.form).sort(), ['assertion', 'grant_type'], 'the scope is a claim');
  const { assertion } = server.last.form;
  assert.deepEqual(decodeProtectedHeader(assertion), { alg: 'RS256', typ: 'JWT', kid: account.keyId });
  const claims = decodeJwt(assertion);
  assert.deepEqual([claims.iss, claims.aud, claims.scope, claims.exp - claims.iat], [account.issuer, server.tokenUrl, 'https://www.googleapis.com/auth/drive', 300]);
});

test('an address that no profile could hold', async (t) => {
  const home = new Home(t, 'meter');
  const odd = await home.expect(exit.misuse, 'init', ['--grant', 'jwt-bearer', '--service-account', accountFile(home, { client_email: 'a b' }), '--scope', 'a']);
  assertClear(odd, /the client_email in \S+ has a character that is not visible ASCII/);
  assert.ok(!existsSync(home.profile));
});

test('at a terminal nothing is asked either', async (t) => {
  const home = new Home(t, 'meter');
  const running = terminal(t, home, ['init', 'meter', '--grant', 'jwt-bearer', '--service-account', accountFile(home), '--scope', 'a']);
  const { code, shown } = await running.finished;
  assert.equal(code, exit.done, shown);
  assert.match(shown, /Next: moat token meter/);
});

/** The server refuses the assertion for this reason, and no sign-in would help. */
async function refused(home, reason) {
  const result = await home.expect(exit.profile, 'refresh');
  assertClear(result, /the server says invalid_grant/);
  assert.doesNotMatch(result.err, /eyJ|moat login/);
  assert.match(lab.reasons.at(-1), reason);
}

test('what a server refuses: key, key id, account, audience, clock', async (t) => {
  const home = await accountHome(t);
  await home.ok('token');
  accountFile(home, { private_key: makeServiceAccount().file.private_key });
  await refused(home, /signature/);
  accountFile(home, { private_key_id: 'another' });
  await refused(home, /there is no such key/);
  accountFile(home, { client_email: 'nobody@project.example' });
  await refused(home, /signature|iss|alg/);
  accountFile(home);
  await home.ok('set', [`assertion_audience=${lab.tokenUrl}/`]);
  await refused(home, /aud/);
  await home.ok('set', ['assertion_audience=']);
  const RealDate = Date; // which jose asks
  t.after(() => { globalThis.Date = RealDate; });
  globalThis.Date = class extends RealDate { constructor(...args) { super(...(args.length ? args : [RealDate.now() + 3600e3])); } };
  await refused(home, /exp/);
  globalThis.Date = RealDate;
  await home.ok('refresh');
});

test('a file of a service account that is of no use', async (t) => {
  const home = await accountHome(t);
  const file = `${home.dir}/account.json`;
  await home.ok('token');
  const before = lab.asked;
  for (const mode of [0o640, 0o644]) {
    chmodSync(file, mode);
    assertClear(await home.expect(exit.profile, 'refresh'), /cannot take the service account from \S+: others may read or change it[^]*chmod 600/);
  }
  assert.match(spoken((await home.expect(exit.profile, 'doctor')).out), /problem service key cannot take the service account/);
  assertClear(await home.expect(exit.profile, 'set', [`service_account=${file}`]), /chmod 600/);
  const useless = async (change, words) => {
    accountFile(home, change);
    assertClear(await home.expect(exit.profile, 'refresh'), words);
  };
  await useless({ client_email: undefined }, /is not the key of a service account[^]*client_email and private_key/);
  await useless({ private_key: undefined }, /is not the key of a service account/);
  await useless({ private_key: 'none' }, /there is no RSA or EC key that can be used/);
  const passphrase = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'a passphrase' };
  const encrypted = createPrivateKey(account.file.private_key).export(passphrase);
  accountFile(home, { private_key: encrypted });
  const { err } = await home.expect(exit.profile, 'refresh');
  assert.match(err, /the private_key in \S+ is encrypted[^]*the JSON file that the console makes/);
  assert.doesNotMatch(err, /openssl|PEM or DER/);
  writeFileSync(file, '{}');
  assertClear(await home.expect(exit.profile, 'refresh'), /is not the key of a service account/);
  writeFileSync(file, account.file.private_key);
  assertClear(await home.expect(exit.profile, 'refresh'), /is not the key of a service account/);
  assertClear(await home.expect(exit.profile, 'init', ['--force', '--grant', 'jwt-bearer', '--service-account', file]), /is not the key of a service account/);
  rmSync(file);
  assertClear(await home.expect(exit.profile, 'refresh'), /cannot take the service account from \S+: No such file or directory/);
  assert.equal(lab.asked, before);
  accountFile(home);
  const { out } = await home.ok('doctor');
  assert.match(spoken(out), new RegExp(`ok service key ${file} signs by RS256 as ${account.issuer}; its key_id is ${account.keyId}`));
  await home.ok('refresh');
});

test('what belongs to a service account', async (t) => {
  const home = new Home(t, 'meter');
  const args = ['--provider', 'custom', '--token-url', lab.tokenUrl, '--client-id', 'x'];
  const wrong = async (more, words) => assertClear(await home.expect(exit.misuse, 'init', [...args, ...more]), words);
  const file = ['--service-account', accountFile(home)];
  await wrong(['--grant', 'jwt-bearer', '--auth', 'omitted'], /needs an assertion_file or a service_account/);
  await wrong([...file, '--grant', 'client-credentials', '--secret-file', home.secretFile('x')], /--service-account \S+ is for the grant jwt-bearer alone/);
  await wrong([...file, '--grant', 'jwt-bearer', '--assertion-file', '/x'], /--service-account \S+ stands beside an assertion_file/);
  await wrong([...file, '--grant', 'jwt-bearer', '--auth', 'none', '--key-id', 'a'], /--key-id a is for auth private-key-jwt alone/);
  await wrong(['--grant', 'jwt-bearer', '--assertion-file', '/x', '--auth', 'none', '--subject', 'a'], /--subject a is for a service_account alone/);
});

// ---- Federated credentials

const trust = { signer: await makeSigner('https://kubernetes.example'), subject: 'system:serviceaccount:default:meter', audience: 'api://AzureADTokenExchange', clientId: 'workload' };
const identity = { aud: trust.audience, sub: trust.subject };

/** A home whose client is proved by a file, which `give` writes. */
async function federated(t, { trusted = trust, more = [] } = {}) {
  const server = await serve(t);
  server.play({ script: federating(trusted) });
  const home = new Home(t, 'meter');
  const file = `${home.dir}/token`;
  const give = async (change) => writeFileSync(file, `${typeof change === 'string' ? change : await trust.signer.sign({ ...identity, ...change })}\n`, { mode: 0o644 });
  await give();
  await home.ok('init', ['--provider', 'custom', '--token-url', server.tokenUrl, '--authorize-url', server.authorizeUrl, '--ca', roots, '--client-id', trust.clientId, '--client-assertion', file, ...more]);
  return { home, server, file, give };
}
const credentials = ['--grant', 'client-credentials', '--scope', 'files.read'];

test('a workload is known by its token, which is read anew each time', async (t) => {
  const { home, server, file, give } = await federated(t, { more: credentials });
  assert.equal(value(home, 'auth'), 'federated', 'what the file is for, if nothing else is said');
  const first = (await home.ok('token')).out;
  assert.deepEqual(Object.keys(server.last.form).sort(), ['client_assertion', 'client_assertion_type', 'client_id', 'grant_type', 'scope']);
  assert.equal(server.last.form.client_assertion, readFileSync(file, 'utf8').trim());
  await home.ok('refresh'); // the same token serves for its whole life
  await give({ life: 600 });
  assert.notEqual((await home.ok('token')).out, first, 'as after any change of what proves the client');
  assert.equal(server.last.form.client_assertion, readFileSync(file, 'utf8').trim());
  const { err } = await home.ok('refresh', ['-vv']);
  assert.doesNotMatch(err, /eyJ/);
  assert.deepEqual(home.holding(readFileSync(file, 'utf8').trim()), ['token']);
});

test('a person signs in, and the workload is the client', async (t) => {
  const { home, server } = await federated(t);
  await home.signIn();
  assert.equal(server.last.form.grant_type, 'authorization_code');
  await home.ok('refresh');
  assert.match(server.last.form.client_assertion, /^eyJ/);
});

test('a token that the server refuses', async (t) => {
  const { home, give } = await federated(t, { more: credentials });
  const refuses = async (change, words) => {
    await give(change);
    const result = await home.expect(exit.profile, 'refresh');
    assertClear(result, words);
    assert.doesNotMatch(result.err, /eyJ|moat login/);
  };
  await refuses({ aud: 'api://other' }, /invalid_client[^]*aud/);
  await refuses({ sub: 'system:serviceaccount:default:other' }, /invalid_client[^]*sub/);
  await refuses({ iss: 'https://other.example' }, /invalid_client[^]*iss/);
  await refuses({ life: -10 }, /invalid_client[^]*exp/);
  assert.match(spoken((await home.expect(exit.profile, 'doctor')).out), /problem client token the token in \S+ expired at/);
  await refuses({ key: (await makeSigner()).privateKey }, /invalid_client[^]*signature/);
  await give();
  await home.ok('refresh');
  const { out } = await home.ok('doctor');
  assert.match(spoken(out), /ok client token \S+, of https:\/\/kubernetes.example for system:serviceaccount:default:meter/);
});

test('a server that takes each token once', async (t) => {
  const { home, give } = await federated(t, { trusted: { ...trust, once: true }, more: credentials });
  await home.ok('token');
  assertClear(await home.expect(exit.profile, 'refresh'), /invalid_client: it was used before/);
  await give();
  await home.ok('refresh');
});

test('a file of the token that is of no use', async (t) => {
  const { home, server, file, give } = await federated(t, { more: credentials });
  const { length } = server.requests;
  await give('two words');
  assertClear(await home.expect(exit.profile, 'token'), /there is no assertion in/);
  rmSync(file);
  assertClear(await home.expect(exit.profile, 'token'), /cannot read the assertion from \S+: No such file or directory[^]*names this file in client_assertion/);
  assert.match(spoken((await home.expect(exit.profile, 'doctor')).out), /problem client token cannot read the assertion/);
  const { err } = await home.ok('set', [`client_assertion=${file}2`]);
  assert.match(err, /cannot read the assertion[^]*The profile is written all the same/);
  assert.equal(server.requests.length, length);
});

test('what belongs to a federated credential', async (t) => {
  const home = new Home(t, 'meter');
  const args = ['--provider', 'custom', '--token-url', lab.tokenUrl, '--client-id', 'x', '--grant', 'client-credentials'];
  const wrong = async (more, words) => assertClear(await home.expect(exit.misuse, 'init', [...args, ...more]), words);
  await wrong(['--auth', 'federated'], /--auth federated needs a client_assertion/);
  await wrong(['--client-assertion', '/x', '--secret-file', home.secretFile('S3cret')], /--client-assertion \/x is for auth federated alone/);
  await home.ok('init', [...args, '--client-assertion', '/x']);
  assertClear(await home.expect(exit.misuse, 'secret', [], { input: 'S3cret\n' }), /meter proves itself by an assertion, and needs no secret\n +If a secret takes its place, first: moat set meter auth=none\n/);
});
