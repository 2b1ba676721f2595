// Good and bad TLS servers, by name. As a module: `cases`, each a setting for lab/scripted.mjs.
// As a command, for a look by hand: node serve.mjs [CASE...] serves each on a free port of loopback,
// prints "CASE PORT good|bad WHY" and stays until it is stopped. roots.pem is what a client trusts.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { certs } from '../e2e/lab/paths.mjs';
import { http, json, sending, serve, tokens } from '../e2e/lab/scripted.mjs';

const weak = { ciphers: 'DEFAULT@SECLEVEL=0' }; // what OpenSSL must be told to serve such a certificate
const only = (version) => ({ minVersion: version, maxVersion: version });
const suite = (ciphers) => ({ ...only('TLSv1.2'), ciphers });

const body = JSON.stringify(tokens());
const whole = json(tokens());
const short = http('200 OK', body, { 'Content-Length': body.length + 50 });
const endless = http('200 OK', body, { 'Content-Length': undefined, Connection: 'close' });
const split = (text) => Array.from(text);

/** A peer that does not speak TLS: waits for the ClientHello, sends these bytes and ends. */
const saying = (bytes) => async (connection) => {
  await connection.bytes();
  await connection.write(bytes);
  connection.end();
};

const good = (why, setting = {}) => ({ good: true, why, ...setting });
// `reason` is what the client must say about it.
const bad = (why, reason, setting = {}) => ({ good: false, why, reason, ...setting });

const untrusted = /not trusted|unknown|issuer|authority|root/i;
const handshake = /TLS|handshake/i;
const connection = /connection|connect|closed|reset|ended|broke/i;

export const cases = {
  'good-rsa': good('RSA 2048 under the RSA root'),
  'good-ecdsa': good('P-256 under the EC root'),
  'good-p384': good('P-384'),
  'good-rsa4096': good('RSA 4096'),
  sha384: good('signed with SHA-384'),
  'no-eku': good('no extended key usage: any use (RFC 5280 4.2.1.12)'),
  'inter-ok': good('the intermediate is sent along'),
  'deep-chain': good('six intermediates'),
  tls12: good('TLS 1.2 and no other', { tls: only('TLSv1.2') }),
  'gcm256-only': good('one suite', { tls: suite('ECDHE-RSA-AES256-GCM-SHA384') }),
  'chacha-only': good('one suite', { tls: suite('ECDHE-RSA-CHACHA20-POLY1305') }),
  'p384-only': good('key exchange over P-384', { tls: { ...only('TLSv1.2'), ecdhCurve: 'P-384' } }),
  'record-1byte': good('an answer in records of one byte', { script: sending(split(whole)) }),
  'split-headers': good('a header over three records', {
    script: sending([whole.slice(0, 9), whole.slice(9, 30), whole.slice(30)]),
  }),
  'nolength-polite': good('no length, ended by close_notify', { script: sending([endless]) }),
  'length-then-rude': good('a complete answer, then no close_notify', {
    script: sending([whole], 'cut'),
  }),

  expired: bad('ended an hour ago', /expired/i),
  notyet: bad('begins in five years', /not (yet valid|valid yet)/i),
  'inter-expired': bad('an intermediate that ended', /expired/i),
  wronghost: bad('another name', /name/i),
  'cn-only': bad('the name is in CN alone (RFC 9525 6.3)', /name/i),
  wildcard: bad('wildcards that do not match', /name/i),
  'san-suffix': bad('names that contain the right one', /name/i),
  'san-nul': bad('the right name, a NUL and more', /name|certificate/i),
  'ip-san': bad('for an address, asked for by name', /name/i),
  'inter-missing': bad('the intermediate is not sent', untrusted),
  unknownca: bad('another root', untrusted),
  'unknownca-sent': bad('another root, sent along', untrusted),
  'fakeca-leaf': bad("the root's name, another key", untrusted),
  selfsigned: bad('self-signed', untrusted),
  'by-notca': bad('issued by a certificate that is no CA', untrusted),
  pathlen: bad('one intermediate too many for pathlen:0', untrusted),
  nameconstr: bad('critical name constraints', /certificate|trust/i),
  'wrong-eku': bad('for clients only', /certificate|use|usage/i),
  'wrong-ku': bad('not for signatures', /certificate|use|usage|handshake/i),
  'crit-ext': bad('an unknown critical extension', /certificate|extension/i),
  badsig: bad('a flipped bit in the signature', untrusted),
  sha1: bad('signed with SHA-1', /certificate|weak|SHA-1|TLS/i, { tls: weak }),
  rsa1024: bad('RSA 1024', /certificate|weak|key/i, { tls: weak }),
  ed25519: bad('Ed25519: not in Mbed TLS', handshake),
  k256: bad('secp256k1', handshake),
  'k256-inter': bad('an intermediate on secp256k1', /certificate|curve|key|TLS/i),

  tls11: bad('TLS 1.1 at most', handshake, {
    tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ...weak },
  }),
  'cbc-only': bad('a CBC suite', handshake, { tls: suite('ECDHE-RSA-AES128-SHA256') }),
  'rsa-kex-only': bad('no forward secrecy', handshake, { tls: suite('AES128-GCM-SHA256') }),
  'null-cipher': bad('no encryption', handshake, { tls: suite('eNULL@SECLEVEL=0') }),
  'no-tls-http': bad('plain HTTP', handshake, { plain: true, script: saying(whole) }),
  garbage: bad('random bytes', handshake, { plain: true, script: saying(randomBytes(300)) }),
  'alert-only': bad('a fatal alert', handshake, {
    plain: true,
    script: saying(Buffer.from('15030300020228', 'hex')),
  }),
  'huge-record-header': bad('a record longer than any may be', handshake, {
    plain: true,
    script: saying(Buffer.from(`160303ffff${'41'.repeat(3000)}`, 'hex')),
  }),
  'tcp-close': bad('accepts and closes', connection, { plain: true, script: async (c) => c.end() }),
  'tcp-reset': bad('accepts and resets', connection, {
    plain: true,
    script: async (c) => c.reset(),
  }),
};

// A case that is named like a certificate is about that certificate.
for (const [name, setting] of Object.entries(cases)) {
  if (existsSync(`${certs}/${name}.key`)) setting.cert = name;
}

/** Servers that a request reaches, and that do not answer it properly. */
export const broken = {
  'close-after-handshake': { script: async (c) => c.end() },
  'close-no-answer': { script: sending([]) },
  'close-in-header': { script: sending([whole.slice(0, 50)]) },
  'truncated-polite': { script: sending([short]) },
  'truncated-rude': { script: sending([short], 'cut') },
  'reset-midbody': { script: sending([short], 'reset') },
  'nolength-rude': { script: sending([endless], 'cut') },
  'nolength-reset': { script: sending([endless], 'reset') },
};

async function main(names) {
  const stops = [];
  const every = { ...cases, ...broken };
  for (const name of names.length ? names : Object.keys(every)) {
    const { good: fine = false, why = 'no proper answer', ...setting } = every[name];
    const server = await serve({ after: (stop) => stops.push(stop) }, setting);
    console.log(`${name} ${server.port} ${fine ? 'good' : 'bad'} ${why}`);
  }
  process.on('SIGTERM', () => stops.forEach((stop) => stop()));
  process.on('SIGINT', () => stops.forEach((stop) => stop()));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main(process.argv.slice(2));
