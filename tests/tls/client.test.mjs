// Mutual TLS as `moat` speaks it: which certificate it shows to whom, and what it makes of a refusal.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Home, assertClear, exit, signedIn } from '../e2e/lab/moat.mjs';
import { certs, roots } from '../e2e/lab/paths.mjs';
import { json, serve, tokens } from '../e2e/lab/scripted.mjs';

const ca = `${certs}/root-client.crt`;
const only = (version) => ({ minVersion: version, maxVersion: version });
const asking = { requestCert: true, rejectUnauthorized: true, ca: readFileSync(ca) };
const pair = (name) => [`client_certificate=${certs}/${name}.chain.pem`, `client_key=${certs}/${name}.key`];
const both = (name, key = name) => [
  ...['--client-certificate', `${certs}/${name}.chain.pem`],
  ...['--client-key', `${certs}/${key}.key`],
];

/** A home whose client goes without a secret, and shows a certificate if it is given one. */
const withCertificate = (t, server, name) =>
  signedIn(t, server, { auth: 'none', more: name ? both(name) : [] });

/** The versions that `moat` and a server of the lab have in common. */
async function versions(t) {
  const server = await serve(t);
  await signedIn(t, server);
  return server.handshakes[0].protocol === 'TLSv1.3' ? ['TLSv1.2', 'TLSv1.3'] : ['TLSv1.2'];
}

test('a server that demands a certificate gets it', async (t) => {
  for (const version of await versions(t))
    for (const name of ['client-ec', 'client-rsa', 'client-chain']) {
      const server = await serve(t, { tls: { ...asking, ...only(version) } });
      const home = await withCertificate(t, server, name);
      await home.ok('refresh');
      assert.deepEqual(
        server.handshakes.map(({ protocol, client }) => [protocol, client]),
        [
          [version, 'device'],
          [version, 'device'],
        ],
        name,
      );
      assert.ok(!('client_secret' in server.last.form) && !server.last.headers.authorization);
      assert.equal(server.last.form.client_id, 'public'); // RFC 8705 2
    }
});

test('a server that asks, but does without', async (t) => {
  const server = await serve(t, { tls: { ...asking, rejectUnauthorized: false } });
  await withCertificate(t, server);
  await withCertificate(t, server, 'client-ec');
  assert.deepEqual(
    server.handshakes.map(({ client }) => client),
    [undefined, 'device'],
  );
});

test('a server that does not ask sees no certificate', async (t) => {
  const server = await serve(t);
  await withCertificate(t, server, 'client-ec');
  assert.equal(server.handshakes[0].client, undefined);
});

/** OpenSSL as a server that ends the handshake over a certificate that it does not take, as Node's does not. */
class Openssl {
  #child;
  #text = '';
  requests = 0;

  constructor(t, version) {
    const shown = ['-cert', `${certs}/good-rsa.crt`, '-key', `${certs}/good-rsa.key`];
    const asked = ['-CAfile', ca, '-Verify', '3', '-verify_return_error'];
    const spoken = { 'TLSv1.2': '-tls1_2', 'TLSv1.3': '-tls1_3' }[version];
    const args = ['s_server', '-accept', '127.0.0.1:0', spoken, ...shown, ...asked];
    this.#child = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'ignore'] });
    t.after(() => this.#child.kill('SIGKILL'));
    this.#child.stdin.on('error', () => {});
    this.#child.stdout.setEncoding('latin1').on('data', (text) => this.#take(text));
  }

  /** The request ends with the last of its parameters. */
  #take(text) {
    this.#text += text;
    if (!/POST [^]*\r\n\r\n[^]*client_id=public/.test(this.#text)) return;
    this.#text = '';
    this.requests += 1;
    this.#child.stdin.write(json(tokens()));
  }

  async #gone() {
    const [status] = await once(this.#child, 'close');
    throw new Error(`openssl s_server ended with status ${status}`);
  }

  async listening() {
    let port;
    while (!(port = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(this.#text)))
      await Promise.race([once(this.#child.stdout, 'data'), this.#gone()]);
    const origin = `https://localhost:${port[1]}`;
    return { authorizeUrl: `${origin}/authorize`, tokenUrl: `${origin}/token` };
  }
}

const refusals = {
  missing: [undefined, /wants a certificate of the client/, /client_certificate=FILE/],
  'of another authority': ['client-unknown', /does not know who issued the client's certificate/, /The client's certificate is /],
  expired: ['client-expired', /says that a certificate of the client has expired/, /The client's certificate is /],
};

for (const [what, [name, reason, advice]] of Object.entries(refusals))
  test(`a certificate is refused, ${what}: the profile is to blame, and no grant is lost`, async (t) => {
    for (const version of await versions(t)) {
      const server = new Openssl(t, version);
      const home = new Home(t);
      await home.init(await server.listening(), { auth: 'none', more: both('client-ec') });
      await home.signIn();
      if (name) await home.ok('set', pair(name));
      else await home.ok('set', ['client_certificate=', 'client_key=']);
      const refused = await home.expect(exit.profile, 'refresh');
      assertClear(refused, reason);
      assert.match(refused.err, advice);
      assert.equal((await home.status()).interrupted, false, version);
      assert.equal(server.requests, 1);
      assert.equal((await home.call('token', [])).code, exit.done); // the old one is still good
      await home.ok('set', pair('client-ec'));
      await home.ok('refresh');
      assert.equal(server.requests, 2);
    }
  });

test('a key of another certificate is refused before anything is sent', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  const args = ['--provider', 'custom', '--authorize-url', server.authorizeUrl, '--token-url', server.tokenUrl];
  const more = ['--client-id', 'public', '--ca', roots, ...both('client-ec', 'client-rsa')];
  assertClear(await home.expect(exit.profile, 'init', [...args, ...more]), /key .* does not belong to the certificate/);
  assert.equal(server.accepted, 0);
});
