// A client that proves itself by its certificate (RFC 8705), against npm's oidc-provider and files of all kinds.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate, createPublicKey } from 'node:crypto';
import { chmodSync, copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Home, age, assertClear, exit, signedIn, terminal } from './lab/moat.mjs';
import { certs, roots } from './lab/paths.mjs';
import { signIn } from './lab/person.mjs';
import { serve } from './lab/scripted.mjs';
import { startLab } from './lab/server.mjs';

const chain = (name) => `${certs}/${name}.chain.pem`;
const key = (name) => `${certs}/${name}.key`;
const pair = (name) => [`client_certificate=${chain(name)}`, `client_key=${key(name)}`];
const both = (name) => ['--client-certificate', chain(name), '--client-key', key(name)];

const byAuthority = {
  client_id: 'device-by-authority',
  token_endpoint_auth_method: 'tls_client_auth',
  tls_client_auth_subject_dn: 'CN=device',
};

/** A registration by the certificate itself (RFC 8705 2.2.2). */
function byCertificate(name) {
  const certificate = new X509Certificate(readFileSync(chain(name)));
  const jwk = createPublicKey(certificate.publicKey.export({ type: 'spki', format: 'pem' })).export({ format: 'jwk' });
  return {
    client_id: 'device-by-certificate',
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: { keys: [{ ...jwk, x5c: [certificate.raw.toString('base64')] }] },
  };
}

/** A home that has signed in at a lab of its own, as a client with a certificate. */
async function start(t, client, name, settings) {
  const lab = await startLab({ mtls: [client], ...settings });
  t.after(() => lab.stop());
  const home = new Home(t);
  await home.init(lab, { auth: 'tls', id: client.client_id, more: both(name) });
  const { url } = await home.url();
  await home.ok('exchange', [], { input: await signIn(url) });
  return { lab, home };
}

for (const [method, client, name] of [
  ['tls_client_auth', byAuthority, 'client-ec'],
  ['tls_client_auth, RSA', byAuthority, 'client-rsa'],
  ['self_signed_tls_client_auth', byCertificate('client-unknown'), 'client-unknown'],
])
  test(`the whole way with a certificate: ${method}`, async (t) => {
    const { lab, home } = await start(t, client, name);
    await home.ok('refresh');
    await home.ok('refresh', ['-vv']);
    assert.deepEqual(lab.posts, [200, 200, 200]);
    assert.match(readFileSync(home.profile, 'utf8'), /^auth = tls$/m);
    const secret = readFileSync(key(name), 'latin1').split('\n')[1];
    assert.deepEqual(home.holding(secret), [], 'the key stays where it is');
  });

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'])
  test(`a session is not resumed with another certificate, nor without one: ${maxVersion}`, async (t) => {
    const { lab, home } = await start(t, byAuthority, 'client-ec', { maxVersion });
    const resumed = async (code = exit.done) => {
      lab.handshakes.length = 0;
      await home.expect(code, 'refresh');
      return lab.handshakes[0].resumed;
    };
    assert.equal(await resumed(), true);
    await home.ok('set', pair('client-other'));
    assert.equal(await resumed(exit.profile), false, 'the server knows no other-device');
    await home.ok('set', pair('client-ec'));
    assert.equal(await resumed(), false, 'the last session was that of another certificate');
    assert.equal(await resumed(), true);
    await home.ok('set', ['client_certificate=', 'client_key=', 'auth=none']);
    assert.equal(await resumed(exit.profile), false);
    await home.ok('set', [...pair('client-ec'), 'auth=tls']);
    assert.equal(await resumed(), false);
  });

test('a machine without a person, by its certificate alone', async (t) => {
  const machine = { ...byAuthority, grant_types: ['client_credentials'], response_types: [], redirect_uris: [] };
  const lab = await startLab({ mtls: [machine] });
  t.after(() => lab.stop());
  const home = new Home(t);
  const urls = ['--provider', 'custom', '--token-url', lab.tokenUrl, '--ca', roots, '--scope', 'files.read'];
  await home.ok('init', [...urls, '--grant', 'client-credentials', '--client-id', machine.client_id, ...both('client-ec')]);
  assert.match((await home.ok('token')).out, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  await home.ok('set', pair('client-other'));
  assertClear(await home.expect(exit.profile, 'refresh'), /invalid_client/);
});

test('the server does not take the certificate, and says so by OAuth', async (t) => {
  const { home } = await start(t, byAuthority, 'client-ec');
  await home.ok('set', pair('client-unknown'));
  assertClear(await home.expect(exit.profile, 'refresh'), /invalid_client/);
  await home.ok('set', pair('client-ec'));
  await home.ok('refresh');
});

// ---- The two files

/** A home with copies of both files, to be spoiled. */
async function withFiles(t, name = 'client-ec') {
  const server = await serve(t);
  const home = new Home(t);
  const files = { certificate: `${home.dir}/own.pem`, key: `${home.dir}/own.key` };
  copyFileSync(chain(name), files.certificate);
  copyFileSync(key(name), files.key);
  const more = ['--client-certificate', files.certificate, '--client-key', files.key];
  await home.init(server, { auth: 'tls', id: 'device', more });
  await home.signIn();
  server.requests.length = 0;
  /** Nothing is sent, and the grant is as good as before. */
  const refused = async (words) => {
    const result = await home.expect(exit.profile, 'refresh');
    assertClear(result, words);
    assert.equal(server.requests.length, 0);
    assert.equal((await home.status()).interrupted, false);
    return result;
  };
  return { server, home, files, more, refused };
}

test('a key that others may read is refused', async (t) => {
  const { home, files, refused, more } = await withFiles(t);
  for (const mode of [0o640, 0o604, 0o620, 0o644]) {
    chmodSync(files.key, mode);
    await refused(/cannot take the client key from .*: others may read or change it[^]*chmod 600/);
  }
  assertClear(await home.expect(exit.profile, 'set', [`client_key=${files.key}`]), /chmod 600/);
  assertClear(await home.expect(exit.profile, 'init', ['--force', ...more]), /chmod 600/);
  chmodSync(files.key, 0o400);
  chmodSync(files.certificate, 0o644); // that is public
  await home.ok('refresh');
});

test('a key, or a certificate, that cannot be used', async (t) => {
  const { home, files, refused } = await withFiles(t);
  const good = { certificate: readFileSync(files.certificate), key: readFileSync(files.key) };
  const spoil = async (which, bytes, words) => {
    writeFileSync(files[which], bytes);
    await refused(words);
    writeFileSync(files[which], good[which]);
  };
  const encrypted = execFileSync('openssl', ['pkcs8', '-topk8', '-in', files.key, '-v2', 'aes-128-cbc', '-passout', 'pass:x']);
  await spoil('key', encrypted, /the client key in .* is encrypted[^]*openssl pkey -in/);
  await spoil('key', '', /there is no RSA or EC key that can be used/);
  await spoil('key', good.key.subarray(0, 100), /there is no RSA or EC key that can be used/);
  await spoil('key', readFileSync(key('client-rsa')), /key in .* does not belong to the certificate in/);
  await spoil('certificate', 'nothing', /there is no certificate that can be used/);
  await spoil('certificate', good.certificate.subarray(0, 200), /there is no certificate that can be used/);
  await spoil('certificate', Buffer.alloc(1 << 17, 65), /cannot take the client certificate .* too large/);
  assertClear(await home.expect(exit.profile, 'set', [`client_certificate=${home.dir}/none.pem`]), /No such file/);
  await home.ok('refresh');
});

test('DER will do, and so will a chain', async (t) => {
  const { home, files } = await withFiles(t);
  writeFileSync(files.certificate, execFileSync('openssl', ['x509', '-in', chain('client-ec'), '-outform', 'DER']));
  writeFileSync(files.key, execFileSync('openssl', ['pkey', '-in', key('client-ec'), '-outform', 'DER'], { stdio: ['ignore', 'pipe', 'ignore'] }));
  await home.ok('refresh');
  copyFileSync(chain('client-chain'), files.certificate);
  copyFileSync(key('client-chain'), files.key);
  await home.ok('refresh');
});

test('both files may be credentials of systemd', async (t) => {
  const { home, files } = await withFiles(t);
  chmodSync(files.key, 0o440); // and an ACL beside that
  await home.ok('set', ['client_certificate=$CREDENTIALS_DIRECTORY/own.pem', 'client_key=$CREDENTIALS_DIRECTORY/own.key']);
  await home.ok('refresh', [], { env: { ...home.env, CREDENTIALS_DIRECTORY: home.dir } });
  await home.expect(exit.profile, 'refresh');
});

test('a link to the key may be followed', async (t) => {
  const { home, files } = await withFiles(t);
  symlinkSync(files.key, `${home.dir}/link`);
  await home.ok('set', [`client_key=${home.dir}/link`]);
  await home.ok('refresh');
});

// ---- The command line

test('a certificate and its key come together', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  const args = ['--provider', 'custom', '--authorize-url', server.authorizeUrl, '--token-url', server.tokenUrl, '--client-id', 'device', '--ca', roots];
  const refused = async (more, words) => assertClear(await home.expect(exit.misuse, 'init', [...args, ...more]), words);
  await refused(['--auth', 'tls'], /--auth tls needs a client_certificate and its client_key/);
  await refused(both('client-ec').slice(0, 2), /--client-certificate .* needs its client_key/);
  await refused(['--auth', 'none', ...both('client-ec').slice(2)], /--client-key .* needs its client_certificate/);
  await refused([...both('client-ec'), '--auth', 'tls', '--secret-file', home.secretFile('S3cret')], /--auth tls goes without a secret, but --secret-file is given/);
  await home.ok('init', [...args, ...both('client-ec')]);
  assert.match(readFileSync(home.profile, 'utf8'), /^auth = tls$/m, 'what a certificate is for, if nothing else is said');
  assertClear(await home.expect(exit.misuse, 'set', ['client_key=']), /client_certificate .* needs its client_key/);
  assertClear(await home.expect(exit.misuse, 'secret', [], { input: 'S3cret\n' }), /drive proves itself by a certificate, and needs no secret\n +If a secret takes its place, first: moat set drive auth=none/);
  assert.match(readFileSync(home.profile, 'utf8'), /^auth = tls$/m);
  await home.ok('set', ['auth=none']);
  await home.ok('secret', [], { input: 'S3cret\n' });
  assert.match(readFileSync(home.profile, 'utf8'), /^auth = post$/m);
  assert.match(readFileSync(home.profile, 'utf8'), /^client_key = \//m, 'the certificate is still shown');
});

test('init --force with a certificate: a client with a secret keeps it', async (t) => {
  const home = new Home(t);
  const server = await serve(t);
  await home.init(server, { auth: 'none', id: 'device' });
  await home.ok('secret', [], { input: 'S3cret\n' });
  await home.ok('init', ['--force', ...both('client-ec')]);
  assert.match(readFileSync(home.profile, 'utf8'), /^auth = post$/m);
  assert.match(readFileSync(home.profile, 'utf8'), /^client_key = \//m, 'which is shown besides');
  assert.deepEqual(home.holding('S3cret'), ['drive/secret']);
  await home.ok('init', ['--force', '--auth', 'none']);
  await home.ok('init', ['--force', ...both('client-ec')]);
  assert.match(readFileSync(home.profile, 'utf8'), /^auth = tls$/m, 'there is no secret that it would go without');
});

test('the guide asks for both files', async (t) => {
  const server = await serve(t, { tls: { requestCert: true, rejectUnauthorized: false, ca: readFileSync(`${certs}/root-client.crt`) } });
  const home = new Home(t);
  const running = terminal(t, home, ['init', home.name, '--ca', roots]);
  for (const [question, answer] of [
    ['Provider [entra]: ', 'custom'],
    ['Authorize URL, where a person signs in: ', server.authorizeUrl],
    ['Token URL, where codes are exchanged: ', server.tokenUrl],
    ['Device authorization URL; Enter if there is none: ', ''],
    ['Client ID: ', 'device'],
    ['Method [none]: ', 'tls'],
    ["PEM file of the certificate, and its issuers': ", chain('client-ec')],
    ['File of its key: ', key('client-rsa')], // that of another
    ['File of its key: ', key('client-ec')],
    ['Redirect URI [http://localhost]: ', ''],
    ["Scopes; Enter for the provider's own choice: ", ''],
    ['What next [write]: ', ''],
  ])
    await running.answer(question, `${answer}\r`);
  const { code, shown } = await running.finished;
  assert.equal(code, exit.done, shown);
  assert.match(shown, /does\s+not\s+belong\s+to\s+the\s+certificate/);
  await home.signIn();
  assert.equal(server.handshakes.at(-1).client, 'device');
});

// ---- Its end

/** A certificate of its own authority, with so many days left. */
function issue(files, days) {
  const made = ['-subj', '/CN=soon', '-days', `${days}`, '-out', files.certificate];
  execFileSync('openssl', ['req', '-x509', '-new', '-key', files.key, ...made], { stdio: 'ignore' });
}

test('a certificate that ends soon is told ahead', async (t) => {
  const { home, files } = await withFiles(t);
  assert.doesNotMatch((await home.ok('refresh')).err, /certificate/);
  const fine = await home.ok('doctor');
  assert.match(fine.out, /^ok +client cert +CN=device, ends on /m);
  issue(files, 10);
  const soon = /warning: the client certificate ends on .*, in (9|10) days/;
  assert.match((await home.ok('refresh')).err, soon);
  assert.match((await home.ok('doctor')).out, /^warning +client cert /m);
  age(home);
  const kept = await home.run(['keep']);
  assert.equal(kept.code, exit.done);
  assert.match(kept.err, soon);
  assert.doesNotMatch((await home.run(['keep'])).err, /certificate/, 'it is told once');
});

test('the doctor finds a certificate that has ended, or has the key of another', async (t) => {
  const { home, files } = await withFiles(t);
  copyFileSync(chain('client-expired'), files.certificate);
  copyFileSync(key('client-expired'), files.key);
  assert.match((await home.expect(exit.profile, 'doctor')).out, /the client certificate ended on /);
  copyFileSync(key('client-rsa'), files.key);
  assert.match((await home.expect(exit.profile, 'doctor')).out, /does\s+not\s+belong\s+to\s+the\s+certificate/);
  chmodSync(files.key, 0o644);
  assert.match((await home.expect(exit.profile, 'doctor')).out, /others may read or change\s+it/);
});

test('without a certificate there is no word of it', async (t) => {
  const home = await signedIn(t, await serve(t));
  assert.doesNotMatch((await home.ok('doctor')).out, /^warning +client cert /m);
});
