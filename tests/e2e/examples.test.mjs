// The short files of examples/, run as somebody would who tries them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { clients, machines } from './lab/clients.mjs';
import { Home, age, passed, resealBytes, start, unhurried } from './lab/moat.mjs';
import { build, certs, roots } from './lab/paths.mjs';
import { signIn } from './lab/person.mjs';
import { aadsts, answering, json, serve, tokens } from './lab/scripted.mjs';
import { startLab } from './lab/server.mjs';

const { id } = clients.none;
const asPem = { privateKeyEncoding: { format: 'pem', type: 'pkcs8' }, publicKeyEncoding: { format: 'pem', type: 'spki' } };
const toDer = (name, file) =>
  execFileSync('openssl', ['x509', '-in', `${certs}/${name}.crt`, '-outform', 'DER', '-out', file]);
let dir, root, lab;
before(async () => {
  lab = await startLab();
  dir = mkdtempSync(join(tmpdir(), 'moat-examples-'));
  root = `${dir}/root.der`;
  toDer('root', root);
});
after(() => {
  lab.stop();
  rmSync(dir, { recursive: true });
  assert.deepEqual(lab.errors, []);
});

const run = (t, name, args, options) =>
  start(t, args, { env: passed, program: `${build}/examples/${name}`, ...options });

/** A refresh token of a public client, by way of the program. */
async function refreshToken(t) {
  const home = new Home(t);
  await home.init(lab, { auth: 'none' });
  const { url } = await home.url();
  await home.ok('exchange', [], { input: `${await signIn(url)}\n` });
  return JSON.parse((await home.ok('export', ['--format', 'json'])).out).refresh_token;
}

function assertAccessToken(accessToken) {
  const claims = JSON.parse(Buffer.from(accessToken.trim().split('.')[1], 'base64url'));
  assert.equal(claims.client_id, id);
  assert.equal(claims.sub, 'alice');
}

test('blocking: a refresh', async (t) => {
  const input = `${await refreshToken(t)}\n`;
  const { code, out, err } = await run(t, 'blocking', [lab.tokenUrl, root, id], { input }).finished;
  assert.equal(code, 0, err);
  assertAccessToken(out);
});

test('blocking: another root is not trusted', async (t) => {
  const other = `${dir}/other.der`;
  toDer('root-ec', other);
  const posts = lab.posts.length;
  const { code, err } = await run(t, 'blocking', [lab.tokenUrl, other, id], { input: 'x\n' }).finished;
  assert.equal(code, 1);
  assert.match(err, /certificate/);
  assert.equal(lab.posts.length, posts);
});

test('machine: client credentials, proved by a key', async (t) => {
  const state = mkdtempSync(`${dir}/state-`), key = `${state}/key.pem`;
  const token = (...changed) => {
    const args = [lab.tokenUrl, lab.issuer, root, machines.key.id, key, state];
    changed.forEach((value, i) => { args[i] = value ?? args[i]; });
    return run(t, 'machine', args).finished;
  };
  writeFileSync(key, lab.clientKey.pem);
  const { code, out, err } = await token();
  assert.equal(code, 0, err);
  assert.equal(JSON.parse(Buffer.from(out.split('.')[1], 'base64url')).client_id, machines.key.id);
  const asked = lab.asked;
  assert.equal((await token()).out, out); // from the folder
  assert.equal(lab.asked, asked);
  for (const [audience, pem] of [[`${lab.issuer}/`, lab.clientKey.pem], [undefined, generateKeyPairSync('ec', { namedCurve: 'P-256', ...asPem }).privateKey]]) {
    rmSync(`${state}/grant.a`), rmSync(`${state}/grant.b`, { force: true }), rmSync(`${state}/mark`, { force: true });
    writeFileSync(key, pem);
    const refused = await token(undefined, audience);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /^the server refused the request$/m);
  }
});

test('device_flow: signs in, and takes up a code that was pending', async (t) => {
  const state = mkdtempSync(`${dir}/state-`);
  const args = [lab.deviceUrl, lab.tokenUrl, root, id, state];
  const first = run(t, 'device_flow', args);
  const [, userCode] = await first.until(/enter the code (\S+)/);
  process.kill(first.pid, 'SIGKILL');
  assert.equal((await first.finished).signal, 'SIGKILL');
  const second = run(t, 'device_flow', args);
  assert.equal((await second.until(/enter the code (\S+)/))[1], userCode);
  await lab.approve(userCode);
  const { code, out, err } = await second.finished;
  assert.equal(code, 0, err);
  assert.match(out, /the grant is stored/);
  assert.deepEqual(readdirSync(state).filter((name) => /^(grant|pending)/.test(name)).length, 1);
});

test('device_flow: denied', async (t) => {
  const running = run(t, 'device_flow', [lab.deviceUrl, lab.tokenUrl, root, id, mkdtempSync(`${dir}/state-`)]);
  const [, userCode] = await running.until(/enter the code (\S+)/);
  await lab.deny(userCode);
  const { code, err } = await running.finished;
  assert.equal(code, 1);
  assert.match(err, /denied|refused|said no/);
});

test('device_flow: a code that the server does not know is forgotten', async (t) => {
  const server = await serve(t, {
    script: async (connection) => {
      await connection.request();
      await connection.write(
        json({ device_code: 'd', user_code: 'ABCD', verification_uri: 'https://x.example/', interval: 1 }),
      );
      await connection.request();
      await connection.write(json({ error: 'invalid_grant' }, '400 No'));
      connection.end();
    },
  });
  const state = mkdtempSync(`${dir}/state-`);
  const { code } = await run(t, 'device_flow', [server.tokenUrl, server.tokenUrl, root, id, state]).finished;
  assert.equal(code, 1);
  assert.equal(server.requests.length, 2);
  assert.ok(!readdirSync(state).includes('pending'), 'the next start asks for another');
});

test('superloop: a sign-in that was refused is not begun anew at once', async (t) => {
  const server = await serve(t, {
    script: answering(json({ error: 'access_denied' }, '400 No')),
  });
  const env = {
    ...passed,
    STATE: mkdtempSync(`${dir}/state-`),
    ROOTS: roots,
    TOKEN_URL: server.tokenUrl,
    DEVICE_URL: `${server.origin}/devicecode`,
    CLIENT_ID: id,
    RUN_MS: '2000',
  };
  const { code, out, err } = await run(t, 'superloop', [], { env }).finished;
  assert.equal(code, 0, err);
  assert.equal(server.requests.length, 1);
  assert.equal(out, 'need 1 0 oauth\n');
});

/** A modem at the other end of the line: it makes the TLS connection. `piece` bytes at a time. */
function modem(line, { port, refuse = false, piece = 7 } = {}) {
  const calls = [];
  let command = '';
  const slowly = (data) => {
    for (let i = 0; i < data.length; i += piece) line.write(data.subarray(i, i + piece));
  };
  const dial = (data) => {
    command += data.toString('latin1');
    if (!command.endsWith('\r\n')) return;
    calls.push(command.trim());
    if (refuse) return line.write('ERROR\r\n');
    line.off('data', dial);
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: readFileSync(roots) }, () => {
      line.write('CONNECT\r\n');
      line.on('data', (more) => socket.write(more));
      socket.on('data', slowly).on('end', () => line.end());
    });
    return socket;
  };
  line.on('data', dial).on('error', () => {});
  return calls;
}

test("own_tls: a refresh over a modem's TLS", async (t) => {
  const input = `${await refreshToken(t)}\n`;
  const running = run(t, 'own_tls', [lab.tokenUrl, id], { input, pipes: 4 });
  const { port } = new URL(lab.tokenUrl);
  const calls = modem(running.pipes[3], { port: Number(port) });
  const { code, out, err } = await running.finished;
  assert.equal(code, 0, err);
  assertAccessToken(out);
  assert.deepEqual(calls, [`AT+TLSOPEN="localhost",${port}`]);
});

test('own_tls: the modem does not get through', async (t) => {
  const running = run(t, 'own_tls', [lab.tokenUrl, id], { input: 'x\n', pipes: 4 });
  modem(running.pipes[3], { refuse: true });
  const { code, err } = await running.finished;
  assert.equal(code, 1);
  assert.match(err, /cannot be reached/);
});

test('own_tls: no Mbed TLS is linked', () => {
  const symbols = execFileSync('nm', [`${build}/examples/own_tls`], { encoding: 'utf8' });
  assert.match(symbols, / T moat_step$/m);
  assert.doesNotMatch(symbols, /mbedtls/);
});

test('blocking: an answer that is no answer', async (t) => {
  const server = await serve(t, {
    script: async (connection) => {
      await connection.request();
      await connection.write(json(tokens({ access_token: undefined })));
      connection.end();
    },
  });
  const { code, err } = await run(t, 'blocking', [server.tokenUrl, root, id], { input: 'x\n' }).finished;
  assert.equal(code, 1);
  assert.notEqual(err, '');
});

// ---- secure_element

function keyFile(pem) {
  const file = `${dir}/key-${randomBytes(4).toString('hex')}.pem`;
  writeFileSync(file, pem);
  return file;
}

test('secure_element: a token by client credentials', async (t) => {
  const args = [lab.tokenUrl, root, machines.key.id, lab.issuer, keyFile(lab.clientKey.pem)];
  const { code, out, err } = await run(t, 'secure_element', args).finished;
  assert.equal(code, 0, err);
  assert.equal(JSON.parse(Buffer.from(out.trim().split('.')[1], 'base64url')).client_id, machines.key.id);
});

const kinds = [
  ['ES256', 'ec', { namedCurve: 'P-256' }, 'pkcs8'],
  ['ES384', 'ec', { namedCurve: 'P-384' }, 'sec1'],
  ['PS256', 'rsa', { modulusLength: 2048 }, 'pkcs1'],
];
for (const [alg, type, options, format] of kinds)
  test(`secure_element: jose verifies ${alg}`, async (t) => {
    const server = await serve(t, { script: answering(json(tokens())) });
    const pem = generateKeyPairSync(type, options).privateKey.export({ type: format, format: 'pem' });
    const args = [server.tokenUrl, root, 'a "client"', 'https://issuer.example', keyFile(pem)];
    for (let i = 0; i < 2; i++) assert.equal((await run(t, 'secure_element', args).finished).code, 0);
    const jwts = server.requests.map(({ form }) => form.client_assertion);
    const payloads = [];
    for (const jwt of jwts) {
      const { payload } = await jwtVerify(jwt, createPublicKey(pem), { algorithms: [alg], audience: 'https://issuer.example' });
      assert.deepEqual(decodeProtectedHeader(jwt), { alg, typ: 'JWT' });
      assert.equal(payload.iss, 'a "client"');
      assert.equal(payload.sub, payload.iss);
      assert.equal(payload.exp - payload.iat, 300);
      payloads.push(payload);
    }
    assert.equal(payloads.length, 2);
    assert.notEqual(payloads[0].jti, payloads[1].jti);
  });

test('secure_element: an encrypted key', async (t) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' });
  const args = [lab.tokenUrl, root, machines.key.id, lab.issuer, keyFile(pem)];
  const { code, err } = await run(t, 'secure_element', args).finished;
  assert.equal(code, 1);
  assert.match(err, /the private key is encrypted/);
});

// ---- many

const lanes = 16;
const numbered = (n) => `rt-${String(n).padStart(43, '0')}`;
const numberOf = ({ form }) => Number(form.refresh_token.slice(3));

/** `count` accounts with a stored grant each, in the folders 0, 1 …; returns the folder of these. */
async function accounts(t, server, count) {
  const home = new Home(t);
  await home.init(server, { auth: 'none' });
  server.play({ tls: { ticketKeys: randomBytes(48) }, script: answering(json(tokens({ refresh_token: numbered(0) }))) });
  await home.signIn();
  age(home);
  const [name] = readdirSync(home.state).filter((file) => file.startsWith('grant'));
  const file = readFileSync(`${home.state}/${name}`);
  const all = mkdtempSync(`${dir}/many-`);
  for (let i = 0; i < count; i += 1) {
    mkdirSync(`${all}/${i}`, { mode: 0o700 });
    const record = resealBytes(Buffer.from(file), (bytes) => bytes.write(numbered(i), bytes.indexOf(numbered(0))));
    writeFileSync(`${all}/${i}/${name}`, record, { mode: 0o600 });
  }
  server.requests.length = 0;
  return all;
}

const runMany = (t, server, folder, count, gap) =>
  run(t, 'many', [server.tokenUrl, roots, id, folder, `${count}`, `${gap}`], { limit: unhurried });

/** Besides stdin, stdout and stderr, which may be sockets too. */
const socketsOf = (pid) => readdirSync(`/proc/${pid}/fd`)
  .filter((fd) => fd > 2 && readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:')).length;

test('many: 1,000 accounts, 16 at a time; after a 429 nobody is asked before Retry-After', async (t) => {
  const count = 1000, at = 500, pause = 31; // a verdict's shortest pause is 30 s
  const server = await serve(t);
  const folder = await accounts(t, server, count);
  const asked = Array.from({ length: count }, () => []);
  let arrived = 0, open = 0, most = 0, refused, sockets, release;
  const full = new Promise((done) => { release = done; });
  const script = async (connection) => {
    const request = await connection.request();
    if (!request) return;
    arrived += 1;
    open += 1;
    most = Math.max(most, open);
    const order = arrived, number = numberOf(request);
    asked[number].push(performance.now());
    if (order === lanes) {
      await sleep(300); // time for one too many to come
      sockets = socketsOf(running.pid);
      release();
    }
    await full;
    open -= 1;
    if (order === at) refused = { number, when: performance.now() };
    const fresh = json(tokens({ refresh_token: numbered(number) }));
    await connection.write(order === at ? json({ error: 'slow' }, '429 Too Many', { 'Retry-After': pause }) : fresh);
    connection.end();
  };
  server.play({ tls: server.tls, script });
  const running = runMany(t, server, folder, count, 0);
  const { code, out, err } = await running.finished;
  assert.deepEqual({ code, out, err }, { code: 0, out: '', err: '' });
  assert.equal(sockets, lanes);
  assert.equal(most, lanes);
  for (const [number, times] of asked.entries()) assert.equal(times.length, number === refused.number ? 2 : 1, `${number}`);
  const since = asked.flat().map((when) => when - refused.when).filter((ms) => ms > 0).sort((a, b) => a - b);
  const early = since.filter((ms) => ms < pause * 1000);
  assert.ok(early.length < lanes, `${early.length} came early`); // those that were under way
  assert.ok(asked[refused.number][1] - refused.when >= pause * 1000);
  assert.ok(server.accepted <= count + 3, 'a connection for each');
});

test('many: the starts are spread at random; an account that needs a person is named', async (t) => {
  const count = 80, gap = 60, settled = 2 * lanes; // the first ones have full handshakes
  const server = await serve(t);
  const folder = await accounts(t, server, count);
  const times = [];
  const answer = (request) => {
    times.push(performance.now());
    return numberOf(request) === 7 ? aadsts(700082) : json(tokens());
  };
  server.play({ tls: server.tls, script: answering(answer) });
  const { code, out, err } = await runMany(t, server, folder, count, gap).finished;
  assert.equal(code, 1);
  assert.equal(out, '');
  assert.match(err, /^7: [^\n]+\n$/);
  assert.equal(times.length, count);
  const gaps = times.slice(1).map((when, i) => when - times[i]).slice(settled);
  assert.ok(times.at(-1) - times[0] > count * gap / 2, 'all at once');
  // From 0 to 2 * gap, all as likely: half of them lie out here.
  const far = gaps.filter((ms) => Math.abs(ms - gap) > gap / 2);
  assert.ok(far.length >= 8, `only ${far.length} of ${gaps.length} are far from the mean`);
});
