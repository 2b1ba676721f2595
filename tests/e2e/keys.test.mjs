// Clients that prove themselves by a signature (RFC 7523 2.2), against npm's oidc-provider, which has `jose` verify it.
import assert from 'node:assert/strict';
import { X509Certificate, createHash, generateKeyPairSync } from 'node:crypto';
import { chmodSync, copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { test } from 'node:test';
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader } from 'jose';
import { labForAll } from './lab/for_all.mjs';
import { Home, assertClear, exit, terminal } from './lab/moat.mjs';
import { certs, roots } from './lab/paths.mjs';
import { signIn } from './lab/person.mjs';
import { answering, json, serve, tokens } from './lab/scripted.mjs';

const kinds = {
  ES256: ['ec', { namedCurve: 'P-256' }],
  ES384: ['ec', { namedCurve: 'P-384' }],
  RS256: ['rsa', { modulusLength: 2048 }],
};
const pairs = Object.fromEntries(Object.entries(kinds).map(([alg, how]) => [alg, generateKeyPairSync(...how)]));
pairs.PS256 = pairs.RS256;
const pem = (alg) => pairs[alg].privateKey.export({ format: 'pem', type: 'pkcs8' });
const jwk = (alg, more) => ({ ...pairs[alg].publicKey.export({ format: 'jwk' }), use: 'sig', ...more });
const machine = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] };

const longSecret = 'S3cret~of.40_bytes-which.HS256~takes.12345';
const lab = await labForAll({
  signing: [
    ...Object.keys(pairs).map((alg) => ({
      client_id: `signs-${alg}`,
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: alg,
      jwks: { keys: [jwk(alg, { kid: `key-${alg}` })] },
    })),
    { ...machine, client_id: 'machine-signs', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk('ES256', { kid: 'one' })] } },
    { ...machine, client_id: 'machine-hmac', token_endpoint_auth_method: 'client_secret_jwt', client_secret: longSecret },
  ],
});

/** Writes a private key, for its owner alone. */
function keyFile(home, text, mode = 0o600) {
  const file = `${home.dir}/the.key`;
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

const urls = (server) => ['--provider', 'custom', '--token-url', server.tokenUrl, '--ca', roots];
/** A profile that gets its tokens by a signature alone. */
async function machineHome(t, { server = lab, id = 'machine-signs', text = pem('ES256'), more = [] } = {}) {
  const home = new Home(t, 'meter');
  await home.ok('init', [...urls(server), '--grant', 'client-credentials', '--client-id', id, '--scope', 'files.read', '--client-key', keyFile(home, text), ...more]);
  return home;
}

/** A profile at a scripted server, and the assertion that it sends. */
async function sent(t, options = {}) {
  const server = await serve(t);
  server.play({ script: answering(json(tokens())) });
  const home = await machineHome(t, { server, ...options, more: [...(options.more ?? [])] });
  await home.ok('token');
  const { client_assertion: assertion } = server.last.form;
  return { server, home, assertion, header: decodeProtectedHeader(assertion), claims: decodeJwt(assertion) };
}

// ---- The whole way

for (const alg of Object.keys(pairs))
  test(`a person signs in, and the client signs by ${alg}`, async (t) => {
    const home = new Home(t);
    const more = ['--client-key', keyFile(home, pem(alg)), '--key-id', `key-${alg}`];
    await home.init(lab, { auth: 'private-key-jwt', id: `signs-${alg}`, more: alg === 'PS256' ? [...more, '--key-algorithm', alg] : more });
    const { url } = await home.url();
    await home.ok('exchange', [], { input: await signIn(url) });
    await home.ok('refresh');
    const file = `${home.dir}/rclone.conf`;
    writeFileSync(file, `[drive]\ntype = onedrive\nclient_id = signs-${alg}\n`, { mode: 0o600 });
    for (const [format, ...to] of [['ballerina'], ['onedrive'], ['rclone', '-o', file]])
      assertClear(await home.expect(exit.profile, 'export', ['--format', format, ...to]), new RegExp(`proves itself by a key, and ${format} cannot do that`));
    assert.ok(JSON.parse((await home.ok('export', ['--format', 'json'])).out).refresh_token);
    const { err } = await home.ok('refresh', ['-vv']);
    assert.match(err, /client_assertion=\*\*\*/);
    assert.doesNotMatch(err, /eyJ/, 'nothing of a JWT is shown');
    const secret = pem(alg).split('\n')[1];
    assert.deepEqual(home.holding(secret), ['the.key'], 'the key stays where it is');
  });

test('a code for a device, and the polls, are signed as well', async (t) => {
  const home = new Home(t);
  await home.init(lab, { auth: 'private-key-jwt', id: 'signs-ES256', more: ['--client-key', keyFile(home, pem('ES256')), '--device-url', lab.deviceUrl] });
  const running = home.start(['login', 'drive', '--device', '--no-qr'], { open: true });
  const [, code] = await running.until(/\b([A-Z]{4}-[A-Z]{4})\b/);
  await lab.approve(code);
  assert.equal((await running.finished).code, exit.done);
  await home.ok('refresh');
});

test('client credentials: a new assertion for each request', async (t) => {
  const home = await machineHome(t);
  assert.match(readFileSync(home.profile, 'utf8'), /^auth = private-key-jwt$/m, 'what a key is for, if nothing else is said');
  const first = (await home.ok('token')).out;
  assert.equal((await home.ok('token')).out, first);
  await home.ok('refresh');
  assert.notEqual((await home.ok('token')).out, first);
});

test('client-secret-jwt: the secret signs, and is not sent', async (t) => {
  const init = (home, server, secret) => ['init', [...urls(server), '--grant', 'client-credentials', '--client-id', 'machine-hmac', '--auth', 'client-secret-jwt', '--scope', 'files.read', '--secret-file', home.secretFile(secret)]];
  const home = new Home(t, 'meter');
  await home.ok(...init(home, lab, longSecret));
  await home.ok('token');
  const { err } = await home.ok('refresh', ['-vv']);
  assert.doesNotMatch(err, /eyJ|S3cret/);
  home.secretFile(longSecret.replace('S3', 's3'));
  assertClear(await home.expect(exit.profile, 'refresh'), /invalid_client[^]*assertion is for https:/);
  const other = new Home(t, 'meter');
  assertClear(await other.expect(exit.misuse, ...init(other, lab, 'x'.repeat(31))), /has only 31 bytes, and client-secret-jwt needs 32/);
  await other.ok(...init(other, lab, 'x'.repeat(32)));
  other.secretFile('x'.repeat(31));
  assertClear(await other.expect(exit.profile, 'token'), /has only 31 bytes/);
  assertClear(await other.expect(exit.misuse, 'secret', ['-'], { input: 'short-one\n' }), /has only 9 bytes/);
});

// ---- What is in it

test('the claims, and whom they are for', async (t) => {
  const { header, claims, server, home } = await sent(t);
  assert.deepEqual(header, { alg: 'ES256', typ: 'JWT' });
  assert.deepEqual([claims.iss, claims.sub, claims.aud], ['machine-signs', 'machine-signs', server.tokenUrl]);
  assert.equal(claims.exp - claims.iat, 300);
  assert.match(claims.jti, /^[\w-]{22}$/);
  await home.ok('set', ['key_id=one', 'issuer=https://issuer.example', 'scope=other']);
  await home.ok('refresh');
  assert.equal(decodeProtectedHeader(server.last.form.client_assertion).kid, 'one');
  const second = decodeJwt(server.last.form.client_assertion);
  assert.equal(second.aud, 'https://issuer.example');
  assert.notEqual(second.jti, claims.jti);
  await home.ok('set', ['assertion_audience=urn:the:server']);
  await home.ok('token');
  assert.equal(decodeJwt(server.last.form.client_assertion).aud, 'urn:the:server', 'a changed audience asks for another token');
});

test('the issuer of the metadata is whom it is for', async (t) => {
  const home = new Home(t, 'meter');
  const key = keyFile(home, pem('ES256'));
  await home.ok('init', ['--issuer', lab.issuer, '--ca', roots, '--grant', 'client-credentials', '--client-id', 'machine-signs', '--client-key', key, '--scope', 'files.read']);
  assert.match((await home.ok('doctor')).out.replace(/\s+/g, ' '), new RegExp(`ok client key \\S+ signs by ES256 for ${lab.issuer};`));
  await home.ok('token');
});

for (const [alg, more] of [['RS256', []], ['PS256', ['--key-algorithm', 'PS256']]])
  test(`a key of RSA signs by ${alg}`, async (t) => {
    const { header } = await sent(t, { text: pem('RS256'), more });
    assert.equal(header.alg, alg);
  });

/** The certificate credential of Entra, at a token URL of a test's own. */
async function atEntra(t, { key, certificate, more = [] }) {
  const server = await serve(t);
  server.play({ script: answering(json(tokens())) });
  const home = new Home(t, 'meter');
  const run = () => home.call('init', ['--provider', 'entra', '--tenant', 'contoso.example', '--token-url', server.tokenUrl, '--ca', roots, '--grant', 'client-credentials',
    '--client-id', '11111111-2222-3333-4444-555555555555', '--client-key', key, ...(certificate ? ['--client-certificate', certificate] : []), ...more]);
  return { server, home, run };
}

test("Entra's certificate credential: PS256, x5t#S256 and the token URL", async (t) => {
  const certificate = `${certs}/client-rsa.chain.pem`;
  const { server, home, run } = await atEntra(t, { key: `${certs}/client-rsa.key`, certificate });
  const made = await run();
  assert.equal(made.code, exit.done);
  assert.doesNotMatch(made.err, /warning/);
  assert.match(readFileSync(home.profile, 'utf8'), /^auth = private-key-jwt$/m, 'Entra judges no certificate in TLS');
  await home.ok('token');
  const { raw } = new X509Certificate(readFileSync(certificate));
  const header = decodeProtectedHeader(server.last.form.client_assertion);
  assert.deepEqual(header, { alg: 'PS256', typ: 'JWT', 'x5t#S256': createHash('sha256').update(raw).digest('base64url') });
  await home.ok('set', ['issuer=https://issuer.example']);
  await home.ok('refresh');
  assert.equal(decodeJwt(server.last.form.client_assertion).aud, server.tokenUrl, 'never the issuer');
  assert.match((await home.call('doctor')).out, /^ok +client key [^]*signs by\s+PS256/m);
});

test('Entra needs the certificate with the key', async (t) => {
  const { run } = await atEntra(t, { key: `${certs}/client-rsa.key` });
  const refused = await run();
  assert.equal(refused.code, exit.misuse);
  assertClear(refused, /--auth private-key-jwt needs a client_certificate as well: Entra knows the key by it/);
  const curve = await atEntra(t, { key: `${certs}/client-ec.key`, certificate: `${certs}/client-ec.chain.pem` });
  assert.match((await curve.run()).err, /warning: the client key is one of EC, and Entra is known to take RSA keys alone/);
  const other = await atEntra(t, { key: `${certs}/client-ec.key`, certificate: `${certs}/client-rsa.chain.pem` });
  const pair = await other.run();
  assert.equal(pair.code, exit.profile);
  assertClear(pair, /does not belong to the certificate/);
});

// ---- The server's refusals

/** The server refuses the client for this reason, and no sign-in would help. */
async function refused(home, reason, words = /invalid_client/) {
  const result = await home.expect(exit.profile, 'refresh');
  assertClear(result, words);
  assert.doesNotMatch(result.err, /eyJ|moat login/);
  assert.match(lab.reasons.at(-1), reason);
}

test('another key, another audience, another key id, another client', async (t) => {
  const home = await machineHome(t);
  await home.ok('token');
  keyFile(home, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }));
  await refused(home, /signature/);
  keyFile(home, pem('ES256'));
  await home.ok('refresh');
  await home.ok('set', [`assertion_audience=${lab.issuer}/`]);
  await refused(home, /audience \(aud\) must equal/, new RegExp(`assertion is for ${lab.issuer}/\\.[^]*assertion_audience`));
  await home.ok('set', [`assertion_audience=${lab.issuer}`, 'key_id=two']);
  await refused(home, /key/);
  await home.ok('set', ['key_id=one']);
  await home.ok('refresh');
  await home.ok('set', ['client_id=signs-ES384']);
  await refused(home, /alg mismatch/);
});

test('a refusal no longer counts once the audience is another, which may be by the issuer', async (t) => {
  const home = await machineHome(t, { more: ['--issuer', `${lab.issuer}/`] });
  await home.expect(exit.profile, 'token');
  assertClear(await home.expect(exit.profile, 'token'), /not asked again for/);
  await home.ok('set', [`issuer=${lab.issuer}`]);
  await home.ok('token');
});

test('an algorithm that the registration does not have', async (t) => {
  const home = new Home(t);
  await home.ok('init', [...urls(lab), '--grant', 'client-credentials', '--client-id', 'signs-PS256', '--client-key', keyFile(home, pem('RS256'))]);
  await refused(home, /alg mismatch/, /Compare key_id and key_algorithm as well/);
});

test('an assertion is good for one request, and each has another', async (t) => {
  const { assertion, home } = await sent(t, { more: ['--assertion-audience', lab.issuer] });
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'machine-signs', scope: 'files.read', client_assertion: assertion,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' });
  const post = () => new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    request(lab.tokenUrl, { method: 'POST', ca: readFileSync(roots), headers }, (answer) => resolve(answer.resume().statusCode)).on('error', reject).end(`${body}`);
  });
  assert.equal(await post(), 200);
  assert.equal(await post(), 401);
  assert.match(lab.reasons.at(-1), /only be used once/);
  await home.ok('set', [`token_url=${lab.tokenUrl}`]);
  await home.ok('token');
  await home.ok('refresh');
});

test('the clock of the device is slow: the assertion has expired', async (t) => {
  const home = await machineHome(t);
  await home.ok('token');
  const { now } = Date; // which the lab asks
  t.after(() => { Date.now = now; });
  Date.now = () => now() + 3600e3;
  await refused(home, /exp/);
  Date.now = now;
  await home.ok('refresh');
});

// ---- The file

test('a key that others may read, or that is not there', async (t) => {
  const home = await machineHome(t);
  await home.ok('token');
  const file = `${home.dir}/the.key`;
  const before = lab.asked;
  for (const mode of [0o640, 0o604, 0o644]) {
    chmodSync(file, mode);
    assertClear(await home.expect(exit.profile, 'refresh'), /cannot take the client key from \S+: others may read or change it[^]*chmod 600/);
  }
  assert.match((await home.expect(exit.profile, 'doctor')).out, /^problem +client key +cannot take the client key[^]*chmod 600/m);
  assertClear(await home.expect(exit.profile, 'set', [`client_key=${file}`]), /chmod 600/);
  chmodSync(file, 0o400);
  await home.ok('refresh');
  symlinkSync(file, `${home.dir}/link`);
  await home.ok('set', [`client_key=${home.dir}/link`]);
  await home.ok('refresh');
  assertClear(await home.expect(exit.profile, 'set', ['client_key=/nowhere/the.key']), /cannot take the client key from \/nowhere\/the.key: No such file or directory/);
  assert.equal(lab.asked, before + 2);
  await home.ok('set', ['client_key=$CREDENTIALS_DIRECTORY/the.key']);
  chmodSync(file, 0o440); // and an ACL beside that
  await home.ok('refresh', [], { env: { ...home.env, CREDENTIALS_DIRECTORY: home.dir } });
});

test('a key that cannot be used', async (t) => {
  const home = await machineHome(t);
  await home.ok('token');
  const before = lab.asked;
  const spoil = async (text, words) => {
    keyFile(home, text);
    const result = await home.expect(exit.profile, 'refresh');
    assertClear(result, words);
    assert.match((await home.expect(exit.profile, 'doctor')).out.replace(/\s+/g, ' '), words);
  };
  const passphrase = { format: 'pem', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: 'x' };
  await spoil(pairs.ES256.privateKey.export(passphrase), /the client key in \S+ is encrypted/);
  await spoil('', /there is no RSA or EC key that can be used/);
  await spoil(pem('ES256').slice(0, 100), /there is no RSA or EC key that can be used/);
  await spoil(generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }), /there is no RSA or EC key/);
  await spoil(readFileSync(`${certs}/client-ec.chain.pem`), /there is no RSA or EC key/);
  assert.equal(lab.asked, before);
  assertClear(await home.expect(exit.misuse, 'set', ['key_algorithm=HS256']), /key_algorithm HS256 is none of ES256, ES384, RS256, PS256/);
  keyFile(home, pem('ES256'));
  assertClear(await home.expect(exit.profile, 'set', ['key_algorithm=RS256']), /the client key in \S+ is not for RS256/);
  await home.ok('refresh');
});

test('a key in DER', async (t) => {
  const home = await machineHome(t);
  keyFile(home, pairs.ES256.privateKey.export({ format: 'der', type: 'sec1' }));
  await home.ok('token');
});

// ---- The command line

test('a key alone signs, and what belongs to it', async (t) => {
  const home = new Home(t);
  const file = keyFile(home, pem('ES256'));
  const args = [...urls(lab), '--authorize-url', lab.authorizeUrl, '--client-id', 'signs-ES256'];
  const wrong = async (more, words) => assertClear(await home.expect(exit.misuse, 'init', [...args, ...more]), words);
  await wrong(['--auth', 'private-key-jwt'], /--auth private-key-jwt needs a client_key/);
  await wrong(['--auth', 'post', '--client-key', file, '--secret-file', home.secretFile('S3cret')], /--client-key \S+ needs its client_certificate, or auth private-key-jwt/);
  await wrong(['--auth', 'private-key-jwt', '--client-key', file, '--secret-file', home.secretFile('S3cret')], /goes without a secret, but --secret-file is given/);
  await wrong(['--auth', 'none', '--key-id', 'x'], /--key-id x is for auth private-key-jwt alone/);
  await home.ok('init', [...args, '--client-key', file]);
  assertClear(await home.expect(exit.misuse, 'secret', [], { input: 'S3cret\n' }), /drive proves itself by a key, and needs no secret\n +If a secret takes its place, first: moat set drive auth=none client_key=/);
  await home.ok('set', ['auth=none', 'client_key=']);
  await home.ok('init', ['--force', '--client-key', file]);
  assert.match(readFileSync(home.profile, 'utf8'), /^auth = private-key-jwt$/m);
});

test('doctor tells what to compare with the registration', async (t) => {
  const home = await machineHome(t);
  const thumbprint = await calculateJwkThumbprint(jwk('ES256'));
  const look = async () => (await home.ok('doctor')).out.replace(/\s+/g, ' ');
  assert.ok((await look()).includes(`ok client key ${home.dir}/the.key signs by ES256 for ${lab.tokenUrl}; its thumbprint is ${thumbprint}`));
  await home.ok('set', ['key_id=one']);
  assert.match(await look(), /its key_id is one/);
});

test('the guide asks for the key', async (t) => {
  const home = new Home(t);
  const running = terminal(t, home, ['init', home.name, '--ca', roots]);
  const file = keyFile(home, pem('ES256'));
  const open = `${home.dir}/open.key`;
  copyFileSync(file, open);
  chmodSync(open, 0o644);
  for (const [question, answer] of [
    ['Provider [entra]: ', 'custom'],
    ['Authorize URL, where a person signs in: ', lab.authorizeUrl],
    ['Token URL, where codes are exchanged: ', lab.tokenUrl],
    ['Device authorization URL; Enter if there is none: ', ''],
    ['Client ID: ', 'signs-ES256'],
    ['Method [none]: ', 'private-key-jwt'],
    ['File of the key: ', open],
    ['File of the key: ', file],
    ['Redirect URI [http://localhost]: ', ''],
    ["Scopes; Enter for the provider's own choice: ", 'offline_access files.read'],
    ['What next [write]: ', ''],
  ])
    await running.answer(question, `${answer}\r`);
  const { code, shown } = await running.finished;
  assert.equal(code, exit.done, shown);
  assert.match(shown, /others\s+may\s+read\s+or\s+change\s+it/);
  const { url } = await home.url();
  await home.ok('exchange', [], { input: await signIn(url) });
});
