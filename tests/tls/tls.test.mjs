// TLS as `moat` speaks it: which servers it talks to, and that no others get a byte of a request.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { Home, assertClear, exit, signedIn } from '../e2e/lab/moat.mjs';
import { certs, roots } from '../e2e/lab/paths.mjs';
import { json, sending, serve, tokens } from '../e2e/lab/scripted.mjs';
import { broken, cases } from './serve.mjs';

const verdicts = {}; // of chains, by moat

for (const [name, { good, why, reason, passes, openssl, ...setting }] of Object.entries(cases)) {
  test(`${name}: ${why}`, async (t) => {
    const server = await serve(t);
    const home = await signedIn(t, server);
    const before = server.bytes;
    server.play(setting);
    const result = await home.call('refresh');
    await server.quiet();
    if (openssl !== undefined) verdicts[name] = result.code === exit.done;
    if (good) {
      assert.equal(result.code, exit.done, result.err);
      assert.equal(server.requests.length, 2);
      return;
    }
    assert.ok(
      [exit.failed, exit.later, exit.profile].includes(result.code),
      `${result.code}: ${result.err}`,
    );
    if (/^moat: the certificate of/.test(result.err))
      assert.equal(result.code, passes ? exit.later : exit.profile, result.err);
    assertClear(result, reason);
    assert.equal(setting.plain ? 0 : server.bytes - before, 0, 'not one byte of a request');
    assert.equal(server.requests.length, 1);

    server.play({});
    await home.ok('refresh'); // the grant has not suffered
  });
}

test('chains, and what OpenSSL makes of them', () => {
  const word = (taken) => (taken ? 'taken' : 'refused').padEnd(9);
  const options = ['-purpose', 'sslserver', '-verify_hostname', 'localhost', '-CAfile', roots];
  const lines = Object.entries(verdicts).map(([name, taken]) => {
    const chain = `${certs}/${name}.chain.pem`;
    const { status } = spawnSync('openssl', ['verify', ...options, '-untrusted', chain, chain]);
    assert.equal(status === 0, cases[name].openssl, name);
    return `${name.padEnd(20)} ${word(taken)} ${word(status === 0)} ${cases[name].why}\n`;
  });
  console.log(`\nchain                moat      OpenSSL\n${lines.join('')}`);
  assert.ok(lines.length > 30);
});

for (const [name, setting] of Object.entries(broken)) {
  test(`${name}: no complete answer`, async (t) => {
    const server = await serve(t);
    const home = await signedIn(t, server);
    server.play(setting);
    assertClear(await home.expect(exit.later, 'refresh'));
    server.play({});
    await home.ok('refresh');
  });
}

/** A home for a server that goes by `host`. */
async function homeFor(t, server, host) {
  const home = new Home(t);
  const url = (path) => `https://${host}:${server.port}${path}`;
  await home.init({ authorizeUrl: url('/authorize'), tokenUrl: url('/token') });
  return home;
}

test('an address is asked for by address', async (t) => {
  const server = await serve(t, { cert: 'ip-san' });
  const home = await homeFor(t, server, '127.0.0.1');
  await home.signIn();
  server.play({ cert: 'nc-ip' });
  await home.ok('refresh');
  assert.equal(server.last.headers.host, `127.0.0.1:${server.port}`);
  assert.ok(!server.handshakes[0].name, 'no SNI for an address (RFC 6066 3)');
});

test('an address is not a name, nor another address', async (t) => {
  for (const cert of ['ip-as-dns', 'cn-only', 'wronghost', 'nc-ip-other']) {
    const server = await serve(t, { cert });
    const home = await homeFor(t, server, '127.0.0.1');
    const failed = await home.call('exchange', [], { input: (await home.redirect()).redirect });
    assert.notEqual(failed.code, exit.done, cert);
    assertClear(failed, /name|address/i);
    assert.equal(server.bytes, 0);
  }
});

test('the name is compared in any case', async (t) => {
  const server = await serve(t);
  const home = await homeFor(t, server, 'LOCALHOST');
  await home.signIn();
});

test('an IPv6 address in brackets', async (t) => {
  const server = await serve(t, { host: '::1' });
  const home = await homeFor(t, server, '[::1]');
  await home.signIn();
  assert.equal(server.last.headers.host, `[::1]:${server.port}`);
});

test('TLS 1.2 or newer, http/1.1 by ALPN, SNI, and an ECDHE AEAD suite', async (t) => {
  const server = await serve(t);
  await signedIn(t, server);
  const [{ protocol, suite, alpn, name }] = server.handshakes;
  assert.match(protocol, /^TLSv1\.[23]$/);
  if (process.env.NEWEST_TLS) assert.equal(protocol, process.env.NEWEST_TLS); // what check.sh built
  assert.match(suite, /^(TLS_|ECDHE-)/);
  assert.match(suite, /GCM|CHACHA20/);
  assert.equal(alpn, 'http/1.1');
  assert.equal(name, 'localhost');
});

test('TLS 1.3 and no other, where there is TLS 1.3', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  server.play({ tls: { minVersion: 'TLSv1.3' } });
  if (server.handshakes[0].protocol === 'TLSv1.3') {
    await home.ok('refresh');
    return;
  }
  const before = server.bytes;
  assertClear(await home.expect(exit.profile, 'refresh'), /no version/);
  await server.quiet();
  assert.equal(server.bytes, before);
});

// With TLS 1.3 the client is through before it can be told.
test('a server that wants a certificate of the client says so late, and costs no grant', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  server.play({ tls: { requestCert: true, rejectUnauthorized: true } });
  const result = await home.call('refresh');
  assertClear(result, /wants a certificate of the client|lost the connection/);
  assert.equal(result.code, result.err.includes('wants a certificate') ? exit.profile : exit.later);
  assert.equal(server.requests.length, 1);
  server.play({});
  await home.ok('refresh');
});

for (const cert of ['good-rsa', 'good-ecdsa']) {
  test(`a server that has lost TLS 1.3 since the last session: ${cert}`, async (t) => {
    const server = await serve(t, { cert });
    const home = await signedIn(t, server);
    for (const version of ['TLSv1.2', 'TLSv1.2', undefined]) {
      server.play({ cert, tls: { maxVersion: version } });
      await home.ok('refresh');
    }
  });
}

test('a handshake message split over records: joined or refused, never half done', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const before = server.bytes;
  server.play({ cert: 'deep-chain', tls: { fragment: 512, maxVersion: 'TLSv1.2' } });
  const result = await home.call('refresh');
  await server.quiet();
  if (result.code === exit.done) return; // Mbed TLS 3.6.3 and later join
  assertClear(result, /TLS|handshake/i);
  assert.equal(server.bytes, before);
});

test('an answer in small records is joined', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const fresh = tokens({ access_token: `at-${'x'.repeat(6000)}` });
  server.play({ tls: { maxVersion: 'TLSv1.2' }, script: sending(json(fresh).match(/.{1,40}/gs)) });
  await home.ok('refresh');
  assert.equal((await home.ok('token')).out, `${fresh.access_token}\n`);
});
