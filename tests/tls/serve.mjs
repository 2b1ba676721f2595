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
// `reason` is what the client must say about it; what `passes` may be over at the next try.
// `openssl` is what `openssl verify` makes of a chain.
const bad = (why, reason, setting = {}) => ({ good: false, why, reason, ...setting });

const refused = (why) => new RegExp(`^moat: the certificate of localhost was refused: ${why}\n`);
const expired = refused('it has expired');
const otherName = refused('it is for another name');
const untrusted = refused('no root that is trusted here vouches for it');
const incomplete = refused(
  "the server's chain is incomplete or out of order, or its root is not trusted here",
);
const misused = refused('it, or an authority above it, is not meant for servers');
const notItsNames = refused('an authority above it may not certify its names');
const critical = refused(
  'it, or one above it, has a critical extension that is not known here [^\n]*, or is damaged',
);
const weakness = refused('its keys or algorithms are not acceptable');
const nothingInCommon = /refused .*: it has no version(, cipher or key| of TLS) in common/;
const notTls = /TLS with localhost failed: what it sent is not TLS/;
// Which of them depends on how far the client had come.
const lost = /(lost the connection|cannot connect) to localhost/;
const lostOrAsked = /lost the connection|wants a certificate of the client/;

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
  'eku-server': good('an authority for servers and clients', { openssl: true }),
  'eku-any': good('an authority for any use (RFC 5280 4.2.1.12)', { openssl: false }),
  'nc-here': good('an authority for this host and its addresses', { openssl: true }),
  'nc-excluded-other': good('an authority for all names but others', { openssl: true }),
  'nc-ip': good('an authority for these addresses, and for any name', { openssl: true }),
  'nc-ip-excluded': good('an authority for all addresses but others', { openssl: true }),
  'nc-email': good('an authority that is limited in what does not matter', { openssl: true }),
  'nc-directory': good('an authority for the subject', { openssl: true }),
  'nc-root': good('a root for this host, critical', { openssl: true }),
  'in-order': good('two authorities, in order', { openssl: true }),
  unrelated: good('a certificate that has nothing to do with it', { openssl: true }),
  'mtls-optional': good('asks for a certificate of the client and does without', {
    tls: { requestCert: true, rejectUnauthorized: false },
  }),
  'record-16k': good('an answer that fills a record', {
    script: sending([json(tokens({ padding: 'x'.repeat(15000) }))]),
  }),
  'record-1byte': good('an answer in records of one byte', { script: sending(split(whole)) }),
  'split-headers': good('a header over three records', {
    script: sending([whole.slice(0, 9), whole.slice(9, 30), whole.slice(30)]),
  }),
  'nolength-polite': good('no length, ended by close_notify', { script: sending([endless]) }),
  'length-then-rude': good('a complete answer, then no close_notify', {
    script: sending([whole], 'cut'),
  }),

  expired: bad('ended an hour ago', expired, { passes: true }),
  notyet: bad('begins in five years', refused('it is not valid yet'), { passes: true }),
  'inter-expired': bad('an intermediate that ended', expired, { passes: true }),
  wronghost: bad('another name', otherName),
  'cn-only': bad('the name is in CN alone (RFC 9525 6.3)', otherName),
  wildcard: bad('wildcards that do not match', otherName),
  'san-suffix': bad('names that contain the right one', otherName),
  'san-nul': bad('the right name, a NUL and more', otherName),
  'ip-san': bad('for an address, asked for by name', otherName),
  'inter-missing': bad('the intermediate is not sent', incomplete, { openssl: false }),
  'upper-missing': bad('one of two is not sent', incomplete, { openssl: false }),
  shuffled: bad('two, the upper one first (OpenSSL sorts them)', incomplete, { openssl: true }),
  unknownca: bad('another root', incomplete, { openssl: false }),
  'unknownca-sent': bad('another root, sent along', untrusted, { openssl: false }),
  'fakeca-leaf': bad("the root's name, another key", incomplete, { openssl: false }),
  selfsigned: bad('self-signed', untrusted, { openssl: false }),
  'by-notca': bad('issued by a certificate that is no CA', incomplete, { openssl: false }),
  pathlen: bad('one intermediate too many for pathlen:0', incomplete, { openssl: false }),
  'eku-smime': bad('an authority for S/MIME', misused, { openssl: false }),
  'eku-critical-smime': bad('the same, critical', misused, { openssl: false }),
  'nc-other': bad('an authority for another name', notItsNames, { openssl: false }),
  'nc-excluded': bad('an authority for all names but this', notItsNames, { openssl: false }),
  'nc-all-excluded': bad('... and all addresses but this', notItsNames, { openssl: false }),
  'nc-ip-other': bad('an authority for other addresses', notItsNames, { openssl: false }),
  'nc-one-of-two': bad('an authority for one of its names', notItsNames, { openssl: false }),
  'nc-wildcard': bad('a wildcard that covers an excluded name', notItsNames, { openssl: true }),
  'nc-directory-other': bad('an authority for another subject', notItsNames, { openssl: false }),
  'nc-upper': bad('an authority for another name, above one for any', notItsNames, {
    openssl: false,
  }),
  'nc-root-other': bad('a root for another name', notItsNames, { openssl: false }),
  'nc-critical': bad('an authority for this host, critical', critical, { openssl: true }),
  nameconstr: bad('an authority for another name, critical', critical, { openssl: false }),
  'wrong-eku': bad('for clients only', misused, { openssl: false }),
  'wrong-ku': bad('not for signatures', misused),
  'crit-ext': bad('an unknown critical extension', critical),
  badsig: bad('a flipped bit in the signature', incomplete),
  sha1: bad('signed with SHA-1', weakness, { tls: weak }),
  rsa1024: bad('RSA 1024', weakness, { tls: weak }),
  ed25519: bad('Ed25519: not in Mbed TLS', nothingInCommon),
  k256: bad('secp256k1', nothingInCommon),
  'k256-inter': bad('an intermediate on secp256k1', weakness),

  tls11: bad('TLS 1.1 at most', nothingInCommon, {
    tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ...weak },
  }),
  'mtls-required': bad('wants a certificate of the client', lostOrAsked, {
    tls: { ...only('TLSv1.2'), requestCert: true, rejectUnauthorized: true },
  }),
  'cbc-only': bad('a CBC suite', nothingInCommon, { tls: suite('ECDHE-RSA-AES128-SHA256') }),
  'rsa-kex-only': bad('no forward secrecy', nothingInCommon, { tls: suite('AES128-GCM-SHA256') }),
  'null-cipher': bad('no encryption', nothingInCommon, { tls: suite('eNULL@SECLEVEL=0') }),
  'no-tls-http': bad('plain HTTP', notTls, { plain: true, script: saying(whole) }),
  garbage: bad('random bytes', notTls, { plain: true, script: saying(randomBytes(300)) }),
  'alert-only': bad('a fatal alert', /refused the TLS connection.*alert 40/, {
    plain: true,
    script: saying(Buffer.from('15030300020228', 'hex')),
  }),
  'huge-record-header': bad('a record longer than any may be', /: it broke the rules of TLS/, {
    plain: true,
    script: saying(Buffer.from(`160303ffff${'41'.repeat(3000)}`, 'hex')),
  }),
  'tcp-close': bad('accepts and closes', lost, { plain: true, script: async (c) => c.end() }),
  'tcp-reset': bad('accepts and resets', lost, {
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
